"""What the connection bounds beyond uvicorn: the time and the size of headers, on a new and on a kept connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import uvicorn

from ambos.web import protocol
from ambos.web.protocol import MAX_HEADER_BYTES, BoundedProtocol

WHOLE = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}"
PART = b"POST / HTTP/1.1\r\nhost: loc"


async def app(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    message = await receive()
    said = b"whole" if scope["ambos.connection"].has_whole_body else b"part"
    while message.get("more_body"):
        message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


@pytest_asyncio.fixture
async def address(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    monkeypatch.setattr(protocol, "HEADER_TIME_S", 0.3)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=BoundedProtocol, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()
    server.should_exit = True
    await serving


async def said(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


async def test_headers_that_take_too_long_get_408(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(PART)
    assert (await said(reader)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_so_do_those_of_a_second_request(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(WHOLE)
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(5) == b"whole"
    writer.write(PART)
    assert (await said(reader)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_silence_is_cut_without_an_answer(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    assert await said(reader) == b""
    writer.close()


async def test_a_body_that_is_late_is_waited_for(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(WHOLE[:-1])
    await asyncio.sleep(0.5)  # longer than headers may take
    writer.write(WHOLE[-1:])
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(4) == b"part"
    writer.close()


async def test_headers_in_many_reads_are_counted_together(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(PART + b"alhost\r\n")
    for _ in range(MAX_HEADER_BYTES // 1000 + 1):
        writer.write(b"x-more: " + b"a" * 1000 + b"\r\n")
        await writer.drain()
    assert (await said(reader)).startswith(b"HTTP/1.1 431 ")
    writer.close()
