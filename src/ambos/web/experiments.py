"""Sealed experiments over the control socket and over HTTP: seal, seed, assign, record, run a cell, hand out the chain.

The meaning of each is in docs/spec/experiment-seal.md; who asks is the person at the terminal, or whoever the key is of.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ambos.app import House
from ambos.app.running import Cell
from ambos.errors import ExperimentError, RequestError, UnknownRouteError
from ambos.evaluate.items import item_of
from ambos.experiment import Plan, beside, sealing
from ambos.experiment.chain import open_keys
from ambos.experiment.standing import day_of
from ambos.identity import Action, Principal
from ambos.messages import Json
from ambos.store import OutcomeRow, Sealed
from ambos.web.asking import Arguments, asking, text
from ambos.web.http import Receive, Scope, Send, read_body, send_json
from ambos.wire import parse

PREFIX: Final = "/v1/experiments/"
_MODEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,127}")  # docs/spec/audit-log.md, section 4
_MAX_TRIALS: Final = 1_000_000


async def seal_plan(house: House, arguments: Arguments) -> Json:
    """Seal a plan with its items: their names and hashes (`items`), or whole (`rows`), to be hashed here and kept nowhere."""
    who = await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    items = [_item(row) for row in _list(arguments, "items")] + [_hashed(row) for row in _list(arguments, "rows")]
    lineage = {str(arm): [str(one) for one in digests] for arm, digests in _table(arguments, "lineage").items()}  # type: ignore[union-attr]  # JSON of our own command
    one = await house.proving.seal(_table(arguments, "plan"), items, lineage, by=who.id)
    return _about(house, one)


async def list_plans(house: House, arguments: Arguments) -> Json:
    """Every sealed plan with what became of it."""
    await asking(house, arguments, Action.EXPERIMENT_VIEW)
    found = await asyncio.to_thread(house.store.experiments.all, house.config.tenant)
    return [await asyncio.to_thread(_about, house, one) for one in found]


async def show_plan(house: House, arguments: Arguments) -> Json:
    """One sealed plan, by its handle or its file: counts by arm and what became of it."""
    await asking(house, arguments, Action.EXPERIMENT_VIEW)
    one, plan = _found(house, arguments)
    return await asyncio.to_thread(_shown, house, one, plan)


async def depart(house: House, arguments: Arguments) -> Json:
    """Write down a departure from the plan."""
    who = await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, _ = _found(house, arguments)
    await house.proving.depart(one, text(arguments, "reason"), by=who.id)
    return {"experiment": one.id, "departures": len(house.store.experiments.departures(one.id))}


async def seed(house: House, arguments: Arguments) -> Json:
    """Fix the seed by the value of the beacon's round."""
    await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, plan = _found(house, arguments)
    return _about(house, await house.proving.seed(one, plan, str(arguments.get("value") or "")))


async def assign(house: House, arguments: Arguments) -> Json:
    """Enrol a participant and tell the arm."""
    await asking(house, arguments, Action.EXPERIMENT_ENROL)
    one, plan = _found(house, arguments)
    return await _assigned(house, one, plan, arguments)


async def record(house: House, arguments: Arguments) -> Json:
    """Take an outcome."""
    await asking(house, arguments, Action.EXPERIMENT_ENROL)
    one, plan = _found(house, arguments)
    return await _recorded(house, one, plan, arguments)


async def register_lineage(house: House, arguments: Arguments) -> Json:
    """Remember what a model was trained, tuned, selected or scored on, as digests."""
    await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    model, use = house.resolve(str(arguments.get("model") or "")), str(arguments.get("use") or "")
    if not model or use not in sealing.USES:
        raise RequestError(f"a lineage needs a model, and a use of {', '.join(sealing.USES)}", param="use")
    digests = [str(one) for one in _list(arguments, "digests")]
    is_evaluation = use == "scored"
    if is_evaluation and not _MODEL.fullmatch(model):
        raise RequestError(
            "an evaluation is entered in the log, so its model needs the name that it has in the catalogue",
            param="model",
        )
    rows = house.store.experiments
    added = await rows.add_lineage(house.config.tenant, model, use, digests, is_entered=is_evaluation)
    return {"model": model, "use": use, "added": added}


async def left(house: House, arguments: Arguments) -> Json:
    """What a run has still to answer: items that are done whole are not named."""
    await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, plan = _found(house, arguments)
    return await asyncio.to_thread(left_of, house, one, plan)


def left_of(house: House, one: Sealed, plan: Plan) -> dict[str, Json]:
    """The cells of a run that have no outcome yet (item, arm, trial), and what was spent."""
    rows = house.store.experiments.outcomes(one.id)
    done = {row.what() for row in rows}
    before, trials = (beside.ANSWER, 1) if beside.is_rated(plan) else ("", int(plan.raw.get("trials", 1)))
    lost = {row.unit for row in rows if not row.arm}
    cells: list[Json] = [
        [item.item, arm, trial]
        for item in house.store.experiments.items(one.id)
        for arm in sealing.arms_of(plan) if item.unit not in lost
        for trial in range(trials) if (item.unit, before + arm, trial) not in done
    ]  # fmt: skip
    spent = sum(row.cost or 0.0 for row in rows)
    return {"experiment": one.id, "cells": cells, "spent": spent, "max_cost": plan.raw.get("max_cost")}


