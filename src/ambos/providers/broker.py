"""The broker: the one process that has the providers' keys and the ways outside (docs/guide/walls.md).

    python -m ambos.providers.broker

Its order comes as one JSON line on standard input; the end of standard input ends it. A worker says over a Unix socket
`POST /NUMBER` with the broker's token and a body, in one form and no other. The broker writes a head of its own (address,
fixed headers, key) before that body and then hands bytes over as they come, both ways, without reading them: nothing of a
worker's head leaves, and no key is in a worker. One connection of a worker is one connection outside, kept and closed
together.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import sys
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

from ambos.egress import Egress
from ambos.errors import AmbosError, EgressError
from ambos.messages import Zone
from ambos.providers.failures import REASON, of_connection
from ambos.providers.settings import ProviderSettings, Secret, head_of
from ambos.walls import first_line

SOCKET: Final = "broker.sock"
_HEAD: Final = re.compile(
    rb"POST /(\d{1,4}) HTTP/1\.1\r\nHost: broker\r\nAuthorization: Bearer ([0-9a-f]{64})\r\n"
    rb"Content-Length: (\d{1,10})\r\n\r\n"
).match
MAX_HEAD_BYTES: Final = 192  # more than the longest


class BrokerOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the supervisor writes, one JSON line. Never printed: it holds the keys.

    Attributes:
        rows: of `row_of`, one for each provider; a worker names one by its number.
    """

    socket: str
    token: str
    rows: list[dict[str, str | int | float | bool | list[str] | None]]


def row_of(name: str, one: ProviderSettings) -> dict[str, object]:
    """What the broker must know of a provider, under a name of its own table."""
    return {
        "name": name.replace("/", " "),
        "kind": one.kind,
        "base_url": one.base_url,
        "zone": one.zone.value,
        "models": [*one.models],
        "api_key": one.api_key.reveal(),
        "allow_private_addresses": one.allow_private_addresses,
        "ca_file": one.ca_file,
        "connect_s": one.connect_s,
    }


class Broker:
    """The providers by their numbers, and the table that is reached."""

    def __init__(self, order: BrokerOrder) -> None:
        self._token = order.token.encode()
        self.settings = [_settings(row) for row in order.rows]
        self.egress = Egress([one.destination() for one in self.settings])
        self._heads = [head_of(one) for one in self.settings]

    def head(self, said: bytes) -> tuple[int, bytes, int, int] | None:
        """What these bytes of a worker begin with: the provider, the head to send, the size of the body, and where it
        begins. None where they begin with anything but the one head that a worker writes."""
        found = _HEAD(said)
        if found is None or not hmac.compare_digest(found[2], self._token):
            return None
        number, size = int(found[1]), int(found[3])
        if number >= len(self._heads):
            return None
        return number, b"%bContent-Length: %d\r\n\r\n" % (self._heads[number], size), size, found.end()


class Inner(asyncio.Protocol):
    """One connection of a worker: heads are read, bodies pass."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._kept = b""
        self._head = b""  # still to be sent
        self._left = 0  # bytes of a body that are still to come
        self._number = -1
        self._line: asyncio.Transport | None = None
        self._dialling: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A worker came."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's streams are none by inheritance

    def data_received(self, data: bytes) -> None:
        """Bytes of a worker; they wait while the connection outside is made."""
        self._kept = self._kept + data if self._kept else data
        if self._dialling is None:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._kept and self._dialling is None and not self.transport.is_closing():
            if not self._left and not self._begin():
                return
            if self._line is not None:
                self._line.write(self._head + self._piece())  # each write is a system call
                self._head = b""

    def _piece(self) -> bytes:
        """What there is of the body under way."""
        piece, self._kept = self._kept[: self._left], self._kept[self._left :]
        self._left -= len(piece)
        return piece

    def _begin(self) -> bool:
        """Read one head, where all of it is there."""
        read = self._broker.head(self._kept)
        if read is None or (self._line is not None and read[0] != self._number):
            if b"\r\n\r\n" in self._kept or len(self._kept) > MAX_HEAD_BYTES:
                self.transport.abort()
            return False
        self._number, self._head, self._left, end = read
        self._kept = self._kept[end:]
        if self._line is None:
            self.transport.pause_reading()
            self._dialling = asyncio.ensure_future(self._dial())
        return True

    async def _dial(self) -> None:
        one = self._broker.settings[self._number]
        try:
            async with asyncio.timeout(one.connect_s):
                self._line = await self._broker.egress.dial(one.name, lambda: Outer(self))
        except (AmbosError, OSError, ValueError) as error:
            self._refuse(error)
            return
        self._dialling = None
        if self.transport.is_closing():
            self._line.abort()
            return
        self._line.write(self._head + self._piece())
        self._head = b""
        self.transport.resume_reading()
        self._pass_on()

    def _refuse(self, error: Exception) -> None:
        """Say why there is no connection, as an answer that ends this one."""
        known = of_connection(error)
        reason = "egress" if isinstance(known, EgressError) else str(getattr(known, "reason", "connect"))
        words = b"HTTP/1.1 502 No\r\n%s: %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(words % (REASON.encode(), reason.encode()))
        self.transport.close()

    def pause_writing(self) -> None:
        """The worker reads slower than the provider writes."""
        if self._line is not None:
            self._line.pause_reading()

    def resume_writing(self) -> None:
        """The worker has caught up."""
        if self._line is not None and not self._line.is_closing():
            self._line.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        """The worker left: so does the connection outside, at once."""
        if self._dialling is not None:
            self._dialling.cancel()
        if self._line is not None:
            self._line.abort()


class Outer(asyncio.Protocol):
    """The connection outside that belongs to one of a worker: its bytes pass unread."""

    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    def data_received(self, data: bytes) -> None:
        """Bytes of a provider."""
        self._inner.transport.write(data)

    def pause_writing(self) -> None:
        """The provider reads slower than the worker writes."""
        self._inner.transport.pause_reading()

    def resume_writing(self) -> None:
        """The provider has caught up."""
        if not self._inner.transport.is_closing():
            self._inner.transport.resume_reading()

    def connection_lost(self, _: Exception | None) -> None:
        """The provider left; what it said before still reaches the worker."""
        self._inner.transport.close()


def _settings(row: dict[str, str | int | float | bool | list[str] | None]) -> ProviderSettings:
    models = row["models"]
    return ProviderSettings(
        name=str(row["name"]),
        kind=str(row["kind"]),
        base_url=str(row["base_url"]),
        zone=Zone(str(row["zone"])),
        models=tuple(models) if isinstance(models, list) else (),
        api_key=Secret(str(row["api_key"])),
        allow_private_addresses=row["allow_private_addresses"] is True,
        ca_file=str(row["ca_file"]),
        connect_s=float(str(row["connect_s"])),
    )


async def serve(order: BrokerOrder) -> None:
    """Answer workers until standard input ends."""
    broker = Broker(order)
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: Inner(broker), order.socket, backlog=1024)
    gone = asyncio.Event()
    loop.add_reader(0, lambda: gone.set() if not os.read(0, 4096) else None)
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    await gone.wait()
    server.close()


def main() -> None:
    """Read the order and serve."""
    os.umask(0o077)
    try:
        order = msgspec.json.decode(first_line(), type=BrokerOrder)
    except msgspec.MsgspecError:
        sys.stderr.write("the broker's order cannot be read\n")
        sys.exit(2)
    Path(order.socket).unlink(missing_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(serve(order))


if __name__ == "__main__":
    main()
