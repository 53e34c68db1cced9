from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import ModelError, RequestError, UpstreamError
from ambos.messages import Batch, Finished, Text, ToolCall, Usage
from ambos.wire import AnswerReader, read_whole


def sse(*events: dict[str, Any] | str, named: bool = False) -> bytes:
    out = b""
    for event in events:
        payload = event.encode() if isinstance(event, str) else orjson.dumps(event)
        name = b"event: %s\n" % event["type"].encode() if named and isinstance(event, dict) else b""
        out += name + b"data: " + payload + b"\n\n"
    return out


def chunk(
    delta: dict[str, Any] | None = None, finish: str | None = None, index: int = 0, **more: Any
) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta or {}, "finish_reason": finish}], **more}


def read(text: bytes, dialect: str = "openai") -> Batch:
    reader = AnswerReader(dialect)
    return (*reader.feed(text), *reader.close())


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}
STREAM = sse(
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "¿Qué "}),
    chunk({"content": "tal? \U0001f600"}),
    chunk(finish="stop"),
    {"choices": [], "usage": USAGE},
    "[DONE]",
)
SAID = (Text("¿Qué "), Text("tal? \U0001f600"), Finished("stop"), Usage(5, 2, 3))


def test_reads_a_stream() -> None:
    assert read(STREAM) == SAID


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    reader = AnswerReader("openai")
    places = [0, *sorted(cuts), len(STREAM)]
    said = [d for start, end in pairwise(places) for d in reader.feed(STREAM[start:end])]
    assert (*said, *reader.close()) == SAID
    assert reader.is_done


@pytest.mark.parametrize(
    "events",
    [
        [chunk({"content": "a"}), chunk(finish="stop", usage=USAGE), "[DONE]"],
        [chunk({"content": "a"}), chunk(finish="stop", usage=USAGE)],
        [chunk({"content": "a"}, usage={"prompt_tokens": 5}), chunk(finish="stop"), {"choices": [], "usage": USAGE}],
        [chunk({"content": "a"}, finish="stop"), chunk(finish="stop"), {"usage": USAGE}, "[DONE]", "garbage"],
        [{"choices": []}, chunk({"content": "a"}), chunk(finish="stop"), {"choices": None, "usage": USAGE}, " [DONE] "],
    ],
)
def test_ends_come_last_and_once_wherever_a_provider_puts_them(events: list[Any]) -> None:
    assert read(sse(*events)) == (Text("a"), Finished("stop"), Usage(5, 2, 3))


def test_nothing_is_told_of_the_end_before_the_end() -> None:
    reader = AnswerReader("openai")
    assert reader.feed(sse(chunk({"content": "a"}, finish="length"), {"choices": [], "usage": USAGE})) == (Text("a"),)
    assert reader.is_complete
    assert not reader.is_done
    assert reader.feed(sse("[DONE]")) == (Finished("length"), Usage(5, 2, 3))
    assert reader.feed(sse(chunk({"content": "late"}))) == ()
    assert reader.close() == ()


@pytest.mark.parametrize(
    ("reason", "ours"),
    [("stop", "stop"), ("length", "length"), ("model_length", "length"), ("tool_calls", "tool_calls"),
     ("function_call", "tool_calls"), ("content_filter", "content_filter"), ("eos", "stop")],
)  # fmt: skip
def test_reasons_are_a_closed_set(reason: str, ours: str) -> None:
    assert read(sse(chunk(finish=reason), "[DONE]")) == (Finished(ours),)


def test_reads_channels_choices_and_tool_calls() -> None:
    call = {"index": 1, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a"'}}
    text = sse(
        chunk({"role": "assistant", "content": None, "reasoning_content": "hm"}),
        chunk({"reasoning": "so"}),
        chunk({"reasoning": "both", "reasoning_content": "both", "content": None}),
        chunk({"refusal": "no"}, index=1),
        chunk({"tool_calls": [call]}),
        chunk({"tool_calls": [{"index": 1, "function": {"arguments": ":1}"}}]}),
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"type": "text", "text": "u"}]}),
        chunk(finish="tool_calls"),
        chunk(finish="stop", index=1),
        "[DONE]",
    )  # fmt: skip
    assert read(text) == (
        Text("hm", 0, "reasoning"),
        Text("so", 0, "reasoning"),
        Text("both", 0, "reasoning"),
        Text("no", 1, "refusal"),
        ToolCall(1, "c1", "f", '{"a"'),
        ToolCall(1, arguments=":1}"),
        Text("t", 0, "reasoning"),
        Text("u"),
        Finished("tool_calls"),
        Finished("stop", 1),
    )


