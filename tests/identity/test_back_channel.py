"""What a logout token must be to be believed: each step of `ambos.identity.back_channel`, with real keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.test_oidc import EC, NOW, OTHER, RSA, SETTINGS, keys, token

from ambos.errors import AuthenticationError
from ambos.identity.back_channel import EVENT, LoggedOut, logged_out
from ambos.identity.oidc import RefusedError, UnknownKeyError

LOGOUT: dict[str, Any] = {"nonce": ..., "sid": "s-1", "jti": "j-1", "events": {EVENT: {}}}


def made(key: Any = RSA, alg: str = "RS256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    return token(key, alg, header, **{**LOGOUT, **claims})


def read(one: str) -> LoggedOut:
    return logged_out(one, keys(), SETTINGS, now_s=NOW)


def test_a_right_token_says_who_is_logged_out() -> None:
    assert read(made()) == LoggedOut("j-1", "u-1", "s-1", NOW)
    assert read(made(EC, "ES256", sid=...)) == LoggedOut("j-1", "u-1", "", NOW)
    assert read(made(sub=..., header={"typ": "logout+jwt"})) == LoggedOut("j-1", "", "s-1", NOW)
    assert read(made(aud=["ambos", "other"])).session == "s-1"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": ...}, "audience"),
        ({"exp": NOW - 61}, "expired"),
        ({"exp": ...}, "expired"),
        ({"iat": ...}, "expired"),
        ({"iat": NOW + 61}, "expired"),
        ({"iat": NOW - 601}, "expired"),
        ({"nbf": NOW + 61}, "early"),
        ({"events": ...}, "event"),
        ({"events": {}}, "event"),
        ({"events": [EVENT]}, "event"),
        ({"events": {EVENT: "x"}}, "event"),
        ({"events": {EVENT + "/": {}}}, "event"),
        ({"nonce": "n"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": ..., "sid": ...}, "subject"),
        ({"sub": "", "sid": "s-1"}, "subject"),
        ({"sid": 7}, "subject"),
        ({"sid": "x" * 256}, "subject"),
        ({"jti": ...}, "replayed"),
        ({"jti": ""}, "replayed"),
        ({"jti": ["j"]}, "replayed"),
    ],
)
def test_claims_that_are_not_believed(claims: dict[str, Any], why: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read(made(**claims))
    assert caught.value.why == why


def test_an_id_token_or_a_token_of_another_use_logs_nobody_out() -> None:
    with pytest.raises(RefusedError):
        read(token())
    with pytest.raises(RefusedError) as caught:
        read(made(header={"typ": "at+jwt"}))
    assert caught.value.why == "type"


def test_a_token_of_another_key_logs_nobody_out() -> None:
    with pytest.raises(RefusedError):
        read(made(OTHER))
    with pytest.raises(UnknownKeyError):
        read(made(header={"kid": "z"}))
    with pytest.raises(RefusedError):
        read(made(RSA, "RS384"))


@given(
    st.text(max_size=200) | st.builds(".".join, st.lists(st.text("abcAB01-_=", max_size=40), min_size=3, max_size=3))
)
def test_whatever_comes_is_refused_by_our_own_error(text: str) -> None:
    with pytest.raises(AuthenticationError):
        read(text)
