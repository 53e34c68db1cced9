"""Answers one cell of a sealed experiment, an item by an arm, through the whole path of a request.

Nothing is decided here about what may leave: an arm states its treatment, and where the policy gives another the item is
ineligible for every arm (docs/spec/experiment-seal.md section 6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ambos.app.proving import Arm, Proving
from ambos.errors import AmbosError, ExperimentError, NoModelError, PolicyBlockedError
from ambos.evaluate.items import Item
from ambos.evaluate.judging import NULL_ANSWER, judge_question, read_judgement
from ambos.evaluate.scorers import Scoring, read_scoring, score
from ambos.experiment import Plan, beside, sealing
from ambos.gateway import Answer, Ask, Gateway
from ambos.identity import Principal
from ambos.messages import Level, ServedModel, Text, Usage
from ambos.store import ItemRow, OutcomeRow, Sealed
from ambos.wire import parse, read_chat

# The most a prompt of so many characters takes: one token for two characters is more than any tokeniser needs here.
CHARACTERS_A_TOKEN: Final = 2
ANSWER_TOKENS: Final = 512  # bound on an answer where the arm sets no `max_tokens`


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer that is due."""

    item: Item
    arm: str
    trial: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a cell: "scored", "missing", "ineligible", "there already", or "failed" and worth another try."""

    state: str
    score: float | None = None
    cost: float | None = None
    request: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer with what it cost."""

    text: str
    request: str
    cost: float


