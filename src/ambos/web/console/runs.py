"""Adapting a model from the console: a form for a table, what can be learnt from it, and a run as it goes on.

Nothing is read or trained here: a process of its own does (`ambos.cli.at_console`) and writes down how far it is.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.errors import AdaptError, RequestError, StoreError, UnknownRouteError
from ambos.experiment.standing import day_of
from ambos.identity import Action, Principal
from ambos.messages import Json
from ambos.store.runs import Runs
from ambos.store.sealing import Nonces, Sealer
from ambos.store.spool import put
from ambos.web.console import session
from ambos.web.console.forms import file_of, form_of
from ambos.web.console.gates import Gates
from ambos.web.console.people import Html
from ambos.web.console.trials import may
from ambos.web.console.uploads import Upload

MOST_BYTES: Final = 16 << 20  # of a table that is sent; larger ones go by the command
_FORMS: Final = (".csv", ".tsv", ".xlsx")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}").fullmatch
_MOST_FIELD: Final = 300
_WORKING: Final = ("looking", "training")
_LOST_MS: Final = 15_000  # a run that has said nothing for so long, and whose process is gone, is over
_WIDE, _HIGH = 600.0, 160.0  # of a curve, in its own units


def run_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/adapted/new` and `/console/adapted/runs`."""
    desk = Desk(house)

    async def new(request: Request, principal: Principal) -> Response:
        if request.method == "POST":
            run = await desk.begin(request, principal, await form_of(request), await file_of(request))
            return RedirectResponse(f"/console/adapted/runs/{run}", 303)
        return HTMLResponse(html(request, "adapted_new.html", principal, encoders=encoders(house.config.models)))

    async def one(request: Request, principal: Principal) -> Response:
        told = await asyncio.to_thread(desk.found, request.path_params["id"])
        values = await asyncio.to_thread(desk.shown, told, principal)
        return HTMLResponse(html(request, "adapted_run.html", principal, **values))

    async def act(request: Request, _: Principal) -> Response:
        form = await form_of(request)
        await desk.act(request, await asyncio.to_thread(desk.found, request.path_params["id"]), form.get("action", ""))
        return RedirectResponse(f"/console/adapted/runs/{request.path_params['id']}", 303)

    return [
        Route("/console/adapted/new", gates.closed(new, Action.CORPUS_BUILD, most_bytes=MOST_BYTES), methods=["GET", "POST"]),
        Route("/console/adapted/runs/{id}", gates.closed(one, Action.EXPERIMENT_VIEW)),
        Route("/console/adapted/runs/{id}/act", gates.closed(act, Action.MODELS_ADAPT), methods=["POST"]),
    ]  # fmt: skip


