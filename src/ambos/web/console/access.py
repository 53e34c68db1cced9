"""The page of openings: what is asked for, open, or to be reviewed; for most people, who saw what they sent."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.errors import ForbiddenError, RequestError
from ambos.identity import Action, Principal, authorise
from ambos.identity.opening import State
from ambos.messages import Json
from ambos.web.access import WORK, listed, may_ask
from ambos.web.asking import when
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.console.people import Html

_FIELDS = ("id", "reason", "record", "subject")
_MAY = {"confirm": Action.ACCESS_CONFIRM, "break_glass": Action.ACCESS_BREAK_GLASS}


def access_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/openings`."""

    async def openings(request: Request, principal: Principal) -> Response:
        if request.method == "POST":
            form = await form_of(request)
            work = WORK.get(form.get("do", ""))
            if work is None:
                raise RequestError("this form cannot be read")
            await work(house, principal, _arguments(form))
            return RedirectResponse("/console/openings", 303)
        rows = await listed(house, principal, {})
        may = {name for name, action in _MAY.items() if _is_allowed(principal, action)}
        may |= {"ask"} if may_ask(house, principal) else set()
        return HTMLResponse(html(request, "openings.html", principal, rows=rows, may=may))

    return [Route("/console/openings", gates.closed(openings, Action.CONSOLE_HOME), methods=["GET", "POST"])]


async def told(house: House, principal: Principal) -> Mapping[str, int | str]:
    """What the home page says unasked: requests of this person's that others saw, and what waits for them."""
    openings = house.store.openings
    now_ms = house.clock.now_ms()
    about = [one for one in openings.list(tenant=principal.tenant, about=principal.id) if one.was_open(now_ms)]
    seen = {
        record
        for one in about
        if one.asked_by != principal.id
        for record, owner in one.records
        if owner == principal.id
    }
    waits = 0
    if _is_allowed(principal, Action.ACCESS_CONFIRM):
        others = [one for one in openings.list(tenant=principal.tenant) if one.asked_by != principal.id]
        waits = sum(one.state(now_ms) is State.WAITS or one.is_to_review() for one in others)
    return {"seen": len(seen), "waits": waits, **_unreviewed(house, principal, now_ms)}


def _unreviewed(house: House, principal: Principal, now_ms: int) -> dict[str, str | int]:
    """Glasses that nobody else has looked at, an open control: for who may review and for who broke them."""
    is_watching = _is_allowed(principal, Action.ACCESS_CONFIRM)
    about = None if is_watching else principal.id
    found = [one for one in house.store.openings.list(tenant=principal.tenant, about=about) if one.is_to_review()]
    mine = [one for one in found if is_watching or one.asked_by == principal.id]
    due_ms = min((one.review_due_ms or 0 for one in mine), default=None)
    return {"broken": len(mine), "due": when(due_ms), "overdue": sum(one.is_overdue(now_ms) for one in mine)}


def _arguments(form: Mapping[str, str]) -> dict[str, Json]:
    about: dict[str, Json] = {name: form[name] for name in _FIELDS if form.get(name, "").strip()}
    subjects = form.get("subject", "").split(";")
    if "subject" in about:
        about["subject"] = [*subjects]
    about["confirm"] = form.get("confirm") == "yes"
    return about


def _is_allowed(principal: Principal, action: Action) -> bool:
    try:
        authorise(principal, action)
    except ForbiddenError:
        return False
    return True
