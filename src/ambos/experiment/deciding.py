"""Which interval decides, and what a stopping rule does to it. docs/spec/experiment-plan.md, section 6.

The figures of a result are the t's; the verdict is by the interval made for the data: clustered where clusters are sampled,
Tango's where answers are yes or no on the same units. A plan that looks more than once pays for it here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment import matched, means, proportions, sequential
from ambos.experiment.looking import looks_of
from ambos.experiment.planning import Plan
from ambos.experiment.proportions import Pairs
from ambos.experiment.result import Result

ALWAYS: Final = "always-valid"  # the plan's `stopping` that asks for a confidence sequence
BURN_IN: Final = 50  # values before which an asymptotic sequence claims nothing; its false alarms are counted from here


@dataclass(frozen=True, slots=True)
class Rule:
    """What the plan's stopping rule asks of this analysis.

    Attributes:
        name: "fixed", "group-sequential" or "always-valid".
        look: number of this look, 1 the first; of: looks that the plan names.
        fraction: share of the planned units that are in.
        level: of the interval that decides at this look; horizon: units at which a sequence is narrowest.
    """

    name: str
    level: float
    look: int = 1
    of: int = 1
    fraction: float = 1.0
    bound: float = math.nan
    horizon: float = math.nan

    def to_json(self) -> dict[str, Any] | None:  # Any: plain JSON values
        """Plain values; None where the interval is a fixed one."""
        if self.name == "fixed":
            return None
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: None if isinstance(one, float) and math.isnan(one) else one for name, one in told.items()}


def rule_of(
    plan: Plan, units: int, *, level: float, is_final: bool | None = None, looked: Sequence[int] | None = None
) -> Rule:
    """The rule at `units` units.

    Args:
        plan: with `looks`, or `stopping = "always-valid"` and `n`.
        units: that are in.
        level: of a fixed interval.
        looked: units at the looks that were taken, by the log; None: at each number that the plan names.
        is_final: nothing more is to come: all that is left of alpha is spent. None: when the last look is reached.

    Raises:
        ExperimentError: looks that are none, or a sequence without its horizon.
    """
    looks = looks_of(plan)
    if plan.raw.get("stopping") == ALWAYS:
        n = plan.raw.get("n")
        if looks or isinstance(n, bool) or not isinstance(n, int | float) or not 1 <= n < math.inf:
            raise ExperimentError(f"stopping = {ALWAYS!r} needs 'n', where its interval is narrowest, and no 'looks'")
        return Rule(ALWAYS, level, fraction=min(1.0, units / n), horizon=float(n))
    if len(looks) < 2:
        return Rule("fixed", level)
    last = looks[-1]
    whole = float(units) if is_final or (is_final is None and units >= last) else last
    before = looks[:-1] if looked is None else looked
    fractions = [one / whole for one in before if one < min(units, whole)]
    now = min(1.0, units / whole)
    seen = (*fractions, now, *((1.0,) if now < 1 else ()))
    bound = _limits(seen, 1 - level, str(plan.raw.get("spending", "obrien-fleming")))[len(fractions)]
    at = 1 - 2 * float(stats.norm.sf(bound))
    return Rule("group-sequential", at, len(fractions) + 1, len(looks), now, bound)


@functools.lru_cache(maxsize=64)
def _limits(fractions: tuple[float, ...], alpha: float, spending: str) -> list[float]:
    return sequential.bounds(fractions, alpha=alpha, spending=spending)


def decided(rule: Rule, found: Result, pairs: Pairs | None) -> Result:
    """The interval that decides.

    Args:
        rule: of this look.
        found: the t of the design, iid or clustered.
        pairs: counts of yes-or-no answers of the same units, where Tango's interval is to decide.
    """
    if not found.se > 0:
        return found
    if rule.name == ALWAYS:
        return _sequence(rule, found)
    if pairs is not None:
        return proportions.tango(pairs, level=rule.level)
    if rule.level == found.level:
        return found
    return means.from_t(found.method, found.n, found.estimate, found.se, found.df, level=rule.level)


def is_shown(rule: Rule, pairs: Pairs, margin: float, *, is_higher_better: bool) -> bool:
    """Whether yes-or-no pairs show non-inferiority by the exact test too, at the one-sided level of this look.

    At the margin Tango's interval lies above it in up to 2.63 % of experiments where 2.5 is promised; the exact test in fewer.
    """
    better = pairs if is_higher_better else Pairs(pairs.both, pairs.lost, pairs.gained, pairs.neither)
    return margin >= 1 or matched.non_inferiority(better, margin) <= (1 - rule.level) / 2


def _sequence(rule: Rule, found: Result) -> Result:
    """Any estimate that is asymptotically a mean, by its standard error (Waudby-Smith and others 2024, theorem 2.2)."""
    n, alpha = found.n, 1 - rule.level
    radius = sequential.sequence_radius(n, alpha=alpha, horizon=rule.horizon) * math.sqrt(n)
    reach = found.se * radius if n >= BURN_IN else math.inf
    low, high = found.estimate - reach, found.estimate + reach
    return Result("asymptotic confidence sequence", n, found.estimate, found.se, low, high, level=rule.level)
