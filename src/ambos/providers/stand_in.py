"""A stand-in for an outside provider: speaks the OpenAI protocol on a Unix socket and says what it received.

    python -m ambos.providers.stand_in --socket PATH

With no account and no network the user sees what would leave and that the answer comes back restored. It is a process
of its own, so that what it gets really went out of the gateway; it names itself in every answer and keeps nothing.
It ends with its parent: by the parent-death signal on Linux, and everywhere when its standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

MODEL: Final = "stand-in/echo"
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
MAX_HEAD_BYTES: Final = 64 * 1024
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_SAID: Final = {"en": "[stand-in provider] I received: ", "es": "[proveedor sustituto] He recibido: "}
_NOTHING: Final = {"en": "nothing", "es": "nada"}
# Short words that one language has and the other has not, enough to answer in the language of a question.
_SPANISH: Final = frozenset(
    (
        "el",
        "la",
        "los",
        "las",
        "de",
        "que",
        "y",
        "en",
        "un",
        "una",
        "es",
        "por",
        "con",
        "para",
        "mi",
        "su",
        "del",
        "hola",
    )
)
_WORDS: Final = re.compile(r"\s*\S+|\s+")


def main() -> None:
    """Serve until the parent is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    path: Path = parser.parse_args().socket
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o177)
    path.unlink(missing_ok=True)
    asyncio.run(_serve(path))


async def _serve(path: Path) -> None:
    """Answer on a Unix socket; READY on standard output once it listens."""
    server = await asyncio.start_unix_server(_connection, path=path, limit=MAX_HEAD_BYTES)
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, gone.set)
    _watch_parent(loop, gone)
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    await gone.wait()
    server.close()


def _watch_parent(loop: asyncio.AbstractEventLoop, gone: asyncio.Event) -> None:
    def look() -> None:
        if not os.read(0, 65_536):
            loop.remove_reader(0)
            gone.set()

    try:
        loop.add_reader(0, look)
    except OSError:  # standard input is a file or /dev/null: nobody holds its other end
        return


async def _connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = _body_size(head)
            if size > MAX_BODY_BYTES:
                return
            for piece in _answer(head, await reader.readexactly(size)):
                writer.write(piece)
                await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return  # a client that left or spoke something else: nothing to say to it
    finally:
        writer.close()


def _body_size(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _answer(head: bytes, body: bytes) -> Iterator[bytes]:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if method == b"GET" and path.endswith(b"/models"):
        yield _whole(200, {"object": "list", "data": [_model()]})
    elif method == b"POST" and path.endswith(b"/chat/completions"):
        try:
            request = orjson.loads(body)
            said = _said(request["messages"])
        except (ValueError, KeyError, TypeError, AttributeError):
            yield _whole(400, _error("this is no chat request", "invalid_request_error"))
            return
        yield from _stream(said) if request.get("stream") else (_whole(200, _completion(said)),)
    else:
        yield _whole(404, _error("there is no such path", "unknown_url"))


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "stand-in"}


def _error(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def _whole(status: int, body: dict[str, Any]) -> bytes:
    data = orjson.dumps(body)
    words = {200: b"OK", 400: b"Bad Request", 404: b"Not Found"}[status]
    head = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, words, len(data)) + data


def _about(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-stand-in", "object": kind, "created": 0, "model": MODEL}


def _usage(said: str) -> dict[str, int]:
    count = len(said.split())
    return {"prompt_tokens": count, "completion_tokens": count, "total_tokens": 2 * count}


def _completion(said: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": said, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_about("chat.completion"), "choices": [choice], "usage": _usage(said)}


def _stream(said: str) -> Iterator[bytes]:
    """Word by word; the pieces joined are what was said."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    yield _event(_chunk({"role": "assistant", "content": ""}))
    for word in _WORDS.findall(said):
        yield _event(_chunk({"content": word}))
    yield _event(_chunk({}, "stop"))
    yield _event({**_about("chat.completion.chunk"), "choices": [], "usage": _usage(said)})
    yield b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_about("chat.completion.chunk"), "choices": [choice]}


def _event(chunk: dict[str, Any]) -> bytes:
    data = b"data: " + orjson.dumps(chunk) + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def _said(messages: list[dict[str, Any]]) -> str:
    """What the last message held, behind words that say who is speaking, in the language of that message."""
    heard = [_text(message.get("content")) for message in messages if message["role"] not in ("system", "developer")]
    last = heard[-1] if heard else ""
    words = re.findall(r"\w+", last.lower())
    is_spanish = "¿" in last or "¡" in last or 5 * sum(word in _SPANISH for word in words) > len(words)
    language = "es" if is_spanish else "en"
    return _SAID[language] + (last or _NOTHING[language])


def _text(content: Any) -> str:  # any JSON: content comes as text, as parts, or as nothing
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(str(part["text"]) for part in content if isinstance(part, dict) and "text" in part)
    return ""


if __name__ == "__main__":
    main()
