"""What a provider says, read into deltas: OpenAI chat chunks and Anthropic Messages events, in streams and whole.

A machine per answer: `feed(bytes) -> Batch`, `close() -> Batch`. It accepts usage with or without choices, and keeps
nothing of what it does not know.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.errors import MalformedError, UpstreamError
from ambos.messages import Batch, Delta, Finished, Text, ToolCall, Usage
from ambos.wire.event_stream import EventStream

_DONE: Final = b"[DONE]"
_STOPS: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "pause_turn": "stop",
}


class AnswerReader:
    """Reads one streamed answer.

    Attributes:
        is_done: the provider said that it has finished; what follows is not read.
        is_complete: every choice that began has finished.
    """

    def __init__(self, dialect: str) -> None:
        self._events = EventStream()
        self._read = _AnthropicEvents().read if dialect == "anthropic" else _read_chunk
        self._finished = 0
        self.is_done = False

    @property
    def is_complete(self) -> bool:
        return self.is_done or self._finished > 0

    def feed(self, data: bytes) -> Batch:
        """The deltas of all events that `data` completes.

        Raises:
            UpstreamError: an error event, or something that is not the protocol.
        """
        return self._deltas(self._events.feed(data))

    def close(self) -> Batch:
        """The deltas of a last event without its empty line."""
        return self._deltas(self._events.close())

    def _deltas(self, payloads: list[bytes]) -> Batch:
        out: list[Delta] = []
        for payload in payloads:
            if payload.strip() == _DONE:
                self.is_done = True
                break
            deltas = self._read(_object(payload))
            out += deltas
            self._finished += sum(1 for delta in deltas if type(delta) is Finished)
        return tuple(out)


def read_whole(dialect: str, body: bytes) -> Batch:
    """The deltas of an answer that came as one JSON object.

    Raises:
        MalformedError: it is not an answer of this dialect.
        UpstreamError: it is an error.
    """
    answer = _object(body)
    try:
        return tuple(_whole_message(answer) if dialect == "anthropic" else _whole_chat(answer))
    except (KeyError, TypeError, AttributeError, IndexError):
        raise MalformedError("the provider's answer lacks what every answer has") from None


def _object(payload: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise _malformed() from None
    if event.__class__ is not dict:
        raise _malformed()
    if event.get("error"):
        raise UpstreamError("the provider reported an error in its answer", reason="failed")
    return event  # type: ignore[no-any-return]  # orjson types everything as Any; the class was checked


def _malformed() -> UpstreamError:
    return UpstreamError("the provider answered something that is not its protocol", reason="malformed")


# --- OpenAI ------------------------------------------------------------------------------------------------------------


def _read_chunk(chunk: dict[str, Any]) -> list[Delta]:
    out: list[Delta] = []
    try:
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            delta = choice.get("delta") or {}
            if text := delta.get("content"):
                out.append(Text(text, index))
            if text := delta.get("reasoning_content") or delta.get("reasoning"):
                out.append(Text(text, index, "reasoning"))
            if text := delta.get("refusal"):
                out.append(Text(text, index, "refusal"))
            for call in delta.get("tool_calls") or ():
                out.append(_tool_piece(call, index))
            if reason := choice.get("finish_reason"):
                out.append(Finished(str(reason), index))
        if usage := chunk.get("usage"):
            out.append(_usage(usage))
    except (AttributeError, TypeError, ValueError):
        raise _malformed() from None
    return out


def _tool_piece(call: dict[str, Any], index: int, position: int = 0) -> ToolCall:
    function = call.get("function") or {}
    arguments = function.get("arguments") or ""
    if not isinstance(arguments, str):
        arguments = orjson.dumps(arguments).decode()
    return ToolCall(
        int(call.get("index", position)), call.get("id") or "", function.get("name") or "", arguments, index
    )


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        int(usage.get("prompt_tokens") or 0),
        int(usage.get("completion_tokens") or 0),
        int(details.get("cached_tokens") or 0),
    )


def _whole_chat(answer: dict[str, Any]) -> list[Delta]:
    out: list[Delta] = []
    for position, choice in enumerate(answer["choices"]):
        index, message = choice.get("index", position), choice["message"]
        if text := message.get("reasoning_content") or message.get("reasoning"):
            out.append(Text(text, index, "reasoning"))
        if text := message.get("content"):
            out.append(Text(text, index))
        if text := message.get("refusal"):
            out.append(Text(text, index, "refusal"))
        out += [_tool_piece(call, index, number) for number, call in enumerate(message.get("tool_calls") or ())]
        out.append(Finished(str(choice.get("finish_reason") or "stop"), index))
    if usage := answer.get("usage"):
        out.append(_usage(usage))
    return out


# --- Anthropic -----------------------------------------------------------------------------------------------------------


class _AnthropicEvents:
    """Content blocks become text and tool calls; usage is cumulative."""

    def __init__(self) -> None:
        self._calls: dict[int, int] = {}
        self._prompt = 0
        self._cached = 0

    def read(self, event: dict[str, Any]) -> list[Delta]:
        try:
            return self._deltas(event)
        except (AttributeError, TypeError, KeyError, ValueError):
            raise _malformed() from None

    def _deltas(self, event: dict[str, Any]) -> list[Delta]:
        match event.get("type"):
            case "message_start":
                usage = event["message"].get("usage") or {}
                self._prompt, self._cached = (
                    int(usage.get("input_tokens") or 0),
                    int(usage.get("cache_read_input_tokens") or 0),
                )
            case "content_block_start" if event["content_block"].get("type") == "tool_use":
                block = event["content_block"]
                number = self._calls.setdefault(event["index"], len(self._calls))
                return [ToolCall(number, block["id"], block["name"])]
            case "content_block_delta":
                return self._piece(event["index"], event["delta"])
            case "message_delta":
                return self._ending(event)
        return []

    def _piece(self, index: int, delta: dict[str, Any]) -> list[Delta]:
        match delta.get("type"):
            case "text_delta":
                return [Text(delta["text"])] if delta["text"] else []
            case "thinking_delta":
                return [Text(delta["thinking"], 0, "reasoning")]
            case "input_json_delta" if index in self._calls:
                return [ToolCall(self._calls[index], arguments=delta["partial_json"])]
        return []

    def _ending(self, event: dict[str, Any]) -> list[Delta]:
        out: list[Delta] = []
        if reason := (event.get("delta") or {}).get("stop_reason"):
            out.append(Finished(_STOPS.get(reason, "stop")))
        if usage := event.get("usage"):
            out.append(Usage(self._prompt + self._cached, int(usage.get("output_tokens") or 0), self._cached))
        return out


def _whole_message(answer: dict[str, Any]) -> list[Delta]:
    out: list[Delta] = []
    calls = 0
    for block in answer["content"]:
        if block["type"] == "text":
            out.append(Text(block["text"]))
        elif block["type"] == "thinking":
            out.append(Text(block["thinking"], 0, "reasoning"))
        elif block["type"] == "tool_use":
            out.append(ToolCall(calls, block["id"], block["name"], orjson.dumps(block["input"]).decode()))
            calls += 1
    out.append(Finished(_STOPS.get(answer.get("stop_reason") or "", "stop")))
    usage = answer.get("usage") or {}
    cached = int(usage.get("cache_read_input_tokens") or 0)
    out.append(Usage(int(usage.get("input_tokens") or 0) + cached, int(usage.get("output_tokens") or 0), cached))
    return out
