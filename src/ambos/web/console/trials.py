"""The pages of sealed experiments: every plan and a form for the next, one as it runs, its report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.errors import ExperimentError, ForbiddenError
from ambos.experiment.disclosure import SPANISH
from ambos.identity import Action, Principal, Profile, authorise
from ambos.web.console import experiments
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.console.people import Html


def trial_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/experiments` and what is below it."""

    async def plans(request: Request, principal: Principal) -> Response:
        if request.method == "POST":
            _manage(house, principal)
            one = await experiments.seal_form(house, await form_of(request), principal)
            return RedirectResponse(f"/console/experiments/{one.id}", 303)
        rows = await asyncio.to_thread(experiments.rows, house)
        fate, may_seal = _fate(principal.language), may(house, principal, Action.EXPERIMENT_MANAGE)
        return HTMLResponse(html(request, "experiments.html", principal, rows=rows, fate=fate, may_seal=may_seal))

    async def plan(request: Request, principal: Principal) -> Response:
        one, sealed = house.proving.find(request.path_params["id"])
        values = await asyncio.to_thread(experiments.shown, house, one, sealed)
        values |= {"fate_now": values["fate"], "fate": _fate(principal.language)}
        values["may_seal"] = may(house, principal, Action.EXPERIMENT_MANAGE)
        return HTMLResponse(html(request, "experiment.html", principal, **values))

    async def report(request: Request, principal: Principal) -> Response:
        if request.method == "POST":
            _manage(house, principal)
        one, _ = house.proving.find(request.path_params["id"])
        if request.method == "POST":
            await experiments.make_report(house, one, principal.language)
            return RedirectResponse(f"/console/experiments/{one.id}/report", 303)
        page, policy = await asyncio.to_thread(experiments.report_page, house, one)
        return HTMLResponse(page, headers={"content-security-policy": policy})

    async def ratings(request: Request, principal: Principal) -> Response:
        rows = await asyncio.to_thread(experiments.rated, house, principal)
        return HTMLResponse(html(request, "ratings.html", principal, rows=rows))

    async def rate(request: Request, principal: Principal) -> Response:
        one, sealed = house.proving.find(request.path_params["id"])
        problem = ""
        if request.method == "POST":
            form = await form_of(request)
            try:
                await house.rating.rate(one, sealed, principal, form.get("unit", ""), form.get("choice", ""))
            except ExperimentError:  # another rater was quicker, or it was judged before: the next one
                problem = "taken"
        pair, progress = await house.rating.next(one, sealed, principal)
        values = {"one": one, "pair": pair, "progress": progress, "problem": problem}
        return HTMLResponse(html(request, "rate.html", principal, **values))

    view = Action.EXPERIMENT_VIEW
    return [
        Route("/console/experiments", gates.closed(plans, view), methods=["GET", "POST"]),
        Route("/console/ratings", gates.closed(ratings, Action.EXPERIMENT_RATE)),
        Route("/console/ratings/{id}", gates.closed(rate, Action.EXPERIMENT_RATE), methods=["GET", "POST"]),
        Route("/console/experiments/{id}", gates.closed(plan, view)),
        Route("/console/experiments/{id}/report", gates.closed(report, view), methods=["GET", "POST"]),
    ]


def may(house: House, principal: Principal, action: Action) -> bool:
    """Whether the roles of this principal allow it."""
    try:
        authorise(principal, action, profile=Profile(house.config.profile))
    except ForbiddenError:
        return False
    return True


def _manage(house: House, principal: Principal) -> None:
    authorise(principal, Action.EXPERIMENT_MANAGE, profile=Profile(house.config.profile))


def _fate(language: str) -> Callable[[str], str]:
    """What became of a plan, in the reader's language."""
    words = SPANISH if language == "es" else {}
    return lambda fate: words.get(fate, fate)
