"""The only module that opens an outbound connection, by purpose (design 3.8).

A table of destinations, one purpose each. A name is resolved once for a connection, every address is checked, and the
connection goes to a checked address: outside destinations never reach loopback or private networks unless the owner
says so, inside ones reach nothing else, and link-local ones (where clouds keep their metadata) are never reached.
No redirects, no proxy variables, no cookies, no compressed answers; TLS 1.2 or newer with verification on every address
that is not loopback. `tripwire` is an alarm for tests, not a wall.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import re
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ambos.errors import ConfigError, EgressError
from ambos.messages import Zone

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

PURPOSES: Final = frozenset(
    {"model", "database", "keys", "witness", "timestamp", "identity", "telemetry", "notice", "download", "control"}
)
RESULTS: Final = ("made", "failed", "refused")  # what becomes of a connection; a redirect that is not followed: refused
READ_BYTES: Final = 64 * 1024  # buffer of a connection; beyond twice this nothing is read until the consumer pulls
MAX_HEAD_BYTES: Final = 16 * 1024  # of one line or header of an answer

_HOST: Final = re.compile(r"[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\]").fullmatch
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*").fullmatch
_PRIVATE: Final = tuple(
    ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)  # RFC 1918 and RFC 4193; `is_private` of the standard library holds much more
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598, carrier-grade NAT and overlay networks
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# Where systems keep their certificates when OpenSSL was built with other paths (Debian, Fedora, Alpine and macOS).
_CA_FILES: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True, slots=True)
class Destination:
    """One row of the table.

    Attributes:
        purpose: one of `PURPOSES`.
        name: the row's name, for look-up, counters and `ambos doctor`.
        host, port: for TCP; empty for a Unix socket.
        path: the exact Unix socket; empty for TCP.
        is_tls: https.
        zone: INSIDE must resolve to loopback or private addresses, OUTSIDE must not.
        allow_private: the owner says that this outside destination is on a private address.
        ca_file: absolute path of the certificates that count for this row alone; "" for the system's.

    Raises:
        ConfigError: the row cannot name a place: unknown purpose, a number in place of a host, a path that is too long.
    """

    purpose: str
    name: str
    host: str = ""
    port: int = 0
    path: str = ""
    is_tls: bool = True
    zone: Zone = Zone.OUTSIDE
    allow_private: bool = False
    ca_file: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise ConfigError(f"{self.name}: this is no purpose of an outbound connection")
        if self.ca_file:
            self._check_ca_file()
        if self.path:
            if not self.path.startswith("/") or len(self.path.encode()) > 107:  # sockaddr_un holds 108 with its end
                raise ConfigError(f"{self.name}: a socket needs an absolute path of at most 107 bytes")
            return
        if not 0 < self.port < 65536 or not _HOST(f"[{self.host}]" if ":" in self.host else self.host):
            raise ConfigError(f"{self.name}: the address has no usable host and port")
        if _literal(self.host) is None and _NUMBER(self.host.rstrip(".").rpartition(".")[2]):
            # "2130706433", "0x7f.1", "017700000001": what the C library reads as an address (WHATWG URL 3.5)
            raise ConfigError(f"{self.name}: write the address in its usual form, four numbers with dots")

    def _check_ca_file(self) -> None:
        if not self.is_tls or not self.ca_file.startswith("/"):
            raise ConfigError(f"{self.name}: ca_file needs https and an absolute path")
        try:
            _tls(self.ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"{self.name}: ca_file is not a readable file of certificates in PEM form") from None

    @classmethod
    def unix(cls, purpose: str, name: str, path: str) -> Destination:
        """A Unix socket of this machine."""
        return cls(purpose, name, path=path, is_tls=False, zone=Zone.INSIDE)

    @classmethod
    def of_url(
        cls, purpose: str, name: str, url: str, *, zone: Zone, allow_private: bool = False, ca_file: str = ""
    ) -> Destination:
        """The destination of a base URL.

        Raises:
            ConfigError: not a plain http(s) URL: user information, fragment, backslash, numbers in place of a host, ...
        """
        if url.startswith("unix:"):
            if ca_file:
                raise ConfigError("ca_file has no use with a Unix socket")
            return cls.unix(purpose, name, url.removeprefix("unix:"))
        if "\\" in url or "#" in url or any(ord(char) <= 0x20 or ord(char) > 0x7E for char in url):
            raise ConfigError("base_url holds a character that has no place in it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError("base_url is not a URL") from None
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query:
            raise ConfigError("base_url must be http(s)://host[:port]/path without user, query or fragment")
        is_tls = parts.scheme == "https"
        if port is None:
            port = 443 if is_tls else 80
        return cls(purpose, name, parts.hostname or "", port, "", is_tls, zone, allow_private, ca_file)

    def check(self, address: str) -> None:
        """Whether a connection may go to this address.

        Raises:
            EgressError: it may not.
        """
        found = _plain(ipaddress.ip_address(address.partition("%")[0]))
        is_own = found.is_loopback or any(found in net for net in _PRIVATE)
        if found.is_unspecified or found.is_multicast or found.is_link_local:
            raise EgressError(f"{self.name} resolves to an address where no model lives (unspecified, multicast, link)")
        if self.zone is Zone.INSIDE and not is_own:
            raise EgressError(f"{self.name} is marked inside and resolves to a public address: it gets nothing")
        if self.zone is Zone.OUTSIDE and not _is_public(found):
            if not (is_own or found in _SHARED):
                raise EgressError(f"{self.name} resolves to a reserved address")
            if not self.allow_private:
                raise EgressError(
                    f"{self.name} is outside and resolves to a private address; see allow_private_addresses"
                )
        if not self.is_tls and not found.is_loopback:
            raise EgressError(f"{self.name} needs https: only loopback may be reached without TLS")

    def check_url(self, scheme: str, host: str | None, port: int | None) -> None:
        """Whether a request of this row's session goes to this row.

        Raises:
            EgressError: it names another place.
        """
        if not self.path and (scheme, host, port) != ("https" if self.is_tls else "http", self.host, self.port):
            raise EgressError(f"{self.name}: a request named another place than the table's")


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated IPv6 one: the packet goes there."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # Tunnels carry an IPv4 address; nobody serves models behind one, so that they are refused as a whole.
        return address.sixtofour is None and address.teredo is None and not address.is_site_local
    return not address.is_reserved


class Egress:
    """Sessions to the destinations of the table, and to nothing else.

    Attributes:
        requests, connections, failed, refused: counters by destination.
        watch: told of each step by purpose ("none" for what is not in the table) and one of `RESULTS`, for the metrics.
    """

    def __init__(self, table: Iterable[Destination]) -> None:
        self._gates: dict[str, _Gate] = {}
        self.requests: Counter[str] = Counter()
        self.connections: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.watch: Callable[[str, str], None] = lambda _, __: None
        for one in table:
            if one.name in self._gates:
                raise ConfigError(f"two destinations have the name {one.name}")
            self._gates[one.name] = _Gate(one, self)
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    @property
    def table(self) -> tuple[Destination, ...]:
        """The rows."""
        return tuple(gate.destination for gate in self._gates.values())

    def session(self, name: str) -> aiohttp.ClientSession:
        """The session of a destination. Its requests go to that destination or raise EgressError.

        Raises:
            EgressError: the destination is not in the table.
        """
        gate = self._gates.get(name)
        if gate is None:
            self.refused[name] += 1
            self.watch("none", "refused")
            raise EgressError("this destination is not in the table")
        session = self._sessions.get(name)
        if session is None or session.closed:
            session = self._sessions[name] = gate.open()
        return session

    async def close(self) -> None:
        """Close every session."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


