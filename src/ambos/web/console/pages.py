"""The pages and their routes. Every page but the log-in needs a session; texts are shown to the one who sent them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

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
    InternalError,
    NoModelError,
    PolicyBlockedError,
    RequestError,
    StoreError,
)
from ambos.gateway import Answer, Ask
from ambos.identity import Action, Principal, Profile, authorise, new_handle
from ambos.messages import Json, Leaf, Route, Text
from ambos.web.console import session
from ambos.web.console.render import Renderer
from ambos.web.console.views import pieces, sent_text, shares, waterfall, without
from ambos.web.control import treatment_of
from ambos.web.notice import notice_for
from ambos.web.status import status_of
from ambos.wire import parse, read_chat

HERE = Path(__file__).parent
MAX_FORM_BYTES = 400_000
Page: TypeAlias = Callable[[Request, Principal], Awaitable[Response]]


def console_app(house: House) -> Starlette:
    """The application that serves `/console` and `/static`."""
    pages = _Pages(house)
    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Path_("/console", pages.slash),
            Path_("/console/login", pages.open(pages.login), methods=["GET", "POST"]),
            Path_("/console/language", pages.open(pages.language), methods=["POST"]),
            Path_("/console/", pages.closed(pages.home, Action.CONSOLE_HOME)),
            Path_("/console/logout", pages.closed(pages.logout, Action.CONSOLE_HOME), methods=["POST"]),
            Path_("/console/chat", pages.closed(pages.chat, Action.CONSOLE_CHAT), methods=["GET", "POST"]),
            Path_(
                "/console/playground",
                pages.closed(pages.playground, Action.CONSOLE_PLAYGROUND),
                methods=["GET", "POST"],
            ),
            Path_("/console/requests", pages.closed(pages.requests, Action.RECORDS_OWN)),
            Path_("/console/requests/{id}", pages.closed(pages.request, Action.RECORDS_OWN)),
        ]
    )


class _Pages:
    def __init__(self, house: House) -> None:
        self._house = house
        self._renderer = Renderer(HERE)

    # --- the two gates -----------------------------------------------------------------------------------------------

    def open(self, page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """A page that needs no session."""

        async def served(request: Request) -> Response:
            try:
                session.check_place(request, self._house)
                return self._safe(await page(request))
            except AmbosError as error:
                return self._problem(request, error)

        return served

    def closed(self, page: Page, action: Action) -> Callable[[Request], Awaitable[Response]]:
        """A page that needs a session whose roles allow `action`."""

        async def served(request: Request) -> Response:
            try:
                session.check_place(request, self._house)
                principal = await session.visitor(request, self._house)
                if principal is None:
                    return self._safe(RedirectResponse("/console/login", 303))
                authorise(principal, action, profile=Profile(self._house.config.profile))
                principal = replace(principal, language=session.language(request, self._house))
                return self._safe(await page(request, principal))
            except AmbosError as error:
                return self._problem(request, error)

        return served

    def _safe(self, response: Response) -> Response:
        response.headers.update(
            {
                "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                "x-content-type-options": "nosniff",
                "referrer-policy": "same-origin",
                "cache-control": "no-store",
                "cross-origin-opener-policy": "same-origin",
            }
        )
        return response

    def _problem(self, request: Request, error: AmbosError) -> Response:
        words = "see `ambos doctor`" if isinstance(error, InternalError) else str(error)
        html = self._html(request, "problem.html", None, message=words, level=error.level, audit_id=error.audit_id)
        status = 200 if request.headers.get("hx-request") else status_of(error)
        return self._safe(HTMLResponse(html, status))

    def _html(
        self, request: Request, template: str, principal: Principal | None, **values: Any
    ) -> str:  # template's own
        fragment = bool(request.headers.get("hx-request"))
        language = session.language(request, self._house)
        return self._renderer.html(
            template, language=language, fragment=fragment, principal=principal, path=request.url.path, **values
        )

    # --- pages -------------------------------------------------------------------------------------------------------

    async def slash(self, _: Request) -> Response:
        return RedirectResponse("/console/", 308)

    async def login(self, request: Request) -> Response:
        """Exchange a key for a session."""
        if request.method == "GET":
            return HTMLResponse(self._html(request, "login.html", None, failed=False))
        key = str((await _form(request)).get("key", "")).strip()
        try:
            token = await self._house.store.keys.exchange(key)
        except AuthenticationError:
            return HTMLResponse(self._html(request, "login.html", None, failed=True), 401)
        response = RedirectResponse("/console/", 303)
        session.keep(response, token, self._house.config.store.session_minutes)
        return response

    async def logout(self, request: Request, _: Principal) -> Response:
        """End the session, here and in the store."""
        await self._house.store.keys.end_session(request.cookies.get(session.COOKIE, ""))
        response = RedirectResponse("/console/login", 303)
        session.forget(response)
        return response

    async def language(self, request: Request) -> Response:
        """Spanish or English, remembered by a cookie."""
        form = await _form(request)
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
        html = self._html(
            request,
            "home.html",
            principal,
            facts=facts,
            bar=bar,
            models=self._house.models,
            closed=self._house.probes.problem,
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
            return HTMLResponse(self._html(request, "chat.html", principal, **values))
        form = await _form(request)
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
            values |= {"message": str(error), "audit_id": error.audit_id, "history": json.dumps(history)}
            return HTMLResponse(self._html(request, "chat_refused.html", principal, **values))
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
        return HTMLResponse(self._html(request, "chat_turn.html", principal, **values))

    async def playground(self, request: Request, principal: Principal) -> Response:
        """Coloured findings, original and outgoing side by side, the decision and its reason; nothing is sent."""
        if request.method == "GET":
            return HTMLResponse(
                self._html(request, "playground.html", principal, judged=None, models=self._house.models)
            )
        form = await _form(request)
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
        return HTMLResponse(self._html(request, "findings.html", principal, **values))

    async def requests(self, request: Request, principal: Principal) -> Response:
        """The principal's own requests, the newest first."""
        rows = await self._house.store.records.recent(tenant=principal.tenant, owner=principal.id, limit=100)
        return HTMLResponse(self._html(request, "requests.html", principal, rows=rows))

    async def request(self, request: Request, principal: Principal) -> Response:
        """One request from find to log, with times; its texts only for the one who sent it."""
        record_id = request.path_params["id"]
        entries = await self._house.entries_of(record_id)
        if not entries:
            raise StoreError("there is no such request of yours")
        try:
            parts = await self._house.store.records.open(record_id, tenant=principal.tenant, owner=principal.id)
        except StoreError:
            parts = {}
        took: dict[str, float] = next((entry["times_us"] for entry in reversed(entries) if entry.get("times_us")), {})
        times = {name: value / 1000 for name, value in took.items()}
        shown = {name: _shown(name, body) for name, body in parts.items() if name != "findings"}
        values: dict[str, Any] = {"id": record_id, "entries": entries, "parts": shown, "steps": waterfall(times)}
        return HTMLResponse(self._html(request, "request.html", principal, **values))

    def _ask(self, principal: Principal, form: dict[str, str], messages: list[Json]) -> Ask:
        tree: dict[str, Json] = {"model": str(form.get("model") or "ambos/auto"), "messages": messages}
        body = msgspec.json.encode(tree)
        named = str(form.get("conversation") or new_handle("u", self._house.rng.token(12)))
        return Ask(principal, read_chat(parse(body)), body, conversation=named, metadata={"stream": False})


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, which our pages send urlencoded; no file can come this way."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise RequestError("this form is too long", code="request_too_large")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise RequestError("this form cannot be read") from None


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
