"""Asks a provider of identities: discovery, keys, and the exchange of a code; every connection by `egress`.

What is believed is known to `identity.oidc`. Endpoints are asked for anew each hour, keys when a token names one that is
not known, at most once in half a minute: a stranger with made-up tokens makes us ask no more often.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from ambos.egress import Destination, Egress
from ambos.errors import AmbosError, EgressError, OverloadedError, UpstreamError
from ambos.identity import oidc
from ambos.identity.back_channel import LoggedOut, logged_out
from ambos.identity.oidc import Claims, Endpoints, Started, UnknownKeyError
from ambos.identity.oidc_settings import OidcSettings
from ambos.messages import Zone

T = TypeVar("T")
_WITHIN_S: Final = 10.0
_MAX_ANSWER: Final = 262_144
_HOUR_MS: Final = 3_600_000
KEYS_EVERY_MS: Final = 30_000
_AT_ONCE: Final = 8
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


def destinations(settings: OidcSettings) -> list[Destination]:
    """The rows of the table of outbound connections."""
    return [
        Destination.of_url(
            "identity",
            _name(place),
            place,
            zone=Zone.OUTSIDE,
            allow_private=settings.allow_private_addresses,
            ca_file=settings.ca_file if place.startswith("https:") else "",
        )
        for place in sorted(settings.origins)
    ]


class IdentityProvider:
    """One provider, for one process."""

    def __init__(self, settings: OidcSettings, egress: Egress, *, now_ms: Callable[[], int]) -> None:
        self.settings = settings
        self._egress, self._now_ms = egress, now_ms
        self._endpoints: tuple[Endpoints, int] | None = None
        self._keys: tuple[bytes, int] | None = None
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def address(self, started: Started) -> str:
        """Where the browser signs in.

        Raises:
            UpstreamError, ConfigError: the provider does not answer, or not as one.
        """
        return oidc.authorization_url(self.settings, await self._discover(), started)

    async def claims(self, query: str, started: Started) -> Claims:
        """Who came back.

        Raises:
            AuthenticationError: nobody whom we believe.
            UpstreamError, ConfigError: as in `address`.
            OverloadedError: too many at once.
        """
        code = oidc.code_of(query, started, self.settings, self._now_ms())
        if self._waiting >= _AT_ONCE:
            raise OverloadedError("too many people sign in at once: try again in a moment")
        self._waiting += 1
        try:
            token = await self._exchange(code, started.verifier)
            return await self._believed(token, started.nonce)
        finally:
            self._waiting -= 1

    async def logged_out(self, token: str) -> LoggedOut:
        """Whom the provider has logged out, by a token that it sends us itself.

        Raises:
            AuthenticationError: it is no logout token of this provider for us.
            UpstreamError, ConfigError: as in `address`.
            OverloadedError: too many at once.
        """
        if self._waiting >= _AT_ONCE:
            raise OverloadedError("too many are signed out at once: try again in a moment")
        self._waiting += 1
        try:
            return await self._signed(lambda keys, now_s: logged_out(token, keys, self.settings, now_s=now_s))
        finally:
            self._waiting -= 1

    async def _believed(self, token: str, nonce: str) -> Claims:
        return await self._signed(
            lambda keys, now_s: oidc.believed(token, keys, self.settings, nonce=nonce, now_s=now_s)
        )

    async def _signed(self, read: Callable[[bytes, float], T]) -> T:
        """What a token says; newer keys are fetched where it names one that is not known."""
        for is_again in (False, True):
            keys = await self._current_keys(is_again=is_again)
            try:
                return read(keys, self._now_ms() / 1000)
            except UnknownKeyError:
                continue
        raise oidc.RefusedError("key")

    async def _current_keys(self, *, is_again: bool) -> bytes:
        async with self._turn:
            now_ms = self._now_ms()
            if self._keys is not None:
                age_ms = now_ms - self._keys[1]
                if 0 <= age_ms < (KEYS_EVERY_MS if is_again else _HOUR_MS):
                    return self._keys[0]
            found = await self._ask("GET", (await self._discover()).jwks)
            self._keys = (found, now_ms)
            return found

    async def _discover(self) -> Endpoints:
        now_ms = self._now_ms()
        if self._endpoints is not None and 0 <= now_ms - self._endpoints[1] < _HOUR_MS:
            return self._endpoints[0]
        document = await self._ask("GET", self.settings.issuer.rstrip("/") + _WELL_KNOWN)
        found = oidc.discovered(document, self.settings)
        self._endpoints = (found, now_ms)
        return found

    async def _exchange(self, code: str, verifier: str) -> str:
        settings = self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect_uri,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if settings.client_secret:  # RFC 6749 section 2.3.1: both are form-encoded first
            words = f"{quote(settings.client_id, safe='')}:{quote(settings.client_secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(words.encode()).decode()}"
        endpoints = await self._discover()
        try:
            answer = await self._ask("POST", endpoints.token, urlencode(form), headers)
        except UpstreamError as error:
            if error.reason == "refused":  # the code was used before, is another's, or made up
                raise oidc.RefusedError("code") from None
            raise
        return oidc.id_token_of(answer)

    async def _ask(
        self, method: str, url: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        try:
            line = self._egress.session(_name(oidc.origin(url)))
            about = {"accept": "application/json", **(headers or {})}
            status, content = await line.whole(method, url, body, about, within_s=_WITHIN_S, most=_MAX_ANSWER)
        except AmbosError as error:
            if isinstance(error, EgressError):
                raise UpstreamError("the provider of identities may not be reached: see `ambos doctor`") from None
            raise
        except (OSError, ValueError):
            raise UpstreamError("the provider of identities does not answer") from None
        if status != 200:
            reason = "refused" if status in (400, 401, 403) else "failed"
            raise UpstreamError("the provider of identities did not answer as one", reason=reason)
        return content


def _name(place: str) -> str:
    return f"identity {place}"
