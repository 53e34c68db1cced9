"""People compare two answers without knowing whose they are. docs/spec/experiment-seal.md, section 6.

The texts are those of the sealed records of the run: what was erased or is past its time is not shown any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ambos.app.proving import Proving
from ambos.audit.entry import Value
from ambos.errors import ExperimentError, ForbiddenError, StoreError
from ambos.experiment import Plan, beside, sealing
from ambos.identity import Principal
from ambos.messages import Json
from ambos.store import OutcomeRow, Sealed, Store
from ambos.wire import parse

_PLACE: Final = "{input}"


@dataclass(frozen=True, slots=True)
class Pair:
    """What a rater sees; texts are not in `repr`."""

    unit: str
    question: str = field(repr=False)
    left: str = field(repr=False)
    right: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the ratings of an experiment are.

    Attributes:
        own: ratings by who asks.
        left: pairs that they may still judge.
        lost: of these, pairs whose texts are kept no more.
        given, due: ratings by all, and to come in all.
    """

    own: int
    left: int
    lost: int
    given: int
    due: int


def lets(check: Callable[[Plan, Principal], None], plan: Plan, who: Principal) -> bool:
    """Whether a check of a plan and a person raises nothing."""
    try:
        check(plan, who)
    except (ExperimentError, ForbiddenError):
        return False
    return True


def check_named(store: Store, plan: Plan, who: Principal) -> None:
    """Nothing, if the plan's scoring names this person, or everybody who may rate.

    Raises:
        ForbiddenError: it names others, or nobody.
    """
    told = plan.raw.get("scoring")
    people = told.get("people", ()) if isinstance(told, Mapping) else ()
    user = store.users.of(who.id)
    if people != "all" and who.id not in people and (user is None or user.login not in people):
        raise ForbiddenError("the plan of this experiment names other raters")


class Answers:
    """Answers of a run, opened for who judges them: the log says so before anything is shown."""

    def __init__(self, store: Store, *, tenant: str) -> None:
        self._store, self._tenant = store, tenant

    async def opened(self, request: str, one: Sealed, who: Principal) -> tuple[bytes, str]:
        """The request and the answer of a record.

        Raises:
            StoreError: it is erased, blocked or past its time.
            LogUnavailableError: it could not be written down, so nothing is shown.
        """
        owner = self._store.records.owner_of(request, tenant=self._tenant)
        if owner is None:
            raise StoreError("this answer is not kept any more")
        parts = await self._store.records.open(request, tenant=self._tenant, owner=owner)
        last = max((name for name in parts if name.startswith("answer")), default="")
        if not last or "request" not in parts:
            raise StoreError("this answer is not kept")
        fields: dict[str, Value] = {"request": request, "principal": who.id, "mode": "own"}
        if owner != who.id:  # who sealed the plan allowed it by naming who judges; else the owner, who ran it
            fields |= {"mode": "dual", "second": one.sealed_by if one.sealed_by != who.id else owner}
        await self._store.log.append("opened", tenant=self._tenant, fields=fields)
        return parts["request"], parts[last].decode("utf-8", "replace")


class Rating:
    """Pairs for raters, and what they chose."""

    def __init__(self, proving: Proving, store: Store, answers: Answers) -> None:
        self._proving, self._store, self._opens = proving, store, answers

    def check(self, plan: Plan, who: Principal) -> None:
        """Nothing, if the plan lets this person see its items and answers.

        Raises:
            ForbiddenError: it names others.
            ExperimentError: nobody compares answers here.
        """
        if not beside.is_rated(plan):
            raise ExperimentError("nobody compares answers in this experiment: its scorer is another")
        check_named(self._store, plan, who)

    def may(self, plan: Plan, who: Principal) -> bool:
        """Whether `check` lets them."""
        return lets(self.check, plan, who)

    async def next(self, one: Sealed, plan: Plan, who: Principal) -> tuple[Pair | None, Progress]:
        """The pair that this rater judges next, the least rated first; and how far it all is.

        Raises:
            ForbiddenError: the plan names other raters.
            ExperimentError: the seed is not known yet.
        """
        self.check(plan, who)
        seed, rater = self._proving.known_seed(one, plan), self._proving.unit(one, who.id)
        rows = await asyncio.to_thread(self._store.experiments.outcomes, one.id)
        answers = self._answers(plan, rows)
        counts = Counter(row.unit for row in rows if row.arm.startswith(beside.RATING))
        mine = {row.unit for row in rows if row.arm == beside.RATING + rater}
        most = beside.raters_of(plan)
        waiting = [unit for unit in answers if unit not in mine and counts[unit] < most]
        pair, lost = None, 0
        for unit in sorted(waiting, key=lambda unit: (counts[unit], unit)):
            try:
                pair = await self._pair(one, plan, unit, answers[unit], seed=seed, who=who)
                break
            except StoreError:  # erased, blocked or past its time
                lost += 1
        return pair, Progress(len(mine), len(waiting), lost, counts.total(), most * len(answers))

    def _answers(self, plan: Plan, rows: list[OutcomeRow]) -> dict[str, dict[str, str]]:
        """By unit, the request of each arm's answer; units that have both."""
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            if row.arm.startswith(beside.ANSWER):
                found.setdefault(row.unit, {})[row.arm.removeprefix(beside.ANSWER)] = row.request
        return {unit: requests for unit, requests in found.items() if len(requests) == len(sealing.arms_of(plan))}

    async def _pair(
        self, one: Sealed, plan: Plan, unit: str, requests: Mapping[str, str], *, seed: bytes, who: Principal
    ) -> Pair:
        told = {arm: await self._opens.opened(request, one, who) for arm, request in requests.items()}
        rater = self._proving.unit(one, who.id)
        question = asked_of(told[plan.control][0], str(one.facts["arms"][plan.control]["prompt"]))
        sides = [told[plan.control][1], told[plan.treatment][1]]
        left, right = sides if beside.is_control_left(seed, unit, rater) else reversed(sides)
        return Pair(unit, question, left, right)

    async def rate(self, one: Sealed, plan: Plan, who: Principal, unit: str, choice: str) -> bool:
        """Keep what a rater chose; False when they chose the same before.

        Raises:
            ForbiddenError: the plan names other raters.
            ExperimentError: no such choice or pair, another rating of theirs is there, or it has all it needs.
        """
        self.check(plan, who)
        if choice not in beside.CHOICES:
            raise ExperimentError(f"a rating is one of {', '.join(beside.CHOICES)}")
        if self._store.experiments.item(one.id, unit) is None:
            raise ExperimentError("no such pair is in this experiment")
        rater = beside.RATING + self._proving.unit(one, who.id)
        row = OutcomeRow(unit, rater, 0, beside.CHOICES[choice], None, "", "recorded")
        return await self._proving.keep(one, row, most=(beside.RATING, beside.raters_of(plan)))


def asked_of(body: bytes, prompt: str) -> str:
    """The item's own text: the last message without the prompt around it, which could tell the arm."""
    messages = parse(body).get("messages")
    last: Json = messages[-1] if isinstance(messages, list) and messages else None
    text = str(last.get("content", "")) if isinstance(last, dict) else ""
    before, _, after = prompt.partition(_PLACE)
    return text.removeprefix(before).removesuffix(after) if prompt.count(_PLACE) == 1 else text
