"""The work of `ambos experiment run`: what is left, what it may cost, several answers at once, and how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import typer
from rich.progress import Progress

from ambos.cli.reach import Caller, reaching
from ambos.cli.words import say
from ambos.errors import ExperimentError, RequestError
from ambos.evaluate.items import Item

_AT_ONCE: Final = 500  # items in one question for their cost
_MOST_FAILURES: Final = 20  # in a row: then the model is away, and going on would only repeat that


@dataclass(slots=True)
class _Tally:
    """How far a run is."""

    bound: float
    spent: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    problem: str = ""

    def take(self, told: Mapping[str, Any]) -> None:
        state = str(told["state"])
        self.states[state] = self.states.get(state, 0) + 1
        self.spent += told["cost"] or 0.0
        self.failures = self.failures + 1 if state == "failed" else 0
        self.problem = told["problem"] or self.problem

    @property
    def is_over(self) -> bool:
        return self.spent > self.bound or self.failures >= _MOST_FAILURES


async def run_cells(
    data: Path | None,
    plan: Mapping[str, Any],
    items: Sequence[Item],
    *,
    parallel: int,
    max_cost: float | None,
    is_agreed: bool,
    is_quiet: bool,
    key: str,
) -> dict[str, Any]:
    """Answer what is left of a sealed plan; counts by state, what was spent, and what is left.

    Raises:
        ExperimentError: an item is missing, or it could cost more than the bound.
    """
    named = {one.name: one for one in items}
    async with reaching(data) as caller:
        about: Any = {"plan": plan, "key": key}  # JSON of our own control route
        left: Any = await caller("experiment.left", **about)
        cells = left["cells"]
        absent = [cell[0] for cell in cells if cell[0] not in named]
        if absent:
            raise ExperimentError(f"the items lack {absent[0][:40]!r}, which was sealed")
        most, currency = await _bound(caller, about, cells, named)
        bound = max_cost if max_cost is not None else left["max_cost"]
        allowed = float("inf") if bound is None else float(bound) - left["spent"]
        _agree(len(cells), most, currency, allowed, is_agreed=is_agreed or bound is not None or not most)
        tally = _Tally(allowed)
        await _answer_all(caller, about, cells, named, tally, parallel=parallel, is_quiet=is_quiet)
        after: Any = await caller("experiment.left", **about)
    return {
        "experiment": left["experiment"], **{name: tally.states.get(name, 0) for name in ("scored", "missing", "ineligible")},
        "failed": tally.states.get("failed", 0), "left": len(after["cells"]), "spent": round(after["spent"], 6),
        "currency": currency, "problem": tally.problem,
    }  # fmt: skip


async def _bound(caller: Caller, about: Any, cells: Sequence[Any], named: Mapping[str, Item]) -> tuple[float, str]:
    """The most that the cells can cost together, a little high."""
    wanted = sorted({cell[0] for cell in cells})
    trials = max((cell[2] for cell in cells), default=0) + 1
    most, currency = 0.0, ""
    for start in range(0, len(wanted), _AT_ONCE):
        rows: Any = [dict(named[name].row) for name in wanted[start : start + _AT_ONCE]]
        told: Any = await caller("experiment.bound", items=rows, **about)
        most += sum(told["arms"].values()) * trials
        currency = told["currency"] or currency
    return most, currency


def _agree(count: int, most: float, currency: str, allowed: float, *, is_agreed: bool) -> None:
    typer.echo(say("run_cost", count=count, most=f"{most:.4f}", currency=currency or "–"), err=True)
    if allowed <= 0:
        raise ExperimentError("what may be spent is spent: give a larger --max-cost")
    if not is_agreed and not typer.confirm(say("run_agree"), err=True):
        raise ExperimentError("nothing was asked")


async def _answer_all(
    caller: Caller, about: Any, cells: Sequence[Any], named: Mapping[str, Item], tally: _Tally, *, parallel: int,
    is_quiet: bool,
) -> None:  # fmt: skip
    waiting = iter(cells)
    with Progress(disable=is_quiet, transient=True) as progress:
        bar = progress.add_task(say("run_progress"), total=len(cells))

        async def work() -> None:
            for item, arm, trial in waiting:  # one iterator for all workers: each cell is taken once
                if tally.is_over:
                    return
                row: Any = dict(named[item].row)
                try:
                    told: Any = await caller("experiment.answer", item=row, arm=arm, trial=trial, **about)
                except RequestError as error:
                    told = {"state": "failed", "cost": None, "problem": str(error)}
                tally.take(told)
                progress.advance(bar)

        await asyncio.gather(*(work() for _ in range(parallel)))
