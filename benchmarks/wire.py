"""CPU time of the wire: reading a request, reading an upstream's stream and writing it to the client.

python benchmarks/wire.py

The last line pulls 100-event streams through `HttpProvider` over a loopback socket from a process of its own, so that
the client's CPU is counted and the upstream's is not. Batches there follow the socket, not the events.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import orjson

from ambos.egress import Egress
from ambos.messages import Batch, Level, Treatment, Zone
from ambos.ports import Attempt, Dispatch
from ambos.privacy import Outbound
from ambos.providers import HttpProvider, ProviderSettings
from ambos.wire import AnswerReader, ChatWriter, parse, read_chat, render

EVENTS = 100
STREAMS = 200
PROSE = "Estimado señor: le escribo para contarle que el envío llegó ayer, con dos días de retraso. "


def cpu_us(work: Callable[[], object], times: int) -> float:
    """Microseconds of CPU a call: the best of seven rounds, since other work only adds."""
    best = float("inf")
    for _ in range(7):
        started = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - started) / times)
    return best * 1e6


def request(size_bytes: int, turns: int) -> bytes:
    """A conversation of about `size_bytes`."""
    text = (PROSE * (size_bytes // turns // len(PROSE) + 1))[: size_bytes // turns]
    messages = [{"role": "assistant" if n % 2 else "user", "content": text} for n in range(turns)]
    return orjson.dumps({"model": "acme/big-1", "messages": messages, "stream": True, "temperature": 0.2})


def openai_events() -> list[bytes]:
    """A stream of 100 events with words, its end and its usage, as OpenAI sends it."""
    about = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "big-1"}
    words = [{"index": 0, "delta": {"content": f" palabra{n}"}, "finish_reason": None} for n in range(EVENTS)]
    chunks = [{**about, "choices": [word]} for word in words]
    chunks.append({**about, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({**about, "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": EVENTS}})
    return [b"data: " + orjson.dumps(chunk) + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"]


def anthropic_events() -> list[bytes]:
    """The same in Anthropic's form."""
    words = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f" palabra{n}"}}
        for n in range(EVENTS)
    ]
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 9}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *words,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": EVENTS}},
        {"type": "message_stop"},
    ]
    return [b"event: %s\ndata: %s\n\n" % (str(event["type"]).encode(), orjson.dumps(event)) for event in events]


def relay(dialect: str, reads: list[bytes]) -> bytes:
    """Read and write one stream; `reads` are the pieces as the socket gives them."""
    reader = AnswerReader(dialect)
    writer = ChatWriter(id="chatcmpl-r_1", model="acme/big-1", created=1, include_usage=True)
    out = [writer.batch(batch) for read in reads if (batch := reader.feed(read))]
    return b"".join([*out, writer.batch(reader.close()), writer.end()])


def written(batches: list[Batch]) -> bytes:
    """One stream, written."""
    writer = ChatWriter(id="chatcmpl-r_1", model="acme/big-1", created=1, include_usage=True)
    return b"".join([writer.batch(batch) for batch in batches]) + writer.end()


def serve(pipe: Connection) -> None:
    """An upstream that answers every request with the same stream."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in openai_events()) + b"0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + body
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])
    connection, _ = listener.accept()
    with connection:
        while connection.recv(65_536):
            connection.sendall(answer)


async def pull(port: int) -> float:
    """Microseconds of CPU of one stream through the provider."""
    settings = ProviderSettings(
        "acme", "openai", f"http://127.0.0.1:{port}/v1", Zone.OUTSIDE, ("big-1",), allow_private_addresses=True
    )
    egress = Egress([settings.destination()])
    provider = HttpProvider(settings, egress)
    made = Outbound(body=b"{}", treatment=Treatment.RAW, zone=Zone.OUTSIDE, level=Level.PUBLIC)
    attempt = Attempt(0, "acme/big-1", "acme", Zone.OUTSIDE)
    started = time.process_time()
    for _ in range(STREAMS):
        writer = ChatWriter(id="chatcmpl-r_1", model="acme/big-1", created=1, include_usage=True)
        async for batch in provider.stream(Dispatch(asked_id="r_1", attempt=attempt, outbound=made)):
            writer.batch(batch)
        writer.end()
    spent = time.process_time() - started
    await egress.close()
    return spent / STREAMS * 1e6


def main() -> None:
    for size, turns in ((1_000, 2), (10_000, 20), (100_000, 100)):
        body = request(size, turns)
        kilobytes = len(body) / 1_000
        parsed = cpu_us(lambda: parse(body), 300)  # noqa: B023
        tree = parse(body)
        read = cpu_us(lambda: read_chat(tree), 300)  # noqa: B023
        made = cpu_us(lambda: render("openai", tree, model="big-1", is_stream=True), 300)  # noqa: B023
        bare = cpu_us(lambda: orjson.loads(body), 300)  # noqa: B023
        print(
            f"request of {kilobytes:6.1f} kB, {turns:3d} messages: parse {parsed / kilobytes:4.1f} us a kB (bar 5; "
            f"orjson alone {bare / kilobytes:4.1f}), read {read:6.1f} us, render {made:6.1f} us"
        )
    for dialect, events in (("openai", openai_events()), ("anthropic", anthropic_events())):
        single = cpu_us(lambda: relay(dialect, events), 30)  # noqa: B023
        joined = [b"".join(events[n : n + 10]) for n in range(0, len(events), 10)]
        tens = cpu_us(lambda: relay(dialect, joined), 30)  # noqa: B023
        print(
            f"{dialect:9s} stream of 100 events, read and written: {single / 1e3:.2f} ms one a read, {tens / 1e3:.2f} ms ten a read"
        )
    reader = AnswerReader("openai")
    said = [batch for event in openai_events() if (batch := reader.feed(event))]
    print(f"writing those 100 events alone: {cpu_us(lambda: written(said), 100) / 1e3:.2f} ms (bar 0.3)")
    mine, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    child.start()
    print(
        f"through HttpProvider over loopback: {asyncio.run(pull(mine.recv())) / 1e3:.2f} ms a stream, request included"
    )
    child.join(5)


if __name__ == "__main__":
    main()
