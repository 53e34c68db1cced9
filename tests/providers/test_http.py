from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import Any

import orjson
import pytest
from tests.providers.hostile import KEY, SSE, dispatch, event, said_by, saying, silence, upstream, whole

from ambos.egress import Egress
from ambos.errors import (
    DispatchError,
    EgressError,
    OverloadedError,
    RequestError,
    UpstreamError,
    UpstreamTimeoutError,
)
from ambos.messages import Finished, Text, Usage, Zone
from ambos.providers import HttpProvider, is_retryable

DONE = b"data: [DONE]\n\n"
ANSWER = orjson.dumps(
    {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hola"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
)


async def failing(act: Any, **changes: Any) -> UpstreamError:
    async with upstream(act, **changes) as (_, provider):
        with pytest.raises(UpstreamError) as caught:
            await asyncio.wait_for(said_by(provider), 10)
    assert KEY not in repr(caught.value)
    assert "leak" not in repr(caught.value)
    return caught.value


# --- answers -----------------------------------------------------------------------------------------------------------


async def test_a_stream_is_one_batch_for_each_read() -> None:
    pieces = (SSE, event("Hola"), event(" qué") + event(" tal"), event(finish="stop") + DONE)
    async with upstream(saying(*pieces, pause_s=0.05)) as (fake, provider):
        batches = await said_by(provider)
    assert batches == [(Text("Hola"),), (Text(" qué"), Text(" tal")), (Finished("stop"),)]
    assert len(fake.requests) == 1


async def test_a_whole_answer_is_told_by_its_content_type() -> None:
    async with upstream(saying(whole(b"200 OK", ANSWER))) as (_, provider):
        assert await said_by(provider) == [(Text("hola"), Finished("stop"), Usage(3, 1))]


async def test_the_request_holds_the_dispatched_bytes_and_a_fixed_set_of_headers() -> None:
    async with upstream(saying(whole(b"200 OK", ANSWER))) as (fake, provider):
        await said_by(provider)
    head, _, body = fake.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"model":"big-1"}'
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /v1/chat/completions HTTP/1.1"
    assert {line.partition(b":")[0].lower() for line in lines[1:]} == {
        b"host",
        b"content-type",
        b"content-length",
        b"accept",
        b"accept-encoding",
        b"user-agent",
        b"authorization",
    }
    assert b"Authorization: Bearer sk-very-secret" in lines


async def test_anthropic_and_azure_get_their_key_in_their_header() -> None:
    said = orjson.dumps({"content": [{"type": "text", "text": "hola"}], "stop_reason": "end_turn", "usage": {}})
    async with upstream(saying(whole(b"200 OK", said)), kind="anthropic") as (fake, provider):
        assert await said_by(provider) == [(Text("hola"), Finished("stop"), Usage(0, 0))]
    assert fake.requests[0].startswith(b"POST /v1/messages HTTP/1.1\r\n")
    assert b"x-api-key: sk-very-secret\r\n" in fake.requests[0]
    assert b"anthropic-version: 2023-06-01\r\n" in fake.requests[0]
    assert b"uthorization" not in fake.requests[0]


async def test_a_dispatch_is_used_once_and_by_its_own_provider() -> None:
    async with upstream(saying(whole(b"200 OK", ANSWER), then_close=False)) as (fake, provider):
        used = dispatch()
        assert [batch async for batch in provider.stream(used)]
        for refused in (used, dispatch(provider="other"), dispatch(zone=Zone.INSIDE)):
            with pytest.raises(DispatchError):
                await anext(provider.stream(refused))
        assert len(fake.requests) == 1


async def test_a_connection_is_used_again_after_a_whole_stream() -> None:
    chunked = SSE.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n")
    body = event("a") + event(finish="stop") + DONE
    answer = chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    async with upstream(saying(answer, then_close=False)) as (fake, provider):
        for _ in range(3):
            assert await said_by(provider) == [(Text("a"), Finished("stop"))]
        assert fake.connections == 1


# --- closing, and not reading -------------------------------------------------------------------------------------------


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(SSE)
    while True:
        writer.write(event("x" * 1_000))
        await writer.drain()


async def test_closing_the_iterator_closes_the_connection_at_once() -> None:
    async with upstream(endless) as (fake, provider):
        stream = provider.stream(dispatch())
        await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(fake.gone.wait(), 1)


async def test_a_cancelled_consumer_closes_the_connection_at_once() -> None:
    async with upstream(saying(SSE, event("a"), then_close=False), idle_s=30.0) as (fake, provider):
        task = asyncio.create_task(said_by(provider))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(fake.gone.wait(), 1)


