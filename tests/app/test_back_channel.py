"""A provider of identities, a process with its own keys, ends sessions in a server of several workers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from tests.app.test_sign_in import CONFIGURATION
from tests.identity_provider import SECRET, Provider, identity_provider
from tests.live import Server, launch
from tests.web.test_people import Browser

pytestmark = pytest.mark.shell
ANA = {"sub": "u-1", "preferred_username": "ana", "groups": ["ward"]}
LUIS = {"sub": "u-2", "preferred_username": "luis", "groups": ["ward"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as one:
        yield one


def begun(server: Server, provider: Provider, claims: dict[str, object]) -> tuple[Browser, str]:
    """A browser that the provider has sent back, and where to."""
    provider.be(claims=claims)
    browser = Browser(server).go("GET", "/console/oidc/start")
    back = urlsplit(provider.sign_in(browser.location))
    return browser, f"{back.path}?{back.query}"


def signed_in(server: Server, provider: Provider, claims: dict[str, object]) -> Browser:
    browser, back = begun(server, provider, claims)
    assert browser.go("GET", back).status == 200, browser.page
    return browser


def is_in(browser: Browser) -> bool:
    return browser.go("GET", "/console/").status == 200


def is_out_everywhere(browser: Browser) -> None:
    """Out within a second, whichever worker answers; each connection is another's."""
    time.sleep(1)
    assert not any(is_in(browser) for _ in range(6))


def test_the_provider_ends_sessions_everywhere(
    provider: Provider, serve: Callable[..., Server], environment: dict[str, str]
) -> None:
    environment["OIDC_SECRET"] = SECRET
    server = serve(CONFIGURATION.format(issuer=provider.issuer), workers=2)
    address = f"{server.url}/console/oidc/back-channel"
    one, two = (signed_in(server, provider, {**ANA, "sid": sid}) for sid in ("s-1", "s-2"))
    luis = signed_in(server, provider, {**LUIS, "sid": "s-3"})

    # Tokens that are wrong end nothing.
    for wrong in (
        {"sub": "u-1", "nonce": "n"}, {"sub": "u-1", "events": {}}, {"sub": "u-1", "aud": "another"}, {},
        {"sub": "u-1", "iss": "https://evil.example"}, {"sub": "u-1", "exp": 1},
    ):  # fmt: skip
        assert provider.log_out(address, **wrong) == 400
    assert provider.log_out(address, raw="a.b.c") == 400
    assert provider.log_out(address, sid="s-1", sub="u-2") == 200  # that subject has no such session
    assert Browser(server).go("GET", "/console/oidc/back-channel").status == 405
    assert all(map(is_in, (one, two, luis)))

    # One session, then all of a person; nobody else's.
    assert provider.log_out(address, sid="s-2", jti="once") == 200
    is_out_everywhere(two)
    assert provider.log_out(address, sid="s-2", jti="once") == 400
    assert is_in(one)
    assert provider.log_out(address, sub="u-1") == 200
    is_out_everywhere(one)
    assert is_in(luis)

    entries = server.entries()
    ended = [(one["principal"], one["mode"], one["reason"]) for one in entries if one.get("action") == "ended"]
    owner = next(one["principal"] for one in entries if one.get("action") == "opened")
    assert ended == [(owner, "oidc", "provider")] * 2
    assert not any(word in json.dumps(entries) for word in ("u-1", "s-1", "s-2"))
    assert server.run("audit", "verify").returncode == 0


@pytest.mark.parametrize("told", [{"sid": "s-9"}, {"sub": "u-1"}])
def test_a_sign_in_on_its_way_does_not_open_what_was_ended(
    told: dict[str, str], provider: Provider, serve: Callable[..., Server], environment: dict[str, str]
) -> None:
    environment["OIDC_SECRET"] = SECRET
    server = serve(CONFIGURATION.format(issuer=provider.issuer))
    browser, back = begun(server, provider, {**ANA, "sid": "s-9", "iat": 0})
    now = int(time.time())
    provider.be(claims={**ANA, "sid": "s-9", "iat": now - 30})  # issued before, brought after
    assert provider.log_out(f"{server.url}/console/oidc/back-channel", **told) == 200
    assert browser.go("GET", back).status == 401
    browser, back = begun(server, provider, {**ANA, "sid": "s-10", "iat": now + 5})
    assert browser.go("GET", back).status == 200


def test_a_session_that_was_ended_stays_so_in_an_older_content(
    provider: Provider, serve: Callable[..., Server], environment: dict[str, str]
) -> None:
    environment["OIDC_SECRET"] = SECRET
    server = serve(CONFIGURATION.format(issuer=provider.issuer))
    browser = signed_in(server, provider, {**ANA, "sid": "s-1"})
    server.stop()
    older = (server.directory / "ambos.db").read_bytes()
    with ended(launch(server.directory, environment)) as again:
        browser.server = again
        assert is_in(browser)
        assert provider.log_out(f"{again.url}/console/oidc/back-channel", sid="s-1") == 200
    for path in server.directory.glob("ambos.db*"):
        path.unlink()
    (server.directory / "ambos.db").write_bytes(older)
    with ended(launch(server.directory, environment)) as again:
        browser.server = again
        assert not is_in(browser)


@contextmanager
def ended(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()
