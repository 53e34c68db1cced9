from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ambos.errors import InternalError, LogUnavailableError, UpstreamError
from ambos.messages import Batch, Delta, Finished, Text, ToolCall, Usage
from ambos.wire import AnswerReader, ChatWriter, EventStream, read_whole

SAID: Batch = (
    Text("hm", 0, "reasoning"),
    Text("¿Qué "),
    Text('"tal"?\n\u2028'),
    Text("no", 1, "refusal"),
    ToolCall(0, "c1", "f", '{"a"'),
    ToolCall(0, arguments=":1}"),
    ToolCall(1, "c2", "g", "{}"),
    Finished("tool_calls"),
    Finished("stop", 1),
    Usage(5, 2, 3),
)


def writer(*, include_usage: bool = True) -> ChatWriter:
    return ChatWriter(id="chatcmpl-r_1", model="acme/big-1", created=1_700_000_000, include_usage=include_usage)


def events(text: bytes) -> list[dict[str, Any]]:
    stream = EventStream()
    payloads = [*stream.feed(text), *stream.close()]
    assert payloads.pop() == b"[DONE]"
    return [orjson.loads(payload) for payload in payloads]


def test_every_event_is_a_valid_chunk_with_one_id() -> None:
    made = writer()
    chunks = events(made.batch(SAID[:4]) + made.batch(()) + made.batch(SAID[4:]) + made.end())
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    assert {chunk["id"] for chunk in chunks} == {"chatcmpl-r_1"}
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "total_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 3},
    }


def test_role_stands_on_the_first_delta_and_finish_on_the_last_of_each_choice() -> None:
    made = writer()
    chunks = events(made.batch(SAID) + made.end())[:-1]
    for index in (0, 1):
        choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == index]
        assert [choice["delta"].get("role") for choice in choices] == ["assistant", *[None] * (len(choices) - 1)]
        assert all(choice["finish_reason"] is None for choice in choices[:-1])
        assert choices[-1]["finish_reason"] in ("tool_calls", "stop")
        assert choices[-1]["delta"] == {}


def test_a_tool_call_is_named_once() -> None:
    made = writer()
    calls = [
        call
        for chunk in events(made.batch(SAID) + made.end())[:-1]
        for call in chunk["choices"][0]["delta"].get("tool_calls", ())
    ]
    assert calls == [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ":1}"}},
        {"index": 1, "id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_tokens_are_told_only_when_asked_for() -> None:
    made = writer(include_usage=False)
    assert all("usage" not in chunk for chunk in events(made.batch(SAID) + made.end()))
    assert b"usage" not in writer().end()


def test_a_finish_is_written_once_and_nothing_follows_it() -> None:
    made = writer()
    assert made.batch((Text("a"), Finished("stop"), Finished("stop"))).count(b'"finish_reason":"stop"') == 1
    with pytest.raises(InternalError):
        made.batch((Text("b"),))


def test_an_answer_without_words_still_has_its_role() -> None:
    chunk = events(writer().batch((Finished("stop"),)) + b"data: [DONE]\n\n")[0]
    assert chunk["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_an_error_in_mid_stream_is_what_the_sdk_raises() -> None:
    made = writer()
    text = made.batch((Text("a"), Usage(1, 1))) + made.error(UpstreamError("it ended", reason="truncated")) + made.end()
    error = events(text)[-1]["error"]
    assert error == {"message": "it ended", "type": "api_error", "param": None, "code": "upstream_error"}
    hidden = made.error(LogUnavailableError("/var/lib/ambos/store.db is full"))
    assert b"/var" not in hidden
    assert b"log_unavailable" in hidden


def test_a_whole_answer_is_a_valid_completion() -> None:
    body = orjson.loads(writer().whole([SAID[:3], SAID[3:]]))
    ChatCompletion.model_validate(body, strict=True)
    first, second = body["choices"]
    assert first["message"]["content"] == '¿Qué "tal"?\n\u2028'
    assert first["message"]["reasoning_content"] == "hm"
    assert [call["function"]["arguments"] for call in first["message"]["tool_calls"]] == ['{"a":1}', "{}"]
    assert (second["message"]["refusal"], second["finish_reason"]) == ("no", "stop")
    assert body["usage"]["total_tokens"] == 7


def test_content_is_null_beside_tool_calls_and_empty_without_anything() -> None:
    called = orjson.loads(writer().whole([(ToolCall(0, "c", "f", "{}"), Finished("tool_calls"))]))
    assert called["choices"][0]["message"]["content"] is None
    assert "usage" not in called
    silent = orjson.loads(writer().whole([(Finished("stop"),)]))
    ChatCompletion.model_validate(silent, strict=True)
    assert silent["choices"][0]["message"]["content"] == ""


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
DELTAS: st.SearchStrategy[Delta] = st.builds(
    Text, TEXTS, st.integers(0, 1), st.sampled_from(["content", "reasoning", "refusal"])
) | st.builds(ToolCall, st.integers(0, 2), st.just("c"), st.just("f"), TEXTS, st.integers(0, 1))


@given(st.lists(DELTAS, max_size=12))
def test_what_is_written_is_read_again(said: list[Delta]) -> None:
    ends: list[Delta] = [
        Finished("stop", index)
        for index in sorted({delta.index for delta in said if not isinstance(delta, Usage)} | {0})
    ]
    batch = (*said, *ends, Usage(3, 4, 1))
    made, reader = writer(), AnswerReader("openai")
    read = reader.feed(made.batch(batch) + made.end())
    assert _joined(read) == _joined(batch)
    assert _joined(read_whole("openai", writer().whole([batch]))) == _joined(batch)


def _joined(batch: Batch) -> dict[Any, str]:
    """What was said, by place: pieces may be cut otherwise."""
    out: dict[Any, str] = {}
    for delta in batch:
        if isinstance(delta, Text):
            out[delta.index, delta.channel] = out.get((delta.index, delta.channel), "") + delta.text
        elif isinstance(delta, ToolCall):
            out[delta.index, delta.call] = out.get((delta.index, delta.call), "") + delta.arguments
        else:
            out[type(delta), getattr(delta, "index", 0)] = repr(delta)
    # A whole answer numbers the calls of a choice by their order.
    calls = sorted(key for key in out if isinstance(key[1], int) and isinstance(key[0], int))
    order = {key: (key[0], len([one for one in calls if one[0] == key[0] and one < key])) for key in calls}
    return {order.get(key, key): value for key, value in out.items()}
