"""Messages events and messages (Anthropic API reference, "Streaming messages"): content blocks become text and calls.

Anything that is not the protocol raises TypeError, KeyError, ValueError or AttributeError; `answer_reader` translates.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.messages import Delta, Finished, Text, ToolCall, Usage
from ambos.wire.openai_answers import count, string

_FINISHES: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class MessageEvents:
    """Reads the events of one stream.

    Attributes:
        begun: {0}, the one choice of this dialect.
        is_over: `message_stop` came.
    """

    __slots__ = ("_calls", "_has_arguments", "_start", "begun", "is_over")

    def __init__(self) -> None:
        self.begun = {0}
        self.is_over = False
        self._calls: dict[int, int] = {}  # block -> ordinal of its call
        self._has_arguments: set[int] = set()
        self._start: dict[str, Any] = {}  # usage of message_start: the prompt's tokens

    def read(self, event: dict[str, Any]) -> list[Delta]:
        """The deltas of one event; kinds that are unknown (ping, new ones) say nothing."""
        match event.get("type"):
            case "content_block_delta":
                return self._piece(event["index"], event["delta"])
            case "content_block_start":
                return self._begin(event["index"], event["content_block"])
            case "content_block_stop":
                return self._stop(event["index"])
            case "message_start":
                self._start = event["message"].get("usage") or {}
            case "message_delta":
                return self._ending(event)
            case "message_stop":
                self.is_over = True
        return []

    def _begin(self, block: int, content: dict[str, Any]) -> list[Delta]:
        if content["type"] == "tool_use":
            number = self._calls.setdefault(block, len(self._calls))
            arguments = ""
            if content.get("input"):
                arguments = orjson.dumps(content["input"]).decode()
                self._has_arguments.add(block)
            return [ToolCall(number, string(content["id"]), string(content["name"]), arguments)]
        return [Text(string(content["text"]))] if content["type"] == "text" and content.get("text") else []

    def _piece(self, block: int, delta: dict[str, Any]) -> list[Delta]:
        match delta["type"]:
            case "text_delta" if delta["text"]:
                return [Text(string(delta["text"]))]
            case "thinking_delta" if delta["thinking"]:
                return [Text(string(delta["thinking"]), 0, "reasoning")]
            case "input_json_delta" if delta["partial_json"] and block in self._calls:
                self._has_arguments.add(block)
                return [ToolCall(self._calls[block], arguments=string(delta["partial_json"]))]
        return []  # signatures and citations: nothing that a caller of our dialect could use

    def _stop(self, block: int) -> list[Delta]:
        # A call without arguments sends no piece of them, but its caller parses JSON.
        if block in self._calls and block not in self._has_arguments:
            return [ToolCall(self._calls[block], arguments="{}")]
        return []

    def _ending(self, event: dict[str, Any]) -> list[Delta]:
        out: list[Delta] = []
        if reason := event["delta"].get("stop_reason"):
            out.append(Finished(_FINISHES.get(reason, "stop")))
        if usage := event.get("usage"):
            out.append(_usage({**self._start, **{name: value for name, value in usage.items() if value is not None}}))
        return out


def read_message(answer: dict[str, Any]) -> list[Delta]:
    """The deltas of a whole message."""
    out: list[Delta] = []
    calls = 0
    for block in answer["content"]:
        match block["type"]:
            case "text":
                out.append(Text(string(block["text"])))
            case "thinking":
                out.append(Text(string(block["thinking"]), 0, "reasoning"))
            case "tool_use":
                out.append(
                    ToolCall(calls, string(block["id"]), string(block["name"]), orjson.dumps(block["input"]).decode())
                )
                calls += 1
    out.append(Finished(_FINISHES.get(answer["stop_reason"] or "", "stop")))
    out.append(_usage(answer.get("usage") or {}))
    return out


def _usage(usage: dict[str, Any]) -> Usage:
    """Anthropic counts what was read from and written to the prompt cache apart from `input_tokens`."""
    cached = count(usage.get("cache_read_input_tokens"))
    prompt = count(usage.get("input_tokens")) + count(usage.get("cache_creation_input_tokens")) + cached
    return Usage(prompt, count(usage.get("output_tokens")), cached)
