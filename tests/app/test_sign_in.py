"""Signing in against a real provider of identities, a process with its own keys; and the whole way through the console."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

import pytest
from tests.identity_provider import CLIENT, SECRET, Provider, identity_provider
from tests.live import Server
from tests.web.test_people import Browser

from ambos.app.sign_in import KEYS_EVERY_MS, IdentityProvider, destinations
from ambos.egress import Egress
from ambos.errors import AuthenticationError, ConfigError, UpstreamError
from ambos.identity.oidc import RefusedError, Started, begin
from ambos.identity.oidc_settings import OidcSettings

pytestmark = pytest.mark.shell
CALLBACK = "http://127.0.0.1:1/console/oidc/callback"


class Clock:
    ahead_ms = 0

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.ahead_ms


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ours(provider: Provider, clock: Clock) -> AsyncIterator[IdentityProvider]:
    provider.be()
    settings = OidcSettings(provider.issuer, CLIENT, SECRET, CALLBACK, allow_private_addresses=True)
    egress = Egress(destinations(settings))
    yield IdentityProvider(settings, egress, now_ms=clock.now_ms)
    await egress.close()


async def come_back(provider: Provider, ours: IdentityProvider, clock: Clock) -> tuple[str, Started]:
    import os

    started = begin(os.urandom(96), clock.now_ms())
    back = provider.sign_in(await ours.address(started))
    return urlsplit(back).query, started


async def test_a_code_is_good_once_and_for_its_own_browser(
    provider: Provider, ours: IdentityProvider, clock: Clock
) -> None:
    query, started = await come_back(provider, ours, clock)
    assert (await ours.claims(query, started)).subject == "u-1"
    with pytest.raises(RefusedError) as caught:
        await ours.claims(query, started)
    assert caught.value.why == "code"
    query, _ = await come_back(provider, ours, clock)
    with pytest.raises(RefusedError):  # stolen, and brought by another browser: its state differs
        await ours.claims(query, started)
    query, mine = await come_back(provider, ours, clock)
    forged = Started(mine.state, mine.nonce, started.verifier, mine.until_ms)
    with pytest.raises(RefusedError):  # even with the state, PKCE holds
        await ours.claims(query, forged)


@pytest.mark.parametrize(
    "wrong",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1}},
        {"algorithm": "RS512"},
    ],
)
async def test_tokens_that_are_wrong_let_nobody_in(
    wrong: dict[str, object], provider: Provider, ours: IdentityProvider, clock: Clock
) -> None:
    provider.be(**wrong)
    query, started = await come_back(provider, ours, clock)
    with pytest.raises(RefusedError):
        await ours.claims(query, started)


async def test_new_keys_are_fetched_and_not_more_often_than_allowed(
    provider: Provider, ours: IdentityProvider, clock: Clock
) -> None:
    query, started = await come_back(provider, ours, clock)
    await ours.claims(query, started)
    provider.be(rotate=True)
    query, started = await come_back(provider, ours, clock)
    with pytest.raises(AuthenticationError):
        await ours.claims(query, started)
    clock.ahead_ms += KEYS_EVERY_MS
    query, started = await come_back(provider, ours, clock)
    assert (await ours.claims(query, started)).subject == "u-1"


async def test_a_provider_that_is_another_or_silent_is_told(
    provider: Provider, ours: IdentityProvider, clock: Clock
) -> None:
    provider.be(discovery={"issuer": "https://evil.example"})
    with pytest.raises(ConfigError):
        await come_back(provider, ours, clock)
    provider.be(discovery={"token_endpoint": "http://127.0.0.1:1/token"})
    with pytest.raises(ConfigError):
        await come_back(provider, ours, clock)
    settings = OidcSettings("http://127.0.0.1:1", CLIENT, SECRET, CALLBACK, allow_private_addresses=True)
    egress = Egress(destinations(settings))
    with pytest.raises(UpstreamError):
        await IdentityProvider(settings, egress, now_ms=clock.now_ms).address(begin(bytes(96), 0))
    await egress.close()


CONFIGURATION = """
[identity]
profile = "organisation"
[groups]
ward = ["user"]
privacy = ["privacy_officer"]
it = ["operator"]
[oidc]
issuer = "{issuer}"
client_id = "ambos"
client_secret_env = "OIDC_SECRET"
redirect_uri = "http://127.0.0.1:1/console/oidc/callback"
allow_private_addresses = true
"""


def test_the_whole_way_through_the_console(
    provider: Provider, serve: Callable[..., Server], environment: dict[str, str]
) -> None:
    environment["OIDC_SECRET"] = SECRET
    server = serve(CONFIGURATION.format(issuer=provider.issuer), workers=2)

    def sign_in(**about: object) -> Browser:
        provider.be(**about)
        browser = Browser(server).go("GET", "/console/oidc/start")
        assert browser.status == 303, browser.page
        back = urlsplit(provider.sign_in(browser.location))
        return browser.go("GET", f"{back.path}?{back.query}")

    # Whoever has no role here is not let in, and whoever chose an account's name elsewhere is somebody else.
    server.run("users", "create", "ana", "--role", "user")
    assert sign_in(claims={"preferred_username": "ana", "groups": ["cooks"]}).status == 401
    ana = {"sub": "u-1", "preferred_username": "ana", "groups": ["ward", "cooks"], "amr": ["otp"]}
    browser = sign_in(claims=ana)
    assert browser.status == 200, browser.page
    assert "ambos_sign_in" not in browser.cookies
    assert browser.go("GET", "/console/").status == 200
    assert browser.go("GET", "/console/users").status == 403
    rows = json.loads(server.run("users", "list", "--json").stdout)
    assert [(row["groups"], row["provider"]) for row in rows] == [([], ""), (["ward"], provider.issuer)]
    assert rows[1]["name"].startswith("ana-")
    # Groups are those of today; to watch and to act is to do nothing.
    assert sign_in(claims={**ana, "groups": ["privacy", "it"]}).status == 401
    assert browser.go("GET", "/console/chat").location == "/console/account"
    assert sign_in(claims={**ana, "groups": ["privacy"]}).status == 200
    # A cookie of another browser, none, and a disabled user.
    stranger = Browser(server).go("GET", "/console/oidc/callback?code=x&state=y")
    assert stranger.status == 401
    server.run("users", "disable", rows[1]["name"])
    assert sign_in(claims={**ana, "groups": ["privacy"]}).status == 401
    told = [one for one in server.entries() if one["event"] == "session"]
    assert [(one["action"], one["mode"], one.get("reason")) for one in told if one["mode"] != "password"] == [
        ("refused", "oidc", "no_role"),
        ("opened", "oidc:mfa", None),
        ("refused", "oidc", "no_role"),
        ("opened", "oidc:mfa", None),
        ("refused", "oidc:mfa", "disabled"),
    ]
    assert "u-1" not in json.dumps(server.entries())
    assert server.run("audit", "verify").returncode == 0
