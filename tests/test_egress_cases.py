"""Attack cases on egress (the security paper, section F): O2 to O5. O1 and O6 need a whole server: `tests/gateway`."""

from __future__ import annotations

import pytest
from tests.live import Recorder

from ambos.egress import Destination, Egress
from ambos.errors import ConfigError, EgressError
from ambos.messages import Zone

pytestmark = pytest.mark.shell
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "x"}]}'


def outside(url: str) -> Destination:
    return Destination.of_url("model", "acme", url, zone=Zone.OUTSIDE)


@pytest.mark.parametrize("address", ["169.254.169.254", "[::1]", "127.0.0.1", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]"])
async def test_o02_addresses_of_the_machine_and_of_its_cloud_are_never_outside(address: str) -> None:
    one = Egress([outside(f"https://{address}/v1")])
    with pytest.raises(EgressError):
        await one.session("acme").post(f"https://{address}/v1", data=BODY)
    await one.close()
    assert (one.connections["acme"], one.refused["acme"]) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/v1", "https://0x7f000001/v1", "https://017700000001/v1", "https://127.1/v1",
        "https://api.example.org@127.0.0.1/v1", "https://127.0.0.1#@api.example.org/", "https://api.example.org\\@[::1]/",
    ],
)  # fmt: skip
def test_o02_what_two_readers_read_differently_is_no_address(url: str) -> None:
    with pytest.raises(ConfigError):
        outside(url)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/1", "ftp://x/", "//x/v1", "unix:run/x.sock", "data:,x"]
)
def test_o03_no_scheme_but_http_and_absolute_sockets(url: str) -> None:
    with pytest.raises(ConfigError):
        outside(url)


async def test_o04_a_name_that_is_private_gets_nothing() -> None:
    one = Egress([outside("https://localhost:1/v1")])
    with pytest.raises(EgressError):
        await one.session("acme").post("https://localhost:1/v1", data=BODY)
    await one.close()
    assert (one.connections["acme"], one.refused["acme"]) == (0, 1)


async def test_o05_proxies_and_certificates_of_the_environment_are_ignored(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    place = Destination.of_url("model", "acme", recorder.url, zone=Zone.OUTSIDE, allow_private=True)
    one = Egress([place])
    async with one.session("acme").post(recorder.url, data=BODY) as answer:
        assert answer.status == 200
    await one.close()
    assert recorder.bodies == [BODY]
