"""Reading bodies within bounds, writing answers: the small part of HTTP that the hot path needs, without a framework."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias

from ambos.errors import AmbosError, RequestError, TooLargeError
from ambos.web.status import status_of
from ambos.wire import error_body

Scope: TypeAlias = MutableMapping[str, Any]  # ASGI's own types are open dictionaries
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

BODY_TIME_S = 60.0
DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_TIME_S = 5.0


class GoneError(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        TooLargeError: longer than `limit`; the rest was drained, so that the client can read the answer.
        RequestError: compressed, or not complete in time.
        GoneError: the client left.
    """
    declared = header(scope, b"content-length")
    if header(scope, b"content-encoding") not in (b"", b"identity"):
        raise RequestError("send the body without Content-Encoding", code="unsupported_encoding")
    if declared.isdigit() and int(declared) > limit:
        await _drain(receive)
        raise TooLargeError(f"the body may have {limit} bytes; {int(declared)} came")
    connection = scope.get("ambos.connection")
    if connection is not None and connection.has_whole_body:  # nearly always: a timer would cost more than the reading
        return await _collect(receive, limit)
    try:
        async with asyncio.timeout(BODY_TIME_S):
            return await _collect(receive, limit)
    except TimeoutError:
        raise RequestError("the body did not come in 60 s", code="request_timeout") from None


async def _collect(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body") and len(message["body"]) <= limit:
        return bytes(message["body"])
    body = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise GoneError
        body += message.get("body", b"")
        if len(body) > limit:
            await _drain(receive)
            raise TooLargeError(f"the body may have {limit} bytes; more came")
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()


async def _drain(receive: Receive) -> None:
    """Read and forget, within bounds: a client that is still sending would see a reset instead of the answer."""
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_TIME_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b"")) or 1
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def header(scope: Scope, name: bytes) -> bytes:
    """The first header of this name, b"" when there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


async def send_json(send: Send, status: int, body: bytes, headers: Headers = ()) -> None:
    """One whole JSON answer."""
    all_headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": body})


async def send_error(send: Send, error: AmbosError, request_id: str) -> None:
    """An error in OpenAI's form, with what the headers must still say."""
    headers = [(b"x-request-id", request_id.encode()), *ambos_headers(route="none", error=error)]
    status = status_of(error)
    if status in (401, 403):
        headers.append((b"x-should-retry", b"false"))
    if (wait := getattr(error, "retry_after_s", None)) is not None and status in (429, 503):
        headers.append((b"retry-after", b"%d" % max(1, round(wait))))
    await send_json(send, status, error_body(error, request_id), headers)


def ambos_headers(*, route: str, error: AmbosError | None = None, **more: str) -> list[tuple[bytes, bytes]]:
    """`x-ambos-...`, without the empty ones."""
    values: Mapping[str, str] = {"route": route, **more}
    if error is not None:
        values = {**values, "level": error.level, "policy": error.policy, "audit-id": error.audit_id}
    return [(b"x-ambos-" + key.replace("_", "-").encode(), value.encode()) for key, value in values.items() if value]
