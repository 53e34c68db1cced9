"""A provider of identities ends sessions: when its logout token is believed (OpenID Connect Back-Channel Logout 1.0).

A logout token is believed when (section 2.6; who fetches keys and ends sessions is not known here)

1. it is signed as an ID token is, by a key of the provider: never `none`, never symmetric; a `typ`, where there is one,
   is that of a logout token or of any JWT, so that a token of another use is not taken for it;
2. `iss`, `aud`, `exp` and `iat` are right as those of an ID token, for our client;
3. `events` holds the one event of a logout, an object;
4. there is no `nonce`: an ID token is not a logout token;
5. it names a session, a subject, or both;
6. it has a `jti`, which the store takes once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ambos.identity import oidc
from ambos.identity.oidc import RefusedError
from ambos.identity.oidc_settings import OidcSettings

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
REMEMBERED_MS: Final = (oidc.OLDEST_S + 2 * oidc.LEEWAY_S) * 1000  # longer than any token is believed
_TYPES: Final = (None, "JWT", "logout+jwt", "application/logout+jwt")  # section 2.4; older providers send none
_MAX_WORD: Final = 255


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Whom a provider has logged out.

    Attributes:
        token: its `jti`.
        subject, session: one of them may be "": then all sessions of the subject, or this one of whomever.
        issued_s: by the provider's clock; a sign-in it began later is not meant.
    """

    token: str
    subject: str
    session: str
    issued_s: int


def logged_out(token: str, keys: bytes, settings: OidcSettings, *, now_s: float) -> LoggedOut:
    """Who is logged out by this token: steps 1 to 5.

    Args:
        keys: the provider's JWK set, as it was fetched.

    Raises:
        UnknownKeyError: no such key in this set.
        RefusedError: any step fails.
    """
    header, claims = oidc.signed(token, keys)  # 1
    oidc.check(header.get("typ") in _TYPES, "type")
    issued_s = oidc.check_meant(claims, settings, now_s)  # 2
    events = claims.get("events")  # 3
    oidc.check(isinstance(events, dict) and isinstance(events.get(EVENT), dict), "event")
    oidc.check("nonce" not in claims, "nonce")  # 4
    subject, session = (_word(claims, name) for name in ("sub", "sid"))  # 5
    oidc.check(bool(subject or session), "subject")
    named = _word(claims, "jti")
    oidc.check(bool(named), "replayed")
    return LoggedOut(named, subject, session, int(issued_s))


def _word(claims: Mapping[str, Any], name: str) -> str:  # JSON of others
    if name not in claims:
        return ""
    value = claims[name]
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_WORD:
        raise RefusedError("subject" if name != "jti" else "replayed")
    return value
