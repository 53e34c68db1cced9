"""The broker: the one process that has the providers' keys and the ways outside (docs/guide/walls.md).

    python -m ambos.providers.broker

Its order comes as one JSON line on standard input; the end of standard input ends it. A worker says over a Unix socket
`POST /NUMBER` with the broker's token and a body. The broker writes a head of its own (address, fixed headers, key) before
that body and then hands bytes over as they come, both ways, without reading them: nothing of a worker's head leaves, and no
key is in a worker. One connection of a worker is one connection outside, kept and closed together.
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
MAX_HEAD_BYTES: Final = 8192
_HEAD: Final = re.compile(
    rb"POST /(\d{1,4}) HTTP/1\.1\r\n(?:[A-Za-z-]{1,40}: [\x20-\x7e]{0,300}\r\n){1,20}\r\n", re.DOTALL
).fullmatch
_SIZE: Final = re.compile(rb"\r\ncontent-length: (\d{1,10})(?=\r\n)", re.IGNORECASE).findall
_TOKEN: Final = re.compile(rb"\r\nauthorization: Bearer ([0-9a-f]{64})(?=\r\n)", re.IGNORECASE).findall
_CODED: Final = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE).search


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

    def head(self, said: bytes) -> tuple[int, bytes, int] | None:
        """Provider, head to send and size of the body, for the head that a worker sent; None for any other."""
        found, sizes, tokens = _HEAD(said), _SIZE(said), _TOKEN(said)
        if found is None or len(sizes) != 1 or len(tokens) != 1 or _CODED(said):
            return None
        number, size = int(found[1]), int(sizes[0])
        if number >= len(self._heads) or not hmac.compare_digest(tokens[0], self._token):
            return None
        return number, self._heads[number] + b"Content-Length: %d\r\n\r\n" % size, size


class Inner(asyncio.Protocol):
    """One connection of a worker: heads are read, bodies pass."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._kept = bytearray()
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
        self._kept += data
        if self._dialling is None:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._kept and self._dialling is None and not self.transport.is_closing():
            if not self._left and not self._begin():
                return
            if self._line is not None and self._left:
                piece = bytes(self._kept[: self._left])
                del self._kept[: len(piece)]
                self._left -= len(piece)
                self._line.write(piece)

    def _begin(self) -> bool:
        """Read one head, where all of it is there."""
        end = self._kept.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._kept) > MAX_HEAD_BYTES:
                self.transport.abort()
            return False
        read = self._broker.head(bytes(self._kept[: end + 4]))
        if read is None or (self._line is not None and read[0] != self._number):
            self.transport.abort()
            return False
        del self._kept[: end + 4]
        self._number, head, self._left = read
        if self._line is not None:
            self._line.write(head)
        else:
            self.transport.pause_reading()
            self._dialling = asyncio.ensure_future(self._dial(head))
        return True

    async def _dial(self, head: bytes) -> None:
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
        self._line.write(head)
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
