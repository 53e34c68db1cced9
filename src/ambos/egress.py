"""The only module that opens an outbound connection, by purpose (design 3.8).

A table of destinations, one purpose each. A name is resolved once for a connection, every address is checked, and the
connection goes to the checked address: outside destinations never reach loopback or private networks unless the owner
says so, inside ones reach nothing else. No redirects, no proxy variables, no cookies, no compressed answers; TLS 1.2 or
newer with verification on every address that is not loopback. `tripwire` is an alarm for tests, not a wall.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from ambos.errors import ConfigError, EgressError
from ambos.messages import Zone

PURPOSES: Final = frozenset(
    {"model", "database", "keys", "witness", "timestamp", "identity", "telemetry", "notice", "download", "control"}
)
_HOST: Final = re.compile(r"[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]").fullmatch
_NUMBERS: Final = re.compile(r"[0-9a-fxA-FX.]*").fullmatch
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598, carrier-grade NAT: nobody outside is there
READ_BYTES: Final = 64 * 1024  # buffer of a connection; beyond twice this nothing is read until the consumer pulls


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
    """

    purpose: str
    name: str
    host: str = ""
    port: int = 0
    path: str = ""
    is_tls: bool = True
    zone: Zone = Zone.OUTSIDE
    allow_private: bool = False

    @classmethod
    def unix(cls, purpose: str, name: str, path: str) -> Destination:
        """A Unix socket of this machine."""
        return cls(purpose, name, path=path, is_tls=False, zone=Zone.INSIDE)

    @classmethod
    def of_url(cls, purpose: str, name: str, url: str, *, zone: Zone, allow_private: bool = False) -> Destination:
        """The destination of a base URL.

        Raises:
            ConfigError: not a plain http(s) URL: user information, fragment, backslash, numbers in place of a host, ...
        """
        if url.startswith("unix:"):
            return cls.unix(purpose, name, url.removeprefix("unix:"))
        if "\\" in url or "#" in url or any(ord(char) <= 0x20 or ord(char) > 0x7E for char in url):
            raise ConfigError("base_url holds a character that has no place in it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError("base_url is not a URL") from None
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query:
            raise ConfigError("base_url must be http(s)://host[:port]/path without user, query or fragment")
        if not _HOST(f"[{host}]" if ":" in host else host):
            raise ConfigError("base_url has no usable host")
        is_tls = parts.scheme == "https"
        return cls(purpose, name, host, port or (443 if is_tls else 80), "", is_tls, zone, allow_private)

    def check(self, address: str) -> None:
        """Whether a connection may go to this address.

        Raises:
            EgressError: it may not.
        """
        found = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(found, "ipv4_mapped", None)
        found = mapped or found
        if found.is_unspecified or found.is_multicast or found.is_reserved:
            raise EgressError(f"{self.name}: this address is no host")
        is_ours = found.is_private or found.is_loopback or found.is_link_local or found in _SHARED
        if self.zone is Zone.INSIDE and not (found.is_private or found.is_loopback):
            raise EgressError(f"{self.name} is marked inside and resolves to a public address: it gets nothing")
        if self.zone is Zone.OUTSIDE and is_ours and not self.allow_private:
            raise EgressError(f"{self.name} is outside and resolves to a private address; see allow_private_addresses")
        if not self.is_tls and not found.is_loopback:
            raise EgressError(f"{self.name} needs https: only loopback may be reached without TLS")


class _Resolver(AbstractResolver):
    """Resolves the one host of a destination and lets only checked addresses through."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host != self._destination.host:
            raise EgressError(f"{self._destination.name}: another host than the table's was asked for")
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[ResolveResult] = []
        for kind, _, proto, _, address in found:
            self._destination.check(str(address[0]))
            results.append(
                ResolveResult(
                    hostname=host,
                    host=str(address[0]),
                    port=port,
                    family=kind,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is kept."""


class Egress:
    """Sessions to the destinations of the table, and to nothing else.

    Attributes:
        connections: sessions' requests begun, by destination.
        refused: refusals, by destination.
    """

    def __init__(self, table: Iterable[Destination]) -> None:
        self._table = {one.name: one for one in table}
        for one in self._table.values():
            if one.purpose not in PURPOSES:
                raise ConfigError(f"{one.name}: {one.purpose} is no purpose of an outbound connection")
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self.connections: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def session(self, name: str) -> aiohttp.ClientSession:
        """The session of a destination; every request with it must pass `allow_redirects=False`.

        Raises:
            EgressError: not in the table, or a literal address that may not be reached.
        """
        destination = self._table.get(name)
        if destination is None:
            self.refused[name] += 1
            raise EgressError("this destination is not in the table")
        session = self._sessions.get(name)
        if session is None or session.closed:
            session = self._sessions[name] = self._open(destination)
        self.connections[name] += 1
        return session

    async def close(self) -> None:
        """Close every session."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _open(self, destination: Destination) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_connector(destination),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            read_bufsize=READ_BYTES,
            max_line_size=16 * 1024,
            max_field_size=16 * 1024,
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
            timeout=aiohttp.ClientTimeout(total=None),
        )


def _connector(destination: Destination) -> aiohttp.BaseConnector:
    if destination.path:
        return aiohttp.UnixConnector(path=destination.path, limit=0)
    _check_literal(destination)
    context = _tls() if destination.is_tls else False
    # The address is looked up anew for each connection: a name may change its mind between two.
    return aiohttp.TCPConnector(
        resolver=_Resolver(destination),
        ssl=context,
        use_dns_cache=False,
        limit=0,
        keepalive_timeout=30,
        happy_eyeballs_delay=None,
    )


def _check_literal(destination: Destination) -> None:
    """aiohttp does not ask the resolver for literal addresses, so they are checked here."""
    host = destination.host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if _NUMBERS(host) and any(char.isdigit() for char in host):
            # "2130706433", "0x7f.1", "017700000001": what the C library reads as an address
            raise EgressError(f"{destination.name}: write the address in its usual form") from None
        return
    destination.check(host)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def tripwire(seen: Callable[[str], None]) -> None:
    """Tell `seen` of each socket event of this process from now on; it cannot be taken out again (tests use a fresh one).

    uvloop's own connections, libpq and every C client pass it: an alarm, not a wall (dependencies.md 11).
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:  # the interpreter's own shape
        if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
            seen(f"{event} {arguments[1:]!r}")

    sys.addaudithook(hook)
