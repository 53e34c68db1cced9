"""An upstream for the benchmarks: answers at once, streams 100 events, paces them ("paced") or never ends ("endless").

python benchmarks/upstream.py PORT
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

EVENTS = 100


def _chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "bench-model", "choices": [choice]}
    return b"data: " + json.dumps(event).encode() + b"\n\n"


_LAST = (
    b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"bench-model","choices":[{"index":0,"delta":{},'
    b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_STREAM = b"".join(_chunk(f"word{number} ") for number in range(EVENTS)) + _LAST
_WHOLE = json.dumps(
    {
        "id": "x", "object": "chat.completion", "created": 1, "model": "bench-model",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "The gateway forwards. " * 20}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 200, "completion_tokens": 80, "total_tokens": 280},
    }
).encode()  # fmt: skip


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"GET"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                continue
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            if b'"stream":true' not in body.replace(b" ", b""):
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_WHOLE)
                    + _WHOLE
                )
            elif b'"paced"' in body:
                await _paced(writer)
            elif b'"endless"' in body:
                await _endless(writer)
            else:
                writer.write(_HEAD + _framed(_STREAM) + b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _paced(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)
    for _ in range(400):
        writer.write(_framed(_chunk(f"t={time.time()}")))
        await writer.drain()
        await asyncio.sleep(0.01)
    writer.write(_framed(_LAST) + b"0\r\n\r\n")


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)
    piece = _framed(_chunk("x" * 2000))
    while True:
        writer.write(piece)
        await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
