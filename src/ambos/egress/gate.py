"""Connections to the destinations of the table, and to nothing else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NoReturn, TypeAlias, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client import _RequestContextManager
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from ambos.egress.connection import MAX_HEAD_BYTES, READ_BYTES, Connection
from ambos.egress.destination import Destination, trusted
from ambos.errors import CanaryError, ConfigError, EgressError
from ambos.messages import Zone

Answering: TypeAlias = _RequestContextManager  # to be awaited, or entered with `async with`

RESULTS: Final = ("made", "failed", "refused")  # what becomes of a connection
KEPT_S: Final = 30.0  # a connection that was not used for longer is not used again
_UNSEEN: Final = frozenset({"json", "params"})  # what the client would write into the bytes behind our back


class Egress:
    """Sessions to the destinations of the table, and to nothing else.

    Attributes:
        requests, connections, failed, refused: counters by destination.
        canaries: values in lower case that may stand in no request to the outside; `alarm` is told where one was to go.
        watch: told of each step by purpose ("none" for what is not in the table) and one of `RESULTS`, for the metrics.
    """

    def __init__(self, table: Iterable[Destination]) -> None:
        self._gates: dict[str, _Gate] = {}
        self.requests: Counter[str] = Counter()
        self.connections: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.watch: Callable[[str, str], None] = lambda _, __: None
        self.canaries: tuple[bytes, ...] = ()
        self.alarm: Callable[[str], None] = lambda _: None
        for one in table:
            if one.name in self._gates:
                raise ConfigError(f"two destinations have the name {one.name}")
            self._gates[one.name] = _Gate(one, self)
        self._lines: dict[str, Line] = {}
        self._kept: dict[str, list[Connection]] = {}

    @property
    def table(self) -> tuple[Destination, ...]:
        """The rows."""
        return tuple(gate.destination for gate in self._gates.values())

    def session(self, name: str) -> Line:
        """The line to a destination. Its requests go to that destination or raise EgressError.

        Raises:
            EgressError: the destination is not in the table.
        """
        gate = self._gate(name)
        line = self._lines.get(name)
        if line is None or line.is_closed:
            line = self._lines[name] = Line(gate.open(), self, gate.destination)
        return line

    async def ask(self, name: str, head: bytes, body: bytes, *, connect_s: float, wait_s: float) -> Connection:
        """Send a request on a connection of its own or a kept one; the head of its answer is there.

        Whoever asked gives the connection to `leave`, whatever happens to the answer.

        Args:
            head: request line and headers of `connection.Connection.ask`.
            connect_s, wait_s: longest wait for the connection and, on it, for the head of the answer.

        Raises:
            EgressError: the destination is not in the table, or may not be reached.
            CanaryError: the request holds a canary.
            OSError: it cannot be reached, in time or at all, or what came is no answer.
        """
        gate = self._gate(name)
        self.requests[name] += 1
        if self.canaries and gate.destination.zone is Zone.OUTSIDE:
            self.look(gate.destination, head, body)
        connection = self._kept_one(name)
        if connection is None:
            async with asyncio.timeout(connect_s):
                made = await gate.dial(Connection)
            connection = cast("Connection", made.get_protocol())
        try:
            await connection.ask(head, body, wait_s=wait_s)
        except BaseException:
            connection.close()
            raise
        return connection

    def leave(self, name: str, connection: Connection) -> None:
        """Keep the connection for another request where its answer was whole and both sides allow it; close it if not."""
        if not connection.is_kept:
            connection.close()
            return
        kept = self._kept.setdefault(name, [])
        connection.kept_at = time.monotonic()
        kept.append(connection)
        if len(kept) == 1:
            asyncio.get_running_loop().call_later(KEPT_S, self._sweep, kept)

    def _kept_one(self, name: str) -> Connection | None:
        """The connection that was used last: it is the likeliest to live."""
        kept = self._kept.get(name)
        since = time.monotonic() - KEPT_S
        while kept:
            connection = kept.pop()
            if connection.is_kept and connection.kept_at > since:
                return connection
            connection.close()
        return None

    def _sweep(self, kept: list[Connection]) -> None:
        now = time.monotonic()
        for connection in kept:
            if connection.kept_at <= now - KEPT_S:
                connection.close()
        kept[:] = [connection for connection in kept if connection.is_kept]
        if kept:
            asyncio.get_running_loop().call_later(kept[0].kept_at + KEPT_S - now, self._sweep, kept)

    def _gate(self, name: str) -> _Gate:
        gate = self._gates.get(name)
        if gate is None:
            self.refused[name] += 1
            self.watch("none", "refused")
            raise EgressError("this destination is not in the table")
        return gate

    async def dial(self, name: str, made: Callable[[], asyncio.Protocol]) -> asyncio.Transport:
        """A bare connection to a destination, for who relays bytes; it passes the same gate.

        Raises:
            EgressError: the destination is not in the table, or may not be reached.
            OSError: it cannot be reached.
        """
        return await self._gate(name).dial(made)

    def look(self, destination: Destination, *leaving: bytes) -> None:
        """Whether bytes for the outside hold a canary: before there is a connection.

        Raises:
            CanaryError: one does.
        """
        for text in map(bytes.lower, leaving):
            if any(one in text for one in self.canaries):
                self.refused[destination.name] += 1
                self.watch(destination.purpose, "refused")
                self.alarm(destination.name)
                raise CanaryError(f"{destination.name}: a canary was among what was to leave: nothing left")

    def behind(self, name: str, result: str) -> None:
        """The broker, which stands for this destination, refused it or failed to reach it: counted as of this process."""
        self._gates[name].behind(result)

    async def close(self) -> None:
        """Close every line."""
        for line in self._lines.values():
            await line.close()
        self._lines.clear()
        for kept in self._kept.values():
            while kept:
                kept.pop().close()


class Line:
    """Requests to one destination, over connections that are kept. An answer that redirects is given as it is, never
    followed, whatever the caller says."""

    __slots__ = ("_destination", "_egress", "_is_watched", "_session")

    def __init__(self, session: aiohttp.ClientSession, egress: Egress, destination: Destination) -> None:
        self._session = session
        self._egress = egress
        self._destination = destination
        self._is_watched = destination.zone is Zone.OUTSIDE

    @property
    def is_closed(self) -> bool:
        """Nothing can be asked on it any more."""
        return self._session.closed

    def request(self, method: str, url: str | URL, **more: Any) -> Answering:  # Any: aiohttp's own options
        """One request, with the options of `aiohttp.ClientSession.request`."""
        self._egress.requests[self._destination.name] += 1
        if self._is_watched and self._egress.canaries:
            self._egress.look(self._destination, str(url).encode(), self._seen(more))
        return self._session.request(method, url, **{**more, "allow_redirects": False})

    def _seen(self, more: Mapping[str, object]) -> bytes:
        """The body, so that it can be looked at.

        Raises:
            EgressError: it comes piece by piece, or the client would write it.
        """
        data = more.get("data")
        if not _UNSEEN.isdisjoint(more) or not isinstance(data, bytes | str | None):
            raise EgressError(f"{self._destination.name}: only whole bodies leave, so that they can be looked at")
        return data.encode() if isinstance(data, str) else data or b""

    def get(self, url: str | URL, **more: Any) -> Answering:
        """`request` with GET."""
        return self.request("GET", url, **more)

    def post(self, url: str | URL, **more: Any) -> Answering:
        """`request` with POST."""
        return self.request("POST", url, **more)

    async def close(self) -> None:
        """Close its connections."""
        await self._session.close()


class _Gate(AbstractResolver):
    """What a connection to one destination has to pass. A kept one is used again for its own scheme, host and port only.

    1. the request names this row's scheme, host and port, and no proxy;
    2. its name resolves to addresses that may be reached, all of them;
    3. the very socket that is made goes to such an address (literal addresses never see step 2).
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
        )

    def _connector(self) -> aiohttp.BaseConnector:
        if self.destination.path:
            return _Unix(self, path=self.destination.path, limit=0)
        return _Tcp(
            self,
            resolver=self,
            socket_factory=self._socket,
            ssl=trusted(self.destination.ca_file) if self.destination.is_tls else False,
            use_dns_cache=False,  # a name is looked up anew for each connection: it may change its mind between two
            limit=0,
            keepalive_timeout=30,
            happy_eyeballs_delay=None,
        )

    async def dial(self, made: Callable[[], asyncio.Protocol]) -> asyncio.Transport:
        """A connection without a client of HTTP over it: steps 2 and 3, then TLS."""
        try:
            transport = await self._dialled(made)
        except BaseException as error:
            self.connected(error)
            raise
        self.connected()
        return transport

    async def _dialled(self, made: Callable[[], asyncio.Protocol]) -> asyncio.Transport:
        loop, row = asyncio.get_running_loop(), self.destination
        if row.path:
            transport, _ = await loop.create_unix_connection(made, row.path)
            return transport
        failed: OSError = ConnectionRefusedError()
        for one in await self.resolve(row.host, row.port):
            where = (one["family"], socket.SOCK_STREAM, one["proto"], "", (one["host"], one["port"]))
            line = self._socket(where)
            try:
                await loop.sock_connect(line, (one["host"], one["port"]))
                context = trusted(row.ca_file) if row.is_tls else None
                name = row.host if row.is_tls else None
                transport, _ = await loop.create_connection(made, sock=line, ssl=context, server_hostname=name)
            except OSError as error:
                line.close()
                failed = error
            except BaseException:
                line.close()
                raise
            else:
                return transport
        raise failed

    def check_request(self, request: aiohttp.ClientRequest) -> None:
        """Step 1.

        Raises:
            EgressError: it names another place.
        """
        try:
            if request.proxy is not None:
                raise EgressError(f"{self.destination.name}: a request named a proxy")
            self.destination.check_url(request.url.scheme, request.url.host, request.url.port)
        except EgressError as error:
            self._refuse(error)

    def connected(self, error: BaseException | None = None) -> None:
        """Count what became of a connection; a refused one was counted as it was refused."""
        if error is None:
            self._count(self._egress.connections, "made")
        elif not isinstance(error, EgressError):
            self._count(self._egress.failed, "failed")

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

    def behind(self, result: str) -> None:
        """Count what another process said of the connection that it makes for this one."""
        self._count(self._egress.refused if result == "refused" else self._egress.failed, result)

    def _count(self, counter: Counter[str], result: str) -> None:
        counter[self.destination.name] += 1
        self._egress.watch(self.destination.purpose, result)


class _Passing:
    """A connector whose connections pass a gate; what is kept between requests passed it when it was made."""

    _gate: _Gate

    async def _create_connection(self, req: aiohttp.ClientRequest, *rest: Any) -> ResponseHandler:
        self._gate.check_request(req)
        try:
            made: ResponseHandler = await super()._create_connection(req, *rest)  # type: ignore[misc]  # the connector's
        except BaseException as error:
            self._gate.connected(error)
            raise
        self._gate.connected()
        return made


class _Tcp(_Passing, aiohttp.TCPConnector):
    def __init__(self, gate: _Gate, **more: Any) -> None:
        super().__init__(**more)
        self._gate = gate


class _Unix(_Passing, aiohttp.UnixConnector):
    def __init__(self, gate: _Gate, **more: Any) -> None:
        super().__init__(**more)
        self._gate = gate
