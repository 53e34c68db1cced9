"""Reads llama.cpp's event stream into deltas. Its error texts repeat pieces of requests: never passed on."""

from __future__ import annotations

from typing import Final

import msgspec
import orjson

from ambos.engines.prompt import Prepared, bad_schema
from ambos.errors import AmbosError, EngineError, RequestError
from ambos.messages import Batch, Delta, Finished, Text, ToolCall, Usage

_MAX_EVENT_BYTES: Final = 1 << 20
_REASONS: Final = frozenset({"stop", "length", "tool_calls", "content_filter"})


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Said | None = None
    finish_reason: str | None = None


class _Details(msgspec.Struct):
    cached_tokens: int = 0


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Details | None = None


class _Event(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: msgspec.Raw | None = None


class AnswerReader:
    """`feed(bytes) -> Batch` for each read, `close()` at the end of the connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_done = False

    def feed(self, data: bytes) -> Batch:
        """The deltas that are complete with `data`.

        Raises:
            EngineError: an error event, or something that is no event stream.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MAX_EVENT_BYTES:
            raise EngineError("the engine sent an event without end")
        return tuple(delta for line in lines for delta in self._line(line.rstrip(b"\r")))

    def close(self) -> None:
        """Raises:
        EngineError: the connection ended before the answer did.
        """
        if not self._is_done:
            raise EngineError("the engine stopped in the middle of its answer")

    def _line(self, line: bytes) -> list[Delta]:
        if not line.startswith(b"data:"):
            if line.startswith(b"error:"):
                raise EngineError("the engine reported an error in its answer")
            return []  # blank lines and comments (keep-alive)
        payload = line[5:].strip()
        if payload == b"[DONE]":
            self._is_done = True
            return []
        try:
            event = msgspec.json.decode(payload, type=_Event)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise EngineError("the engine sent an event that cannot be read") from error
        if event.error is not None:
            raise EngineError("the engine reported an error in its answer")
        return _deltas(event)


def _deltas(event: _Event) -> list[Delta]:
    found: list[Delta] = []
    for choice in event.choices or ():
        said = choice.delta or _Said()
        if said.reasoning_content:
            found.append(Text(said.reasoning_content, choice.index, "reasoning"))
        if said.content:
            found.append(Text(said.content, choice.index))
        found += [_tool_call(call, choice.index) for call in said.tool_calls or ()]
        if choice.finish_reason:
            found.append(Finished(choice.finish_reason if choice.finish_reason in _REASONS else "stop", choice.index))
    if event.usage is not None:
        details = event.usage.prompt_tokens_details or _Details()
        found.append(Usage(event.usage.prompt_tokens, event.usage.completion_tokens, details.cached_tokens))
    return found


def _tool_call(call: _Call, index: int) -> ToolCall:
    function = call.function or _Function()
    name, arguments = function.name or "", function.arguments or ""
    return ToolCall(call=call.index, id=call.id or "", name=name, arguments=arguments, index=index)


def too_long(max_prompt_tokens: int) -> RequestError:
    """The prompt passes its bound."""
    return RequestError(
        f"the conversation is too long for the model at home: it reads at most {max_prompt_tokens} tokens",
        param="messages",
        code="context_length_exceeded",
    )


def explain_refusal(status: int, body: bytes, request: Prepared, max_prompt_tokens: int) -> AmbosError:
    """Our error for an answer of llama.cpp that is not 200."""
    try:
        kind = orjson.loads(body)["error"]["type"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        kind = ""
    if status == 400 and kind == "exceed_context_size_error":
        return too_long(max_prompt_tokens)
    if status == 400 and "response_format" in request.body:
        return bad_schema()
    if status == 400:
        return RequestError("the model at home cannot take this request: check the types of its fields")
    if status == 503:
        return EngineError("the engine is still loading its model; try again in a moment")
    return EngineError(f"the engine refused the request (status {status})")
