"""The pages of adapted models: every one with its state, one with its figures, signing, promotion and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.errors import AdaptError, RequestError, UnknownRouteError
from ambos.experiment.standing import day_of
from ambos.identity import Action, Principal
from ambos.messages import Json
from ambos.store import Adapted
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.console.people import Html
from ambos.web.console.runs import Desk
from ambos.web.console.trials import may
from ambos.web.learning import promote, sign

_MOST_REASON = 2_000  # characters


def adapted_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/adapted` and what is below it."""

    async def every(request: Request, principal: Principal) -> Response:
        found = await asyncio.to_thread(house.store.registry.list, tenant=house.config.tenant)
        runs = await asyncio.to_thread(Desk(house).every)
        may_build = may(house, principal, Action.CORPUS_BUILD)
        values = {"rows": rows(found), "runs": runs, "may_build": may_build, "day_of": day_of}
        return HTMLResponse(html(request, "adapted.html", principal, **values))

    async def one(request: Request, principal: Principal) -> Response:
        registry, tenant = house.store.registry, house.config.tenant
        found = await _found(house, request)
        may_sign = may(house, principal, Action.MODELS_SIGN)
        reasons = await asyncio.to_thread(registry.reasons, found.artefact, tenant=tenant) if may_sign else {}
        values = {"one": found, "may_sign": may_sign, "reasons": reasons, **shown(found.card)}
        return HTMLResponse(html(request, "adapted_one.html", principal, **values))

    async def act(request: Request, principal: Principal) -> Response:
        form, artefact = await form_of(request), (await _found(house, request)).artefact
        await _act(house, principal, form, artefact)
        return RedirectResponse(f"/console/adapted/{artefact}", 303)

    view = Action.EXPERIMENT_VIEW
    return [
        Route("/console/adapted", gates.closed(every, view)),
        Route("/console/adapted/{id}", gates.closed(one, view)),
        Route("/console/adapted/{id}/act", gates.closed(act, Action.MODELS_SIGN), methods=["POST"]),
    ]


async def _found(house: House, request: Request) -> Adapted:
    try:
        return await asyncio.to_thread(house.store.registry.find, request.path_params["id"], tenant=house.config.tenant)
    except AdaptError as error:
        raise UnknownRouteError(str(error)) from None


async def _act(house: House, principal: Principal, form: Mapping[str, str], artefact: str) -> None:
    action, reason = form.get("action", ""), form.get("reason", "").strip()
    if action in ("approve", "reject"):
        if not 0 < len(reason) <= _MOST_REASON:
            raise RequestError(f"a signature has a reason of at most {_MOST_REASON} characters", param="reason")
        await sign(house, principal, artefact, reason, is_against=action == "reject")
    elif action == "promote":
        await promote(house, principal, artefact)
    elif action == "rollback":
        registry, tenant = house.store.registry, house.config.tenant
        name = registry.find(artefact, tenant=tenant).name
        await registry.roll_back(name, tenant=tenant, by=principal.id)
    else:
        raise RequestError("this form holds no known action", param="action")


def rows(found: Sequence[Adapted]) -> list[dict[str, Any]]:
    """Every model, the newest first, with what decides about it."""
    made = []
    for one in reversed(found):
        metric, gain = str(one.card.get("metric", "")), _inner(_inner(one.card, "gain"), "points")
        own = _inner(_inner(_inner(one.card, "metrics"), str(one.card.get("features", ""))), metric)
        made.append(
            {
                "id": one.artefact, "name": f"ambos/{one.name}", "family": one.family, "state": one.state,
                "judged": _inner(one.card, "judged"), "marked": one.marked, "day": day_of(one.trained_ms),
                "metric": metric, "figure": own.get("estimate"), "gain": gain,
            }
        )  # fmt: skip
    return made


def shown(card: Mapping[str, Json]) -> dict[str, Any]:
    """What the page of one model tells of its card: arms as bars, labels, and what it remembers."""
    metric = str(card.get("metric", ""))
    arms = [
        {"name": name, "is_own": name == card.get("features"), **_percent(_inner(found, metric))}
        for name, found in _inner(card, "metrics").items()
        if isinstance(found, dict)
    ]
    labels = [{"name": name, **found} for name, found in _inner(card, "by_label").items() if isinstance(found, dict)]
    return {
        "card": card,
        "judged": _inner(card, "judged"), "arms": arms, "labels": labels, "gain": _inner(_inner(card, "gain"), "points"),
        "is_weak": _inner(card, "gain").get("against") == "weak_generic", "memory": _inner(card, "memorisation"),
        "groups": _inner(card, "by_group"), "took": _inner(card, "run"),
    }  # fmt: skip


def _percent(interval: Mapping[str, Any]) -> dict[str, float]:
    return {name: 100 * float(interval.get(name) or 0.0) for name in ("estimate", "lower", "upper")}


def _inner(card: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = card.get(name)
    return found if isinstance(found, dict) else {}
