"""The round trip through a whole stream, of both dialects: a model that says what it was sent gives the request back."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import UnknownSurrogateError
from ambos.messages import Batch, Finding, Json, Kind, Leaf, Text, ToolCall
from ambos.privacy.mask import Masked, mask
from ambos.privacy.speech import Speech
from ambos.privacy.surrogate import Surrogates
from ambos.wire import AnswerReader

SURROGATES = Surrogates(bytes(range(32)), "c_example")
TOOL = "send_letter"
HARMLESS = st.text(st.sampled_from('ab é\n"\\ñ🙂{}'), max_size=10)
VALUES = st.text(st.sampled_from('Aé "\\1🙂'), min_size=1, max_size=8).filter(str.strip)
CUTS = st.lists(st.integers(0, 10_000), max_size=12)


def event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def openai(pieces: list[str], arguments: list[str]) -> bytes:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def call(piece: str, **more: str) -> dict[str, Any]:
        named = {"id": "call_1", "type": "function"} if more else {}
        return {"tool_calls": [{"index": 0, **named, "function": {**more, "arguments": piece}}]}

    said = [chunk({"content": piece}) for piece in pieces]
    said += [chunk(call("", name=TOOL)), *(chunk(call(piece)) for piece in arguments), chunk({}, "tool_calls")]
    return b"".join(said) + b"data: [DONE]\n\n"


def anthropic(pieces: list[str], arguments: list[str]) -> bytes:
    def start(index: int, block: dict[str, Any]) -> bytes:
        return event({"type": "content_block_start", "index": index, "content_block": block})

    def delta(index: int, piece: dict[str, Any]) -> bytes:
        return event({"type": "content_block_delta", "index": index, "delta": piece})

    usage = {"input_tokens": 1, "output_tokens": 1}
    said = [
        event({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": usage}})
    ]
    said += [start(0, {"type": "text", "text": ""})]
    said += [delta(0, {"type": "text_delta", "text": piece}) for piece in pieces]
    said += [event({"type": "content_block_stop", "index": 0})]
    said += [start(1, {"type": "tool_use", "id": "call_1", "name": TOOL, "input": {}})]
    said += [delta(1, {"type": "input_json_delta", "partial_json": piece}) for piece in arguments]
    said += [event({"type": "content_block_stop", "index": 1})]
    said += [event({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 2}})]
    return b"".join((*said, event({"type": "message_stop"})))


STREAMS = {"openai": openai, "anthropic": anthropic}


def cut(whole: Any, places: list[int]) -> list[Any]:
    ends = sorted({place % (len(whole) + 1) for place in places} | {0, len(whole)})
    return [whole[start:end] for start, end in pairwise(ends)]


def spoken(dialect: str, stream: list[bytes], masked: Masked, inside: tuple[str, ...]) -> Batch:
    reader, speech = AnswerReader(dialect), Speech(masked.originals, inside_tools=inside, capitals=masked.capitals)
    said: list[Any] = []
    for part in stream:
        said += speech.feed(reader.feed(part))
    return (*said, *speech.feed(reader.close()), *speech.close())


def request(parts: list[tuple[str, str]]) -> tuple[str, str, Masked]:
    """A text, the arguments of a call with a value in a key, in a string and in JSON in a string, and both masked."""
    text = "".join(f"{before} {value} " for before, value in parts)
    value = parts[0][1]
    inner = json.dumps({"to": value}, ensure_ascii=False)
    arguments: dict[str, Json] = {f"for {value}": "x", "to": value, "inner": inner}
    found = [(Leaf(("text",), text), tuple(_findings(text, parts)))]
    for key, leaf in arguments.items():
        path = ("arguments", key)
        found.append((Leaf(path, key, is_key=True), tuple(_every(key, value))))
        found.append((Leaf(path, str(leaf)), tuple(_every(str(leaf), json.dumps(value, ensure_ascii=False)[1:-1]))))
    masked = mask({"text": text, "arguments": arguments}, found, surrogates=SURROGATES)
    return text, json.dumps(arguments, ensure_ascii=False), masked


def _findings(text: str, parts: list[tuple[str, str]]) -> list[Finding]:
    found, at = [], 0
    for before, value in parts:
        start = at + len(before) + 1
        at = start + len(value) + 1
        found.append(Finding(start, start + len(value), Kind.PERSON))
    assert at == len(text)
    return found


def _every(text: str, value: str) -> list[Finding]:
    start = text.find(value)
    return [Finding(start, start + len(value), Kind.PERSON)] if start >= 0 else []


@pytest.mark.parametrize("dialect", STREAMS)
@given(st.lists(st.tuples(HARMLESS, VALUES), min_size=1, max_size=4), CUTS, CUTS, CUTS)
def test_what_was_sent_comes_back_through_any_stream(
    dialect: str, parts: list[tuple[str, str]], in_text: list[int], in_arguments: list[int], in_bytes: list[int]
) -> None:
    text, arguments, masked = request(parts)
    assert isinstance(masked.tree, dict)
    sent, call = str(masked.tree["text"]), json.dumps(masked.tree["arguments"], ensure_ascii=False)
    stream = cut(STREAMS[dialect](cut(sent, in_text), cut(call, in_arguments)), in_bytes)
    said = spoken(dialect, stream, masked, (TOOL,))
    assert "".join(one.text for one in said if isinstance(one, Text)) == text
    assert [json.loads(one.arguments) for one in said if isinstance(one, ToolCall)] == [json.loads(arguments)]


@pytest.mark.parametrize("dialect", STREAMS)
@given(st.tuples(HARMLESS, VALUES), CUTS, CUTS)
def test_a_tool_outside_gets_what_was_sent(
    dialect: str, part: tuple[str, str], in_arguments: list[int], in_bytes: list[int]
) -> None:
    _, _, masked = request([part])
    assert isinstance(masked.tree, dict)
    call = json.dumps(masked.tree["arguments"], ensure_ascii=False)
    stream = cut(STREAMS[dialect]([], cut(call, in_arguments)), in_bytes)
    said = [one for one in spoken(dialect, stream, masked, ()) if isinstance(one, ToolCall)]
    assert [one.arguments for one in said] == [call]


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_call_with_a_surrogate_of_nobody_is_refused(dialect: str) -> None:
    masked = request([("", "Ana")])[2]
    stream = STREAMS[dialect](["x"], ['{"to": "[PERSON-2AAAAAAAAA]"}'])
    with pytest.raises(UnknownSurrogateError):
        spoken(dialect, [stream], masked, (TOOL,))


def test_nothing_waits_where_nothing_was_masked() -> None:
    speech = Speech({})
    call = ToolCall(0, "call_1", TOOL, '{"a', 0)
    assert speech.feed((Text("hola"), call)) == (Text("hola"), call)
    assert speech.close() == ()