class Runner:
    """Answers cells."""

    def __init__(
        self,
        proving: Proving,
        gateway: Gateway,
        *,
        models: Callable[[], tuple[ServedModel, ...]],
        cost: Callable[[ServedModel, object], tuple[float | None, str]],
    ) -> None:
        self._proving, self._gateway = proving, gateway
        self._models, self._cost = models, cost
        self._checked: dict[str, frozenset[str]] = {}  # of the experiment that runs

    async def answer(self, one: Sealed, plan: Plan, sealed: ItemRow, cell: Cell, *, by: Principal) -> Done:
        """Answer, score and keep one cell.

        Raises:
            ExperimentError: the item is not the sealed one, or an arm's model is not.
            LogUnavailableError: nothing could be written down.
        """
        if cell.item.content != sealed.content:
            raise ExperimentError(f"the item {sealed.item[:40]!r} is not the one that was sealed")
        scoring = read_scoring(plan.raw.get("scoring", "exact"))
        for name in sealing.arms_of(plan):
            if not await self._is_permitted(one, name, cell.item, by):
                await self._proving.keep(one, OutcomeRow(sealed.unit, "", 0, None, None, "", "run"))
                return Done("ineligible")
        arm = self._proving.arm(one, cell.arm)
        where = f"{one.id}/{sealed.unit}/{cell.arm}/{cell.trial}"
        try:
            said = await self._ask(arm.model, self._body(arm, arm_prompt(arm, cell.item)), where, arm.treatment, by)
            scored, more = await self._scored(scoring, said.text, cell.item, where, by)
            if scoring.scorer == "judge" and await self._is_checked(one, sealed.unit, cell.trial):
                more += await self._check(one, scoring, cell, sealed.unit, said.text, where, by)
        except (NoModelError, PolicyBlockedError) as error:
            return Done("failed", problem=str(error))
        except AmbosError as error:
            return Done("failed", problem=error.code)
        waits = scoring.scorer == "rating"
        name = beside.ANSWER + cell.arm if waits else cell.arm
        row = OutcomeRow(sealed.unit, name, cell.trial, scored, said.cost + more, said.request, "run")
        is_new = await self._proving.keep(one, row)
        state = "there already" if not is_new else "missing" if scored is None and not waits else "scored"
        return Done(state, scored, row.cost, said.request)

    async def _is_permitted(self, one: Sealed, name: str, item: Item, by: Principal) -> bool:
        """Whether the policy gives the arm's model its treatment for this item."""
        arm = self._proving.arm(one, name)
        ask = self._asked(
            arm.model, self._body(arm, arm_prompt(arm, item)), f"{one.id}/{item.digest}", arm.treatment, by
        )
        judged = await self._gateway.judge(ask)
        given = judged.decision.treatments.get(arm.model)
        return given is not None and arm.treatment in ("", given.value)

    def _body(self, arm: Arm, text: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": text}], "max_tokens": ANSWER_TOKENS, **arm.parameters}

    def _asked(self, model: str, tree: Mapping[str, Any], where: str, treatment: str, by: Principal) -> Ask:
        body = msgspec.json.encode({**tree, "model": model})
        # What is *confidential* leaves masked or not at all: an arm that wants masking tightens, and nothing loosens.
        tighten = Level.CONFIDENTIAL if treatment == "masked" else None
        return Ask(by, read_chat(parse(body)), body, where, tighten, True, {"stream": False})

    async def _ask(self, model: str, tree: Mapping[str, Any], where: str, treatment: str, by: Principal) -> Said:
        answer = await self._gateway.answer(self._asked(model, tree, where, treatment, by))
        return await self._heard(answer)

    async def _heard(self, answer: Answer) -> Said:
        said: list[str] = []
        usage: Usage | None = None
        async with aclosing(answer.batches) as batches:  # type: ignore[type-var]  # an async generator by construction
            async for batch in batches:
                said += [one.text for one in batch if type(one) is Text and one.channel == "content"]
                usage = next((one for one in batch if type(one) is Usage), usage)
        cost, _ = self._cost(answer.model, usage)
        return Said("".join(said), answer.asked.id, cost or 0.0)

    async def _scored(
        self, scoring: Scoring, said: str, item: Item, where: str, by: Principal
    ) -> tuple[float | None, float]:
        """The score, and what scoring cost."""
        if scoring.scorer == "rating":
            return None, 0.0
        if scoring.scorer != "judge":
            return score(scoring, said, item.row), 0.0
        return await self._judged(scoring, judge_question(scoring, item.row, said), f"{where}/judge", by)

    async def _judged(self, scoring: Scoring, question: str, where: str, by: Principal) -> tuple[float | None, float]:
        model = str(scoring.options.get("model", "ambos/auto"))
        tree = {"messages": [{"role": "user", "content": question}], "max_tokens": ANSWER_TOKENS, "temperature": 0}
        told = await self._ask(model, tree, where, "", by)
        return read_judgement(told.text), told.cost

    async def _is_checked(self, one: Sealed, unit: str, trial: int) -> bool:
        """Whether the judge is asked again about this item."""
        if trial:
            return False
        if one.id not in self._checked:
            self._checked = {one.id: await asyncio.to_thread(self._proving.checked, one)}
        return unit in self._checked[one.id]

    async def _check(
        self, one: Sealed, scoring: Scoring, cell: Cell, unit: str, said: str, where: str, by: Principal
    ) -> float:
        """The judge's controls: a constant text in place of the answer, and the parts the other way round; what they cost."""
        spent = 0.0
        for kind, text, is_swapped in ((beside.NULL, NULL_ANSWER, False), (beside.SWAP, said, True)):
            question = judge_question(scoring, cell.item.row, text, is_swapped=is_swapped)
            if self._proving.has(one, unit, kind + cell.arm):
                continue  # a run that stopped in between goes on
            given, cost = await self._judged(scoring, question, f"{where}/{kind}", by)
            await self._proving.keep(one, OutcomeRow(unit, kind + cell.arm, 0, given, cost, "", "run"))
            spent += cost
        return spent

    def bound(self, one: Sealed, name: str, item: Item) -> tuple[float, str]:
        """The most that an arm's answer to an item can cost, in the currency of the price table; 0 inside or unpriced."""
        arm = self._proving.arm(one, name)
        model = next(model for model in self._models() if model.name == arm.model)
        most = arm.parameters.get("max_tokens", ANSWER_TOKENS)
        asked = len(arm_prompt(arm, item)) // CHARACTERS_A_TOKEN + 64
        cost, currency = self._cost(model, Usage(asked, int(most) if isinstance(most, int) else ANSWER_TOKENS))
        return cost or 0.0, currency


def arm_prompt(arm: Arm, item: Item) -> str:
    """The prompt with the item in it; no other brace means anything."""
    return arm.prompt.replace("{input}", item.input)