async def bound(house: House, arguments: Arguments) -> Json:
    """The most that one answer to each of these items costs, by arm."""
    await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, plan = _found(house, arguments)
    items = [item_of(row) for row in _list(arguments, "items")]
    told: dict[str, Json] = {}
    currency = ""
    for arm in sealing.arms_of(plan):
        costs = [house.runner.bound(one, arm, item) for item in items]
        told[arm] = sum(cost for cost, _ in costs)
        currency = next((name for _, name in costs if name), currency)
    return {"arms": told, "currency": currency}


async def answer(house: House, arguments: Arguments) -> Json:
    """Answer one cell through the gateway, score it and keep the outcome."""
    who = await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, plan = _found(house, arguments)
    item, trial = item_of(arguments.get("item")), arguments.get("trial", 0)
    unit = house.proving.unit(one, item.name)
    sealed = house.store.experiments.item(one.id, unit)
    if sealed is None or not isinstance(trial, int) or str(arguments.get("arm")) not in sealing.arms_of(plan):
        raise RequestError("no such item, arm or trial was sealed")
    done = await house.runner.answer(one, plan, sealed, Cell(item, str(arguments.get("arm")), trial), by=who)
    told = {"state": done.state, "score": done.score, "cost": done.cost, "request": done.request}
    return {**told, "problem": done.problem}


async def chain(house: House, arguments: Arguments) -> Json:
    """The chain file of the outcomes so far, and the plan as it was sealed."""
    await asking(house, arguments, Action.EXPERIMENT_VIEW)
    one, plan = _found(house, arguments)
    made = await asyncio.to_thread(house.proving.chain, one, plan)
    return {"plan": json.loads(one.plan), "chain": made.written().decode()}


async def leaves(house: House, arguments: Arguments) -> Json:
    """Index and leaf of every entry of an experiment, and whether the log they stand in is whole."""
    await asking(house, arguments, Action.EXPERIMENT_VIEW)
    one, _ = _found(house, arguments)
    report = await asyncio.to_thread(house.store.verify)
    found = await asyncio.to_thread(house.store.experiments.leaves, one)
    return {"is_whole": report.is_right, "leaves": [[index, leaf] for index, leaf in found]}


async def looked(house: House, arguments: Arguments) -> Json:
    """Enter a verdict that was computed."""
    await asking(house, arguments, Action.EXPERIMENT_MANAGE)
    one, plan = _found(house, arguments)
    verdict, report, count = (arguments.get(name) for name in ("verdict", "report", "count"))
    if not isinstance(verdict, str) or not isinstance(report, str) or not isinstance(count, int):
        raise RequestError("a look has a verdict, the hash of its report and a count")
    is_final = bool(arguments.get("is_final"))
    await house.proving.looked(one, plan, verdict=verdict, report=report, count=count, is_final=is_final)
    return {"experiment": one.id}


EXPERIMENTS: Mapping[str, Callable[[House, Arguments], Awaitable[Json]]] = {
    "experiment.seal": seal_plan,
    "experiment.list": list_plans,
    "experiment.show": show_plan,
    "experiment.seed": seed,
    "experiment.depart": depart,
    "experiment.assign": assign,
    "experiment.record": record,
    "experiment.lineage": register_lineage,
    "experiment.left": left,
    "experiment.bound": bound,
    "experiment.answer": answer,
    "experiment.chain": chain,
    "experiment.leaves": leaves,
    "experiment.looked": looked,
}


# --- over HTTP -------------------------------------------------------------------------------------------------------


