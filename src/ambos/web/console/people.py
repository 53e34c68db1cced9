"""Pages of people: a user's own account, and the users of the house."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.errors import AuthenticationError, RequestError
from ambos.identity import Action, Principal, Role
from ambos.identity.passwords import MIN_CHARACTERS
from ambos.messages import Json
from ambos.store import KeyLine
from ambos.web import users
from ambos.web.console import session
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.spoken import said


class Html(Protocol):
    """Renders a template for a visitor."""

    def __call__(self, request: Request, template: str, principal: Principal | None, **values: object) -> str:
        """The page."""
        ...


def people_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/account` and `/console/users`."""
    pages = _People(house, html)
    both = ["GET", "POST"]
    return [
        Route("/console/account", gates.closed(pages.account, None), methods=both),
        Route("/console/users", gates.closed(pages.users, Action.USERS_MANAGE), methods=both),
    ]


class _People:
    def __init__(self, house: House, html: Html) -> None:
        self._house, self._html = house, html

    async def account(self, request: Request, principal: Principal) -> Response:
        """Who is signed in; another password; the end of every session."""
        user = self._house.store.users.of(principal.id)
        told, status = "", 200
        if request.method == "POST":
            form = await form_of(request)
            if user is None:
                raise RequestError("only a user has an account; this session is a key's")
            if form.get("do") == "end_all":
                await self._house.store.log_ins.end_all(user)
                return self._signed_out()
            if form.get("new") != form.get("again"):
                raise RequestError("the two new passwords differ")
            try:
                old, new = str(form.get("old", "")), str(form.get("new", ""))
                await self._house.store.log_ins.change_password(principal, old, new)
                return self._signed_out()
            except AuthenticationError as error:
                told, status = said(str(error), principal.language), 401
        values = {"user": user, "told": told, "least": MIN_CHARACTERS, "keys": self._keys(principal)}
        return HTMLResponse(self._html(request, "account.html", principal, **values), status)

    def _keys(self, principal: Principal) -> list[KeyLine]:
        """Keys that act in this person's name, so that one made by somebody else is seen."""
        keys = self._house.store.keys.lines(principal.tenant)
        return [one for one in keys if one.principal == principal.id and one.revoked_ms is None]

    def _signed_out(self) -> Response:
        response = RedirectResponse("/console/login", 303)
        session.forget(response)
        return response

    async def users(self, request: Request, principal: Principal) -> Response:
        """Every user; make one, give roles, shut out, give another password."""
        made: dict[str, Json] = {}
        if request.method == "POST":
            form = await form_of(request)
            about: dict[str, Json] = {
                **form,
                "role": [*str(form.get("roles", "")).split()],
                "group": _words(form, "groups"),
            }
            work = {
                "create": users.create,
                "roles": users.give_roles,
                "disable": users.disable,
                "enable": users.disable,
                "password": users.reset,
            }.get(str(form.get("do")))
            if work is None:
                raise RequestError("this form cannot be read")
            # What only the command line may say does not come in by a form.
            fields: dict[str, Json] = {
                name: about[name] for name in ("name", "full_name", "role", "group") if name in about
            }
            fields["enable"] = form.get("do") == "enable"
            made = await work(self._house, principal, fields)
        rows = self._house.store.users.list(tenant=principal.tenant)
        values = {"rows": rows, "made": made, "roles": [*Role], "groups": self._house.store.users.groups}
        return HTMLResponse(self._html(request, "users.html", principal, **values))


def _words(form: dict[str, str], name: str) -> list[Json]:
    return [*str(form.get(name, "")).split()]
