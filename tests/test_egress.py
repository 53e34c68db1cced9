from __future__ import annotations

import asyncio
import datetime
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ambos.egress import Destination, Egress
from ambos.egress.destination import trusted
from ambos.errors import ConfigError, EgressError
from ambos.messages import Zone

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def row(zone: Zone = Zone.OUTSIDE, *, tls: bool = True, private: bool = False) -> Destination:
    return Destination("model", "acme", "models.example", 443, "", tls, zone, private)


PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
LOOPBACK = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
PRIVATE = ["10.0.0.1", "172.16.5.5", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
SHARED = ["100.64.0.1", "::ffff:100.127.255.254"]
NEVER = [
    "0.0.0.0", "::", "169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "255.255.255.255",
    "240.0.0.1", "192.0.2.1", "198.18.0.1", "2002:7f00:1::", "2001:0:4136:e378::1", "2001:db8::1", "fec0::1",
    "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100::1",
]  # fmt: skip


def test_outside_reaches_public_addresses_only() -> None:
    for address in PUBLIC:
        row().check(address)
    for address in (*LOOPBACK, *PRIVATE, *SHARED, *NEVER):
        with pytest.raises(EgressError):
            row().check(address)


def test_outside_on_private_addresses_when_the_owner_says_so() -> None:
    for address in (*PUBLIC, *LOOPBACK, *PRIVATE, *SHARED):
        row(private=True).check(address)
    for address in NEVER:
        with pytest.raises(EgressError):
            row(private=True).check(address)


@pytest.mark.parametrize("private", [True, False])
def test_inside_reaches_loopback_and_private_addresses_only(private: bool) -> None:
    for address in (*LOOPBACK, *PRIVATE):
        row(Zone.INSIDE, private=private).check(address)
    for address in (*PUBLIC, *SHARED, *NEVER):
        with pytest.raises(EgressError):
            row(Zone.INSIDE, private=private).check(address)


@pytest.mark.parametrize("zone", list(Zone))
def test_without_tls_loopback_only(zone: Zone) -> None:
    for address in LOOPBACK:
        row(zone, tls=False, private=True).check(address)
    for address in (*PUBLIC, *PRIVATE, *SHARED):
        with pytest.raises(EgressError):
            row(zone, tls=False, private=True).check(address)


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls"),
    [
        ("https://api.example/v1", "api.example", 443, True),
        ("http://127.0.0.1:9001/v1", "127.0.0.1", 9001, False),
        ("https://[2606:4700::1]:8443/", "2606:4700::1", 8443, True),
        ("HTTPS://API.Example.:443", "api.example.", 443, True),
        ("http://d1.be", "d1.be", 80, False),
        ("http://my_box-1.lan", "my_box-1.lan", 80, False),
    ],
)
def test_reads_base_urls(url: str, host: str, port: int, is_tls: bool) -> None:
    made = Destination.of_url("model", "acme", url, zone=Zone.OUTSIDE)
    assert (made.host, made.port, made.is_tls) == (host, port, is_tls)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.example", "file:///etc/passwd", "api.example/v1", "//api.example", "https://", "https:///v1", "",
        "https://user@api.example", "https://user:key@api.example", "https://api.example\\@evil.example",
        "https://api.example/#x", "https://api.example/?q=1", "https://api.exa mple", "https://api.example\t",
        "https://api.example:0", "https://api.example:99999", "https://api.example:x", "https://ex%61mple.com",
        "https://münchen.example", "https://2130706433", "https://0x7f.1", "https://017700000001", "https://127.1",
        "https://127.0.0.01", "https://0x7f000001/", "https://1.2.3.4.5", "https://api.example.0x7f",
        "https://[fe80::1%25eth0]", "https://[::1", "https://[::zz]", "unix:", "unix:relative", "unix:/" + "x" * 107,
    ],
)  # fmt: skip
def test_refuses_urls_that_two_readers_read_differently(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Destination.of_url("model", "acme", url, zone=Zone.OUTSIDE, allow_private=True)
    assert "key" not in str(caught.value)


def test_rows_have_one_purpose_and_one_name() -> None:
    with pytest.raises(ConfigError):
        Destination("fun", "acme", "api.example", 443)
    with pytest.raises(ConfigError):
        Egress([row(), row()])


# --- real connections on loopback --------------------------------------------------------------------------------------


def closing(handler: Handler) -> Handler:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return one


@asynccontextmanager
async def serving(handler: Handler, **options: Any) -> AsyncIterator[int]:
    server = await asyncio.start_server(closing(handler), "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def answering(head: bytes, body: bytes = b"", seen: list[bytes] | None = None) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(request)
        writer.write(b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (head, len(body), body))
        await writer.drain()

    return handler


def local(
    port: int, *, name: str = "acme", host: str = "127.0.0.1", tls: bool = False, private: bool = True
) -> Destination:
    return Destination("model", name, host, port, "", tls, Zone.OUTSIDE, private)


@asynccontextmanager
async def table(*rows: Destination) -> AsyncIterator[Egress]:
    made = Egress(rows)
    try:
        yield made
    finally:
        await made.close()


async def test_a_request_goes_to_its_row_and_is_counted() -> None:
    seen: list[bytes] = []
    async with serving(answering(b"200 OK", b"hi", seen)) as port, table(local(port)) as egress:
        async with egress.session("acme").get(f"http://127.0.0.1:{port}/x") as answer:
            assert await answer.read() == b"hi"
        assert (egress.requests["acme"], egress.connections["acme"], egress.refused["acme"]) == (1, 1, 0)
    assert b"Accept-Encoding: identity" in seen[0]
    assert b"User-Agent" not in seen[0]


async def test_a_place_outside_the_table_is_refused() -> None:
    async with serving(answering(b"200 OK")) as port, table(local(port)) as egress:
        with pytest.raises(EgressError):
            egress.session("other")
        for url in (
            "http://127.0.0.1:1/",
            "http://127.0.0.2/",
            f"https://127.0.0.1:{port}/",
            f"http://localhost:{port}/",
        ):
            with pytest.raises(EgressError, match="another place"):
                await egress.session("acme").get(url)
        with pytest.raises(EgressError, match="proxy"):
            await egress.session("acme").get(f"http://127.0.0.1:{port}/", proxy="http://127.0.0.1:1")
        assert (egress.refused["acme"], egress.refused["other"], egress.connections["acme"]) == (5, 1, 0)


async def test_who_watches_is_told_what_became_of_each_connection() -> None:
    seen: list[tuple[str, str]] = []
    async with serving(answering(b"200 OK")) as port:
        rows = (local(port), local(port, name="shy", private=False), local(1, name="deaf"))
        async with table(*rows) as egress:
            egress.watch = lambda purpose, result: seen.append((purpose, result))
            async with egress.session("acme").get(f"http://127.0.0.1:{port}/"):
                pass
            with pytest.raises(EgressError):
                await egress.session("shy").get(f"http://127.0.0.1:{port}/")
            with pytest.raises(aiohttp.ClientConnectorError):
                await egress.session("deaf").get("http://127.0.0.1:1/")
            with pytest.raises(EgressError):
                egress.session("nobody")
            assert (egress.failed["deaf"], egress.failed["shy"]) == (1, 0)
    assert seen == [("model", "made"), ("model", "refused"), ("model", "failed"), ("none", "refused")]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_outside_row_never_connects_to_loopback(host: str) -> None:
    connected = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()

    async with serving(handler) as port, table(local(port, host=host, private=False)) as egress:
        with pytest.raises(EgressError, match="private address"):
            await egress.session("acme").get(f"http://{host}:{port}/")
        assert egress.refused["acme"] == 1
    assert not connected.is_set()


async def test_one_bad_address_among_good_ones_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object, **__: object) -> list[Any]:
        tcp = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*tcp, ("93.184.216.34", 443)), (*tcp, ("10.0.0.1", 443))]

    async with table(row()) as egress:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        with pytest.raises(EgressError, match="private address"):
            await egress.session("acme").get("https://models.example/")


