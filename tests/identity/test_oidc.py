"""What an ID token must be to be believed: each step of `ambos.identity.oidc`, with real keys."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt

from ambos.errors import AuthenticationError, ConfigError
from ambos.identity import oidc
from ambos.identity.oidc import Endpoints, RefusedError, UnknownKeyError, begin, believed, code_of, discovered
from ambos.identity.oidc_settings import OidcSettings, read_oidc

NOW = 1_800_000_000
ISSUER = "https://id.example"
SETTINGS = OidcSettings(ISSUER, "ambos", "", "https://ambos.example/console/oidc/callback")
RSA = jwk.RSAKey.generate_key(2048, {"kid": "a", "use": "sig"})
EC = jwk.ECKey.generate_key("P-256", {"kid": "e"})
OKP = jwk.OKPKey.generate_key("Ed25519", {"kid": "o"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "a"})
CLAIMS = {"iss": ISSUER, "aud": "ambos", "sub": "u-1", "exp": NOW + 300, "iat": NOW, "nonce": "n"}


def keys(*some: Any) -> bytes:
    return json.dumps({"keys": [one.as_dict(private=False) for one in some or (RSA, EC, OKP)]}).encode()


def token(key: Any = RSA, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    whole = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, whole, key, algorithms=[alg])


def read(made: str, some: bytes | None = None, nonce: str = "n") -> oidc.Claims:
    return believed(made, keys() if some is None else some, SETTINGS, nonce=nonce, now_s=NOW)


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (OKP, "Ed25519")])
def test_a_right_token_is_believed(key: Any, alg: str) -> None:
    said = read(token(key, alg, preferred_username="ana", groups=["ward", 7], amr=["pwd", "otp"]))
    assert (said.subject, said.name, said.groups, said.has_second_factor) == (
        "u-1",
        "ana",
        frozenset({"ward"}),
        True,
    )


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": ISSUER + "/"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": ["ambos", "other"]}, "audience"),  # several audiences and no azp
        ({"aud": ["ambos", "other"], "azp": "other"}, "audience"),
        ({"azp": "other"}, "audience"),
        ({"aud": ...}, "audience"),
        ({"exp": NOW - 61}, "expired"),
        ({"exp": ...}, "expired"),
        ({"exp": "soon"}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": float("inf")}, "expired"),
        ({"iat": NOW + 61}, "expired"),
        ({"iat": NOW - 601}, "expired"),
        ({"nbf": NOW + 61}, "early"),
        ({"nonce": "m"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"nonce": ["n"]}, "nonce"),
        ({"sub": ""}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": "x" * 256}, "subject"),
    ],
)
def test_claims_that_are_not_believed(claims: dict[str, Any], why: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read(token(**claims))
    assert caught.value.why == why


def test_clocks_may_differ_by_a_minute() -> None:
    read(token(exp=NOW - 59, iat=NOW - 300))
    read(token(iat=NOW + 59, nbf=NOW + 59))
    read(token(aud=["ambos", "other"], azp="ambos"))


def test_algorithms_cannot_be_confused() -> None:
    words = f"{_b64({'alg': 'HS256', 'kid': 'a'})}.{_b64(CLAIMS)}"
    mac = hmac.digest(RSA.as_pem(private=False), words.encode(), "sha256")
    forged = [
        f"{words}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",  # the public key as a secret
        ".".join((_b64({"alg": "none"}), _b64(CLAIMS), "")),
        ".".join((_b64({"alg": "none", "kid": "a"}), _b64(CLAIMS), token().rpartition(".")[2])),
        token(EC, "ES256", header={"kid": "a"}),  # signed by another kind of key than the one it names
        token(OTHER),  # another key of the same name
        token(RSA, "RS384"),  # right, and not one of ours
    ]
    for one in forged:
        with pytest.raises(RefusedError):
            read(one)
    with pytest.raises(UnknownKeyError):  # nor with a symmetric key in the provider's own set
        read(forged[0].replace(_b64({"alg": "HS256", "kid": "a"}), _b64({"alg": "RS256", "kid": "z"})))
    shared = jwk.OctKey.generate_key(256, {"kid": "s"})
    signed = jwt.encode({"alg": "HS256", "kid": "s"}, CLAIMS, shared, algorithms=["HS256"])
    with pytest.raises(RefusedError):
        read(signed, json.dumps({"keys": [shared.as_dict(private=True)]}).encode())


def test_a_key_counts_by_its_name_and_use() -> None:
    with pytest.raises(UnknownKeyError):
        read(token(header={"kid": "new"}))
    encrypting = json.dumps({"keys": [{**RSA.as_dict(private=False), "use": "enc"}]}).encode()
    with pytest.raises(UnknownKeyError):
        read(token(), encrypting)
    nameless = jwt.encode({"alg": "RS256"}, CLAIMS, RSA, algorithms=["RS256"])
    assert read(nameless, keys(RSA)).subject == "u-1"
    with pytest.raises(UnknownKeyError):
        read(nameless, keys(RSA, EC))


def test_every_flipped_letter_is_refused() -> None:
    good = token()
    for at in range(0, len(good), 7):
        changed = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        try:
            said = read(changed)
        except AuthenticationError:
            continue
        assert said == read(good)  # the last letters of base64 have spare bits
        assert at >= len(good) - 2


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")), st.binary(max_size=200))
def test_whatever_comes_is_refused_in_our_words(made: str, some: bytes) -> None:
    for what, under in ((made, keys()), (token(), some), (f"{_b64({'alg': 'RS256'})}.{made}.x", keys())):
        with pytest.raises((AuthenticationError, ConfigError)):
            read(what, under)


@pytest.mark.parametrize(
    "wrong",
    [
        '{"alg":"RS256","alg":"RS256","kid":"a"}',
        '{"alg":"RS256","kid":"a","crit":["x"],"x":1}',
        '{"alg":["RS256"],"kid":"a"}',
        '{"alg":"RS256","kid":{}}',
        "[]",
        "7",
    ],
)
def test_headers_that_are_none(wrong: str) -> None:
    first = base64.urlsafe_b64encode(wrong.encode()).rstrip(b"=").decode()
    with pytest.raises(AuthenticationError):
        read(first + token()[token().index(".") :])


def test_the_browser_is_sent_with_state_nonce_and_challenge() -> None:
    started = begin(bytes(range(96)), 0)
    ends = Endpoints(f"{ISSUER}/authorize?tenant=1", f"{ISSUER}/token", f"{ISSUER}/keys")
    asked = parse_qs(urlsplit(oidc.authorization_url(SETTINGS, ends, started)).query)
    assert asked["tenant"] == ["1"]
    assert (asked["state"], asked["nonce"]) == ([started.state], [started.nonce])
    assert asked["code_challenge_method"] == ["S256"]
    assert started.verifier not in str(asked)
    assert len({started.state, started.nonce, started.verifier}) == 3


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("code=c", "state"),
        ("code=c&state=other", "state"),
        ("code=c&state=%ff", "state"),
        ("state={}", "declined"),
        ("state={}&code=", "declined"),
        ("state={}&code=c&error=access_denied", "declined"),
        ("state={}&code=c&iss=https://evil.example", "issuer"),
        ("state={}&state={}&code=c", "malformed"),
        ("&".join(f"a{n}=1" for n in range(50)), "malformed"),
    ],
)
def test_answers_of_others_are_refused(query: str, why: str) -> None:
    started = begin(bytes(range(96)), 0)
    with pytest.raises(RefusedError) as caught:
        code_of(query.replace("{}", started.state), started, SETTINGS, 0)
    assert caught.value.why == why
    assert code_of(f"state={started.state}&code=c&iss={ISSUER}", started, SETTINGS, 0) == "c"
    with pytest.raises(RefusedError):
        code_of(f"state={started.state}&code=c", started, SETTINGS, started.until_ms)


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "https://id.example:8443/keys"},
        {"authorization_endpoint": "http://id.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
        {"jwks_uri": "http://[::1"},
    ],
)
def test_discovery_names_only_places_of_the_owner(changed: dict[str, Any]) -> None:
    about = {"issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/a", "token_endpoint": f"{ISSUER}/t"}
    about["jwks_uri"] = f"{ISSUER}/k"
    assert discovered(json.dumps(about).encode(), SETTINGS).token == f"{ISSUER}/t"
    with pytest.raises(ConfigError):
        discovered(json.dumps({**about, **changed}).encode(), SETTINGS)
    wider = replace(SETTINGS, endpoints=("https://keys.example",))
    assert discovered(json.dumps({**about, "jwks_uri": "https://keys.example/k"}).encode(), wider)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "ftp://x"},
        {"issuer": "https://u:p@x"},
        {"client_id": ""},
        {"redirect_uri": "https://x/elsewhere"},
        {"client_secret": "in the file"},
        {"client_secret_env": "NOT_THERE"},
        {"endpoints": [7]},
        {"issuer": 7},
    ],
)
def test_settings_that_are_none(wrong: dict[str, Any]) -> None:
    right = {"issuer": ISSUER, "client_id": "ambos", "redirect_uri": SETTINGS.redirect_uri}
    made = read_oidc({**right, "client_secret_env": "S"}, {"S": "hidden"})
    assert made is not None
    assert "hidden" not in repr(made)
    assert read_oidc({}, {}) is None
    with pytest.raises(ConfigError):
        read_oidc({**right, **wrong}, {})


def _b64(about: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(about, separators=(",", ":")).encode()).rstrip(b"=").decode()