class ExperimentRoutes:
    """`POST /v1/experiments/ID/assignments` and `/outcomes`, `GET /v1/experiments/ID`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def take(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Enrol a participant, or take an outcome; who asks was authorised as one who may."""
        handle, _, what = scope["path"].removeprefix(PREFIX).partition("/")
        does = {"assignments": _assigned, "outcomes": _recorded}.get(what)
        if does is None:
            raise UnknownRouteError("POST goes to /v1/experiments/ID/assignments and /v1/experiments/ID/outcomes")
        arguments = parse(await read_body(scope, receive, 65_536))
        one, plan = self._house.proving.find(handle)
        told = await does(self._house, one, plan, arguments)
        await self._send(send, told, request_id)

    async def show(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Counts by arm, without scores: who looks at those has looked."""
        del receive
        one, plan = self._house.proving.find(scope["path"].removeprefix(PREFIX))
        told = await asyncio.to_thread(_shown, self._house, one, plan)
        await self._send(send, told, request_id)

    async def _send(self, send: Send, told: Json, request_id: str) -> None:
        body = json.dumps(told, ensure_ascii=False).encode()
        await send_json(send, 200, body, [(b"x-request-id", request_id.encode())])


async def _assigned(house: House, one: Sealed, plan: Plan, arguments: Arguments) -> Json:
    name = text(arguments, "participant")
    row = await house.proving.assign(one, plan, name, str(arguments.get("stratum") or ""))
    return {"experiment": one.id, "unit": row.unit, "stratum": row.stratum, "ordinal": row.ordinal, "arm": row.arm}


async def _recorded(house: House, one: Sealed, plan: Plan, arguments: Arguments) -> Json:
    name = arguments.get("participant") or arguments.get("item") or await _unit_name(house, plan, arguments)
    if not isinstance(name, str):
        raise RequestError(
            "an outcome names its participant, its item, or the request of an answer", param="participant"
        )
    trial = arguments.get("trial", 0)
    if isinstance(trial, bool) or not isinstance(trial, int) or not 0 <= trial < _MAX_TRIALS:
        raise RequestError("a trial is a whole number from 0", param="trial")
    score, cost = (_number(arguments, key) for key in ("score", "cost"))
    unit, request = house.proving.unit(one, name), str(arguments.get("request") or "")
    arm, by = str(arguments.get("arm") or ""), str(arguments.get("by") or "")
    if beside.is_beside(arm) or by not in ("", "person") or (by and not arm):
        raise RequestError(
            "an outcome names an arm of the plan; `by` is person where one graded a judge's answer", param="arm"
        )
    row = OutcomeRow(unit, beside.PERSON + arm if by else arm, trial, score, cost, request, "recorded")
    is_new = await house.proving.record(one, plan, row, observed_ms=_moment(arguments.get("observed")))
    return {"experiment": one.id, "unit": unit, "is_new": is_new}


async def _unit_name(house: House, plan: Plan, arguments: Arguments) -> Json:
    """Whose request it was, where the gateway enrols: the key's principal or the conversation, from the log."""
    request = arguments.get("request")
    if "route" not in plan.raw or not isinstance(request, str) or not request:
        return None
    entries = await house.entries_of(request)
    about = next((entry for entry in entries if entry["event"] in ("decided", "refused")), None)
    if about is None:
        raise RequestError("the log has no such request (x-ambos-audit-id)", param="request")
    return about.get("principal" if plan.raw.get("unit") == "key" else "conversation")


def _moment(value: Json) -> int | None:
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise RequestError("`observed` is a time, for example 2027-03-31T12:00:00Z", param="observed") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _number(arguments: Arguments, name: str) -> float | None:
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise RequestError(f"{name} is a finite number, or null when the answer is missing", param=name)
    return float(value)


# --- what is told ----------------------------------------------------------------------------------------------------


def _about(house: House, one: Sealed) -> dict[str, Json]:
    plan = json.loads(one.plan)
    keys = open_keys(house.store.experiments.key(one.tenant, one.id))
    secret = sealing.secret_commitment(keys["secret"], keys["secret-salt"])
    return {
        "experiment": one.id,
        "question": str(plan["question"]),
        "plan": one.plan_hash,
        "items": one.facts.get("items"),
        "secret": secret,
        "index": one.seq,
        "sealed": day_of(one.sealed_ms),
        "beacon": plan.get("beacon"),
        "is_seeded": "beacon" not in plan or one.beacon is not None,
        "unknown_lineage": [*one.facts.get("unknown", ())],
        "fate": house.proving.fate(one),
    }


def _shown(house: House, one: Sealed, plan: Plan) -> dict[str, Json]:
    counts: dict[str, Any] = house.store.experiments.counts(one.id)  # Any: plain JSON values
    ineligible = counts.pop("ineligible").get("", 0)
    design: dict[str, Json] = {"design": plan.design, "arms": [*sealing.arms_of(plan)]}
    return {**_about(house, one), **design, **counts, "ineligible": ineligible}


def _item(row: Json) -> sealing.Item:
    if not isinstance(row, dict):
        raise RequestError("an item is an object")
    names = ("name", "content", "digest", "cluster", "stratum")
    values = [str(row.get(name) or "") for name in names]
    if not values[0] or any(len(one) != 64 for one in values[1:3]):
        raise RequestError("an item has a name and two hashes of 64 hex digits")
    return sealing.Item(*values)


def _hashed(row: Json) -> sealing.Item:
    one = item_of(row)
    return sealing.Item(one.name, one.content, one.digest, one.label("cluster"), one.label("stratum"))


def _found(house: House, arguments: Arguments) -> tuple[Sealed, Plan]:
    values = arguments.get("plan")
    if isinstance(values, dict):
        return house.proving.find_plan(values)
    return house.proving.find(text(arguments, "experiment"))


def _list(arguments: Arguments, name: str) -> list[Json]:
    value = arguments.get(name, [])
    if not isinstance(value, list):
        raise RequestError(f"{name} must be a list", param=name)
    return value


def _table(arguments: Arguments, name: str) -> dict[str, Json]:
    value = arguments.get(name, {})
    if not isinstance(value, dict):
        raise ExperimentError(f"{name} must be a table")
    return value
