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
from ambos.web.console.plan_form import number_of, sizing_of, toml_of, values_of
from ambos.web.console.whole_run import WholeRuns
from ambos.web.spoken import said


class TrialPages:
    """The pages, as a session's principal sees them."""

    def __init__(self, house: House, html: Html) -> None:
        self._house, self._html, self._runs = house, html, WholeRuns(house)

    async def plans(self, request: Request, principal: Principal) -> Response:
        """Every sealed plan; a plan as a file is sealed here."""
        if request.method == "POST":
            _manage(self._house, principal)
            one = await experiments.seal_form(self._house, await form_of(request), principal)
            return RedirectResponse(f"/console/experiments/{one.id}", 303)
        rows = await asyncio.to_thread(experiments.rows, self._house)
        fate, may_seal = _fate(principal.language), may(self._house, principal, Action.EXPERIMENT_MANAGE)
        return HTMLResponse(self._html(request, "experiments.html", principal, rows=rows, fate=fate, may_seal=may_seal))

    async def new(self, request: Request, principal: Principal) -> Response:
        """The guided form: sizes, warns, seals."""
        form, told = await form_of(request) if request.method == "POST" else {}, {}
        try:
            if form.get("do") == "seal":
                one = await experiments.seal_form(self._house, form, principal)
                return RedirectResponse(f"/console/experiments/{one.id}", 303)
            if form:
                values, directory = values_of(form), self._house.config.directory / "experiments"
                told = {
                    "sizing": await sizing_of(values, principal.language, directory=directory),
                    "toml": toml_of(values),
                }
        except ExperimentError as error:
            told = {"problem": said(str(error), principal.language)}
        unit = _fate(principal.language)
        models = [model.name for model in self._house.models]
        return HTMLResponse(
            self._html(request, "plan.html", principal, form=form, models=models, number=_number, unit=unit, **told)
        )

    async def run(self, request: Request, principal: Principal) -> Response:
        """Begin to answer what is left."""
        one, sealed = self._house.proving.find(request.path_params["id"])
        form = await form_of(request)
        most = number_of("most", form["most"]) if form.get("most", "").strip() else None
        try:
            await self._runs.begin(one, sealed, experiments.items_of(form), most=most, by=principal)
        except ExperimentError as error:
            return await self._shown(
                request, principal, one.id, {"did": "refused", "problem": said(str(error), principal.language)}
            )
        return RedirectResponse(f"/console/experiments/{one.id}", 303)

    async def plan(self, request: Request, principal: Principal) -> Response:
        """One experiment: how far it is, its newest figures, and what may be done."""
        if request.method == "POST":
            _manage(self._house, principal)
        one, sealed = self._house.proving.find(request.path_params["id"])
        told = None
        if request.method == "POST":
            try:
                told = await experiments.enrol_form(self._house, one, sealed, await form_of(request), principal)
            except ExperimentError as error:
                told = {"did": "refused", "problem": said(str(error), principal.language)}
        return await self._shown(request, principal, one.id, told)

    async def _shown(
        self, request: Request, principal: Principal, handle: str, told: dict[str, str] | None
    ) -> HTMLResponse:
        one, sealed = self._house.proving.find(handle)
        values = await asyncio.to_thread(experiments.shown, self._house, one, sealed)
        values |= {"fate_now": values["fate"], "fate": _fate(principal.language)}
        values |= {"may_seal": may(self._house, principal, Action.EXPERIMENT_MANAGE), "told": told, "number": _number}
        values["run"] = self._runs.of(one)
        return HTMLResponse(self._html(request, "experiment.html", principal, **values))

    async def report(self, request: Request, principal: Principal) -> Response:
        """The newest report; a post computes it anew, which is a look."""
        if request.method == "POST":
            _manage(self._house, principal)
        one, _ = self._house.proving.find(request.path_params["id"])
        if request.method == "POST":
            await experiments.make_report(self._house, one, principal.language)
            return RedirectResponse(f"/console/experiments/{one.id}/report", 303)
        page, policy = await asyncio.to_thread(experiments.report_page, self._house, one)
        return HTMLResponse(page, headers={"content-security-policy": policy})

    async def ratings(self, request: Request, principal: Principal) -> Response:
        """Experiments that ask this person to compare answers."""
        rows = await asyncio.to_thread(experiments.rated, self._house, principal)
        return HTMLResponse(self._html(request, "ratings.html", principal, rows=rows))

    async def rate(self, request: Request, principal: Principal) -> Response:
        """One pair after another."""
        one, sealed = self._house.proving.find(request.path_params["id"])
        problem = ""
        if request.method == "POST":
            form = await form_of(request)
            try:
                await self._house.rating.rate(one, sealed, principal, form.get("unit", ""), form.get("choice", ""))
            except ExperimentError:  # another rater was quicker, or it was judged before: the next one
                problem = "taken"
        pair, progress = await self._house.rating.next(one, sealed, principal)
        values = {"one": one, "pair": pair, "progress": progress, "problem": problem}
        return HTMLResponse(self._html(request, "rate.html", principal, **values))

    async def grade(self, request: Request, principal: Principal) -> Response:
        """One answer after another, of those that a judge scored."""
        one, sealed = self._house.proving.find(request.path_params["id"])
        if request.method == "POST":
            form = await form_of(request)
            await self._house.grading.grade(one, sealed, principal, form.get("place", ""), form.get("grade", ""))
        answer, progress = await self._house.grading.next(one, sealed, principal)
        return HTMLResponse(self._html(request, "grade.html", principal, one=one, answer=answer, progress=progress))


def trial_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/experiments` and what is below it."""
    pages = TrialPages(house, html)
    view, manage = Action.EXPERIMENT_VIEW, Action.EXPERIMENT_MANAGE
    return [
        Route("/console/experiments", gates.closed(pages.plans, view), methods=["GET", "POST"]),
        Route("/console/ratings", gates.closed(pages.ratings, Action.EXPERIMENT_RATE)),
        Route("/console/ratings/{id}", gates.closed(pages.rate, Action.EXPERIMENT_RATE), methods=["GET", "POST"]),
        Route("/console/grades/{id}", gates.closed(pages.grade, Action.EXPERIMENT_RATE), methods=["GET", "POST"]),
        Route("/console/experiments/new", gates.closed(pages.new, manage), methods=["GET", "POST"]),
        Route("/console/experiments/{id}", gates.closed(pages.plan, view), methods=["GET", "POST"]),
        Route("/console/experiments/{id}/run", gates.closed(pages.run, manage), methods=["POST"]),
        Route("/console/experiments/{id}/report", gates.closed(pages.report, view), methods=["GET", "POST"]),
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


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
