"""A provider that speaks HTTP: hands over the bytes of one dispatch, reads the answer as it comes.

It takes nothing but a `Dispatch`, once; it retries nothing (each attempt needs a dispatch of its own). Closing the
iterator closes the connection at once, and nothing is read while the consumer does not pull.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import aiohttp

from ambos.egress import Egress
from ambos.errors import EgressError, OverloadedError, UpstreamTimeoutError
from ambos.messages import Batch
from ambos.ports import Dispatch
from ambos.providers.failures import of_connection, of_status, retry_after, timed_out
from ambos.providers.settings import ProviderSettings
from ambos.wire import AnswerReader, read_whole, upstream_failure

ANTHROPIC_VERSION: Final = "2023-06-01"
MAX_WHOLE_BYTES: Final = 32 * 1024 * 1024  # no answer of a model comes near it
MAX_ERROR_BYTES: Final = 64 * 1024
_ERROR_WAIT_S: Final = 2.0  # an error's status is enough when its body does not come
_TAIL_WAIT_S: Final = 5.0  # for tokens and the mark of the end behind the last finish
_END_WAIT_S: Final = 0.05  # for the end of the body behind the last event: then the connection can be used again


class HttpProvider:
    """One provider behind the door `Model`."""

    def __init__(self, settings: ProviderSettings, egress: Egress) -> None:
        self._settings = settings
        self._egress = egress
        self._url = settings.url()
        self._dialect = settings.dialect
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
        async with self._turn():
            response = await self._post(body)
            try:
                if response.status != 200:
                    raise of_status(response.status, await self._error_body(response), retry_after(response.headers))
                async with contextlib.aclosing(self._answer(response)) as batches:
                    async for batch in batches:
                        yield batch
            finally:
                response.close()  # a connection whose answer was read to its end is already back in the pool

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= self._settings.max_concurrent:
            raise OverloadedError("too many calls of this provider are waiting; try again in a moment")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _post(self, body: bytes) -> aiohttp.ClientResponse:
        try:
            session = self._egress.session(self._settings.name)
            return await session.post(
                self._url, data=body, headers=self._headers(), timeout=self._timeout, allow_redirects=False
            )
        except (EgressError, aiohttp.ClientError, OSError, ValueError) as error:
            raise of_connection(error) from None

    def _headers(self) -> dict[str, str]:
        """A fixed set: no header of a caller is forwarded."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "User-Agent": "ambos",
        }
        profile = self._settings.profile
        if profile.dialect == "anthropic":
            headers["anthropic-version"] = ANTHROPIC_VERSION
        if key := self._settings.api_key:
            headers[profile.key_header] = profile.key_prefix + key.reveal()
        return headers

    async def _answer(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Batch, None]:
        async with contextlib.aclosing(self._reads(response)) as reads:
            if response.content_type == "text/event-stream":
                async with contextlib.aclosing(self._events(response, reads)) as batches:
                    async for batch in batches:
                        yield batch
                return
            whole = bytearray()
            async for data in reads:
                whole += data
                if len(whole) > MAX_WHOLE_BYTES:
                    raise upstream_failure("too_large")
            yield read_whole(self._dialect, bytes(whole))

    async def _events(
        self, response: aiohttp.ClientResponse, reads: AsyncIterator[bytes]
    ) -> AsyncGenerator[Batch, None]:
        reader = AnswerReader(self._dialect)
        try:
            async for data in reads:
                if batch := reader.feed(data):
                    yield batch
                if reader.is_done:
                    await self._reach_end(response)
                    return
                if reader.is_complete:
                    _wait_at_most(response, min(self._settings.idle_s, _TAIL_WAIT_S))
        except UpstreamTimeoutError:
            if not reader.is_complete:  # else only the mark of the end is missing
                raise
        if batch := reader.close():
            yield batch

    async def _reads(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        clock = asyncio.get_running_loop().time
        limit = clock() + self._settings.total_s
        is_first = True
        while True:
            try:
                data = await response.content.readany()
            except TimeoutError:
                raise timed_out("go on with its answer") from None
            except (aiohttp.ClientError, OSError):
                raise upstream_failure("truncated") from None
            if not data:
                return
            if is_first:
                is_first = False
                _wait_at_most(response, self._settings.idle_s)
            if clock() > limit:
                raise timed_out("end its answer")
            yield data

    async def _reach_end(self, response: aiohttp.ClientResponse) -> None:
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_END_WAIT_S):
                await response.content.readany()

    async def _error_body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_ERROR_WAIT_S):
                while len(body) < MAX_ERROR_BYTES and (data := await response.content.readany()):
                    body += data
        return bytes(body[:MAX_ERROR_BYTES])


def _wait_at_most(response: aiohttp.ClientResponse, seconds: float) -> None:
    """From now on, between two reads of this answer."""
    connection = response.connection
    if connection is not None and connection.protocol is not None:
        connection.protocol.read_timeout = seconds
        connection.protocol.start_timeout()
