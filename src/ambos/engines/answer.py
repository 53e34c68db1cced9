"""Reads llama.cpp's event stream into deltas. Its error texts repeat pieces of requests: never passed on."""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.engines.prompt import Prepared, bad_schema
from ambos.errors import AmbosError, EngineError, RequestError
from ambos.messages import Batch, Delta, Finished, Text, ToolCall, Usage

_MAX_EVENT_BYTES: Final = 1 << 20
_REASONS: Final = frozenset({"stop", "length", "tool_calls", "content_filter"})


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
            event = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise EngineError("the engine sent an event that is not JSON") from error
        if not isinstance(event, dict) or "error" in event:
            raise EngineError("the engine reported an error in its answer")
        return _deltas(event)


def _deltas(event: dict[str, Any]) -> list[Delta]:
    found: list[Delta] = []
    for choice in event.get("choices") or ():
        index = choice.get("index", 0)
        delta = choice.get("delta") or {}
        for key, channel in (("reasoning_content", "reasoning"), ("content", "content")):
            if delta.get(key):
                found.append(Text(delta[key], index, channel))
        found += [_tool_call(call, index) for call in delta.get("tool_calls") or ()]
        reason = choice.get("finish_reason")
        if reason:
            found.append(Finished(reason if reason in _REASONS else "stop", index))
    usage = event.get("usage")
    if usage:
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        found.append(Usage(usage["prompt_tokens"], usage["completion_tokens"], cached))
    return found


def _tool_call(call: dict[str, Any], index: int) -> ToolCall:
    function = call.get("function") or {}
    return ToolCall(
        call=call.get("index", 0),
        id=call.get("id") or "",
        name=function.get("name") or "",
        arguments=function.get("arguments") or "",
        index=index,
    )


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
