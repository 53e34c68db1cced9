"""Rows beside those of the arms: answers that wait for people, ratings, and a judge's controls. docs/spec/experiment-seal.md, 6.

Standard library only: the gateway and the console load this without the statistics.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from ambos.experiment.planning import Plan

Rows: TypeAlias = Sequence[Sequence[Any]]  # Any: JSON values
ANSWER: Final = "_answer:"
RATING: Final = "_rating:"
NULL: Final = "_null:"
SWAP: Final = "_swap:"
PERSON: Final = "_person:"
KINDS: Final = (ANSWER, RATING, NULL, SWAP, PERSON)
CHOICES: Final[Mapping[str, float | None]] = {"left": 1.0, "right": 0.0, "tie": 0.5, "none": None}
GRADES: Final[Mapping[str, float | None]] = {"right": 1.0, "partly": 0.5, "wrong": 0.0, "none": None}
CHECKED: Final = 50  # items whose judge is asked again: a kappa, or a share, is then known to about 0.14


def scorer_of(plan: Plan) -> str:
    """The name of the plan's scorer."""
    told = plan.raw.get("scoring", "exact")
    return str(told.get("scorer", "exact")) if isinstance(told, Mapping) else str(told)


def is_rated(plan: Plan) -> bool:
    """Whether people compare the answers."""
    return scorer_of(plan) == "rating"


def is_beside(arm: str) -> bool:
    """Whether a row with this arm is none of the plan's arms'."""
    return arm.startswith("_")


def is_known(arm: str, arms: Sequence[str]) -> bool:
    """Whether a row beside may have this arm."""
    kind = next((one for one in KINDS if arm.startswith(one)), "")
    about = arm.removeprefix(kind)
    return bool(kind) and (about.startswith("u_") if kind == RATING else about in arms)


def raters_of(plan: Plan) -> int:
    """How many raters judge each pair."""
    return int(plan.raw.get("trials", 1))


def is_control_left(seed: bytes, unit: str, rater: str) -> bool:
    """Where the control's answer stands for this rater."""
    return not hmac.digest(seed, f"sides\0{unit}\0{rater}".encode(), "sha256")[0] & 0x80


def ratings_of(outcomes: Rows) -> dict[str, list[tuple[str, float | None]]]:
    """By unit, in their order: who chose what."""
    found: dict[str, list[tuple[str, float | None]]] = {}
    for row in outcomes:
        if row[2].startswith(RATING):
            found.setdefault(row[1], []).append((row[2].removeprefix(RATING), row[4]))
    return found


def preferred(seed: bytes, unit: str, rater: str, chosen: float | None) -> float | None:
    """How much of a choice is for the treatment, from 0 to 1; None for "cannot say"."""
    if chosen is None:
        return None
    return 1.0 - chosen if is_control_left(seed, unit, rater) else float(chosen)


def rated_scores(plan: Plan, seed: bytes, outcomes: Rows) -> Iterator[tuple[str, str, int, float, float]]:
    """Unit, arm, trial, score and cost (NaN when missing) of every arm, from what raters chose."""
    costs = {(row[1], row[2].removeprefix(ANSWER)): row[5] for row in outcomes if row[2].startswith(ANSWER)}
    arms = (plan.control, plan.treatment)
    for unit, rated in ratings_of(outcomes).items():
        for trial, (rater, chosen) in enumerate(rated):
            share = preferred(seed, unit, rater, chosen)
            for arm, score in zip(arms, (math.nan, math.nan) if share is None else (1 - share, share), strict=True):
                cost = costs.get((unit, arm))
                yield unit, arm, trial, score, math.nan if cost is None else float(cost)


def checked(units: Sequence[str]) -> frozenset[str]:
    """The items on which a judge is asked again: nobody chooses them, since units are keyed hashes."""
    return frozenset(sorted(units)[:CHECKED])