class _Gate(AbstractResolver):
    """What a connection to one destination has to pass.

    1. the request names this row's scheme, host and port;
    2. its name resolves to addresses that may be reached, all of them;
    3. the very socket that is made goes to such an address (literal addresses never see step 2);
    4. an answer that redirects ends the request.
    """

    def __init__(self, destination: Destination, egress: Egress) -> None:
        self.destination = destination
        self._egress = egress

    def open(self) -> aiohttp.ClientSession:
        """A session whose every request passes this gate."""
        return aiohttp.ClientSession(
            connector=self._connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
            read_bufsize=READ_BYTES,
            max_line_size=MAX_HEAD_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            skip_auto_headers=("User-Agent",),
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[self._steps()],
        )

    def _connector(self) -> aiohttp.BaseConnector:
        if self.destination.path:
            return aiohttp.UnixConnector(path=self.destination.path, limit=0)
        return aiohttp.TCPConnector(
            resolver=self,
            socket_factory=self._socket,
            ssl=_tls(self.destination.ca_file) if self.destination.is_tls else False,
            use_dns_cache=False,  # a name is looked up anew for each connection: it may change its mind between two
            limit=0,
            keepalive_timeout=30,
            happy_eyeballs_delay=None,
        )

    def _steps(self) -> aiohttp.TraceConfig:
        steps = aiohttp.TraceConfig()
        steps.on_request_start.append(self._on_request)
        steps.on_connection_create_start.append(self._on_connecting)
        steps.on_connection_create_end.append(self._on_connection)
        steps.on_request_exception.append(self._on_exception)
        steps.on_request_redirect.append(self._on_redirect)
        return steps

    async def _on_request(self, _: object, __: SimpleNamespace, about: aiohttp.TraceRequestStartParams) -> None:
        self._egress.requests[self.destination.name] += 1
        try:
            self.destination.check_url(about.url.scheme, about.url.host, about.url.port)
        except EgressError as error:
            self._refuse(error)

    async def _on_connecting(self, _: object, step: SimpleNamespace, __: object) -> None:
        step.is_connecting = True

    async def _on_connection(self, _: object, step: SimpleNamespace, __: object) -> None:
        step.is_connecting = False
        self._count(self._egress.connections, "made")

    async def _on_exception(self, _: object, step: SimpleNamespace, about: aiohttp.TraceRequestExceptionParams) -> None:
        if getattr(step, "is_connecting", False) and not isinstance(about.exception, EgressError):
            self._count(self._egress.failed, "failed")

    async def _on_redirect(self, *_: object) -> None:
        self._refuse(EgressError(f"{self.destination.name} answered with a redirect, which is not followed"))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Step 2. One bad address among good ones refuses all: an attacker needs only to be lucky."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[ResolveResult] = []
        for kind, _, proto, _, address in found:
            numeric = str(address[0])
            self._check(numeric)
            results.append(
                {"hostname": host, "host": numeric, "port": port, "family": kind, "proto": proto,
                 "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV}
            )  # fmt: skip
        return results

    def _socket(self, where: tuple[Any, ...]) -> socket.socket:  # aiohttp's own shape of an address
        """Step 3."""
        family, kind, proto, _, address = where
        self._check(str(address[0]))
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        return made

    async def close(self) -> None:
        """Nothing is kept."""

    def _check(self, address: str) -> None:
        try:
            self.destination.check(address)
        except EgressError as error:
            self._refuse(error)

    def _refuse(self, error: EgressError) -> NoReturn:
        self._count(self._egress.refused, "refused")
        raise error

    def _count(self, counter: Counter[str], result: str) -> None:
        counter[self.destination.name] += 1
        self._egress.watch(self.destination.purpose, result)


@functools.cache
def _tls(ca_file: str = "") -> ssl.SSLContext:
    """Verification against the certificates of a file, else the system's.

    Not `ssl.create_default_context`: that obeys SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE, with which whoever sets
    the environment could read everything.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
        return context
    paths = ssl.get_default_verify_paths()
    for file in (paths.openssl_cafile, *_CA_FILES):
        if Path(file).is_file():
            context.load_verify_locations(cafile=file)
            break
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)
    return context


def tripwire(seen: Callable[[str], None]) -> None:
    """Tell `seen` of each socket event of this process from now on; what it raises refuses the event.

    It cannot be taken out again (tests use a fresh process). uvloop's own connections, libpq and every C client pass
    it: an alarm, not a wall (dependencies.md 11).
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:  # the interpreter's own shape
        if event in _EVENTS:
            seen(f"{event} {arguments[1:]!r}")

    sys.addaudithook(hook)


_EVENTS: Final = frozenset(
    f"socket.{name}" for name in ("connect", "getaddrinfo", "gethostbyname", "sendto", "sendmsg", "bind")
)
