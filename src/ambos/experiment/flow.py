"""Where units went, from the file to the analysis, in counts that must add up (CONSORT 2010, item 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ambos.errors import ExperimentError
from ambos.experiment.planning import Plan
from ambos.experiment.scores import Table


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """One arm: every unit allocated either has a score or lacks one."""

    arm: str
    allocated: int
    scored: int
    missing: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Units of the control and the first treatment."""

    assessed: int
    ineligible: int
    units: int
    lost_control: int
    lost_treatment: int
    lost_both: int
    filled: int
    analysed: int
    arms: tuple[ArmFlow, ...]

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """Plain values."""
        counts = {name: getattr(self, name) for name in self.__slots__ if name != "arms"}
        return {**counts, "arms": [{name: getattr(arm, name) for name in ArmFlow.__slots__} for arm in self.arms]}


def flow_of(plan: Plan, table: Table, ineligible: int = 0) -> Flow:
    """Count, and check the sums.

    Args:
        ineligible: units that were considered and given to no arm.

    Raises:
        ExperimentError: the counts do not add up, which would be our fault.
    """
    is_in, lost = table.is_in_UA, np.isnan(table.score_UA) & table.is_in_UA
    used = is_in[:, 0] | is_in[:, 1]
    c, t = lost[used, 0], lost[used, 1]
    only_c, only_t, both = int((c & ~t).sum()), int((t & ~c).sum()), int((c & t).sum())
    units, without = int(used.sum()), only_c + only_t + both
    filled = 0 if plan.missing == "complete" else without
    arms = tuple(
        ArmFlow(arm, int(is_in[:, at].sum()), int((is_in[:, at] & ~lost[:, at]).sum()), int(lost[:, at].sum()))
        for at, arm in enumerate(table.arms)
    )
    flow = Flow(units + ineligible, ineligible, units, only_c, only_t, both, filled, units - without + filled, arms)
    return check(flow)


def check(flow: Flow) -> Flow:
    """The same flow, if its counts add up."""
    left = flow.units - flow.lost_control - flow.lost_treatment - flow.lost_both + flow.filled
    if flow.assessed != flow.ineligible + flow.units:
        raise ExperimentError("the flow's counts do not add up")
    if left != flow.analysed or any(one.allocated != one.scored + one.missing for one in flow.arms):
        raise ExperimentError("the flow's counts do not add up")
    return flow
