"""The door `Enrol`: which arm a request's unit has, in the experiments that route requests (docs/spec/experiment-seal.md, 5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from ambos.app.proving import Proving
from ambos.errors import ExperimentError
from ambos.experiment import Plan, read_plan, sealing
from ambos.ports import Asked, Clock, Enrolment
from ambos.store import Experiments, OutcomeRow, Sealed, UnitRow

LOOK_EVERY_MS: Final = 1000  # for experiments that route requests: another worker may have sealed or ended one
SCREENED: Final = 10_000  # units remembered that were counted as ineligible; one that is forgotten is asked of the log


class Enroller:
    """Enrols units at their first request that every arm may have, and tells the arm of those that are enrolled."""

    def __init__(self, proving: Proving, rows: Experiments, clock: Clock, *, tenant: str) -> None:
        self._proving, self._rows, self._clock, self._tenant = proving, rows, clock, tenant
        self._routes: list[tuple[Sealed, Plan]] = []
        self._looked_ms = 0
        self._screened: set[tuple[str, str]] = set()
        self._resting: set[str] = set()  # experiments that took nobody when they were last asked

    async def enrolled(self, asked: Asked, candidates: Sequence[str], /) -> Enrolment | None:
        """The arm of a request's unit, in the first experiment under way that has it or may take it.

        Raises:
            StoreError, LogUnavailableError: it cannot be told or written down.
        """
        for one, plan in self._under_way():
            name = asked.principal.id if plan.raw.get("unit") == "key" else asked.conversation
            row = await self._arm_of(one, plan, name, candidates)
            if row is not None:
                return Enrolment(one.id, row.arm, str(one.facts["arms"][row.arm]["model"]))
        return None

    async def _arm_of(self, one: Sealed, plan: Plan, name: str, candidates: Sequence[str]) -> UnitRow | None:
        unit = self._proving.unit(one, name)
        row = self._rows.unit(one.id, unit)
        if row is not None or one.id in self._resting:
            return row
        try:
            if all(one.facts["arms"][arm]["model"] in candidates for arm in sealing.arms_of(plan)):
                return await self._proving.assign(one, plan, name, sealing.strata_of(plan)[0])
            await self._screen(one, unit)
        except ExperimentError:  # full, over, or its seed is not known yet: the request goes its usual way
            self._resting.add(one.id)
        return None

    async def _screen(self, one: Sealed, unit: str) -> None:
        """Count, once, a unit that may not be enrolled by this request."""
        if (one.id, unit) in self._screened:
            return
        if len(self._screened) >= SCREENED:
            self._screened.clear()
        self._screened.add((one.id, unit))
        await self._proving.keep(one, OutcomeRow(unit, "", 0, None, None, "", "recorded"))

    def _under_way(self) -> list[tuple[Sealed, Plan]]:
        now_ms = self._clock.now_ms()
        if now_ms - self._looked_ms >= LOOK_EVERY_MS:
            self._looked_ms = now_ms
            self._resting.clear()
            self._routes = [(one, read_plan(json.loads(one.plan))) for one in self._rows.routed(self._tenant)]
        return self._routes
