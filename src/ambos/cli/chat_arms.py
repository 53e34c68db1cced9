"""Who answers the rows that judge: the adapted model, its base, the strongest model at home with examples, the champion, and
a paid model where the recipe names one. All but the last through an engine of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from ambos.cli.chat_turn import base_of, chat_models, threads
from ambos.corpus import Recipe, Row
from ambos.corpus.adapter import Adapter
from ambos.engines.prompt import system_message
from ambos.engines.settings import ModelFile
from ambos.errors import AdaptError

if TYPE_CHECKING:
    from ambos.engines.trial import Trial

BASE: Final = "base"
CHAMPION: Final = "champion"
_OWN: Final = "adapted"
_CONTEXT: Final = 4096  # tokens: the examples, a question and its answer
_MORE: Final = 8  # tokens beyond the longest good answer: who is not done by then has another one


@dataclass(frozen=True, slots=True)
class Arms:
    """What the adapted model is compared with.

    Attributes:
        decide: it must be better than each of these.
        shown: compared with, without a say: it answers elsewhere, at a price.
        is_weak: nothing but the untuned base stands beside it.
        places: by arm, whose file answers and with which adapter, and whether it is shown examples.
    """

    decide: tuple[str, ...]
    shown: tuple[str, ...]
    is_weak: bool
    places: Mapping[str, Place] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an arm answers."""

    file: ModelFile
    adapter: bytes = b""
    has_examples: bool = False


def arms_of(recipe: Recipe, champion: bytes) -> Arms:
    """The arms that a recipe and this shelf give.

    Args:
        champion: the promoted adapter, b"" without one; one whose base has left the shelf answers nobody and is no arm.
    """
    _, base = base_of(recipe)
    shelf = chat_models()
    places = {BASE: Place(base)}
    if recipe.shots:
        name, instruct = next(iter(shelf), (recipe.base, base))
        places[f"{name}, {recipe.shots} examples"] = Place(instruct, has_examples=True)
    its_base = Adapter.from_bytes(champion).facts.base if champion else ""
    if its_file := next((file for _, file in shelf if file.sha256 == its_base), None):
        places[CHAMPION] = Place(its_file, champion)
    is_weak = not recipe.paid and all(one.file.sha256 == base.sha256 and not one.adapter for one in places.values())
    return Arms(tuple(places), (recipe.paid,) if recipe.paid else (), is_weak, places)


def scores_of(
    arms: Arms,
    content: bytes,
    recipe: Recipe,
    train: Sequence[Row],
    rows: Sequence[Row],
    ask: Callable[[str], str | None],
) -> tuple[list[float], dict[str, list[float | None]]]:
    """Scores of the adapted model, and of each arm on the same rows; None where an arm gave no answer of its own.

    Args:
        ask: a question to the paid model; None when another one answered in its place.

    Raises:
        AdaptError: an adapter belongs to another base than the one on the shelf.
    """
    from ambos.engines.trial import trial

    _, base = base_of(recipe)
    if Adapter.from_bytes(content).facts.base != base.sha256:
        raise AdaptError(f"this adapter belongs to another file than the {recipe.base} on the shelf: train it again")  # fmt: skip
    places = {_OWN: Place(base, content), **arms.places}
    made: dict[str, list[float | None]] = {}
    for file in {one.file.sha256: one.file for one in places.values()}.values():
        here = {name: one for name, one in places.items() if one.file.sha256 == file.sha256}
        adapters = [one.adapter for one in here.values() if one.adapter]
        with trial(file, adapters, threads=threads(), context_tokens=_CONTEXT) as served:
            for name, one in here.items():
                number = adapters.index(one.adapter) if one.adapter else -1
                before = examples(train, recipe) if one.has_examples else ()
                made[name] = [*_answered(served, rows, adapter=number, before=before)]
    asked = paid_rows(len(rows), recipe)
    for name in arms.shown:
        made[name] = [_paid(row, ask) if at in asked else None for at, row in enumerate(rows)]
    return [one or 0.0 for one in made.pop(_OWN)], made


def paid_rows(count: int, recipe: Recipe) -> frozenset[int]:
    """Which of the rows that judge a paid model is asked: at most the recipe's `paid_rows`, whatever their order."""
    drawn = np.random.default_rng([recipe.seed, 0xB1]).permutation(count)[: recipe.paid_rows]
    return frozenset(drawn.tolist())


def _paid(row: Row, ask: Callable[[str], str | None]) -> float | None:
    said = ask(row.text)
    return None if said is None else exact(said, row)


def examples(train: Sequence[Row], recipe: Recipe) -> list[tuple[str, str]]:
    """Rows that train, as many as the recipe's `shots`: each good answer once before any stands there twice."""
    order = np.random.default_rng([recipe.seed, 0xE8]).permutation(len(train)).tolist()
    turn: dict[str, int] = {}
    ranked = []
    for at in order:
        turn[train[at].answer] = turn.get(train[at].answer, 0) + 1
        ranked.append((turn[train[at].answer], at))
    return [(train[at].text, train[at].answer) for _, at in sorted(ranked, key=lambda one: one[0])[: recipe.shots]]


def exact(said: str, row: Row) -> float:
    """1 where the answer is the good one but for case and spaces, else 0."""
    return float(_plain(said) == _plain(row.answer))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _answered(
    served: Trial, rows: Sequence[Row], *, adapter: int, before: Sequence[tuple[str, str]] = ()
) -> list[float]:
    longest = max(len(served.written(row.answer)) for row in rows) + _MORE
    found: Mapping[int, float] = {
        at: _score(served, rows[at], adapter, before, longest)
        # rows of one system message one after the other: the engine keeps what their prompts begin with
        for at in sorted(range(len(rows)), key=lambda at: system_message(rows[at].text))
    }
    return [found[at] for at in range(len(rows))]


def _score(served: Trial, row: Row, adapter: int, before: Sequence[tuple[str, str]], longest: int) -> float:
    tokens = served.tokens(row.text, before=before)
    while before and len(tokens) + longest > _CONTEXT:
        before = before[1:]
        tokens = served.tokens(row.text, before=before)
    said = served.said(tokens, adapter=adapter, longest=longest)
    return exact(said.text, row) if said.is_whole else 0.0
