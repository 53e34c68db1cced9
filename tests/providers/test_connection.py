"""The connection of the hot path over a real socket: answers cut anywhere, hostile bytes, and what is kept for the next."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ambos.egress import Connection

HEAD = b"POST /v1/x HTTP/1.1\r\nHost: x\r\n"
ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nX-One: a\r\n\r\nhola \xc3\xb1 \n",
    "chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhola\r\n5;x=y\r\n \xc3\xb1 \n\r\n0\r\nx-t: 1\r\n\r\n",
    "end": b"HTTP/1.1 200 OK\r\n\r\nhola \xc3\xb1 \n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhola \xc3\xb1 \n",
}


@asynccontextmanager
async def line() -> AsyncIterator[tuple[Connection, socket.socket]]:
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    transport, made = await asyncio.get_running_loop().create_connection(Connection, sock=near)
    try:
        yield made, far
    finally:
        transport.abort()
        far.close()


async def said(far: socket.socket, pieces: Sequence[bytes]) -> None:
    """Say them once the request has come."""
    await asyncio.get_running_loop().sock_recv(far, 1000)
    for piece in pieces:
        await asyncio.get_running_loop().sock_sendall(far, piece)
        await asyncio.sleep(0)


async def whole(connection: Connection) -> bytes:
    parts = []
    while part := await connection.read():
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("form", ANSWERS)
@given(cuts=some.lists(some.integers(0, 120), max_size=5))
@settings(max_examples=25, deadline=None)
def test_an_answer_is_the_same_however_it_is_cut(form: str, cuts: list[int]) -> None:
    async def run() -> None:
        answer = ANSWERS[form]
        edges = [0, *sorted(cuts), len(answer)]
        async with line() as (connection, far):
            telling = asyncio.ensure_future(said(far, [answer[a:b] for a, b in pairwise(edges)]))
            await connection.ask(HEAD, b"{}", wait_s=5)
            await telling
            if form == "end":
                far.close()
            assert connection.status == 200
            assert await whole(connection) == b"hola \xc3\xb1 \n"
            assert connection.is_over
            assert connection.is_kept is (form != "end")

    asyncio.run(run())


@given(answer=some.binary(max_size=300) | some.binary(max_size=60).map(lambda junk: b"HTTP/1.1 200 OK\r\n" + junk))
@settings(max_examples=150, deadline=None)
def test_hostile_bytes_end_as_an_error_of_the_connection_or_as_an_answer(answer: bytes) -> None:
    async def run() -> None:
        async with line() as (connection, far):
            telling = asyncio.ensure_future(said(far, [answer[:7], answer[7:]]))
            telling.add_done_callback(lambda _: far.close())
            try:
                await connection.ask(HEAD, b"", wait_s=2)
                await whole(connection)
            except ConnectionError:
                assert not connection.is_kept
            await telling

    asyncio.run(run())


async def test_a_second_request_goes_out_whole_and_gets_its_own_answer() -> None:
    async with line() as (connection, far):
        for number in (b"1", b"2"):
            asking = asyncio.ensure_future(connection.ask(HEAD, b"{%b}" % number, wait_s=5))
            sent = await asyncio.get_running_loop().sock_recv(far, 1000)
            assert sent == HEAD + b"Content-Length: 3\r\n\r\n{%b}" % number
            far.send(b"HTTP/1.1 20%b OK\r\ncontent-length: 1\r\n\r\n%b" % (number, number))
            await asking
            assert (connection.status, await whole(connection)) == (200 + int(number), number)


@pytest.mark.parametrize("late", [b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", b"x"])
async def test_what_nobody_asked_for_ends_the_connection(late: bytes) -> None:
    async with line() as (connection, far):
        await asyncio.gather(said(far, [ANSWERS["length"]]), connection.ask(HEAD, b"{}", wait_s=5))
        await whole(connection)
        was_kept = connection.is_kept
        far.send(late)
        await asyncio.sleep(0.05)
        assert (was_kept, connection.is_kept) == (True, False)

    async with line() as (connection, far):
        await asyncio.gather(said(far, [ANSWERS["length"] + late]), connection.ask(HEAD, b"{}", wait_s=5))
        assert await whole(connection) == b"hola \xc3\xb1 \n"
        assert not connection.is_kept


@pytest.mark.parametrize("size", [17_000, 200_000])
async def test_an_endless_head_and_endless_trailers_are_refused(size: int) -> None:
    async with line() as (connection, far):
        telling = asyncio.ensure_future(said(far, [b"HTTP/1.1 200 OK\r\nx: " + b"y" * size]))
        with pytest.raises(ConnectionError):
            await connection.ask(HEAD, b"", wait_s=5)
        telling.cancel()
    async with line() as (connection, far):
        trailers = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * (size // 5)
        telling = asyncio.ensure_future(said(far, [trailers]))
        await connection.ask(HEAD, b"", wait_s=5)
        with pytest.raises(ConnectionError):
            await whole(connection)
        telling.cancel()


async def test_time_runs_only_while_somebody_waits() -> None:
    async with line() as (connection, far):
        half = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhola"
        await asyncio.gather(said(far, [half]), connection.ask(HEAD, b"", wait_s=0.2))
        await asyncio.sleep(0.4)
        assert await connection.read() == b"hola"
        asyncio.get_running_loop().call_later(0.1, far.send, b"hola")
        assert await connection.read() == b"hola"
        assert await connection.read() == b""
    async with line() as (connection, far):
        half = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhola"
        await asyncio.gather(said(far, [half]), connection.ask(HEAD, b"", wait_s=30))
        await connection.read()
        connection.wait_at_most(0.1)
        with pytest.raises(TimeoutError):
            await connection.read()
