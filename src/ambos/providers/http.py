"""A provider that speaks HTTP: hands over the bytes of one dispatch, reads the answer as it comes.

It takes nothing but a `Dispatch`, once; it retries nothing (each attempt needs a dispatch of its own). Closing the
iterator closes the connection at once, and nothing is read while the consumer does not pull.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ambos.egress import Egress
from ambos.errors import AmbosError, EgressError, OverloadedError, UpstreamTimeoutError
from ambos.messages import Batch
from ambos.ports import Dispatch
from ambos.providers.failures import REASON, of_broker, of_connection, of_status, retry_after, timed_out
from ambos.providers.settings import ProviderSettings, headers_of
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

    def headers(self) -> CIMultiDict[str]:
        """Of a request to the broker, which puts its own before the body."""
        return CIMultiDict({"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})


class HttpProvider:
    """One provider behind the door `Model`."""

    def __init__(self, settings: ProviderSettings, egress: Egress, *, via: Via | None = None) -> None:
        self._settings = settings
        self._egress = egress
        self._url = URL(settings.url() if via is None else f"http://broker/{via.number}", encoded=True)
        self._dialect = settings.dialect
        self._headers = headers_of(settings) if via is None else via.headers()
        self._is_brokered = via is not None
        self._turns = asyncio.Semaphore(settings.max_concurrent)
        self._waiting = 0
        # aiohttp counts `sock_read` anew at each read and holds it while we do not read: a slow caller is no idle
        # provider. It begins with the time for the first byte and is changed to the idle time behind it.
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            connect=settings.connect_s,
            sock_connect=settings.connect_s,
            sock_read=settings.first_byte_s,
        )

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
            response = await self._post(body)
            try:
                if self._is_brokered and (why := response.headers.get(REASON)):
                    raise self._not_reached(why)
                if response.status != 200:
                    raise of_status(response.status, await self._error_body(response), retry_after(response.headers))
                reads = _Reads(response, self._settings)
                if response.content_type != "text/event-stream":
                    yield read_whole(self._dialect, await reads.whole())
                    return
                # Loops, not generators within generators: each would be paid for with every event.
                reader = AnswerReader(self._dialect)
                while not reader.is_done:
                    if batch := await reads.batch(reader):
                        yield batch
                await reads.end()
            finally:
                response.close()  # a connection whose answer was read to its end is already back in the pool
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

    async def _post(self, body: bytes) -> aiohttp.ClientResponse:
        try:
            session = self._egress.session(self._settings.name)
            return await session.post(self._url, data=body, headers=self._headers, timeout=self._timeout)
        except (EgressError, aiohttp.ClientError, OSError, ValueError) as error:
            raise of_connection(error) from None

    def _not_reached(self, why: str) -> AmbosError:
        error = of_broker(why)
        self._egress.behind(self._settings.name, "refused" if isinstance(error, EgressError) else "failed")
        return error

    async def _error_body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_ERROR_WAIT_S):
                while len(body) < MAX_ERROR_BYTES and (data := await response.content.readany()):
                    body += data
        return bytes(body[:MAX_ERROR_BYTES])


class _Reads:
    """What comes on the connection of one answer, within its times."""

    __slots__ = ("_clock", "_is_first", "_limit", "_response", "_settings")

    def __init__(self, response: aiohttp.ClientResponse, settings: ProviderSettings) -> None:
        self._response = response
        self._settings = settings
        self._clock = asyncio.get_running_loop().time
        self._limit = self._clock() + settings.total_s
        self._is_first = True

    async def next(self) -> bytes:
        """What has come since the last read; empty at the end."""
        try:
            data = await self._response.content.readany()
        except TimeoutError:
            raise timed_out("go on with its answer") from None
        except (aiohttp.ClientError, OSError):
            raise upstream_failure("truncated") from None
        if self._is_first:
            self._is_first = False
            self._wait_at_most(self._settings.idle_s)
        if self._clock() > self._limit:
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
            self._wait_at_most(min(self._settings.idle_s, _TAIL_WAIT_S))
        return batch

    async def end(self) -> None:
        """Wait a moment for the end of the body behind the last event: then the connection can be used again."""
        if self._response.content.at_eof():
            return
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_END_WAIT_S):
                await self._response.content.readany()

    def _wait_at_most(self, seconds: float) -> None:
        """From now on, between two reads of this answer."""
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            connection.protocol.read_timeout = seconds
            connection.protocol.start_timeout()
