"""Does the served adapter answer as the trained one does? Token by token, on text that is given (docs/spec/recipe.md 7).

At each position both runtimes see the same tokens and name the likeliest next one. The untuned base is asked the same way,
since a four-bit server and a bfloat16 trainer never agree exactly: its own agreement is the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import Example, Pack
from ambos.adapt.chat.training import hidden_of
from ambos.errors import AdaptError
from ambos.messages import Json

PROMPTS, POSITIONS = 100, 2000
TOLERANCE: Final = 0.01  # a point below the base's own agreement
LEAST_DIFFERENT: Final = 0.5  # of the prompts on which training changed anything


class Served(Protocol):
    """The served model; `ambos.engines.trial.Trial` is one."""

    def next_token(self, tokens: Sequence[int], *, adapter: int) -> int:
        """The likeliest token after these; adapter -1 is the base."""

    def tokens(self, text: str) -> list[int]:
        """How it writes a question."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Shares of positions and prompts.

    Attributes:
        adapted, base: agreement of the two runtimes, with the adapter and without.
        differs: of the prompts on which the trained one differs from its base, where the served one does too.
    """

    positions: int
    prompts: int
    adapted: float
    base: float
    differs: float

    def to_json(self) -> dict[str, Json]:
        """For a card."""
        rounded = {name: round(getattr(self, name), 4) for name in ("adapted", "base", "differs")}
        return {"positions": self.positions, "prompts": self.prompts, **rounded}

    def check(self) -> None:
        """Refuse an adapter that serving loses.

        Raises:
            AdaptError: with the figures.
        """
        if self.adapted < self.base - TOLERANCE:
            raise AdaptError(
                f"the served adapter does not answer as the trained one: they agree on {self.adapted:.1%} of "
                f"{self.positions} positions, the base on {self.base:.1%}"
            )
        if self.differs < LEAST_DIFFERENT:
            raise AdaptError(
                f"the served adapter does nothing: where training changed an answer, it does so on {self.differs:.0%} only"
            )


def measure(
    lora: Lora, made: Sequence[Example], served: Served, told: Callable[[int, int], None], *, positions: int = POSITIONS
) -> Parity:
    """Ask both on the last positions of these examples, some for each.

    Args:
        made: at most `PROMPTS` are asked; none of them needs to be new.
    """
    asked = [_spread(one, max(1, positions // min(PROMPTS, len(made)))) for one in made[:PROMPTS]]
    right = {-1: 0, 0: 0}
    changed = {"trained": 0, "both": 0}
    for number, (example, places) in enumerate(asked):
        said = {}
        for adapter in (-1, 0):
            trained = _trained(lora, example, places, is_base=adapter < 0)
            found = [served.next_token(example.tokens[:at], adapter=adapter) for at in places]
            right[adapter] += sum(one == other for one, other in zip(trained, found, strict=True))
            said[adapter] = (trained, found)
        if said[0][0] != said[-1][0]:
            changed["trained"] += 1
            changed["both"] += said[0][1] != said[-1][1]
        told(number + 1, len(asked))
    count = sum(len(places) for _, places in asked)
    differs = changed["both"] / changed["trained"] if changed["trained"] else 0.0
    return Parity(count, len(asked), right[0] / count, right[-1] / count, differs)


def _spread(example: Example, most: int) -> tuple[Example, list[int]]:
    # The answer's positions, then those of the question before it: in rising order, so that the server reads on.
    last = len(example.tokens)
    return example, [*range(max(1, last - most), last)]


def _trained(lora: Lora, example: Example, places: Sequence[int], *, is_base: bool) -> list[int]:
    import contextlib

    import torch

    with torch.no_grad(), lora.off() if is_base else contextlib.nullcontext():
        hidden, _ = hidden_of(lora.inner, Pack((example,)))
        logits = lora.inner.lm_head(hidden[[at - 1 for at in places]]).float()
    return [int(one) for one in logits.argmax(dim=-1)]
