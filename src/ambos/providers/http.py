"""A provider that speaks HTTP: hands over the bytes of one dispatch, reads the answer as it comes.

It takes nothing but a `Dispatch`, once; it retries nothing (each attempt needs a dispatch of its own). Closing the
iterator closes the connection at once, and nothing is read while the consumer does not pull.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from ambos.egress import Connection, Egress
from ambos.errors import AmbosError, EgressError, OverloadedError, UpstreamTimeoutError
from ambos.messages import Batch
from ambos.ports import Dispatch
from ambos.providers.failures import REASON, of_broker, of_connection, of_status, retry_after, timed_out
from ambos.providers.settings import ProviderSettings, head_of
from ambos.wire import AnswerReader, read_whole, upstream_failure

MAX_WHOLE_BYTES: Final = 32 * 1024 * 1024  # no answer of a model comes near it
MAX_ERROR_BYTES: Final = 64 * 1024
_ERROR_WAIT_S: Final = 2.0  # an error's status is enough when its body does not come
_TAIL_WAIT_S: Final = 5.0  # for tokens and the mark of the end behind the last finish
_END_WAIT_S: Final = 0.05  # for the end of the body behind the last event


@dataclass(frozen=True, slots=True)
class Via:
    """The way through the broker: which number a provider has there, and the token that lets a worker in."""

    number: int
    token: str = field(repr=False)

    def head(self) -> bytes:
        """Of a request to the broker, which puts one of its own before the body."""
        return f"POST /{self.number} HTTP/1.1\r\nHost: broker\r\nAuthorization: Bearer {self.token}\r\n".encode()


class HttpProvider:
    """One provider behind the door `Model`."""

    def __init__(self, settings: ProviderSettings, egress: Egress, *, via: Via | None = None) -> None:
        self._settings = settings
        self._egress = egress
        self._dialect = settings.dialect
        self._head = head_of(settings) if via is None else via.head()
        self._is_brokered = via is not None
        self._turns = asyncio.Semaphore(settings.max_concurrent)
        self._waiting = 0

    async def stream(self, dispatch: Dispatch) -> AsyncGenerator[Batch, None]:
        """What the provider says, one batch for each read of its connection.

        Raises:
            DispatchError: not for this provider, or used before.
            OverloadedError: too many calls of this provider wait already.
            EgressError: its address may not be reached.
            UpstreamError: it failed; `reason` says how.
            UpstreamTimeoutError: it did not connect, begin, go on or end in time.
            RequestError: it says that the conversation is too long, or filtered.
        """
        body = dispatch.take(provider=self._settings.name, zone=self._settings.zone)
        await self._take_turn()
        try:
            connection = await self._post(body)
            try:
                headers = connection.headers
                if self._is_brokered and (why := headers.get(REASON)):
                    raise self._not_reached(why)
                if connection.status != 200:
                    raise of_status(connection.status, await self._error_body(connection), retry_after(headers))
                reads = _Reads(connection, self._settings)
                if headers.get("content-type", "").partition(";")[0].strip().lower() != "text/event-stream":
                    yield read_whole(self._dialect, await reads.whole())
                    return
                # Loops, not generators within generators: each would be paid for with every event.
                reader = AnswerReader(self._dialect)
                while not reader.is_done:
                    if batch := await reads.batch(reader):
                        yield batch
                await reads.end()
            finally:
                self._egress.leave(self._settings.name, connection)
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        if self._waiting >= self._settings.max_concurrent:
            raise OverloadedError("too many calls of this provider are waiting; try again in a moment")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    async def _post(self, body: bytes) -> Connection:
        one = self._settings
        try:
            return await self._egress.ask(one.name, self._head, body, connect_s=one.connect_s, wait_s=one.first_byte_s)
        except (EgressError, OSError, ValueError) as error:
            raise of_connection(error) from None

    def _not_reached(self, why: str) -> AmbosError:
        error = of_broker(why)
        self._egress.behind(self._settings.name, "refused" if isinstance(error, EgressError) else "failed")
        return error

    async def _error_body(self, connection: Connection) -> bytes:
        body = bytearray()
        with contextlib.suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(_ERROR_WAIT_S):
                while len(body) < MAX_ERROR_BYTES and (data := await connection.read()):
                    body += data
        return bytes(body[:MAX_ERROR_BYTES])


class _Reads:
    """What comes on the connection of one answer, within its times."""

    __slots__ = ("_connection", "_is_first", "_limit", "_settings")

    def __init__(self, connection: Connection, settings: ProviderSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._limit = time.monotonic() + settings.total_s
        self._is_first = True

    async def next(self) -> bytes:
        """What has come since the last read; empty at the end."""
        try:
            data = await self._connection.read()
        except TimeoutError:
            raise timed_out("go on with its answer") from None
        except OSError:
            raise upstream_failure("truncated") from None
        if self._is_first:
            self._is_first = False
            self._connection.wait_at_most(self._settings.idle_s)
        if time.monotonic() > self._limit:
            raise timed_out("end its answer")
        return data

    async def whole(self) -> bytes:
        """All of it."""
        pieces, size = [], 0
        while data := await self.next():
            pieces.append(data)
            size += len(data)
            if size > MAX_WHOLE_BYTES:
                raise upstream_failure("too_large")
        return b"".join(pieces)

    async def batch(self, reader: AnswerReader) -> Batch:
        """The deltas of one read, or of the end."""
        try:
            data = await self.next()
        except UpstreamTimeoutError:
            if not reader.is_complete:
                raise
            data = b""  # only the mark of the end is missing
        if not data:
            return reader.close()
        batch = reader.feed(data)
        if reader.is_complete and not reader.is_done:
            self._connection.wait_at_most(min(self._settings.idle_s, _TAIL_WAIT_S))
        return batch

    async def end(self) -> None:
        """Wait a moment for the end of the body behind the last event: then the connection can be used again."""
        if self._connection.is_over:
            return
        self._connection.wait_at_most(_END_WAIT_S)
        with contextlib.suppress(OSError):
            await self._connection.read()
