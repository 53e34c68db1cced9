"""The HTTP/1.1 connection: uvicorn's protocol with the bounds it lacks, and word of a client that has gone.

With httptools uvicorn bounds neither the size of headers nor the time they may take; this does, with 431 and 408.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_BYTES = 32 * 1024  # Node and nginx allow 16 to 32 kB
MAX_HEADERS = 128
HEADER_TIME_S = 10.0
WRITE_HIGH_WATER = 64 * 1024


class BoundedProtocol(HttpToolsProtocol):
    """One connection. In the scope of each request it stands as `scope["ambos.connection"]`.

    Attributes:
        on_gone: called once when the client closes while a request runs; `None` when nobody listens.
        peer_uid: user at the other end of a Unix socket; None on TCP.
    """

    on_gone: Callable[[], Any] | None = None
    peer_uid: int | None = None
    _header_bytes = 0  # as they came, before the parser has told of them
    _told_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _reading_headers = True

    @property
    def has_whole_body(self) -> bool:
        """The request under way has come to its end: reading its body waits for nothing."""
        return self.cycle is not None and not self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """A new connection: bound its buffers and wait for its headers."""
        super().connection_made(Joined(transport, self.loop))  # type: ignore[arg-type]  # what uvicorn uses of it
        transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        connection = transport.get_extra_info("socket")
        _bound_unsent(connection)
        self.peer_uid = _peer_uid(connection)
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: tell whoever serves a request on it."""
        self._stop_timer()
        super().connection_lost(exc)
        gone, self.on_gone = self.on_gone, None
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        """Count what comes before the end of the headers."""
        if self._reading_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if not self._reading_headers:
            return
        self._header_bytes = self._header_bytes or len(data)  # this read began a further request
        if self._timer is None:  # they go on in another read; most requests come in one and need no timer
            self._wait_for_headers()
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large", b"the headers pass 32 kB")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._reading_headers = True
        self._told_bytes = 0
        self.scope["ambos.connection"] = self  # type: ignore[typeddict-unknown-key]  # an ASGI extension of ours

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header more."""
        super().on_header(name, value)
        self._told_bytes += len(name) + len(value)
        if len(self.headers) > MAX_HEADERS:
            self._refuse(b"431 Request Header Fields Too Large", b"more than 128 headers")
        elif self._told_bytes > MAX_HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large", b"the headers pass 32 kB")

    def on_headers_complete(self) -> None:
        """The headers are within their bounds."""
        self._stop_timer()
        self._reading_headers = False
        self._header_bytes = 0
        if not self.transport.is_closing():
            super().on_headers_complete()

    def abort(self) -> None:
        """Close at once, whatever is still unsent."""
        self.transport.abort()

    def _wait_for_headers(self) -> None:
        self._timer = self.loop.call_later(HEADER_TIME_S, self._too_slow)

    def _too_slow(self) -> None:
        self._timer = None
        if self._reading_headers and self._header_bytes:
            self._refuse(b"408 Request Timeout", b"the headers took more than 10 s")
        elif self._reading_headers and not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes, words: bytes) -> None:
        if self.transport.is_closing():
            return
        body = b'{"error":{"message":"%s","type":"invalid_request_error","param":null,"code":"bad_request"}}' % words
        head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (status, len(body)) + body)
        self.transport.close()


class Joined:
    """A transport that sends the head of an answer with the beginning of its body: each write is a system call."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head = b""
        self.is_closing, self.get_extra_info = transport.is_closing, transport.get_extra_info
        self.pause_reading, self.resume_reading = transport.pause_reading, transport.resume_reading
        self.set_write_buffer_limits = transport.set_write_buffer_limits

    def write(self, data: bytes) -> None:
        """Send; a head waits for what is written in the same step of the loop."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def _flush(self) -> None:
        if self._head and not self._transport.is_closing():
            self._transport.write(self._head)
        self._head = b""

    def close(self) -> None:
        """Close when everything has left."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._head = b""
        self._transport.abort()


def _bound_unsent(connection: socket.socket | None) -> None:
    """The kernel takes 4 MB for a client that does not read: all of that would be pulled from the model, and kept as what
    was answered. What is under way to a client that reads is not bounded by it."""
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # Linux and macOS; Python names it from 3.12 on for macOS
    if connection is not None and lowat is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, lowat, WRITE_HIGH_WATER)


def _peer_uid(connection: socket.socket | None) -> int | None:
    """The user id of the process at the other end of a Unix socket."""
    if connection is None or connection.family != socket.AF_UNIX:
        return None
    if hasattr(socket, "SO_PEERCRED"):
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    # LOCAL_PEERCRED on macOS and the BSDs: struct xucred { u_int version; uid_t uid; ... }
    raw = connection.getsockopt(0, 1, 76)
    return int(struct.unpack_from("II", raw)[1])