async def test_nothing_is_read_while_the_consumer_does_not_pull() -> None:
    sent = 0

    async def act(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        writer.write(SSE)
        while True:
            piece = event("x" * 10_000)
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async with upstream(act, idle_s=0.1) as (_, provider):
        stream = provider.stream(dispatch())
        await anext(stream)
        await asyncio.sleep(0.3)
        stalled = sent
        await asyncio.sleep(0.3)  # longer than the idle time: a slow consumer is no idle provider
        assert sent == stalled
        assert stalled < 8_000_000  # buffers of both sockets and ours, not the whole world
        for _ in range(20):
            assert await anext(stream)
        await stream.aclose()


# --- an upstream that fails ----------------------------------------------------------------------------------------------


async def test_nobody_listens() -> None:
    async with upstream(silence) as (fake, _):
        port = fake.port
    settings = fake.settings(base_url=f"http://127.0.0.1:{port}/v1")
    egress = Egress([settings.destination()])
    try:
        with pytest.raises(UpstreamError) as caught:
            await said_by(HttpProvider(settings, egress))
    finally:
        await egress.close()
    assert caught.value.reason == "connect"
    assert is_retryable(caught.value)
    assert "127.0.0.1" not in str(caught.value)


async def test_connecting_takes_too_long() -> None:
    # A listener whose queue is full answers no further connection.
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(full.getsockname())
        fillers.append(filler)
    async with upstream(silence, connect_s=0.3) as (fake, _):
        settings = fake.settings(base_url=f"http://127.0.0.1:{full.getsockname()[1]}/v1", connect_s=0.3)
        egress = Egress([settings.destination()])
        started = time.monotonic()
        try:
            with pytest.raises(UpstreamTimeoutError):
                await said_by(HttpProvider(settings, egress))
        finally:
            await egress.close()
            for one in (full, *fillers):
                one.close()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("act", [silence, saying(SSE, then_close=False), saying(b"HTTP/1.1 200", then_close=False)])
async def test_no_first_byte(act: Any) -> None:
    error = await failing(act)
    assert isinstance(error, UpstreamTimeoutError)
    assert error.code == "upstream_timeout"
    assert is_retryable(error)


async def test_a_slow_first_byte_is_no_failure_within_its_time() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(SSE)
        await asyncio.sleep(0.3)  # longer than the idle time, shorter than the first byte's
        writer.write(event("a") + event(finish="stop") + DONE)
        await writer.drain()
        writer.close()

    async with upstream(act) as (_, provider):
        assert await said_by(provider) == [(Text("a"), Finished("stop"))]


async def test_silence_in_the_middle() -> None:
    error = await failing(saying(SSE, event("a"), then_close=False))
    assert isinstance(error, UpstreamTimeoutError)


async def test_keep_alive_comments_are_signs_of_life_but_not_for_ever() -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(SSE)
        while True:
            writer.write(b": ping\n\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    started = time.monotonic()
    error = await failing(act, total_s=0.6)
    assert isinstance(error, UpstreamTimeoutError)
    assert 0.5 < time.monotonic() - started < 2


async def test_a_missing_mark_of_the_end_is_no_failure() -> None:
    acts = (
        saying(SSE, event("a"), event(finish="stop")),
        saying(SSE, event("a"), event(finish="stop"), then_close=False),
        saying(SSE, event("a"), event(finish="stop").rstrip(b"\n") + b"\n"),
    )
    for act in acts:
        async with upstream(act) as (_, provider):
            batches = await asyncio.wait_for(said_by(provider), 5)
        assert [delta for batch in batches for delta in batch] == [Text("a"), Finished("stop")]


@pytest.mark.parametrize(
    ("head", "reason", "retryable"),
    [
        (b"400 Bad Request", "refused", False),
        (b"401 Unauthorized", "credentials", False),
        (b"402 Payment Required", "quota", False),
        (b"403 Forbidden", "credentials", False),
        (b"404 Not Found", "model", False),
        (b"408 Request Timeout", "timeout", True),
        (b"422 Unprocessable", "refused", False),
        (b"429 Too Many Requests", "rate_limited", True),
        (b"500 Internal Server Error", "unavailable", True),
        (b"503 Service Unavailable", "unavailable", True),
        (b"529 Overloaded", "unavailable", True),
        (b"204 No Content", "malformed", False),
        (b"302 Found\r\nlocation: http://169.254.169.254/", "redirect", False),
        (b"307 Temporary\r\nlocation: /v1/other", "redirect", False),
        (b"308 Permanent\r\nlocation: /v1/other", "redirect", False),
    ],
)
async def test_a_status_becomes_a_reason_and_its_words_are_lost(head: bytes, reason: str, retryable: bool) -> None:
    body = b'{"error":{"message":"leak: Bearer sk-very-secret","type":"leak"}}'
    error = await failing(saying(whole(head, b"" if head.startswith(b"204") else body)))
    assert (error.reason, is_retryable(error)) == (reason, retryable)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [(b"Retry-After: 7", 7.0), (b"retry-after-ms: 250", 0.25), (b"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None),
     (b"Retry-After: -1", None), (b"Retry-After: 99999999999", 86_400.0), (b"x: y", None)],
)  # fmt: skip
async def test_the_wait_that_a_provider_asks_for_is_kept(header: bytes, wait_s: float | None) -> None:
    error = await failing(saying(whole(b"429 Too Many Requests", b"leak", header)))
    assert error.retry_after_s == wait_s


async def test_a_code_of_the_closed_table_is_read_from_an_error() -> None:
    error = await failing(saying(whole(b"429 Too Many", b'{"error":{"code":"insufficient_quota","message":"leak"}}')))
    assert (error.reason, is_retryable(error)) == ("quota", False)
    body = b'{"error":{"code":"context_length_exceeded","message":"leak"}}'
    async with upstream(saying(whole(b"400 Bad Request", body))) as (_, provider):
        with pytest.raises(RequestError) as caught:
            await said_by(provider)
    assert caught.value.code == "context_length_exceeded"
    assert "leak" not in str(caught.value)


async def test_an_error_whose_body_never_comes_is_still_an_error() -> None:
    act = saying(b"HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\n", then_close=False)
    assert (await failing(act, first_byte_s=0.2)).reason == "unavailable"


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ((SSE, event("a")), "truncated"),
        ((SSE,), "truncated"),
        ((SSE, event("a"), DONE), "truncated"),
        ((SSE, event("a"), b'data: {"choices":[{"ind'), "truncated"),
        ((SSE, event("ñ").split("ñ".encode())[0] + b"\xc3"), "truncated"),
        ((SSE, event("ñ").replace("ñ".encode(), b"\xc3")), "malformed"),
        ((SSE, b"data: {]\n\n"), "malformed"),
        ((SSE, b"data: [1]\n\n"), "malformed"),
        ((SSE, b'data: {"error":{"message":"leak"}}\n\n'), "failed"),
        ((SSE, b'data: {"error":{"message":"leak","type":"overloaded_error"}}\n\n'), "unavailable"),
        ((SSE, b"data: " + b"x" * (5 << 20)), "too_large"),
        ((SSE.replace(b"\r\n\r\n", b"\r\ncontent-length: 1000\r\n\r\n"), event("a")), "truncated"),
        ((whole(b"200 OK", b"<html>leak</html>"),), "malformed"),
        ((whole(b"200 OK", b'{"error":{"message":"leak"}}'),), "failed"),
        ((whole(b"200 OK", ANSWER)[:-5],), "truncated"),
        ((b"garbage\r\n\r\n",), "connect"),
        ((b"\x16\x03\x01\x02\x00",), "connect"),
        ((b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",), "connect"),
        ((b"",), "connect"),
    ],
)
async def test_what_is_not_an_answer_has_its_reason(pieces: tuple[bytes, ...], reason: str) -> None:
    assert (await failing(saying(*pieces))).reason == reason


async def test_a_cut_character_is_whole_again() -> None:
    text = event("ñ\U0001f600")
    pieces = [text[n : n + 1] for n in range(len(text))]
    async with upstream(saying(SSE, *pieces, event(finish="stop") + DONE)) as (_, provider):
        assert [delta for batch in await said_by(provider) for delta in batch] == [
            Text("ñ\U0001f600"),
            Finished("stop"),
        ]


async def test_an_endless_whole_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ambos.providers.http.MAX_WHOLE_BYTES", 1_000_000)

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    assert (await failing(act)).reason == "too_large"


# --- turns and addresses ---------------------------------------------------------------------------------------------------


async def test_calls_beyond_the_limit_wait_and_those_beyond_the_queue_are_refused() -> None:
    async with upstream(saying(SSE, event("a"), then_close=False), max_concurrent=1, idle_s=30.0) as (fake, provider):
        first = provider.stream(dispatch())
        assert await anext(first) == (Text("a"),)
        second = asyncio.create_task(anext(provider.stream(dispatch())))
        await asyncio.sleep(0.05)
        assert len(fake.requests) == 1
        with pytest.raises(OverloadedError):
            await anext(provider.stream(dispatch()))
        await first.aclose()
        assert await asyncio.wait_for(second, 2) == (Text("a"),)


async def test_an_outside_provider_at_home_is_refused_without_permission() -> None:
    async with upstream(silence, allow_private_addresses=False) as (fake, provider):
        with pytest.raises(EgressError, match="allow_private_addresses") as caught:
            await said_by(provider)
        assert fake.connections == 0
        assert not is_retryable(caught.value)
