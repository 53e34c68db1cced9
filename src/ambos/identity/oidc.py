"""OpenID Connect: what is asked of a provider of identities, and when its answer is believed (Core 1.0, RFC 7636, 9207).

The authorisation-code flow with PKCE, pure: addresses and tokens in, claims out. Who fetches is `app.sign_in`.

An ID token is believed when (OpenID Connect Core 1.0 section 3.1.3.7)

1. it is a signed token of three parts, of a bounded size, with no header we do not know to be critical;
2. its algorithm is one of `ALGORITHMS`, all of them asymmetric, and its key is the provider's of that name and kind;
3. the signature is right;
4. `iss` is the issuer, to the letter;
5. `aud` holds our client, and `azp` is our client where it is there or where there are several audiences;
6. `exp`, `iat` and `nbf` fit the time, with a minute for clocks that differ;
7. `nonce` is the one that was sent by this browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ambos.errors import AuthenticationError, ConfigError
from ambos.identity.oidc_settings import OidcSettings

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519")
LEEWAY_S: Final = 60
OLDEST_S: Final = 600  # a token that was issued longer ago than a person needs to sign in
STATE_MS: Final = 600_000
MAX_TOKEN: Final = 16_384
RANDOM_BYTES: Final = 32
_MFA: Final = frozenset({"mfa", "otp", "hwk", "swk", "fido", "sc"})  # RFC 8176 section 2
_REFUSED: Final = "the provider of identities did not say who you are: sign in again"


class UnknownKeyError(AuthenticationError):
    """The token names a key that is not in this set: it may be a newer one."""


class RefusedError(AuthenticationError):
    """An answer that is not believed. `why` is a code for the log; the person is told the same words for all."""

    def __init__(self, why: str) -> None:
        super().__init__(_REFUSED)
        self.why = why


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider answers (Discovery 1.0 section 3)."""

    authorization: str
    token: str
    jwks: str


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in on its way, carried sealed by the browser that began it."""

    state: str
    nonce: str
    verifier: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says somebody is.

    Attributes:
        session: the provider's own name of this sign-in (`sid`), by which it ends it; "" where it gives none.
        issued_s: by the provider's clock.
    """

    subject: str
    name: str
    full_name: str
    groups: frozenset[str]
    has_second_factor: bool
    session: str = ""
    issued_s: int = 0


def discovered(document: bytes, settings: OidcSettings) -> Endpoints:
    """The endpoints of a discovery document.

    Raises:
        ConfigError: it is another issuer's, or names places that the owner has not.
    """
    about = _object(document)
    if about.get("issuer") != settings.issuer:
        raise ConfigError("the provider of identities says that it is another issuer: correct oidc.issuer")
    found = [about.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(one, str) and origin(one).startswith(("https://", "http://")) for one in found):
        raise ConfigError("the provider of identities does not say where it answers")
    endpoints = Endpoints(*map(str, found))
    for url in (endpoints.token, endpoints.jwks):
        if origin(url) not in settings.origins:
            raise ConfigError("the provider of identities answers at another host: name it in oidc.endpoints")
    if origin(endpoints.authorization).startswith("http:") and not settings.issuer.startswith("http:"):
        raise ConfigError("the provider of identities wants people to sign in without TLS")
    return endpoints


def begin(random: bytes, now_ms: int) -> Started:
    """A new sign-in.

    Args:
        random: 96 unpredictable bytes.
    """
    state, nonce, verifier = (_b64(random[at : at + RANDOM_BYTES]) for at in range(0, 3 * RANDOM_BYTES, RANDOM_BYTES))
    return Started(state, nonce, verifier, now_ms + STATE_MS)


