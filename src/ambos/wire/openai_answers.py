"""Chat completion chunks and chat completions (OpenAI API reference), as OpenAI and its many imitators send them.

Anything that is not the protocol raises TypeError, KeyError, ValueError or AttributeError; `answer_reader` translates.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.messages import Delta, Finished, Text, ToolCall, Usage
from ambos.wire.upstream import upstream_failure

_MAX_INDEX: Final = 127  # the most choices that a request may ask for
_FINISHES: Final = {
    "stop": "stop",
    "length": "length",
    "model_length": "length",  # Mistral
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class ChunkEvents:
    """Reads the chunks of one stream.

    Attributes:
        begun: indexes of the choices seen so far.
        is_over: never; the stream ends with `[DONE]` or its connection.
    """

    __slots__ = ("_calls", "begun", "is_over")

    def __init__(self) -> None:
        self.begun: set[int] = set()
        self.is_over = False
        self._calls: dict[int, list[str]] = {}  # choice -> ids of calls that came without an index

    def read(self, chunk: dict[str, Any]) -> list[Delta]:
        """The deltas of one chunk. Usage may stand beside choices or alone (`choices: []`)."""
        out: list[Delta] = []
        for choice in chunk.get("choices") or ():
            index = _index(choice.get("index", 0))
            self.begun.add(index)
            if delta := choice.get("delta"):
                _texts(delta, index, out)
                if calls := delta.get("tool_calls"):
                    out += [self._call(call, index) for call in calls]
            if reason := choice.get("finish_reason"):
                out.append(_finish(reason, index))
        if usage := chunk.get("usage"):
            out.append(_usage(usage))
        return out

    def _call(self, call: dict[str, Any], index: int) -> ToolCall:
        number = call.get("index")
        if number is None:  # Gemini's compatible endpoint and others leave it out: a new id is a new call
            ids = self._calls.setdefault(index, [])
            identity = call.get("id") or (ids[-1] if ids else "")
            if identity not in ids:
                ids.append(identity)
            number = ids.index(identity)
        return _tool_call(call, _index(number), index)


def read_completion(answer: dict[str, Any]) -> list[Delta]:
    """The deltas of a whole chat completion."""
    out: list[Delta] = []
    for position, choice in enumerate(answer["choices"]):
        index, message = _index(choice.get("index", position)), choice["message"]
        _texts(message, index, out)
        out += [_tool_call(call, number, index) for number, call in enumerate(message.get("tool_calls") or ())]
        out.append(_finish(choice.get("finish_reason") or "stop", index))
    if not out:
        raise ValueError("no choice")
    if usage := answer.get("usage"):
        out.append(_usage(usage))
    return out


def _texts(said: dict[str, Any], index: int, out: list[Delta]) -> None:
    content = said.get("content")
    if content.__class__ is str:
        if content:
            out.append(Text(content, index))
    elif content:
        out += [_part(part, index) for part in content]
    if content and len(said) <= 2:
        return  # nearly every chunk: content alone, or with the role
    # DeepSeek, llama.cpp and older vLLM say the first, newer vLLM and OpenRouter the second, some both.
    if text := said.get("reasoning_content") or said.get("reasoning"):
        out.append(Text(string(text), index, "reasoning"))
    if text := said.get("refusal"):
        out.append(Text(string(text), index, "refusal"))


def _part(part: dict[str, Any], index: int) -> Text:
    """Mistral's reasoning models answer in parts: text, and thinking that is itself made of text parts."""
    if part["type"] == "thinking":
        thinking = part["thinking"]
        pieces = [thinking] if isinstance(thinking, str) else [piece["text"] for piece in thinking]
        return Text("".join(pieces), index, "reasoning")
    return Text(string(part["text"]), index)


def _tool_call(call: dict[str, Any], number: int, index: int) -> ToolCall:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    if arguments is None:
        arguments = ""
    elif not isinstance(arguments, str):  # Ollama once sent an object
        arguments = orjson.dumps(arguments).decode()
    return ToolCall(number, string(call.get("id") or ""), string(function.get("name") or ""), arguments, index)


def _finish(reason: Any, index: int) -> Finished:
    if reason == "error":  # OpenRouter, Mistral: the provider behind it failed
        raise upstream_failure("failed")
    return Finished(_FINISHES.get(string(reason), "stop"), index)


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        count(usage.get("prompt_tokens")), count(usage.get("completion_tokens")), count(details.get("cached_tokens"))
    )


def count(value: Any) -> int:
    """Tokens: a whole number that is not negative; anything else is none."""
    return value if value.__class__ is int and value >= 0 else 0


def _index(value: Any) -> int:
    if value.__class__ is not int or not 0 <= value <= _MAX_INDEX:
        raise ValueError("not an index")
    return value


def string(value: Any) -> str:
    """The value, when it is text."""
    if value.__class__ is not str:
        raise TypeError("not a string")
    return value
