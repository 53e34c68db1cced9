import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import UnknownSurrogateError
from ambos.messages import Json
from ambos.privacy.restore_json import restore_arguments

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "surrogate" / "arguments.json").read_text(encoding="utf-8")
)
ORIGINALS: dict[str, str] = VECTORS["originals"]
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda below: st.one_of(st.lists(below), st.dictionaries(st.text(), below)),
    max_leaves=12,
)


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: case["name"])
def test_arguments_are_restored(case: dict[str, str]) -> None:
    assert restore_arguments(case["arguments"], ORIGINALS, allowed=True) == case["restored"]


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["name"])
def test_call_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(UnknownSurrogateError) as caught:
        restore_arguments(case["arguments"], ORIGINALS, allowed=True)
    assert "Ana" not in str(caught.value)
    assert "9AV9" not in str(caught.value)


@pytest.mark.parametrize("case", VECTORS["accept"] + VECTORS["reject"], ids=lambda case: case["name"])
def test_tool_outside_gets_no_original(case: dict[str, str]) -> None:
    assert restore_arguments(case["arguments"], ORIGINALS, allowed=False) == case["arguments"]


@given(VALUES, st.booleans())
def test_arguments_without_surrogates_keep_their_bytes(value: Json, ascii_only: bool) -> None:
    arguments = json.dumps(value, ensure_ascii=ascii_only)
    assert restore_arguments(arguments, ORIGINALS, allowed=True) == arguments


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 3), st.booleans())
def test_original_is_escaped_at_every_depth(original: str, depth: int, ascii_only: bool) -> None:
    arguments = json.dumps({"a": "[PERSON-9AV9RT7D7S]"})
    for _ in range(depth):
        arguments = json.dumps({"a": arguments}, ensure_ascii=ascii_only)
    value = restore_arguments(arguments, {"[PERSON-9AV9RT7D7S]": original}, allowed=True)
    for _ in range(depth + 1):
        value = json.loads(value)["a"]
    assert value == original


def test_too_many_levels_of_strings_are_refused() -> None:
    arguments = '"[PERSON-9AV9RT7D7S]"'
    for _ in range(10):
        arguments = json.dumps([arguments])
    with pytest.raises(UnknownSurrogateError, match="deep"):
        restore_arguments(arguments, ORIGINALS, allowed=True)


def test_deep_nesting_is_refused_and_not_an_accident() -> None:
    with pytest.raises(UnknownSurrogateError):
        restore_arguments("[" * 100_000 + '"[PERSON-9AV9RT7D7S]"', ORIGINALS, allowed=True)


def test_look_alike_in_an_original_is_no_unknown_surrogate() -> None:
    originals = {"[PERSON-9AV9RT7D7S]": "nota [PERSON-2AAAAAAAAA]"}
    assert "2AAAAAAAAA" in restore_arguments('{"a":"[PERSON-9AV9RT7D7S]"}', originals, allowed=True)


def test_without_originals_any_surrogate_is_unknown() -> None:
    with pytest.raises(UnknownSurrogateError):
        restore_arguments('{"a":"[PERSON-9AV9RT7D7S]"}', {}, allowed=True)


def test_value_behind_a_restored_address_refuses_the_call() -> None:
    originals = {**ORIGINALS, "[URL-2AAAAAAAAA]": "https://a.example/?q="}
    assert restore_arguments('{"u":"[URL-2AAAAAAAAA]"}', originals, allowed=True) == '{"u":"https://a.example/?q="}'
    with pytest.raises(UnknownSurrogateError, match="cannot be restored"):
        restore_arguments('{"u":"[URL-2AAAAAAAAA][PERSON-9AV9RT7D7S]"}', originals, allowed=True)


def test_escapes_of_json_in_a_string_are_not_escaped_twice() -> None:
    originals = {"[PERSON-9AV9RT7D7S]": r"Ana Garc\u00eda", "[USERNAME-4DVVWR08BJ]": r"DOM\nuria"}
    inner = json.dumps({"to": "[PERSON-9AV9RT7D7S]", "login": "[USERNAME-4DVVWR08BJ]"})
    made = json.loads(restore_arguments(json.dumps({"inner": inner}), originals, allowed=True))
    assert json.loads(made["inner"]) == {"to": "Ana García", "login": r"DOM\nuria"}
