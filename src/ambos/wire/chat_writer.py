"""An answer in OpenAI's form, as a stream of events or whole (API reference, "Chat completion" and "chunk object").

Events are made from a head that never changes, so that a hundred of them cost little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from ambos.errors import AmbosError, InternalError
from ambos.messages import Batch, Finished, Text, ToolCall, Usage
from ambos.wire.bodies import error_object

# DeepSeek's name for reasoning, which clients have come to know; OpenAI's chat dialect has none.
_FIELDS: Final = {"content": b"content", "reasoning": b"reasoning_content", "refusal": b"refusal"}


class ChatWriter:
    """Writes one answer.

    Args:
        id: of the answer; the same in every event.
        model: that really answered.
        created: seconds since 1970.
        include_usage: tokens in one last chunk without choices, and `usage: null` before it.
    """

    def __init__(self, *, id: str, model: str, created: int, include_usage: bool) -> None:  # noqa: A002  the field's name
        self._about = {"id": id, "created": created, "model": model}
        head = orjson.dumps({"id": id, "object": "chat.completion.chunk", "created": created, "model": model})
        self._head = b"data: " + head[:-1] + b',"choices":[{"index":'
        self._tail = b'}],"usage":null}\n\n' if include_usage else b"}]}\n\n"
        self._include_usage = include_usage
        self._begun: set[int] = set()
        self._finished: set[int] = set()
        self._named: set[tuple[int, int]] = set()
        self._usage: Usage | None = None

    def batch(self, batch: Batch) -> bytes:
        """The events of a batch, in one piece; tokens are kept for the end.

        Raises:
            InternalError: a choice goes on after it has finished.
        """
        out: list[bytes] = []
        for delta in batch:
            if isinstance(delta, Text):
                out.append(self._event(delta.index, b'"%s":%s' % (_FIELDS[delta.channel], orjson.dumps(delta.text))))
            elif isinstance(delta, ToolCall):
                out.append(self._event(delta.index, b'"tool_calls":[%s]' % self._call(delta)))
            elif isinstance(delta, Usage):
                self._usage = delta
            elif delta.index not in self._finished:
                out.append(self._event(delta.index, b"", orjson.dumps(delta.reason)))
                self._finished.add(delta.index)
        return b"".join(out)

    def error(self, error: AmbosError) -> bytes:
        """An error in the middle of a stream; SDKs raise it and read no further."""
        self._usage = None
        return b"data: " + orjson.dumps(error_object(error)) + b"\n\n"

    def end(self) -> bytes:
        """The last events: tokens, when they were asked for and are known, and the mark of the end."""
        if self._usage is None or not self._include_usage:
            return b"data: [DONE]\n\n"
        chunk = {**self._about, "object": "chat.completion.chunk", "choices": [], "usage": _usage(self._usage)}
        return b"data: " + orjson.dumps(chunk) + b"\n\ndata: [DONE]\n\n"

    def whole(self, batches: Iterable[Batch]) -> bytes:
        """A chat.completion of all that was said."""
        choices: dict[int, _Choice] = {}
        usage: Usage | None = None
        for delta in (delta for batch in batches for delta in batch):
            if isinstance(delta, Usage):
                usage = delta
            else:
                choices.setdefault(delta.index, _Choice()).take(delta)
        body: dict[str, Any] = {**self._about, "object": "chat.completion"}
        body["choices"] = [choices[index].as_json(index) for index in sorted(choices)]
        if usage is not None:
            body["usage"] = _usage(usage)
        return orjson.dumps(body)

    def _event(self, index: int, fields: bytes, finish: bytes = b"null") -> bytes:
        if index in self._finished:
            raise InternalError("an answer went on after its end")
        if index not in self._begun:
            self._begun.add(index)
            fields = b'"role":"assistant",' + (fields or b'"content":""')
        return b'%s%d,"delta":{%s},"logprobs":null,"finish_reason":%s%s' % (
            self._head,
            index,
            fields,
            finish,
            self._tail,
        )

    def _call(self, delta: ToolCall) -> bytes:
        piece: dict[str, Any] = {"index": delta.call, "function": {"arguments": delta.arguments}}
        if (delta.index, delta.call) not in self._named:
            self._named.add((delta.index, delta.call))
            piece |= {
                "id": delta.id,
                "type": "function",
                "function": {"name": delta.name, "arguments": delta.arguments},
            }
        return orjson.dumps(piece)


class _Choice:
    """One choice in the making."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[int, dict[str, Any]] = {}
        self._reason = "stop"

    def take(self, delta: Text | ToolCall | Finished) -> None:
        if isinstance(delta, Text):
            self._texts.setdefault(delta.channel, []).append(delta.text)
        elif isinstance(delta, Finished):
            self._reason = delta.reason
        else:
            call = self._calls.setdefault(
                delta.call, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            )
            call["id"] = call["id"] or delta.id
            call["function"]["name"] = call["function"]["name"] or delta.name
            call["function"]["arguments"] += delta.arguments

    def as_json(self, index: int) -> dict[str, Any]:
        texts = {channel: "".join(pieces) for channel, pieces in self._texts.items()}
        content = texts.get("content") or (None if self._calls else "")
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": texts.get("refusal")}
        if "reasoning" in texts:
            message["reasoning_content"] = texts["reasoning"]
        if self._calls:
            message["tool_calls"] = [self._calls[number] for number in sorted(self._calls)]
        return {"index": index, "message": message, "logprobs": None, "finish_reason": self._reason}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }
