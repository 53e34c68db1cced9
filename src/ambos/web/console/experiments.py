"""Pages on sealed experiments: the list with a form for a plan, one experiment as it runs, and its report.

Statistics are not loaded by a server: a report is computed by a command of its own, which asks this server for the chain.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from ambos.app import House
from ambos.errors import ExperimentError, RequestError
from ambos.evaluate.items import Item, read_items
from ambos.experiment import Plan, canonical, read_plan, sealing
from ambos.experiment.standing import day_of
from ambos.identity import Principal
from ambos.store import OutcomeRow, Sealed
from ambos.web.console.plan_form import number_of, values_of
from ambos.wire import parse

_HANDLE: Final = re.compile(r"x_[0-9a-f]{24}").fullmatch
_PLOT: Final = re.compile(r"<svg viewBox=\"0 0 1000 .*?</svg>", re.DOTALL)
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
REPORT_S: Final = 300.0  # a report on 12,000 items and 29 arms takes about 10 s; more than this is stuck


def rows(house: House) -> list[dict[str, Any]]:
    """Every sealed plan, the newest first."""
    found = house.store.experiments.all(house.config.tenant)
    return [
        {
            "id": one.id,
            "day": day_of(one.sealed_ms),
            "question": parse(one.plan.encode())["question"],
            "fate": house.proving.fate(one),
        }
        for one in reversed(found)
    ]


def rated(house: House, who: Principal) -> list[dict[str, Any]]:
    """Experiments whose plan lets this person compare answers and that have no verdict yet. Raters see no arm."""
    found = []
    for one in reversed(house.store.experiments.all(house.config.tenant)):
        plan = read_plan(parse(one.plan.encode()))
        page = "ratings" if house.rating.may(plan, who) else "grades" if house.grading.may(plan, who) else ""
        if page and not any(look.is_final for look in house.store.experiments.looks(one.id)):
            found.append({"id": one.id, "question": plan.question, "day": day_of(one.sealed_ms), "page": page})
    return found


async def seal_form(house: House, form: dict[str, str], principal: Principal) -> Sealed:
    """Seal what the form holds: a plan in TOML or in fields of its own, and items in JSON lines or CSV.

    Raises:
        ExperimentError: one of them cannot be read, or the plan cannot be sealed.
    """
    try:
        values = tomllib.loads(form["plan"]) if "plan" in form else values_of(form)
    except tomllib.TOMLDecodeError as error:
        raise ExperimentError(f"the plan is not TOML: {error}") from None
    plan: Any = parse(canonical(read_plan(values).raw))  # Any: JSON as the plan is sealed
    items = [
        sealing.Item(one.name, one.content, one.digest, one.label("cluster"), one.label("stratum"))
        for one in items_of(form)
    ]
    return await house.proving.seal(plan, items, {}, by=principal.id)


def items_of(form: Mapping[str, str]) -> list[Item]:
    """The items of a form, none where the field is empty.

    Raises:
        ExperimentError: neither JSON lines nor CSV, or a row is no item.
    """
    text = form.get("items", "").strip()
    return read_items(text.encode()) if text else []


async def enrol_form(house: House, one: Sealed, plan: Plan, form: Mapping[str, str], who: Principal) -> dict[str, str]:
    """Seed, assign, record or depart, as the form's `do` says; what is to be told.

    Raises:
        ExperimentError: it is refused.
        RequestError: no such thing is done here.
    """
    name, do = form.get("participant", "").strip(), form.get("do")
    if do == "seed":
        await house.proving.seed(one, plan, form.get("value", ""))
        return {"did": "seeded"}
    if do == "assign":
        enrolled = await house.proving.assign(one, plan, name, form.get("stratum", ""))
        return {"did": "assigned", "name": name, "arm": enrolled.arm}
    if do == "depart":
        await house.proving.depart(one, form.get("reason", ""), by=who.id)
        return {"did": "departed"}
    if do == "record":
        text = form.get("score", "").strip()
        score = number_of("score", text) if text else None
        row = OutcomeRow(house.proving.unit(one, name), form.get("arm", ""), 0, score, None, "", "recorded")
        return {"did": "recorded" if await house.proving.record(one, plan, row) else "known", "name": name}
    raise RequestError("no such thing is done here", param="do")


def figures(house: House, one: Sealed) -> dict[str, Any] | None:
    """The newest verdict that was computed here, with its forest plot; None before the first."""
    path = report_path(house, one)
    try:
        result = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["result"]
        page = path.read_text(encoding="utf-8")
    except (OSError, ValueError, KeyError):
        return None
    plot = _PLOT.search(page)
    return {"result": result, "plot": Markup(plot[0]) if plot else ""}  # noqa: S704  our own report, escaped when it was made


def shown(house: House, one: Sealed, plan: Plan) -> dict[str, Any]:
    """What the page of an experiment tells: how far it is, by arm, and nothing of its scores."""
    counts = house.store.experiments.counts(one.id)
    due = _due(house, one, plan)
    arms = [
        {
            "name": arm,
            "units": counts["units"].get(arm, 0),
            "outcomes": counts["outcomes"].get(arm, 0),
            "missing": counts["missing"].get(arm, 0),
            "share": min(100.0, 100 * (counts["outcomes"].get(arm, 0) + counts["missing"].get(arm, 0)) / due)
            if due
            else 0.0,
        }
        for arm in sealing.arms_of(plan)
    ]
    looks = house.store.experiments.looks(one.id)
    return {
        "one": one, "plan": plan, "day": day_of(one.sealed_ms), "arms": arms, "fate": house.proving.fate(one),
        "ineligible": counts["ineligible"].get("", 0), "looks": looks, "is_enrolling": sealing.is_enrolling(plan),
        "is_seeded": "beacon" not in plan.raw or one.beacon is not None, "has_report": report_path(house, one).exists(),
        "figures": figures(house, one), "strata": [name for name in sealing.strata_of(plan) if name],
        "is_closed": any(look.is_final for look in looks), "stopping": str(plan.raw.get("stopping", "")),
        "departures": [
            {"day": day_of(row.time_ms), "reason": row.reason} for row in house.store.experiments.departures(one.id)
        ],
        "looked": [{"ms": look.time_ms, "verdict": look.verdict, "count": look.count} for look in looks],
    }  # fmt: skip


def _due(house: House, one: Sealed, plan: Plan) -> int:
    """Outcomes to come for each arm, about."""
    if sealing.is_enrolling(plan):
        return int(plan.raw.get("n", 0)) // len(sealing.arms_of(plan)) * (2 if plan.design == "crossover" else 1)
    return len(house.store.experiments.items(one.id)) * int(plan.raw.get("trials", 1))


def report_path(house: House, one: Sealed) -> Path:
    """Where the newest report of an experiment is kept.

    Raises:
        RequestError: a handle of another form.
    """
    if not _HANDLE(one.id):
        raise RequestError("no such experiment")
    return house.config.directory / "experiments" / f"{one.id}.html"


async def make_report(house: House, one: Sealed, language: str) -> None:
    """Compute the verdict and write its report; the log counts it as a look, or as the verdict.

    Raises:
        ExperimentError: the command did not succeed; with its own words.
    """
    path = report_path(house, one)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    command = (
        sys.executable,
        "-m",
        "ambos.cli",
        "experiment",
        "report",
        one.id,
        "--out",
        str(path),
        "--lang",
        language,
    )
    process = await asyncio.create_subprocess_exec(
        *command,
        "--data",
        str(house.config.directory),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), REPORT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise ExperimentError("the report took too long: use `ambos experiment report`") from None
    if process.returncode:
        raise ExperimentError(said.decode("utf-8", "replace").strip()[-500:] or "the report could not be made")


def report_page(house: House, one: Sealed) -> tuple[str, str]:
    """The newest report, and the content security policy that lets its own style in and nothing else.

    Raises:
        ExperimentError: there is none yet.
    """
    try:
        page = report_path(house, one).read_text(encoding="utf-8")
    except OSError:
        raise ExperimentError("there is no report yet") from None
    style = _STYLE.search(page)
    digest = base64.b64encode(sha256((style[1] if style else "").encode()).digest()).decode()
    return page, f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