class Desk:
    """Starts runs, shows them, ends them."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._children: set[asyncio.Task[None]] = set()

    def runs(self) -> Runs:
        """The runs of the house."""
        tenant = self._house.config.tenant
        sealer = Sealer(self._house.store.secrets.run_key(tenant), Nonces(self._house.rng))
        return Runs(self._house.config.directory, tenant, sealer)

    async def begin(self, request: Request, who: Principal, form: Mapping[str, str], file: Upload | None) -> str:
        """Take a table and have it looked at; the run's handle.

        Raises:
            RequestError: no table of a form that is read, or a field is missing.
            AdaptError: another run is under way.
        """
        if file is None or Path(file.name).suffix.lower() not in _FORMS or not file.content:
            raise RequestError("choose a table: a CSV or XLSX file that is not empty", param="file")
        told = {name: form.get(name, "").strip() for name in ("name", "purpose", "basis", "licence", "origin", "base")}
        name = told.pop("name") or _plain(Path(file.name).stem)
        if not _NAME(name) or any(len(value) > _MOST_FIELD for value in told.values()):
            raise RequestError("a name has lower-case letters, digits, dots and hyphens only", param="name")
        if not all(told[name] for name in ("basis", "licence", "origin")):
            raise RequestError("say where the table comes from, on which basis, and its licence", param="basis")
        if told["base"] not in ("", *encoders(self._house.config.models)):
            raise RequestError("there is no such encoder on the shelf", param="base")
        await self._alone()
        run, now_ms = f"n_{self._house.rng.token(12).hex()}", self._house.clock.now_ms()
        sealed, secret = await asyncio.to_thread(put, self._house.config.directory, file.content, self._house.rng)
        state: dict[str, Json] = {
            "run": run, "by": who.id, "name": name, "file": file.name[:80], "state": "looking", "began_ms": now_ms,
            "seen_ms": now_ms, "pid": 0, "form": {**told, "mask": bool(form.get("mask"))},
        }  # fmt: skip
        await asyncio.to_thread(self.runs().save, run, state)
        suffix = Path(file.name).suffix.lower()
        await self._start(request, run, file=f"{name}{suffix}", name=sealed, secret=secret)
        return run

    async def act(self, request: Request, told: Mapping[str, Any], action: str) -> None:
        """Train by what was looked at, or ask a run to end.

        Raises:
            AdaptError: there is nothing to train by, or another run is under way.
            RequestError: the form holds no known action.
        """
        run = str(told["run"])
        if action == "stop":
            await asyncio.to_thread(self.runs().stop, run)
        elif action == "train":
            if "corpus" not in told or told["state"] in _WORKING:
                raise AdaptError("this run has no corpus to train on, or works already")
            await self._alone()
            state = {
                name: value for name, value in told.items() if name not in ("error", "outcome", "losses", "stages")
            }
            state |= {"state": "training", "seen_ms": self._house.clock.now_ms(), "pid": 0}
            await asyncio.to_thread(self._again, run, state)
            await self._start(request, run)
        else:
            raise RequestError("this form holds no known action", param="action")

    def _again(self, run: str, state: Mapping[str, Json]) -> None:
        self.runs().again(run)
        self.runs().save(run, state)

    async def _alone(self) -> None:
        """One run at a time: a second would take the memory that the models need."""
        every = await asyncio.to_thread(self.every)
        if any(one["state"] in _WORKING for one in every):
            raise AdaptError("another run is under way: wait for its end, or stop it")

    async def _start(self, request: Request, run: str, **more: str) -> None:
        order = {"data": str(self._house.config.directory), "run": run, "key": request.cookies.get(session.COOKIE, "")}
        nothing = asyncio.subprocess.DEVNULL  # what a failed library prints may hold a person's text
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ambos.cli.at_console", stdin=asyncio.subprocess.PIPE, stdout=nothing, stderr=nothing
        )
        assert process.stdin is not None  # noqa: S101  it was asked for
        process.stdin.write(msgspec.json.encode({**order, **more}) + b"\n")
        task = asyncio.create_task(_ended(process))
        self._children.add(task)
        task.add_done_callback(self._children.discard)

    def every(self) -> list[dict[str, Any]]:
        """Every run, the newest first; one whose process is gone is *lost*."""
        now_ms = self._house.clock.now_ms()
        return [self._alive(one, now_ms) for one in self.runs().every(now_ms=now_ms)]

    def found(self, run: str) -> dict[str, Any]:
        """One run.

        Raises:
            UnknownRouteError: there is none.
        """
        told = self.runs().load(run)
        if told is None:
            raise UnknownRouteError("there is no such run")
        return self._alive(told, self._house.clock.now_ms())

    def _alive(self, told: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
        is_quiet = now_ms - int(told["seen_ms"]) > _LOST_MS
        is_lost = told["state"] in _WORKING and is_quiet and not _is_there(int(told["pid"]))
        return {**told, "state": "lost"} if is_lost else {**told}

    def shown(self, told: Mapping[str, Any], who: Principal) -> dict[str, Any]:
        """What the page of a run tells; rows only to whoever started it, and only while they may be learnt from."""
        house, rows = self._house, list[Json]()
        corpus, tenant = str(told.get("corpus", "")), house.config.tenant
        if corpus and told["by"] == who.id and not house.store.corpora.mark(corpus, tenant)[0]:
            try:
                rows = self.runs().load_rows(str(told["run"]), house.store.corpora.sealer(corpus, tenant=tenant))
            except StoreError:
                rows = []
        stages = [
            {"name": name, "done": done, "total": total, "share": 100 * done / total if total else 0.0}
            for name, (done, total) in told.get("stages", {}).items()
        ]
        return {
            "run": told, "day": day_of(int(told["began_ms"])), "rows": rows, "stages": stages,
            "is_working": told["state"] in _WORKING, "curves": curves(told.get("losses", {})),
            "may_train": may(house, who, Action.MODELS_ADAPT), "card": self._card(told),
            "minutes": house.config.store.session_minutes,
        }  # fmt: skip

    def _card(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        artefact = str(told.get("outcome", {}).get("artefact", ""))
        if not artefact:
            return {}
        try:
            return self._house.store.registry.find(artefact, tenant=self._house.config.tenant).card
        except AdaptError:
            return {}


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Hold its standard input open until it is over: its end would tell it that we are gone."""
    await process.wait()


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return pid > 0


def _plain(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in name.lower()).strip("-")[:64]


def encoders(shelf: Path) -> list[str]:
    """Names of the encoders on the shelf."""
    return sorted(one.parent.name for one in shelf.glob("*/vocab.txt")) if shelf.is_dir() else []


def curves(losses: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, Any]:
    """Losses as lines of one picture: points "x,y x,y …", the lowest and the highest loss, and the last of each."""
    points = [point for curve in losses.values() for point in curve]
    if len(points) < 2:
        return {}
    last, low, high = max(x for x, _ in points), min(y for _, y in points), max(y for _, y in points)
    lines = {
        name: " ".join(
            f"{_WIDE * x / last:.1f},{_HIGH - (_HIGH - 4) * (y - low) / ((high - low) or 1) - 2:.1f}" for x, y in curve
        )
        for name, curve in losses.items()
    }
    lowest = {name: curve[-1][1] for name, curve in losses.items() if curve}
    return {"lines": lines, "low": low, "high": high, "steps": int(last), "last": lowest}
