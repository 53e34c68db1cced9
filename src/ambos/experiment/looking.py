"""When a sealed plan that names its looks may be looked at. docs/spec/experiment-seal.md, section 7.

Standard library only: the house asks this before it hands out any score.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ambos.errors import ExperimentError
from ambos.experiment import beside, sealing
from ambos.experiment.beside import Rows
from ambos.experiment.planning import Plan


def looks_of(plan: Plan) -> Sequence[float]:
    """Numbers of units at which the plan looks.

    Raises:
        ExperimentError: not ascending whole numbers above 0.
    """
    looks = plan.raw.get("looks", [])
    right = isinstance(looks, list) and all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in looks
    )
    if not right or not all(a < b for a, b in pairwise(looks)):
        raise ExperimentError(f"the plan's 'looks' must be ascending numbers of units: {looks!r}")
    return [float(one) for one in looks]


def units_in(plan: Plan, outcomes: Rows) -> frozenset[str]:
    """Units with an outcome in every arm that is due to them, missing ones included."""
    if beside.is_rated(plan):
        rated = beside.ratings_of(outcomes)
        return frozenset(unit for unit, one in rated.items() if len(one) >= beside.raters_of(plan))
    arms, lost = sealing.arms_of(plan), {row[1] for row in outcomes if not row[2]}
    met: dict[str, set[str]] = {}
    for row in outcomes:
        if row[2] in arms and row[1] not in lost:
            met.setdefault(row[1], set()).add(row[2])
    due = 1 if plan.design == "parallel" else len(arms)
    return frozenset(unit for unit, one in met.items() if len(one) >= due)


def looks_taken(outcomes: Rows, looks: Sequence[tuple[int, int]]) -> list[int]:
    """Units at the looks before now at other outcomes than now: reading the same ones again shows nothing new.

    Args:
        outcomes: their first value is the index of their entry.
        looks: index of the entry of each look, and how many units it had.
    """
    entered = [int(row[0]) for row in outcomes]
    found = {sum(one < seq for one in entered): count for seq, count in looks}
    return [found[state] for state in sorted(found) if state != len(entered)]


def check_look(plan: Plan, outcomes: Rows, looks: Sequence[tuple[int, int]]) -> None:
    """Nothing, if the plan looks now; outcomes are still to come.

    Args:
        outcomes, looks: as in `looks_taken`.

    Raises:
        ExperimentError: this look was not planned; it says at how many units the next one is.
    """
    planned, n, taken = looks_of(plan), len(units_in(plan, outcomes)), len(looks_taken(outcomes, looks))
    if not planned or taken < sum(one <= n for one in planned[:-1]):
        return
    after = next((f"at {one:g} units" for one in planned[taken:-1] if one > n), "when every outcome is in")
    raise ExperimentError(
        f"the plan does not look now: {n} units have their outcomes, {taken} looks were taken, and the next is {after}. "
        "Record more outcomes first"
    )
