"""A provider that speaks HTTP: hands over the bytes of one dispatch, reads the answer as it comes.

It takes nothing but a `Dispatch`, once; it retries nothing (each attempt needs a dispatch of its own). Closing the
iterator closes the connection, and nothing is read while the consumer does not pull.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import aiohttp

from ambos.egress import Egress
from ambos.errors import EgressError, MalformedError, UpstreamError, UpstreamTimeoutError
from ambos.messages import Batch
from ambos.ports import Dispatch
from ambos.providers.failures import failure, of_status
from ambos.providers.settings import ProviderSettings
from ambos.wire import AnswerReader, read_whole

MAX_WHOLE_BYTES = 32 * 1024 * 1024
ANTHROPIC_VERSION = "2023-06-01"
_PATHS = {"openai": "chat/completions", "anthropic": "messages"}


class HttpProvider:
    """One provider behind the door `Model`."""

    def __init__(self, settings: ProviderSettings, egress: Egress) -> None:
        self._settings = settings
        self._egress = egress
        self._turns = asyncio.Semaphore(settings.max_concurrent)
        self._url = settings.url(_PATHS[settings.kind])
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=settings.connect_s, sock_connect=settings.connect_s, sock_read=None
        )

    async def stream(self, dispatch: Dispatch) -> AsyncGenerator[Batch, None]:
        """What the provider says, one batch for each read of its connection.

        Raises:
            DispatchError: not for this provider, or used before.
            UpstreamError: it failed; `reason` says how.
            UpstreamTimeoutError: it did not connect, begin or go on in time.
        """
        body = dispatch.take(provider=self._settings.name, zone=self._settings.zone)
        async with self._turns:
            response = await self._post(body)
            try:
                if response.status != 200:
                    raise of_status(response.status, response.headers.get("retry-after", ""))
                if response.content_type == "text/event-stream":
                    async for batch in self._events(response):
                        yield batch
                else:
                    yield await self._whole(response)
            finally:
                response.close()

    async def _post(self, body: bytes) -> aiohttp.ClientResponse:
        settings = self._settings
        try:
            session = self._egress.session(settings.name)
            async with asyncio.timeout(settings.connect_s + settings.first_byte_s):
                return await session.post(
                    self._url, data=body, headers=self._headers(), timeout=self._timeout, allow_redirects=False
                )
        except TimeoutError:
            raise UpstreamTimeoutError("the provider did not begin to answer in time", reason="timeout") from None
        except EgressError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from None

    def _headers(self) -> dict[str, str]:
        """A fixed set: no header of a caller is forwarded."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Accept-Encoding": "identity",
            "User-Agent": "ambos",
        }
        key = self._settings.api_key
        if self._settings.kind == "anthropic":
            headers["anthropic-version"] = ANTHROPIC_VERSION
            if key:
                headers["x-api-key"] = key.reveal()
        elif key:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        return headers

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncGenerator[Batch, None]:
        reader = AnswerReader(self._settings.kind)
        idle_s, content = self._settings.idle_s, response.content
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    data = await content.readany()
            except TimeoutError:
                raise UpstreamTimeoutError("the provider stopped in its answer", reason="timeout") from None
            except (aiohttp.ClientError, OSError):
                raise failure("truncated") from None
            if not data:
                break
            if batch := reader.feed(data):
                yield batch
            if reader.is_done:
                return
        if batch := reader.close():
            yield batch
        if not reader.is_complete:
            raise failure("truncated")

    async def _whole(self, response: aiohttp.ClientResponse) -> Batch:
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.first_byte_s):
                async for data in response.content.iter_any():
                    body += data
                    if len(body) > MAX_WHOLE_BYTES:
                        raise failure("malformed")
        except TimeoutError:
            raise UpstreamTimeoutError("the provider stopped in its answer", reason="timeout") from None
        except (aiohttp.ClientError, OSError):
            raise failure("truncated") from None
        try:
            return read_whole(self._settings.kind, bytes(body))
        except MalformedError:
            raise failure("malformed") from None


def _translated(error: Exception) -> UpstreamError:
    """A foreign error, once, at the door; its text may hold an address and is dropped."""
    cause = error.__cause__ or getattr(error, "os_error", None)
    if isinstance(cause, EgressError):
        raise cause
    return failure("connect")