async def test_an_inside_row_that_resolves_to_a_public_address_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    async with table(row(Zone.INSIDE)) as egress:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        with pytest.raises(EgressError, match="marked inside"):
            await egress.session("acme").get("https://models.example/")
        assert egress.connections["acme"] == 0


async def test_a_name_that_changes_its_mind_is_looked_up_and_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(b"200 OK")) as port, table(local(port, host="rebind.example")) as egress:
        addresses = ["127.0.0.1", "169.254.169.254"]

        real = asyncio.get_running_loop().getaddrinfo

        async def found(host: str, *rest: Any, **more: Any) -> list[Any]:
            if host != "rebind.example":  # uvloop looks up numbers too, when it connects
                return await real(host, *rest, **more)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses.pop(0), port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        async with egress.session("acme").get(f"http://rebind.example:{port}/") as answer:
            assert answer.status == 200
        with pytest.raises(EgressError, match="no model lives"):
            await egress.session("acme").get(f"http://rebind.example:{port}/")


async def test_a_redirect_is_not_followed_even_when_the_caller_forgot_to_say_so() -> None:
    hits: list[bytes] = []
    async with serving(answering(b"200 OK", b"", hits)) as other:
        head = b"307 Temporary Redirect\r\nlocation: http://127.0.0.1:%d/" % other
        async with serving(answering(head)) as port, table(local(port)) as egress:
            for said in ({}, {"allow_redirects": True}):
                answer = await egress.session("acme").post(f"http://127.0.0.1:{port}/", data=b"x", **said)
                assert answer.status == 307
                answer.close()
    assert hits == []


