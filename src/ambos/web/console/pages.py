"""The pages and their routes. Every page but the log-in needs a session; texts are shown to the one who sent them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Path_
from starlette.staticfiles import StaticFiles

from ambos.app import House
from ambos.errors import (
    AmbosError,
    AuthenticationError,
    ForbiddenError,
    NoModelError,
    PolicyBlockedError,
    RequestError,
    StoreError,
    UnknownRouteError,
)
from ambos.gateway import Answer, Ask
from ambos.identity import Action, Principal, Profile, authorise, new_handle
from ambos.messages import Json, Leaf, Route, Text
from ambos.web import spoken
from ambos.web.access import look
from ambos.web.console import session
from ambos.web.console.access import access_routes, told
from ambos.web.console.adapted import adapted_routes
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.console.oidc import oidc_routes
from ambos.web.console.people import people_routes
from ambos.web.console.render import Renderer
from ambos.web.console.runs import run_routes
from ambos.web.console.trials import may, trial_routes
from ambos.web.console.views import pieces, sent_text, shares, waterfall, without
from ambos.web.control import treatment_of
from ambos.web.notice import notice_for
from ambos.wire import parse, read_chat

_NO_REQUEST = "there is no such request of yours"
HERE = Path(__file__).parent
MAX_FORM_BYTES = 400_000
Page: TypeAlias = Callable[[Request, Principal], Awaitable[Response]]


def console_app(house: House) -> Starlette:
    """The application that serves `/console` and `/static`."""
    pages = _Pages(house)
    gates = Gates(house, pages.problem)
    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Path_("/console", pages.slash),
            Path_("/console/login", gates.open(pages.login), methods=["GET", "POST"]),
            Path_("/console/language", gates.open(pages.language), methods=["POST"]),
            Path_("/console/", gates.closed(pages.home, Action.CONSOLE_HOME)),
            Path_("/console/logout", gates.closed(pages.logout, None), methods=["POST"]),
            Path_("/console/chat", gates.closed(pages.chat, Action.CONSOLE_CHAT), methods=["GET", "POST"]),
            Path_(
                "/console/playground",
                gates.closed(pages.playground, Action.CONSOLE_PLAYGROUND),
                methods=["GET", "POST"],
            ),
            Path_("/console/requests", gates.closed(pages.requests, Action.RECORDS_OWN)),
            Path_("/console/requests/{id}", gates.closed(pages.request, Action.RECORDS_OWN)),
            *run_routes(house, gates, pages.html),
            *adapted_routes(house, gates, pages.html),
            *access_routes(house, gates, pages.html),
            *oidc_routes(house, gates, pages.html),
            *people_routes(house, gates, pages.html),
            *trial_routes(house, gates, pages.html),
        ]
    )


class _Pages:
    def __init__(self, house: House) -> None:
        self._house = house
        self._renderer = Renderer(HERE)

    def problem(self, request: Request, words: str, error: AmbosError) -> str:
        """The page of an error."""
        return self.html(request, "problem.html", None, message=words, level=error.level, audit_id=error.audit_id)

    def html(
        self, request: Request, template: str, principal: Principal | None, **values: Any
    ) -> str:  # template's own
        """A page, or its own part for htmx, in the visitor's language."""
        fragment = bool(request.headers.get("hx-request"))
        language = session.language(request, self._house)
        values["may_rate"] = principal is not None and may(self._house, principal, Action.EXPERIMENT_RATE)
        values["may_view"] = principal is not None and may(self._house, principal, Action.EXPERIMENT_VIEW)
        return self._renderer.html(
            template, language=language, fragment=fragment, principal=principal, path=request.url.path, **values
        )

    # --- pages -------------------------------------------------------------------------------------------------------

    async def slash(self, _: Request) -> Response:
        return RedirectResponse("/console/", 308)

    async def login(self, request: Request) -> Response:
        """Exchange a name and password, or a key, for a session."""
        if request.method == "GET":
            return HTMLResponse(self.html(request, "login.html", None, failed=False, oidc=self._house.identity))
        form = await form_of(request)
        try:
            token = await self._token(request, form)
        except AuthenticationError:
            return HTMLResponse(self.html(request, "login.html", None, failed=True, oidc=self._house.identity), 401)
        response = RedirectResponse("/console/", 303)
        minutes = self._house.config.store.session_minutes
        # The origin of a form is our own: checked before. Its scheme is how the browser sees us, behind a proxy too.
        is_secure = request.headers.get("origin", "").startswith("https:")
        session.keep(response, token, minutes, is_secure=is_secure)
        return response

    async def _token(self, request: Request, form: dict[str, str]) -> str:
        name = form.get("name", "").strip()
        if not name:
            return await self._house.store.keys.exchange(form.get("key", "").strip())
        address = request.client.host if request.client else ""
        tenant = self._house.config.tenant
        return await self._house.store.log_ins.log_in(name, form.get("password", ""), tenant=tenant, address=address)

    async def logout(self, request: Request, _: Principal) -> Response:
        """End the session, here and in the store."""
        await self._house.store.keys.end_session(request.cookies.get(session.COOKIE, ""))
        response = RedirectResponse("/console/login", 303)
        session.forget(response)
        return response

    async def language(self, request: Request) -> Response:
        """Spanish or English, remembered by a cookie."""
        form = await form_of(request)
        back = str(form.get("back", "/console/"))
        response = RedirectResponse(back if back.startswith("/console/") else "/console/", 303)
        chosen = "es" if form.get("language") == "es" else "en"
        response.set_cookie(
            session.LANGUAGE, chosen, max_age=31_536_000, path="/console", samesite="strict", httponly=True
        )
        return response

    async def home(self, request: Request, principal: Principal) -> Response:
        """What stayed, what left, whether the log is whole."""
        facts = await self._house.overview()
        bar = shares(facts.routes)
        html = self.html(
            request,
            "home.html",
            principal,
            facts=facts,
            bar=bar,
            models=self._house.models,
            closed=self._house.probes.problem,
            told=await told(self._house, principal),
        )
        return HTMLResponse(html)

    async def chat(self, request: Request, principal: Principal) -> Response:
        """Ask; the answer says where it ran, what was sent, and why."""
        if request.method == "GET":
            conversation = new_handle("u", self._house.rng.token(12))
            values: dict[str, Any] = {
                "conversation": conversation,
                "models": self._house.listed_models(),
                "history": "[]",
            }
            return HTMLResponse(self.html(request, "chat.html", principal, **values))
        form = await form_of(request)
        history, text = _history(form), str(form.get("text", "")).strip()
        if not text:
            raise RequestError("write a question first")
        ask = self._ask(principal, form, [*history, {"role": "user", "content": text}])
        judged = await self._house.gateway.judge(ask)
        values = {
            "text": text,
            "decision": judged.decision,
            "parts": _parts(judged.pairs()),
            "without": without(text, _own(judged.pairs(), text)),
        }
        try:
            answer = await self._house.gateway.answer(ask)
        except (NoModelError, PolicyBlockedError) as error:
            message = spoken.said(str(error), principal.language)
            values |= {"message": message, "audit_id": error.audit_id, "history": json.dumps(history)}
            return HTMLResponse(self.html(request, "chat_refused.html", principal, **values))
        said = await _said(answer)
        values |= {
            "said": said,
            "notice": notice_for(answer, language=principal.language, is_wanted=True).strip(),
            "answer": answer,
            "sent": sent_text(answer.outbound.body) if answer.route is not Route.LOCAL else "",
            "history": json.dumps(
                [*history, {"role": "user", "content": text}, {"role": "assistant", "content": said}]
            ),
        }
        return HTMLResponse(self.html(request, "chat_turn.html", principal, **values))

    async def playground(self, request: Request, principal: Principal) -> Response:
        """Coloured findings, original and outgoing side by side, the decision and its reason; nothing is sent."""
        if request.method == "GET":
            return HTMLResponse(
                self.html(request, "playground.html", principal, judged=None, models=self._house.models)
            )
        form = await form_of(request)
        text = str(form.get("text", ""))
        if not text.strip():
            raise RequestError("paste a text first")
        ask = self._ask(principal, {"model": "ambos/auto"}, [{"role": "user", "content": text}])
        judged = await self._house.gateway.judge(ask)
        rows = [(model, treatment_of(judged, model.name)) for model in self._house.models]
        preview = self._house.gateway.preview(ask, judged)
        values = {
            "judged": judged,
            "rows": rows,
            "parts": _parts(judged.pairs()),
            "outgoing": sent_text(preview) if preview is not None else None,
        }
        return HTMLResponse(self.html(request, "findings.html", principal, **values))

    async def requests(self, request: Request, principal: Principal) -> Response:
        """The principal's own requests, the newest first."""
        rows = await self._house.store.records.recent(tenant=principal.tenant, owner=principal.id, limit=100)
        return HTMLResponse(self.html(request, "requests.html", principal, rows=rows))

    async def request(self, request: Request, principal: Principal) -> Response:
        """One request from find to log, with times; its texts only for the one who sent it."""
        record_id = request.path_params["id"]
        entries = await self._house.entries_of(record_id)
        if not entries:
            raise UnknownRouteError(_NO_REQUEST)
        owner, is_shown = await self._reader(record_id, principal, str(entries[0].get("principal", "")))
        parts: Mapping[str, bytes] = {}
        if is_shown:
            with contextlib.suppress(StoreError):  # its time is over, or it is blocked
                parts = await self._house.store.records.open(record_id, tenant=principal.tenant, owner=owner)
        took: dict[str, float] = next((entry["times_us"] for entry in reversed(entries) if entry.get("times_us")), {})
        times = {name: value / 1000 for name, value in took.items()}
        shown = {name: _shown(name, body) for name, body in parts.items() if name != "findings"}
        values: dict[str, Any] = {"id": record_id, "entries": entries, "parts": shown, "steps": waterfall(times)}
        values["is_own"] = owner == principal.id
        return HTMLResponse(self.html(request, "request.html", principal, **values))

    async def _reader(self, record_id: str, principal: Principal, owner: str) -> tuple[str, bool]:
        """Whose request this is, and whether its texts are shown. Who may only show the log sees its entries alone.

        Raises:
            UnknownRouteError: another's, told as one that does not exist.
        """
        if owner == principal.id:
            return owner, True
        try:
            return await look(self._house, principal, record_id), True
        except ForbiddenError:
            pass
        try:
            authorise(principal, Action.AUDIT_SHOW, profile=Profile(self._house.config.profile))
        except ForbiddenError:
            raise UnknownRouteError(_NO_REQUEST) from None
        return owner, False

    def _ask(self, principal: Principal, form: dict[str, str], messages: list[Json]) -> Ask:
        tree: dict[str, Json] = {"model": str(form.get("model") or "ambos/auto"), "messages": messages}
        body = msgspec.json.encode(tree)
        named = str(form.get("conversation") or new_handle("u", self._house.rng.token(12)))
        return Ask(principal, read_chat(parse(body)), body, conversation=named, metadata={"stream": False})


def _history(form: dict[str, str]) -> list[Json]:
    history = parse(b'{"h":' + (str(form.get("history") or "[]")).encode() + b"}")["h"]
    return history if isinstance(history, list) else []


async def _said(answer: Answer) -> str:
    said: list[str] = []
    async with aclosing(answer.batches) as batches:  # type: ignore[type-var]  # an async generator by construction
        async for batch in batches:
            said += [delta.text for delta in batch if type(delta) is Text]
    return "".join(said)


def _parts(pairs: Any) -> list[Any]:  # (Leaf, findings) pairs of the reading
    return [pieces(leaf.text, found) for leaf, found in pairs if _is_message(leaf)][-1:]


def _own(pairs: Any, text: str) -> Any:
    return next((found for leaf, found in pairs if leaf.text == text), ())


def _is_message(leaf: Leaf) -> bool:
    return (
        not leaf.is_key
        and leaf.is_text
        and len(leaf.path) > 2
        and leaf.path[0] == "messages"
        and leaf.path[2] == "content"
    )


def _shown(name: str, body: bytes) -> str:
    return body.decode("utf-8", "replace") if name.startswith("answer") else sent_text(body)