def authorization_url(settings: OidcSettings, endpoints: Endpoints, started: Started) -> str:
    """Where the browser is sent (RFC 6749 section 4.1.1, RFC 7636 section 4.3)."""
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": started.state,
        "nonce": started.nonce,
        "code_challenge": _b64(hashlib.sha256(started.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    return f"{endpoints.authorization}{'&' if '?' in endpoints.authorization else '?'}{urlencode(asked)}"


def code_of(query: str, started: Started, settings: OidcSettings, now_ms: int) -> str:
    """The code that a browser brings back.

    Raises:
        RefusedError: another browser's or an old sign-in, another provider's answer, or none.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise RefusedError("malformed") from None
    brought = dict(pairs)
    if len(brought) != len(pairs):
        raise RefusedError("malformed")
    if now_ms >= started.until_ms:
        raise RefusedError("late")
    if not hmac.compare_digest(brought.get("state", "").encode("utf-8", "replace"), started.state.encode()):
        raise RefusedError("state")
    if brought.get("iss", settings.issuer) != settings.issuer:  # RFC 9207 section 2.4: mix-up of two providers
        raise RefusedError("issuer")
    if "error" in brought or not 0 < len(brought.get("code", "")) <= MAX_TOKEN:
        raise RefusedError("declined")
    return brought["code"]


def id_token_of(answer: bytes) -> str:
    """The ID token in the answer of a token endpoint.

    Raises:
        RefusedError: there is none.
    """
    try:
        token = _object(answer).get("id_token")
    except ConfigError:
        token = None
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN:
        raise RefusedError("malformed")
    return token


def believed(token: str, keys: bytes, settings: OidcSettings, *, nonce: str, now_s: float) -> Claims:
    """The claims of an ID token: steps 1 to 7.

    Args:
        keys: the provider's JWK set, as it was fetched.

    Raises:
        UnknownKeyError: no such key in this set.
        RefusedError: any step fails.
    """
    _, claims = signed(token, keys)  # 1 to 3
    issued = check_meant(claims, settings, now_s)  # 4 to 6; several audiences name who is meant
    audience = claims.get("aud")
    has_several = isinstance(audience, list) and len(audience) > 1
    check(claims.get("azp", None if has_several else settings.client_id) == settings.client_id, "audience")
    said = claims.get("nonce")  # 7
    check(isinstance(said, str) and hmac.compare_digest(said.encode("utf-8", "replace"), nonce.encode()), "nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:  # Core 1.0 section 2
        raise RefusedError("subject")
    return _claims(claims, subject, int(issued), settings)


def check_meant(claims: Mapping[str, Any], settings: OidcSettings, now_s: float) -> float:
    """Steps 4, 5 without `azp`, and 6: what every token of a provider for us must be; gives when it was issued.

    Raises:
        RefusedError: another's, for another, or not of now.
    """
    check(claims.get("iss") == settings.issuer, "issuer")
    audience = claims.get("aud")
    check(settings.client_id in (audience if isinstance(audience, list) else [audience]), "audience")
    expires, issued = (_time(claims.get(name)) for name in ("exp", "iat"))
    check(expires > now_s - LEEWAY_S, "expired")
    check(now_s - OLDEST_S < issued < now_s + LEEWAY_S, "expired")
    check("nbf" not in claims or _time(claims["nbf"]) < now_s + LEEWAY_S, "early")
    return issued


def origin(url: str) -> str:
    """Scheme, host and port of an address, as one text."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ConfigError("the provider of identities gave an address that is none") from None
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def signed(token: str, keys: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a signed token: steps 1 to 3.

    Raises:
        UnknownKeyError: no such key in this set.
        RefusedError: it is not signed as we believe.
    """
    # Imported here: 80 ms, which a house without a provider of identities need not pay.
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    if len(token) > MAX_TOKEN or token.count(".") != 2 or not token.isascii():
        raise RefusedError("malformed")
    try:
        header = _object(base64.urlsafe_b64decode(token.partition(".")[0] + "==="))
        algorithm, name = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise RefusedError("algorithm")
        fitting = _fitting(keys, name)
        if not fitting:
            raise UnknownKeyError(_REFUSED)
        done = jws.deserialize_compact(token, KeySet.import_key_set({"keys": fitting}), algorithms=[algorithm])
        return header, _object(done.payload)
    except (RefusedError, UnknownKeyError):
        raise
    except (JoseError, ConfigError, ValueError, TypeError, KeyError, AttributeError):
        raise RefusedError("signature") from None


def _fitting(keys: bytes, name: object) -> list[Any]:
    """Public signing keys of this name; without a name, the only one there is."""
    listed = _object(keys).get("keys")
    usable = [
        one
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("kty") in ("RSA", "EC", "OKP") and one.get("use", "sig") == "sig"
    ]
    return [one for one in usable if one.get("kid") == name] if name is not None else usable[: len(usable) == 1]


def _claims(claims: Mapping[str, Any], subject: str, issued_s: int, settings: OidcSettings) -> Claims:
    groups = claims.get(settings.groups_claim)
    listed = groups if isinstance(groups, list) else [groups]
    methods = claims.get("amr")
    factors = {one for one in (methods if isinstance(methods, list) else []) if isinstance(one, str)}
    return Claims(
        subject,
        str(claims.get(settings.name_claim) or "")[:64],
        str(claims.get("name") or "")[:80],
        frozenset(one for one in listed if isinstance(one, str)),
        bool(factors & _MFA),
        session if isinstance(session := claims.get("sid"), str) and len(session) <= 255 else "",
        issued_s,
    )


def check(is_right: bool, why: str) -> None:
    """Refuse, unless it is right.

    Raises:
        RefusedError: with `why`, a code for the log.
    """
    if not is_right:
        raise RefusedError(why)


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise RefusedError("expired")
    return float(value)


def _object(raw: bytes | str) -> dict[str, Any]:  # JSON of others
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError("a key twice")
        return made

    try:
        made = json.loads(raw, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise ConfigError("the provider of identities answered with something that is no JSON") from None
    if not isinstance(made, dict):
        raise ConfigError("the provider of identities answered with something that is no JSON object")
    return made


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
