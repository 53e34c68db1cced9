"""Signals: labels of adapted classifiers that raise the level of a request (docs/guide/adapting.md). They never lower one.

A signal has no place in a text: it says that the text as a whole has a level, or tells a fact of a kind; it masks nothing.
A kind counts as a finding of it does: health in one message and a name in another make the conversation restricted.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ambos.errors import ConfigError
from ambos.messages import Kind, Level

LEAST_WORDS: Final = 3  # of a text that is asked about: keys, names of fields and single words say nothing
_MARK: Final = "SIGNAL:"
_LEVELS: Final = (Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED)
_KINDS: Final = (
    Kind.HEALTH,
    Kind.SPECIAL,
    Kind.FINANCE,
)  # facts: what tells who somebody is must be masked, and has a place


class Signals(Protocol):
    """What asks the classifiers. `version` names those that are in service, and changes when one of them does."""

    @property
    def version(self) -> str:
        """Of all of them together."""

    def steps(self, text: str) -> Generator[None, None, frozenset[str]]:
        """The marks of one text, in slices; whatever it raises makes the text restricted."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """One signal of the house.

    Attributes:
        model: name of the classifier, without `ambos/`.
        says: the level of a text with this label, or the kind of fact that it tells.
        chance: least probability; 0 takes the model's own choice.
    """

    model: str
    label: str
    says: Level | Kind
    chance: float = 0.0

    def holds(self, chances: Mapping[str, tuple[float, bool]]) -> bool:
        """Whether the model said so.

        Args:
            chances: label -> (probability, whether the model chooses it).

        Raises:
            KeyError: the model has no such label.
        """
        probability, is_chosen = chances[self.label]
        return probability >= self.chance if self.chance else is_chosen

    @property
    def mark(self) -> str:
        """What the conversation remembers."""
        return self.says.value if isinstance(self.says, Kind) else f"{_MARK}{self.says.label}"


def read_signal(word: str) -> Wanted:
    """A signal as the house writes it: model, label, level or kind and, if it likes, the least probability.

    Raises:
        ConfigError: it is none.

    >>> read_signal("ambos/desk clinical history restricted 0.3")
    Wanted(model='desk', label='clinical history', says=<Level.RESTRICTED: 3>, chance=0.3)
    """
    model, *rest = word.split() or [""]
    chance = _chance(rest.pop()) if rest and rest[-1][0].isdigit() else 0.0
    says: dict[str, Level | Kind] = {one.label: one for one in _LEVELS} | {one.value: one for one in _KINDS}
    label = " ".join(rest[:-1])
    if not model.startswith("ambos/") or not label or rest[-1] not in says:
        raise ConfigError(
            f"detection.signals: {word[:60]!r} is not a model, a label, a level (internal, confidential, restricted) or "
            "a kind (HEALTH, SPECIAL, FINANCE) and, if you like, a probability"
        )
    return Wanted(model.removeprefix("ambos/"), label, says[rest[-1]], chance)


def _chance(word: str) -> float:
    try:
        chance = float(word)
    except ValueError:
        chance = 0.0
    if not 0 < chance <= 1:
        raise ConfigError(f"detection.signals: a probability lies above 0 and is at most 1, not {word[:20]!r}")
    return chance


def raised(kinds: frozenset[str]) -> Iterator[tuple[bool, str, Level, tuple[()]]]:
    """Rows for the table of levels."""
    yield from ((f"{_MARK}{level.label}" in kinds, "signal", level, ()) for level in reversed(_LEVELS))
