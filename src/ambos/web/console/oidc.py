"""Signing in with a provider of identities: the two steps of a browser, and the user it becomes."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ambos.app import House
from ambos.app.sign_in import IdentityProvider
from ambos.errors import AmbosError, AuthenticationError, RequestError, UnknownRouteError
from ambos.identity.oidc import RANDOM_BYTES, STATE_MS, Claims, RefusedError, Started, begin
from ambos.identity.people import login_of, roles_of
from ambos.store import NewUser, User
from ambos.web.console import session
from ambos.web.console.forms import form_of
from ambos.web.console.gates import Gates
from ambos.web.console.people import Html

_log = logging.getLogger(__name__)
_MODE: Final = "oidc"
_NOT_KEPT: Final = {"cache-control": "no-store"}  # section 2.8
_NO_ROLE: Final = "no group of yours has a role in this house: ask who runs it"


def oidc_routes(house: House, gates: Gates, html: Html) -> list[Route]:
    """`/console/oidc/start`, `callback` and `back-channel`; without a provider there are none."""
    if house.identity is None:
        return []
    pages = _SignIn(house, house.identity, html)
    return [
        Route("/console/oidc/start", gates.open(pages.start)),
        Route("/console/oidc/callback", gates.open(pages.callback)),
        Route("/console/oidc/back-channel", pages.back_channel, methods=["POST"]),
    ]


class _SignIn:
    def __init__(self, house: House, provider: IdentityProvider, html: Html) -> None:
        self._house, self._provider, self._html = house, provider, html
        self._is_secure = provider.settings.redirect_uri.startswith("https:")

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider, with what it must bring back."""
        if request.method != "GET":
            raise UnknownRouteError("this is read with GET", code="method_not_allowed")
        house = self._house
        started = begin(house.rng.token(3 * RANDOM_BYTES), house.clock.now_ms())
        response = RedirectResponse(await self._provider.address(started), 303)
        # Lax: the provider's page leads here, and a strict cookie would not come along.
        response.set_cookie(
            session.SIGN_IN, house.store.log_ins.carried(msgspec.json.encode(started)), max_age=STATE_MS // 1000,
            path=session.SIGN_IN_PATH, httponly=True, samesite="lax", secure=self._is_secure,
        )  # fmt: skip
        return response

    async def callback(self, request: Request) -> Response:
        """A session for whom the provider has recognised."""
        house, tenant = self._house, self._house.config.tenant
        carried = house.store.log_ins.brought(request.cookies.get(session.SIGN_IN, ""))
        started = msgspec.json.decode(carried, type=Started)
        address = request.client.host if request.client else ""
        await house.store.log_ins.count(tenant, address)
        try:
            claims = await self._provider.claims(request.url.query, started)
            user = await self._user(claims)
        except RefusedError as error:
            await house.store.log_ins.refused(tenant, _MODE, error.why)
            raise
        mode = f"{_MODE}:mfa" if claims.has_second_factor else _MODE
        at = house.store.logouts.sign_in(
            tenant=tenant, issuer=self._provider.settings.issuer, subject=claims.subject, session=claims.session,
            issued_s=claims.issued_s,
        )  # fmt: skip
        token = await house.store.log_ins.recognised(user, mode=mode, address=address, at=at)
        # Not a redirect: the strict cookie would not go along with one that another site began.
        response = HTMLResponse(self._html(request, "signed_in.html", None))
        session.keep(response, token, house.config.store.session_minutes, is_secure=self._is_secure)
        response.delete_cookie(session.SIGN_IN, path=session.SIGN_IN_PATH, httponly=True, samesite="lax")
        return response

    async def back_channel(self, request: Request) -> Response:
        """The provider itself says who was logged out (Back-Channel Logout 1.0 sections 2.5, 2.8).

        It is no browser: no cookie counts, and so neither do Host and Origin; the signed token is all. Whoever sends
        something else learns a code and is not written down: a stranger cannot fill the log.
        """
        house = self._house
        try:
            told = await self._provider.logged_out((await form_of(request)).get("logout_token", ""))
            issuer = self._provider.settings.issuer
            ended = await house.store.logouts.end(told, issuer=issuer, tenant=house.config.tenant)
        except AmbosError as error:  # section 2.8: whatever kept us from it
            why = error.why if isinstance(error, RefusedError) else type(error).__name__
            _log.warning("a logout of the provider of identities was not done: %s", why)
            return JSONResponse({"error": "invalid_request"}, 400, headers=_NOT_KEPT)
        _log.info("the provider of identities ended %d sessions", ended)
        return Response(None, 200, headers=_NOT_KEPT)

    async def _user(self, claims: Claims) -> User:
        """The user of these claims, made at the first sign-in; roles are those of the groups of today."""
        users, tenant = self._house.store.users, self._house.config.tenant
        groups = frozenset(claims.groups & users.groups.keys())
        issuer = self._provider.settings.issuer
        user = users.at_provider(issuer, claims.subject, tenant=tenant)
        has_role = bool(roles_of(user.roles if user else (), groups, users.groups))
        if user is not None and user.groups != (groups if has_role else frozenset()):
            # Sessions that are open follow: who has lost a group elsewhere has lost it here.
            await users.set_roles(user, user.roles, groups if has_role else frozenset())
            user = users.at_provider(issuer, claims.subject, tenant=tenant)
        if not has_role:
            await self._house.store.log_ins.refused(tenant, _MODE, "no_role", user)
            raise AuthenticationError(_NO_ROLE)
        return user or await self._new(claims, groups, issuer)

    async def _new(self, claims: Claims, groups: frozenset[str], issuer: str) -> User:
        """Never an account that is there: who has chosen the same name elsewhere is somebody else."""
        users, rng = self._house.store.users, self._house.rng
        wished = "user"
        with suppress(RequestError):
            wished = login_of(claims.name)
        new = NewUser(
            wished, frozenset(), groups, claims.full_name, self._house.config.language,
            issuer=issuer, subject=claims.subject,
        )  # fmt: skip
        try:
            return await users.create(new, tenant=self._house.config.tenant)
        except RequestError:
            other = replace(new, login=f"{wished[:55]}-{rng.token(4).hex()}")
            return await users.create(other, tenant=self._house.config.tenant)