def test_tool_calls_without_index_are_told_apart_by_their_ids() -> None:
    calls: list[dict[str, Any]] = [{"id": name, "function": {"name": name, "arguments": {}}} for name in ("a", "b")]
    said = read(sse(chunk({"tool_calls": calls}), chunk({"tool_calls": [{"function": {}}]}, finish="stop"), "[DONE]"))
    assert said[:3] == (ToolCall(0, "a", "a", "{}"), ToolCall(1, "b", "b", "{}"), ToolCall(1))


@pytest.mark.parametrize(
    "events",
    [[], ["[DONE]"], [chunk({"content": "a"})], [chunk({"content": "a"}), "[DONE]"], [{"choices": []}, "[DONE]"],
     [chunk(finish="stop"), chunk({"content": "a"}, index=1), "[DONE]"]],
)  # fmt: skip
def test_an_early_end_is_truncated(events: list[Any]) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(sse(*events))
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    "payload",
    ["{", "[]", "7", '{"choices":7}', '{"choices":[7]}', '{"choices":[{"index":"0"}]}', '{"choices":[{"index":-1}]}',
     '{"choices":[{"index":128}]}', '{"choices":[{"delta":7}]}', '{"choices":[{"delta":{"content":7}}]}',
     '{"choices":[{"delta":{"content":["x"]}}]}', '{"choices":[{"delta":{"tool_calls":[{"index":null,"id":7}]}}]}',
     '{"choices":[{"delta":{"tool_calls":["x"]}}]}', '{"choices":[{"finish_reason":7}]}', '{"usage":[1]}',
     '{"choices":[{"delta":{"content":"\\ud800"}}]}'],
)  # fmt: skip
def test_what_is_not_the_protocol_is_malformed(payload: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(sse(payload))
    assert caught.value.reason == "malformed"


@pytest.mark.parametrize(
    ("error", "reason"),
    [("Secret words", "failed"), ({"message": "Secret words", "code": 502}, "failed"),
     ({"message": "Secret words", "type": "server_error", "code": None}, "unavailable"),
     ({"message": "Secret words", "code": "rate_limit_exceeded"}, "rate_limited"),
     ({"message": "Secret words", "type": "insufficient_quota"}, "quota")],
)  # fmt: skip
def test_an_error_event_keeps_its_reason_and_loses_its_words(error: Any, reason: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        read(sse(chunk({"content": "a"}), {"error": error}))
    assert caught.value.reason == reason
    assert "Secret" not in repr(caught.value)


def test_a_conversation_that_is_too_long_is_the_callers_to_mend() -> None:
    with pytest.raises(RequestError) as caught:
        read(sse({"error": {"code": "context_length_exceeded", "message": "Secret words"}}))
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "messages")


# --- Anthropic -------------------------------------------------------------------------------------------------------

START = {"type": "message_start", "message": {"usage": {"input_tokens": 10, "cache_read_input_tokens": 4,
         "cache_creation_input_tokens": 2, "output_tokens": 1}}}  # fmt: skip


def block(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def piece(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ending(reason: str | None, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


MESSAGE = sse(
    START,
    {"type": "ping"},
    block(0, type="thinking", thinking="", signature=""),
    piece(0, type="thinking_delta", thinking="hm"),
    piece(0, type="signature_delta", signature="sig"),
    stop(0),
    block(1, type="text", text=""),
    piece(1, type="text_delta", text="¿Qué "),
    piece(1, type="text_delta", text="tal?"),
    piece(1, type="citations_delta", citation={}),
    stop(1),
    block(2, type="tool_use", id="t1", name="f", input={}),
    piece(2, type="input_json_delta", partial_json=""),
    piece(2, type="input_json_delta", partial_json='{"a"'),
    piece(2, type="input_json_delta", partial_json=":1}"),
    stop(2),
    block(3, type="tool_use", id="t2", name="g", input={}),
    stop(3),
    block(4, type="server_thing", anything=1),
    {"type": "brand_new"},
    ending("tool_use", output_tokens=7, input_tokens=None),
    {"type": "message_stop"},
    named=True,
)
MESSAGE_SAID = (
    Text("hm", 0, "reasoning"),
    Text("¿Qué "),
    Text("tal?"),
    ToolCall(0, "t1", "f"),
    ToolCall(0, arguments='{"a"'),
    ToolCall(0, arguments=":1}"),
    ToolCall(1, "t2", "g"),
    ToolCall(1, arguments="{}"),
    Finished("tool_calls"),
    Usage(16, 7, 4),
)


def test_reads_a_message_stream() -> None:
    assert read(MESSAGE, "anthropic") == MESSAGE_SAID


@given(st.lists(st.integers(0, len(MESSAGE)), max_size=8))
def test_cuts_of_a_message_change_nothing(cuts: list[int]) -> None:
    reader = AnswerReader("anthropic")
    places = [0, *sorted(cuts), len(MESSAGE)]
    said = [d for start, end in pairwise(places) for d in reader.feed(MESSAGE[start:end])]
    assert (*said, *reader.close()) == MESSAGE_SAID


@pytest.mark.parametrize(
    ("reason", "ours"),
    [("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("refusal", "content_filter"),
     ("model_context_window_exceeded", "length"), ("new", "stop")],
)  # fmt: skip
def test_stop_reasons_are_ours(reason: str, ours: str) -> None:
    assert read(sse(ending(reason), {"type": "message_stop"}), "anthropic") == (Finished(ours),)


def test_a_message_without_its_stop_reason_is_truncated() -> None:
    for events in ([START], [START, ending(None)], [START, ending(None), {"type": "message_stop"}]):
        with pytest.raises(UpstreamError) as caught:
            read(sse(*events), "anthropic")
        assert caught.value.reason == "truncated"


def test_an_overloaded_message_is_unavailable() -> None:
    with pytest.raises(UpstreamError) as caught:
        read(sse(START, {"type": "error", "error": {"type": "overloaded_error", "message": "Secret"}}), "anthropic")
    assert caught.value.reason == "unavailable"


# --- whole answers, and anything ---------------------------------------------------------------------------------------


def test_reads_whole_answers() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "refusal": None, "reasoning_content": "hm", "tool_calls": [call]}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}], "usage": USAGE}
    said = (Text("hm", 0, "reasoning"), ToolCall(0, "c", "f", "{}"), Finished("tool_calls"), Usage(5, 2, 3))
    assert read_whole("openai", orjson.dumps(body)) == said
    content = [{"type": "text", "text": "a"}, {"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}}]
    answer = {"type": "message", "content": content, "stop_reason": "tool_use", "usage": {"input_tokens": 1}}
    told = (Text("a"), ToolCall(0, "c", "f", '{"x":1}'), Finished("tool_calls"), Usage(1, 0))
    assert read_whole("anthropic", orjson.dumps(answer)) == told


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"choices":[]}', b'{"content":[{}],"stop_reason":"x"}']
)
def test_whole_answers_that_are_none_are_malformed(dialect: str, body: bytes) -> None:
    with pytest.raises(UpstreamError) as caught:
        read_whole(dialect, body)
    assert caught.value.reason == "malformed"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.text(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "content", "index", "tool_calls", "function", "usage", "finish_reason", "type", "text",
             "message", "content_block", "arguments", "id", "name", "input", "thinking", "stop_reason", "error"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(["openai", "anthropic"]), VALUES, st.sampled_from(
    ["content_block_start", "content_block_delta", "content_block_stop", "message_start", "message_delta", ""]
))  # fmt: skip
def test_anything_upstream_is_read_or_a_named_failure(dialect: str, value: Any, kind: str) -> None:
    event = {"type": kind, **value} if isinstance(value, dict) else value
    text = orjson.dumps(event)
    for is_whole in (False, True):
        try:
            said = read_whole(dialect, text) if is_whole else read(b"data: " + text + b"\n\n", dialect)
        except (ModelError, RequestError):
            continue
        assert all(isinstance(delta.text, str) for delta in said if isinstance(delta, Text))
