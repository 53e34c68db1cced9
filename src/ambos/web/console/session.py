"""Who is at the browser: a short session in an HttpOnly cookie, and the checks that keep other pages out.

Host is compared with the names we are reached by, so that a page that rebinds its DNS name to 127.0.0.1 is refused;
Origin (or Sec-Fetch-Site) must be our own on every request that changes something, and a form carries the token of its
session.
"""

from __future__ import annotations

import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ambos.app import House
from ambos.errors import ForbiddenError
from ambos.identity import Principal, host_is_allowed, origin_is_own
from ambos.web.console.forms import form_of

COOKIE = "ambos_session"
SIGN_IN = "ambos_sign_in"
SIGN_IN_PATH = "/console/oidc"
LANGUAGE = "ambos_language"
TOKEN_FIELD: Final = "form_token"
TOKEN_HEADER: Final = "x-ambos-form"
PREFIX = "ams_"  # a session, not a key


def check_place(request: Request, house: House) -> None:
    """Refuse a foreign Host, and a foreign Origin on what changes something.

    Raises:
        ForbiddenError: with the host that would be right.
    """
    server = house.config.server
    host = request.headers.get("host", "")
    if not host_is_allowed(host, allowed=server.allowed_hosts):
        raise ForbiddenError("the console is not served under this name; see server.allowed_hosts")
    if request.method not in ("GET", "HEAD"):
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        if not origin_is_own(origin, host=host, fetch_site=site):
            raise ForbiddenError("this request comes from another page")


def form_token(request: Request) -> str:
    """What every form of this session carries, and no other page can know: the cookie is out of scripts' reach."""
    return hmac.digest(request.cookies.get(COOKIE, "").encode(), b"ambos form", "sha256").hex()


async def check_form(request: Request) -> None:
    """Refuse what changes something and does not come from a form of this session: a third wall behind the cookie's
    SameSite and the Origin, for browsers and proxies that lose those.

    Raises:
        ForbiddenError: the form has no token, or another's.
    """
    given = request.headers.get(TOKEN_HEADER) or (await form_of(request)).get(TOKEN_FIELD, "")
    if not hmac.compare_digest(given.encode(), form_token(request).encode()):
        raise ForbiddenError("this form is not of your session: open its page again")


async def visitor(request: Request, house: House) -> Principal | None:
    """The principal of the session cookie, None without a valid one."""
    token = request.cookies.get(COOKIE, "")
    return await house.store.keys.find(token) if token.startswith(PREFIX) else None


def language(request: Request, house: House) -> str:
    """The cookie's, else the browser's, else the installation's."""
    chosen = request.cookies.get(LANGUAGE) or request.headers.get("accept-language", "")[:2].lower()
    return chosen if chosen in ("es", "en") else house.config.language


def keep(response: Response, token: str, minutes: int, *, is_secure: bool) -> None:
    """Put the session into the browser, out of reach of scripts and of other sites.

    Args:
        is_secure: the browser reaches us by TLS, whatever stands between: the cookie goes no other way.
    """
    response.set_cookie(
        COOKIE, token, max_age=minutes * 60, path="/console", httponly=True, samesite="strict", secure=is_secure
    )


def forget(response: Response) -> None:
    """Take it out again."""
    response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
