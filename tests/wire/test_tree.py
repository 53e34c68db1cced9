from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import MalformedError, RequestError, TooLargeError
from ambos.wire import parse

SECRET = "Lucía Hernández"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "empty"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b"{", "not valid JSON"),
        (b'{"a":1,}', "not valid JSON"),
        (b"{'a':1}", "not valid JSON"),
        (b'{"a":01}', "not valid JSON"),
        (b'{"a":1} {}', "not valid JSON"),
        (b'{"a":NaN}', "not valid JSON"),
        (b'{"a":-Infinity}', "not valid JSON"),
        (b'{"a":1e999}', "does not fit"),
        (b'{"a":%s}' % (b"9" * 10_000), "does not fit"),
        (b'{"a":18446744073709551616}', "64 bit"),
        (b'{"a":-9223372036854775809}', "64 bit"),
        (b'{"s":"18446744073709551616","a":18446744073709551616}', "64 bit"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\udc00x"}', "surrogate"),
        (b'{"\\ud800":1}', "surrogate"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "UTF-8"),
        (b'{"a":"\xc3', "UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "byte order mark"),
        ('{"a":1}'.encode("utf-16"), "UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), "not valid JSON"),
        (b'{"a":"\x01"}', "control character"),
        (b'{"a":1,"a":1}', "same key twice"),
        (b'{"a":{"b":1,"c":[{"d":1,"d":2}]}}', "same key twice"),
        (b'{"a":1,"\\u0061":2}', "same key twice"),
        (b'{"a\\"":1,"a\\u0022":2}', "same key twice"),
        (b'{"a\\\\":"\\\\","a\\\\":"\\\\"}', "same key twice"),
    ],
)
def test_refuses_what_two_parsers_may_read_differently(body: bytes, rule: str) -> None:
    with pytest.raises(MalformedError, match=rule):
        parse(body)


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        (b"{}", {}),
        (b' {"a" : [ 1 , 2.5 , -0.0 , true , null ] }\n', {"a": [1, 2.5, -0.0, True, None]}),
        (b'{"a":18446744073709551615,"b":-9223372036854775808}', {"a": 2**64 - 1, "b": -(2**63)}),
        (b'{"a":1e20,"b":1.5E+300}', {"a": 1e20, "b": 1.5e300}),
        (b'{"a":1e20,"b":0.12345678901234567890123}', {"a": 1e20, "b": 0.12345678901234567890123}),
        (b'{"a":1e20,"b":"123456789012345678901234"}', {"a": 1e20, "b": "123456789012345678901234"}),
        (b'{"a":"\\ud83d\\ude00","b":"\\u0000"}', {"a": "\U0001f600", "b": "\0"}),
        (b'{"a":"\\"\\\\\\"","\\"":"\\\\"}', {"a": '"\\"', '"': "\\"}),
        (b'{"a":{"b":1},"c":{"b":1}}', {"a": {"b": 1}, "c": {"b": 1}}),
        (b'{"__proto__":{"__class__":1}}', {"__proto__": {"__class__": 1}}),
    ],
)
def test_reads_valid_bodies(body: bytes, tree: dict[str, Any]) -> None:
    assert parse(body) == tree


def test_depth_is_bounded_at_any_size() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    assert parse(nested(64))
    for depth in (65, 1_000, 100_000):
        with pytest.raises(TooLargeError, match="64 levels"):
            parse(nested(depth))
    with pytest.raises(TooLargeError, match="64 levels"):
        parse(b'{"a":' + b"[" * 100_000)


def test_brackets_inside_texts_are_no_depth_and_no_values() -> None:
    text = "[{" * 500_000 + "," * 500_000
    assert parse(json.dumps({"a": text}).encode()) == {"a": text}


def test_number_of_values_is_bounded() -> None:
    many = b'{"a":[' + b",".join([b"1"] * 999) + b"]}"
    with pytest.raises(TooLargeError, match="1000 values"):
        parse(many, max_nodes=1_000)
    assert parse(many, max_nodes=1_001)
    million = b"{" + b",".join(b'"k%d":0' % n for n in range(1_000_000)) + b"}"
    with pytest.raises(TooLargeError, match="200000 values"):
        parse(million)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"{SECRET}":"{SECRET}","{SECRET}":1}}',
        f'{{"a":"{SECRET}",}}',
        f'{{"a":"{SECRET}\\ud800"}}',
        f'{{"{SECRET}":' + "[" * 70 + "]" * 70 + "}",
        f'{{"{SECRET}":18446744073709551616}}',
        f'"{SECRET}"',
    ],
)
def test_errors_hold_no_content(body: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(body.encode())
    shown = repr(caught.value) + str(caught.value.__cause__) + str(caught.value.args)
    assert "Luc" not in shown
    assert "Hern" not in shown
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_the_place_of_a_duplicate_is_named() -> None:
    body = b'{"a":{"x":1},"b":{"x":1,"y":"\\"x\\":","x":2}}'
    place = body.rindex(b'"x"')
    with pytest.raises(MalformedError, match=f"at byte {place}:"):
        parse(body)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ \n09e.-tuna\ud7ff', max_size=60).map(str.encode))
def test_any_bytes_are_accepted_or_refused_by_our_error(body: bytes) -> None:
    try:
        tree = parse(body)
    except RequestError:
        return
    assert json.loads(body) == tree


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGER = st.integers(-(2**63), 2**64 - 1)
SCALAR = st.none() | st.booleans() | INTEGER | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)
OBJECT = st.dictionaries(TEXT, JSON, max_size=5)


@given(OBJECT, st.booleans())
def test_what_any_writer_wrote_is_read(tree: dict[str, Any], ascii_only: bool) -> None:
    assert parse(json.dumps(tree, ensure_ascii=ascii_only, indent=1).encode()) == tree


@given(OBJECT.filter(bool), st.data())
def test_a_doubled_key_is_always_seen(tree: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(tree)))
    body = orjson.dumps(tree)[:-1] + b"," + orjson.dumps({key: data.draw(JSON)})[1:]
    with pytest.raises(MalformedError, match="same key twice"):
        parse(body)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_keep_their_value(value: float) -> None:
    read = parse(b'{"a":%s}' % repr(value).encode())["a"]
    assert isinstance(read, float)
    assert math.copysign(1, read) == math.copysign(1, value)
    assert read == value
