from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import RedirectingFieldError, RequestError
from ambos.messages import Json
from ambos.wire import read_chat

USER = {"role": "user", "content": "hola"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "#"}}}


def chat(**fields: Any) -> dict[str, Any]:
    return {"model": "acme/big-1", "messages": [USER], **fields}


def test_reads_what_the_house_must_know() -> None:
    request = read_chat(
        chat(
            messages=[
                {"role": "system", "content": "s"},
                {"role": "developer", "content": [{"type": "text", "text": "d"}]},
                {"role": "user", "content": [{"type": "text", "text": "uno"}, {"type": "text", "text": "dos"}]},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
                {"role": "function", "name": "old", "content": "43"},
                {"role": "assistant", "refusal": "no"},
                USER,
            ],
            stream=True,
            stream_options={"include_usage": True},
            n=2,
            max_tokens=7,
            max_completion_tokens=9,
            tools=[TOOL, {"type": "custom", "custom": {"name": "g"}}],
            tool_choice={"type": "function", "function": {"name": "f"}},
            response_format=SCHEMA,
            previous_response_id="r_1",
        )
    )
    assert (request.model, request.is_stream, request.include_usage, request.n) == ("acme/big-1", True, True, 2)
    assert (request.max_tokens, request.has_tools, request.tool_names) == (9, True, frozenset("fg"))
    assert (request.is_structured, request.first_user_text, request.previous_id) == (True, "uno\ndos", "r_1")


def test_defaults_and_nulls_are_the_same() -> None:
    names = ("stream", "n", "max_tokens", "tools", "tool_choice", "response_format", "stop", "temperature")
    for request in (read_chat(chat()), read_chat(chat(**dict.fromkeys(names)))):
        assert (request.is_stream, request.include_usage, request.n, request.max_tokens) == (False, False, 1, None)
        assert (request.has_tools, request.is_structured, request.previous_id) == (False, False, None)


def test_unknown_fields_stay_in_the_tree() -> None:
    tree = chat(top_k=4, __proto__={"a": 1}, grammar="g")
    assert read_chat(tree).tree is tree


def test_no_text_is_shown() -> None:
    assert "hola" not in repr(read_chat(chat()))


@pytest.mark.parametrize(
    "name",
    ["api_base", "base_url", "API_BASE", "Api-Key", "extra_headers", "extra-body", "extra_query", "organization",
     "custom_llm_provider", "azure_endpoint", "fallbacks", "models", "provider", "route", "mock_response"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["http://169.254.169.254", None, {}, 0])
def test_fields_that_redirect_are_refused(name: str, value: Any) -> None:
    with pytest.raises(RedirectingFieldError) as caught:
        read_chat(chat(**{name: value}))
    assert caught.value.param == name.lower().replace("-", "_")
    assert "169" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": 3}, "model", "invalid_type"),
        ({"model": ""}, "model", "invalid_type"),
        ({"messages": None}, "messages", "missing_required_parameter"),
        ({"messages": {}}, "messages", "invalid_type"),
        ({"messages": "hi"}, "messages", "invalid_type"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": [None]}, "messages[0]", "invalid_type"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": [{"role": "root", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [USER, {"role": "user"}]}, "messages[1].content", "missing_required_parameter"),
        ({"messages": [{"role": "assistant", "content": None}]}, "messages[0].content", "missing_required_parameter"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content", "empty_array"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content[0]", "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text", None),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
         "messages[0].content[0].image_url.url", None),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id", "missing_required_parameter"),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].name", "missing_required_parameter"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]}, "messages[0].tool_calls[0].function", None),
        ({"messages": [{"role": "assistant", "tool_calls": [{**CALL, "type": "mcp"}]}]},
         "messages[0].tool_calls[0].type", "invalid_value"),
        ({"stream": "true"}, "stream", "invalid_type"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage", "invalid_type"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"n": 10**9}, "n", "integer_above_max_value"),
        ({"n": True}, "n", "invalid_type"),
        ({"n": 1.0}, "n", "invalid_type"),
        ({"max_tokens": -1}, "max_tokens", "integer_below_min_value"),
        ({"max_tokens": 2**62}, "max_tokens", "integer_above_max_value"),
        ({"max_completion_tokens": "5"}, "max_completion_tokens", "invalid_type"),
        ({"temperature": 2.1}, "temperature", "decimal_above_max_value"),
        ({"temperature": "0"}, "temperature", "invalid_type"),
        ({"top_p": -0.1}, "top_p", "decimal_below_min_value"),
        ({"stop": 1}, "stop", "invalid_type"),
        ({"stop": ["x"] * 17}, "stop", "array_above_max_length"),
        ({"metadata": []}, "metadata", "invalid_type"),
        ({"user": {}}, "user", "invalid_type"),
        ({"functions": []}, "functions", "unsupported_parameter"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", None),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": "y"}}},
         "response_format.json_schema.schema", "invalid_type"),
        ({"tools": {}}, "tools", "invalid_type"),
        ({"tools": [{"type": "mcp", "server_url": "http://x"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name", "invalid_value"),
        ({"tools": [{"type": "function", "function": {"name": "a", "parameters": []}}]},
         "tools[0].function.parameters", "invalid_type"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"tools": [TOOL], "tool_choice": "sometimes"}, "tool_choice", "invalid_value"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
         "tool_choice.function.name", "invalid_value"),
    ],
)  # fmt: skip
def test_refuses_with_the_place_and_the_rule(fields: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        read_chat(chat(**fields))
    assert caught.value.param == param
    assert caught.value.code == (code or "missing_required_parameter")


def test_an_unknown_kind_of_part_passes_to_be_judged() -> None:
    assert read_chat(chat(messages=[{"role": "user", "content": [{"type": "hologram", "x": 1}]}])).first_user_text == ""


SCALARS: st.SearchStrategy[Json] = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
WORDS = st.sampled_from(
    [
        "role",
        "content",
        "type",
        "text",
        "function",
        "name",
        "arguments",
        "tool_calls",
        "id",
        "user",
        "assistant",
        "tool",
    ]
)
NESTED: st.SearchStrategy[Json] = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4)
)
KNOWN = st.sampled_from(
    ["messages", "model", "stream", "stream_options", "tools", "tool_choice", "response_format", "n", "stop", "audio"]
)


@given(st.dictionaries(KNOWN, NESTED))
def test_any_tree_is_read_or_refused_by_our_error(tree: dict[str, Json]) -> None:
    try:
        request = read_chat({"model": "m", "messages": [dict(USER)], **tree})
    except RequestError:
        return
    assert request.model == tree.get("model", "m")
    assert isinstance(request.first_user_text, str)
