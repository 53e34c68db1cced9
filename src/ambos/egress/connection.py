"""One HTTP/1.1 connection of the hot path: a request out, its answer back as it comes (RFC 9112).

The parser is llhttp, as in the client library that carries everything else; what that library does around it was a sixth of
the event loop's time of a small request (ADR 13). No redirect, no cookie, no compression, no retry: an answer is given as
it is. Nothing is read while the consumer does not pull.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

import httptools

READ_BYTES: Final = 64 * 1024  # beyond twice this nothing is read until the consumer pulls
MAX_HEAD_BYTES: Final = 16 * 1024  # of an answer, trailers included


class Connection(asyncio.Protocol):
    """Asked once at a time: `ask`, then `read` until it gives nothing, then `close`.

    Attributes:
        status, headers: of the answer; names in lower case, of a name that comes twice the first.
        is_over: the answer has come to its end, or nothing more of it will come.
        is_kept: another request may be sent.
        kept_at: monotonic time since which it waits for one.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self.is_over, self.is_kept, self.kept_at = True, False, 0.0

    async def ask(self, head: bytes, body: bytes, *, wait_s: float) -> None:
        """Send a request; come back when the head of its answer is there.

        Args:
            head: request line and headers, each with its line end; the body's length and the empty line are added.
            wait_s: longest wait for the head, and then between two reads until `wait_at_most`.

        Raises:
            TimeoutError: it took longer.
            ConnectionError: the connection ended, or what came is no answer.
        """
        self._parser = httptools.HttpResponseParser(self)
        self.status, self.headers = 0, dict[str, str]()
        self._pieces: list[bytes] = []
        self._size = self._head_bytes = 0
        self._is_interim = self._has_head = self._is_paused = False
        self._error: ConnectionError | None = None
        self.is_over = self.is_kept = False
        self._wait_s = wait_s
        self._transport.write(
            b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        )  # each write is a system call
        while not self._has_head:
            if self._error is not None:
                raise self._error
            await self._wait()

    async def read(self) -> bytes:
        """What has come of the body since the last read; empty at its end.

        Raises:
            TimeoutError: nothing came in time. The time runs only while somebody waits here.
            ConnectionError: the body broke off.
        """
        if not self._pieces and not self.is_over:
            await self._wait()
        pieces = self._pieces
        if not pieces:
            if self._error is not None:
                raise self._error
            return b""
        self._pieces, self._size = [], 0
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def wait_at_most(self, seconds: float) -> None:
        """From now on, between two reads of this answer."""
        self._wait_s = seconds

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self.is_kept = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()

    # --- waiting: one timer for many waits, since nearly none of them comes to its end ---------------------------------

    async def _wait(self) -> None:
        self._due = self._loop.time() + self._wait_s
        if self._timer is None or self._timer.when() > self._due:
            self._arm()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._rang)

    def _rang(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._due:
            self._arm()
        else:
            self._waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what the transport tells ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's streams are none by inheritance

    def data_received(self, data: bytes) -> None:
        """Bytes of the answer; bytes that nobody asked for end the connection."""
        if self.is_over or self._parser is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
            if not self._has_head:
                self._count(len(data))
        except httptools.HttpParserError:
            self.close()
            if not self.is_over:
                self._error, self.is_over = ConnectionAbortedError("what came is no answer"), True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended; so has an answer whose end is the end of the connection (RFC 9112 section 6.3)."""
        self.close()
        if not self.is_over:
            is_whole = exc is None and self._has_head and self._lasts_until_the_end()
            self._error = None if is_whole else ConnectionResetError("the connection ended within the answer")
            self.is_over = True
            self._wake()

    def _lasts_until_the_end(self) -> bool:
        return "content-length" not in self.headers and "transfer-encoding" not in self.headers

    # --- what the parser tells ------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins; a second one was not asked for."""
        if self.is_over:
            raise ValueError

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer, which is forgotten."""
        self._count(len(name) + len(value) + 4)
        if not self._has_head:
            self.headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """The head is whole; one of `100 Continue` and its like is followed by another."""
        self.status = cast("httptools.HttpResponseParser", self._parser).get_status_code()
        self._is_interim = 100 <= self.status < 200
        if self._is_interim:
            self.headers.clear()
        else:
            self._has_head, self._head_bytes = True, 0

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(body)
        self._size += len(body)
        if self._size > 2 * READ_BYTES and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if not self._is_interim:
            self.is_over = True
            self.is_kept = cast("httptools.HttpResponseParser", self._parser).should_keep_alive()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("the head is too long")
