"""Connections to the destinations of the table, and to nothing else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from ambos.egress.connection import Connection
from ambos.egress.destination import Destination, trusted
from ambos.errors import CanaryError, ConfigError, EgressError
from ambos.messages import Zone

if TYPE_CHECKING:
    from ambos.egress.line import Line

RESULTS: Final = ("made", "failed", "refused")  # what becomes of a connection
ASKED_PLAINLY: Final = frozenset({"model", "control"})  # by `Egress.ask`, which needs no client library
KEPT_S: Final = 30.0  # a connection that was not used for longer is not used again


class Egress:
    """Sessions to the destinations of the table, and to nothing else.

    Attributes:
        requests, connections, failed, refused: counters by destination.
        canaries: values in lower case that may stand in no request to the outside; `alarm` is told where one was to go.
        watch: told of each step by purpose ("none" for what is not in the table) and one of `RESULTS`, for the metrics.
    """

    def __init__(self, table: Iterable[Destination]) -> None:
        self._gates: dict[str, Gate] = {}
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
            self._gates[one.name] = Gate(one, self)
        if not {one.purpose for one in self.table} <= ASKED_PLAINLY:
            import_module("ambos.egress.line")  # now: loaded within a request it would hold up all others
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
            from ambos.egress.line import Line  # the client library is loaded by who has a session

            line = self._lines[name] = Line(gate, self)
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

    def _gate(self, name: str) -> Gate:
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


class Gate:
    """What a connection to one destination has to pass. A kept one is used again for its own scheme, host and port only.

    1. the request names this row's scheme, host and port, and no proxy;
    2. its name resolves to addresses that may be reached, all of them;
    3. the very socket that is made goes to such an address (literal addresses never see step 2).
    """

    def __init__(self, destination: Destination, egress: Egress) -> None:
        self.destination = destination
        self._egress = egress

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
            line = self.socket(where)
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

    def check_request(self, scheme: str, host: str | None, port: int | None, *, has_proxy: bool) -> None:
        """Step 1.

        Raises:
            EgressError: the request names another place.
        """
        try:
            if has_proxy:
                raise EgressError(f"{self.destination.name}: a request named a proxy")
            self.destination.check_url(scheme, host, port)
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
    ) -> list[dict[str, Any]]:
        """Step 2. One bad address among good ones refuses all: an attacker needs only to be lucky."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[dict[str, Any]] = []
        for kind, _, proto, _, address in found:
            numeric = str(address[0])
            self._check(numeric)
            results.append(
                {"hostname": host, "host": numeric, "port": port, "family": kind, "proto": proto,
                 "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV}
            )  # fmt: skip
        return results

    def socket(self, where: tuple[Any, ...]) -> socket.socket:  # as `socket.getaddrinfo` tells an address
        """Step 3."""
        family, kind, proto, _, address = where
        self._check(str(address[0]))
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        return made

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
