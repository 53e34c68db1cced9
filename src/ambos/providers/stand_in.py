"""A stand-in for an outside provider: speaks the OpenAI protocol on a Unix socket and says what it received.

    python -m ambos.providers.stand_in --socket PATH

With no account and no network the user sees what would leave and that the answer comes back restored. It is a process
of its own, so that what it gets really went out of the gateway; it names itself in every answer and keeps nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

MAX_BYTES: Final = 16 * 1024 * 1024
_SPANISH: Final = frozenset(
    ("el", "la", "los", "las", "de", "que", "y", "en", "un", "una", "es", "por", "con", "para", "mi", "su", "qué")
)
_SAID: Final = {
    "en": "[stand-in provider: this is no model] I received:\n",
    "es": "[sustituto de un proveedor: esto no es un modelo] He recibido:\n",
}


def main() -> None:
    """Serve until the parent is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    arguments = parser.parse_args()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    os.umask(0o177)
    arguments.socket.unlink(missing_ok=True)
    asyncio.run(serve(arguments.socket))


async def serve(path: Path) -> None:
    """Answer on a Unix socket; READY on standard output once it listens."""
    server = await asyncio.start_unix_server(_connection, path=path, limit=MAX_BYTES)
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, server.close)
    loop.add_reader(sys.stdin.fileno(), _watch_parent, loop, server)
    await server.wait_closed()


def _watch_parent(loop: asyncio.AbstractEventLoop, server: asyncio.Server) -> None:
    if not os.read(sys.stdin.fileno(), 65536):
        loop.remove_reader(sys.stdin.fileno())
        server.close()


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            request = orjson.loads(await reader.readexactly(min(length, MAX_BYTES)))
            for piece in _answer(request):
                writer.write(piece)
                await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        pass  # a client that left or spoke something else: nothing to say to it
    finally:
        writer.close()


def _answer(request: dict[str, Any]) -> Iterator[bytes]:
    said = _said(request.get("messages", []))
    whole = {"id": "chatcmpl-stand-in", "created": 0, "model": "stand-in/echo"}
    count = len(said.split())
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": 2 * count}
    if not request.get("stream"):
        message = {"role": "assistant", "content": said}
        body = orjson.dumps(
            {
                **whole,
                "object": "chat.completion",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": usage,
            }
        )
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        return
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    for word in said.split(" "):
        yield _event({**whole, "choices": [{"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}]})
    yield _event({**whole, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _event({**whole, "choices": [], "usage": usage})
    yield b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


def _event(chunk: dict[str, Any]) -> bytes:
    data = b"data: " + orjson.dumps({"object": "chat.completion.chunk", **chunk}) + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def _said(messages: list[dict[str, Any]]) -> str:
    """What came in, message by message, after a line that says who is speaking."""
    texts = [(str(message.get("role", "?")), _text(message.get("content"))) for message in messages]
    last = texts[-1][1] if texts else ""
    words = set(last.lower().split())
    language = "es" if len(words & _SPANISH) >= 2 or "¿" in last else "en"
    heard = [text for role, text in texts if role not in ("system", "developer")] or [""]
    return _SAID[language] + "\n".join(heard[-1:])


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


if __name__ == "__main__":
    main()
