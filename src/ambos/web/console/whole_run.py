"""Runs that people began in the console: every cell that is left is answered in the background of this process.

What is done is in the store; a run that ends with its process is begun again on the page and goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ambos.app import House
from ambos.app.running import Cell
from ambos.errors import AmbosError, ExperimentError
from ambos.evaluate.items import Item
from ambos.experiment import Plan, sealing
from ambos.identity import Principal
from ambos.store import Sealed
from ambos.web.experiments import left_of

_AT_ONCE: Final = 4
_MOST_FAILURES: Final = 20  # in a row: then the model is away, and going on would only repeat that


@dataclass(slots=True)
class WholeRun:
    """One run under way; `problem` is the code of what stopped it."""

    cells: int
    allowed: float
    done: int = 0
    spent: float = 0.0
    failures: int = 0
    problem: str = ""
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def is_over(self) -> bool:
        """Nothing more is asked."""
        return self.task is None or self.task.done()

    @property
    def may_go_on(self) -> bool:
        """Neither the bound nor the failures stop it."""
        return self.spent <= self.allowed and self.failures < _MOST_FAILURES and not self.problem


class WholeRuns:
    """By experiment, the newest run of this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._runs: dict[str, WholeRun] = {}

    def of(self, one: Sealed) -> WholeRun | None:
        """The newest run of an experiment, under way or over."""
        return self._runs.get(one.id)

    async def begin(
        self, one: Sealed, plan: Plan, items: Sequence[Item], *, most: float | None, by: Principal
    ) -> WholeRun:
        """Begin to answer what is left.

        Args:
            items: those that were sealed.
            most: what all answers may cost, earlier ones included; None: the plan's bound.

        Raises:
            ExperimentError: it runs already, an item is missing or another, or what it can cost has no bound.
        """
        before = self.of(one)
        if before is not None and not before.is_over:
            raise ExperimentError("this experiment runs already")
        told = await asyncio.to_thread(left_of, self._house, one, plan)
        cells: list[tuple[str, str, int]] = told["cells"]  # type: ignore[assignment]  # JSON of our own
        named = {item.name: item for item in items}
        if absent := [cell[0] for cell in cells if cell[0] not in named]:
            raise ExperimentError(f"the items lack {absent[0][:40]!r}, which was sealed")
        bound = most if most is not None else plan.raw.get("max_cost")
        costs = [self._house.runner.bound(one, arm, named[name]) for name, arm, _ in cells]
        dearest = sum(cost for cost, _ in costs)
        if bound is None and dearest:
            currency = next((name for _, name in costs if name), "")
            raise ExperimentError(
                f"these {len(cells)} answers can cost up to {dearest:.4f} {currency}: say what may be spent"
            )
        spent = float(told["spent"])  # type: ignore[arg-type]  # JSON of our own
        run = WholeRun(len(cells), float("inf") if bound is None else float(bound) - spent)
        run.task = asyncio.create_task(self._answer(one, plan, named, cells, run, by))
        self._runs[one.id] = run
        return run

    async def _answer(
        self,
        one: Sealed,
        plan: Plan,
        named: Mapping[str, Item],
        cells: Sequence[tuple[str, str, int]],
        run: WholeRun,
        by: Principal,
    ) -> None:
        waiting = iter(cells)

        async def work() -> None:
            for name, arm, trial in waiting:  # one iterator for all workers: each cell is taken once
                if not run.may_go_on:
                    return
                sealed = self._house.store.experiments.item(one.id, self._house.proving.unit(one, name))
                try:
                    if sealed is None:
                        raise ExperimentError("no such item was sealed")
                    done = await self._house.runner.answer(one, plan, sealed, Cell(named[name], arm, trial), by=by)
                except AmbosError as error:
                    run.problem = error.code
                    return
                run.done += 1
                run.spent += done.cost or 0.0
                run.failures = run.failures + 1 if done.state == "failed" else 0

        await asyncio.gather(*(work() for _ in range(_AT_ONCE)))


def can_run(plan: Plan) -> bool:
    """Whether its cells are answered by models of the house."""
    return not sealing.is_enrolling(plan)
