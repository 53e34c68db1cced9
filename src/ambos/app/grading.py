"""People grade a sample of what a judge scored, without knowing whose it is or what the judge gave it.

The sample is the items on which the judge's controls ran: nobody chose them (docs/spec/experiment-seal.md, section 6).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ambos.app.proving import Proving
from ambos.app.rating import Answers, Progress, asked_of, check_named, lets
from ambos.errors import ExperimentError, StoreError
from ambos.experiment import Plan, beside, sealing
from ambos.identity import Principal
from ambos.store import OutcomeRow, Sealed, Store

PERSONS: int = 1_000_000  # numbers of persons, as trials of a row have them


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer to grade; `place` is the request that it answered, which says nothing of its arm."""

    place: str
    question: str = field(repr=False)
    text: str = field(repr=False)


class Grading:
    """Answers for people to grade, and what they gave."""

    def __init__(self, proving: Proving, store: Store, answers: Answers) -> None:
        self._proving, self._store, self._answers = proving, store, answers

    def check(self, plan: Plan, who: Principal) -> None:
        """Nothing, if the plan lets this person see its items and answers.

        Raises:
            ForbiddenError: it names others, or nobody.
            ExperimentError: no judge scores single answers here.
        """
        if beside.scorer_of(plan) != "judge":
            raise ExperimentError("people grade what a judge scored: the scorer of this experiment is another")
        check_named(self._store, plan, who)

    def may(self, plan: Plan, who: Principal) -> bool:
        """Whether `check` lets them."""
        return lets(self.check, plan, who)

    async def next(self, one: Sealed, plan: Plan, who: Principal) -> tuple[Graded | None, Progress]:
        """The answer that this person grades next, the least graded first; and how far it all is.

        Raises:
            ForbiddenError: the plan names others.
            LogUnavailableError: what would be shown could not be written down.
        """
        self.check(plan, who)
        rows = await asyncio.to_thread(self._store.experiments.outcomes, one.id)
        waiting = await asyncio.to_thread(self._sample, one, plan, rows)
        counts = Counter((row.unit, row.arm.removeprefix(beside.PERSON)) for row in rows if _is_grade(row))
        person = self._person(one, who)
        mine = {
            (row.unit, row.arm.removeprefix(beside.PERSON)) for row in rows if _is_grade(row) and row.trial == person
        }
        left = [row for row in waiting.values() if (row.unit, row.arm) not in mine]
        shown, lost = None, 0
        for row in sorted(left, key=lambda row: (counts[row.unit, row.arm], row.unit, row.request)):
            try:
                body, text = await self._answers.opened(row.request, one, who)
            except StoreError:  # erased, blocked or past its time
                lost += 1
                continue
            shown = Graded(row.request, asked_of(body, str(one.facts["arms"][row.arm]["prompt"])), text)
            break
        return shown, Progress(len(mine), len(left), lost, counts.total(), len(waiting))

    async def grade(self, one: Sealed, plan: Plan, who: Principal, place: str, grade: str) -> bool:
        """Keep what a person gave; False when they gave the same before.

        Raises:
            ForbiddenError: the plan names others.
            ExperimentError: no such grade or answer, or another grade of theirs is there.
        """
        self.check(plan, who)
        if grade not in beside.GRADES:
            raise ExperimentError(f"a grade is one of {', '.join(beside.GRADES)}")
        rows = await asyncio.to_thread(self._store.experiments.outcomes, one.id)
        row = (await asyncio.to_thread(self._sample, one, plan, rows)).get(place)
        if row is None:
            raise ExperimentError("no such answer is graded in this experiment")
        arm, person = beside.PERSON + row.arm, self._person(one, who)
        return await self._proving.keep(
            one, OutcomeRow(row.unit, arm, person, beside.GRADES[grade], None, "", "recorded")
        )

    def _sample(self, one: Sealed, plan: Plan, rows: list[OutcomeRow]) -> Mapping[str, OutcomeRow]:
        """Scored answers of the items that are checked, by the request that each answered."""
        checked, arms = self._proving.checked(one), sealing.arms_of(plan)
        return {
            row.request: row
            for row in rows
            if row.unit in checked and row.arm in arms and not row.trial and row.request and row.score is not None
        }

    def _person(self, one: Sealed, who: Principal) -> int:
        """The number of a person in an experiment: the same at each of their grades, and no other says who it is."""
        return int(self._proving.unit(one, who.id).removeprefix("u_")[:12], 16) % PERSONS


def _is_grade(row: OutcomeRow) -> bool:
    return row.arm.startswith(beside.PERSON)