async def test_proxies_netrc_and_cookies_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[bytes] = []
    proxied: list[bytes] = []
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving(answering(b"200 OK", b"", proxied)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        handler = answering(b"200 OK\r\nset-cookie: a=b", b"", seen)
        async with serving(handler) as port, table(local(port)) as egress:
            for _ in range(2):
                async with egress.session("acme").get(f"http://127.0.0.1:{port}/") as answer:
                    assert answer.status == 200
    assert proxied == []
    assert len(seen) == 2
    assert all(b"uthorization" not in one and b"ookie" not in one for one in seen)


async def test_a_compressed_answer_is_left_as_it_came() -> None:
    bomb = b"\x1f\x8b" + bytes(100)
    async with serving(answering(b"200 OK\r\ncontent-encoding: gzip", bomb)) as port, table(local(port)) as egress:
        answer = await egress.session("acme").get(f"http://127.0.0.1:{port}/")
        assert await answer.read() == bomb


async def test_a_huge_header_is_refused() -> None:
    async with serving(answering(b"200 OK\r\nx: " + b"y" * 100_000)) as port, table(local(port)) as egress:
        with pytest.raises(aiohttp.ClientError):
            await egress.session("acme").get(f"http://127.0.0.1:{port}/")


async def test_a_unix_socket_is_reached_by_its_exact_path(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sock")
    server = await asyncio.start_unix_server(closing(answering(b"200 OK", b"hi")), path)
    try:
        async with table(Destination.unix("model", "stand-in", path)) as egress:
            async with egress.session("stand-in").get("http://unix/v1") as answer:
                assert await answer.read() == b"hi"
            assert egress.connections["stand-in"] == 1
    finally:
        server.close()


# --- TLS ---------------------------------------------------------------------------------------------------------------


def certificate(directory: Path) -> Path:
    """One self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "cert.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    return path


async def test_tls_needs_a_certificate_that_the_system_trusts_and_ignores_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    trusted.cache_clear()
    async with serving(answering(b"200 OK"), ssl=context) as port, table(local(port, tls=True)) as egress:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await egress.session("acme").get(f"https://127.0.0.1:{port}/")
    assert not (tmp_path / "keys").exists()
    trusted.cache_clear()


def test_tls_is_1_2_or_newer_and_always_verified() -> None:
    context = trusted()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


# --- the alarm -----------------------------------------------------------------------------------------------------------

ALARM = """
import asyncio, socket
from ambos.egress import tripwire
seen = []
def refuse(event):
    seen.append(event.split()[0])
    raise PermissionError(event)
tripwire(refuse)
async def connect():
    await asyncio.open_connection("127.0.0.1", 9)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", 9), 1),
    lambda: socket.getaddrinfo("models.example", 443),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
    lambda: asyncio.run(connect()),
):
    try:
        attempt()
    except PermissionError:
        continue
    raise SystemExit("an event was not refused")
print(*sorted(set(seen)))
"""


def test_the_tripwire_sees_and_refuses_what_python_opens() -> None:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", ALARM], check=False, capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["socket.connect", "socket.getaddrinfo", "socket.sendto"]
