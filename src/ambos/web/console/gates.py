"""The two gates of the console: every page passes one, and what passes neither does not exist."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ambos.app import House
from ambos.errors import AmbosError, InternalError
from ambos.identity import Action, Principal, Profile, authorise
from ambos.web.console import session
from ambos.web.console.forms import MAX_FORM_BYTES
from ambos.web.spoken import said
from ambos.web.status import status_of

Page: TypeAlias = Callable[[Request, Principal], Awaitable[Response]]
Served: TypeAlias = Callable[[Request], Awaitable[Response]]

_POLICY: Final = "content-security-policy"
_FORM: Final = re.compile(rb"<form\b[^>]*(?:method=\"post\"|hx-post=)[^>]*>")
_HEADERS: Final = {
    _POLICY: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


_DOCTOR = {"en": "see `ambos doctor`", "es": "vea `ambos doctor`"}  # our own state: its words are not for visitors


class Gates:
    """Wraps pages.

    Args:
        problem: the page of an error: request, words, error.
    """

    def __init__(self, house: House, problem: Callable[[Request, str, AmbosError], str]) -> None:
        self._house = house
        self._problem = problem

    def open(self, page: Callable[[Request], Awaitable[Response]]) -> Served:
        """A page that needs no session."""

        async def served(request: Request) -> Response:
            try:
                session.check_place(request, self._house)
                return safe(await page(request))
            except AmbosError as error:
                return self._told(request, error)

        return served

    def closed(self, page: Page, action: Action | None, *, most_bytes: int = MAX_FORM_BYTES) -> Served:
        """A page that needs a session whose roles allow `action`; None for what everybody does for themselves.

        Args:
            most_bytes: of its form; more than usual for a page that takes a file.
        """

        async def served(request: Request) -> Response:
            try:
                session.check_place(request, self._house)
                principal = await session.visitor(request, self._house)
                if principal is None:
                    return safe(RedirectResponse("/console/login", 303))
                if action is not None:
                    if not principal.roles:  # a first password, or none of the roles that fit together
                        return safe(RedirectResponse("/console/account", 303))
                    authorise(principal, action, profile=Profile(self._house.config.profile))
                if request.method not in ("GET", "HEAD"):
                    request.state.most_bytes = most_bytes
                    await session.check_form(request)
                principal = replace(principal, language=session.language(request, self._house))
                return safe(_with_token(await page(request, principal), session.form_token(request)))
            except AmbosError as error:
                return self._told(request, error)

        return served

    def _told(self, request: Request, error: AmbosError) -> Response:
        language = session.language(request, self._house)
        words = _DOCTOR[language] if isinstance(error, InternalError) else said(str(error), language)
        status = 200 if request.headers.get("hx-request") else status_of(error)
        page = HTMLResponse(self._problem(request, words, error), status)
        return safe(_with_token(page, session.form_token(request)))


def _with_token(response: Response, token: str) -> Response:
    """Every form of a page carries the token: put in here, so that no template can forget it."""
    if response.media_type != "text/html" or not isinstance(response.body, bytes):
        return response
    field = f'<input type="hidden" name="{session.TOKEN_FIELD}" value="{token}">'.encode()
    response.body = _FORM.sub(lambda found: found[0] + field, response.body)
    response.headers["content-length"] = str(len(response.body))
    return response


def safe(response: Response) -> Response:
    """With the headers that keep other pages and caches out; a page may bring a stricter policy of its own."""
    own = response.headers.get(_POLICY)
    response.headers.update(_HEADERS if own is None else {**_HEADERS, _POLICY: own})
    return response
