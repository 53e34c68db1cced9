"""Every scalar and key is a leaf; what no reader understands says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Json, Leaf
from ambos.privacy.leaves import is_blob, leaves

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def _strings(tree: Json) -> list[str]:
    if isinstance(tree, str):
        return [tree]
    if isinstance(tree, list):
        return [text for item in tree for text in _strings(item)]
    if isinstance(tree, dict):
        return [text for key, value in tree.items() for text in (key, *_strings(value))]
    return []


@given(JSON)
def test_every_string_and_key_is_a_leaf_in_order(tree: Json) -> None:
    assert [leaf.text for leaf in leaves(tree) if leaf.is_text or leaf.is_key] == _strings(tree)


def test_key_has_the_path_of_its_value_and_numbers_are_one_leaf() -> None:
    assert leaves({"a": [1, 2.5], "b": {"c": None}}) == (
        Leaf(("a",), "a", is_key=True),
        Leaf(("a",), "1 2.5", is_text=False),
        Leaf(("b",), "b", is_key=True),
        Leaf(("b", "c"), "c", is_key=True),
        Leaf(("b", "c"), "null", is_text=False),
    )


def _unreadable(tree: Json) -> list[tuple[str | int, ...]]:
    return [leaf.path for leaf in leaves(tree) if not leaf.is_readable]


def test_parts_without_reader_are_unreadable() -> None:
    parts: list[Json] = [
        {"type": "text", "text": "hola"},
        {"type": "image_url", "image_url": {"url": "https://h.org/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "xx"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "document", "source": {"type": "text", "data": "hola"}},
        {"type": "document", "source": {"type": "base64", "data": "aGk="}},
    ]
    found = _unreadable({"messages": [{"role": "user", "content": parts}]})
    assert [path[-1] for path in found] == [1, 2, 3, 5]


def test_tool_schema_that_speaks_of_files_is_readable() -> None:
    tree: Json = {
        "tools": [
            {
                "type": "function",
                "function": {"parameters": {"type": "object", "properties": {"file": {"type": "string"}}}},
            }
        ]
    }
    assert _unreadable(tree) == []


def test_token_ids_are_unreadable_and_other_numbers_are_not() -> None:
    assert _unreadable({"input": [[1, 2, 3]], "prompt": [5, 6], "bias": [1, 2]}) == [("input", 0), ("prompt",)]


def test_blobs_are_unreadable_and_prose_is_not() -> None:
    assert is_blob("data:image/png;base64,iVBORw0KGgo=")
    assert is_blob("mira esto: " + "aGVsbG8gd29ybGQ" * 20)
    assert not is_blob("una frase larga " * 200)
    assert not is_blob("-" * 5000)
    assert not is_blob("a" * 5000)


def test_deep_trees_need_no_recursion() -> None:
    tree: Json = "x"
    for _ in range(20_000):
        tree = [tree]
    assert [leaf.text for leaf in leaves(tree)] == ["x"]


@pytest.mark.parametrize("content", ["Hola", "user", "", "data:image/png;base64,AAAA", "ab1" * 90])
def test_a_plain_message_gives_the_leaves_of_any_other(content: str) -> None:
    plain = leaves({"messages": [{"role": "user", "content": content}]})
    other = leaves({"messages": [{"role": "user", "content": content, "name": "x"}]})
    assert plain == other[: len(plain)]
