from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from anthropic.types import message_create_params
from pydantic import TypeAdapter

from ambos.errors import InternalError, MalformedError, RequestError
from ambos.wire import render

FULL: dict[str, Any] = {
    "model": "acme/big-1",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Speak Spanish."}]},
        {"role": "user", "content": [{"type": "text", "text": "¿Qué tiempo "}, {"type": "text", "text": "hace?"}]},
        {
            "role": "assistant",
            "content": "Miro.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "sky", "arguments": '{"city":"Cádiz"}'}},
                {"id": "c2", "type": "function", "function": {"name": "now", "arguments": ""}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "sol"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "hoy"}]},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "user", "content": "Gracias"},
    ],
    "tools": [
        {"type": "function", "function": {"name": "sky", "description": "d", "parameters": {"type": "object"}}},
        {"type": "function", "function": {"name": "now"}},
    ],
    "tool_choice": {"type": "function", "function": {"name": "sky"}},
    "parallel_tool_calls": False,
    "stream": True,
    "stream_options": {"include_usage": False},
    "max_completion_tokens": 100,
    "temperature": 1.4,
    "top_p": 0.5,
    "stop": "\n\n",
    "seed": 7,
    "user": "u1",
    "store": True,
    "previous_response_id": "r_1",
    "service_tier": "auto",
    "unknown": {"a": [1]},
}


def rendered(dialect: str, tree: dict[str, Any], *, is_stream: bool = False) -> dict[str, Any]:
    before = copy.deepcopy(tree)
    out: dict[str, Any] = orjson.loads(render(dialect, tree, model="big-1", is_stream=is_stream))
    assert tree == before
    return out


def test_openai_gets_the_tree_under_the_providers_name() -> None:
    own = ("stream", "stream_options", "store", "previous_response_id")
    kept = {name: value for name, value in FULL.items() if name not in own}
    assert rendered("openai", FULL) == {**kept, "model": "big-1"}


def test_a_stream_is_always_asked_for_its_usage() -> None:
    for dialect in ("openai", "compatible"):
        made = rendered(dialect, FULL, is_stream=True)
        assert (made["stream"], made["stream_options"]) == (True, {"include_usage": True})
    for dialect in ("mistral", "anthropic"):  # both tell it without being asked, and refuse the field
        made = rendered(dialect, FULL, is_stream=True)
        assert made["stream"] is True
        assert "stream_options" not in made


def test_imitators_get_the_names_they_know() -> None:
    made = rendered("compatible", FULL)
    assert made["max_tokens"] == 100
    assert [one["role"] for one in made["messages"][:3]] == ["system", "system", "user"]
    assert {"max_completion_tokens", "service_tier"}.isdisjoint(made)
    assert made["seed"] == 7
    mistral = rendered("mistral", FULL)
    assert mistral["random_seed"] == 7
    assert {"seed", "user", "service_tier"}.isdisjoint(mistral)


def test_anthropic_gets_a_valid_request() -> None:
    made = rendered("anthropic", FULL, is_stream=True)
    assert made == {
        "model": "big-1",
        "stream": True,
        "max_tokens": 100,
        "system": "Be brief.\n\nSpeak Spanish.",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "¿Qué tiempo hace?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Miro."},
                    {"type": "tool_use", "id": "c1", "name": "sky", "input": {"city": "Cádiz"}},
                    {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "sol"},
                    {"type": "tool_result", "tool_use_id": "c2", "content": "hoy"},
                ],
            },
            {"role": "assistant", "content": [{"type": "text", "text": "No."}]},
            {"role": "user", "content": [{"type": "text", "text": "Gracias"}]},
        ],
        "tools": [
            {"name": "sky", "description": "d", "input_schema": {"type": "object"}},
            {"name": "now", "input_schema": {"type": "object", "properties": {}}},
        ],
        "tool_choice": {"type": "tool", "name": "sky", "disable_parallel_tool_use": True},
        "temperature": 1,
        "stop_sequences": ["\n\n"],
    }
    TypeAdapter(message_create_params.MessageCreateParamsStreaming).validate_python(made)


def hello(**fields: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}


def test_anthropic_defaults_and_choices() -> None:
    assert rendered("anthropic", hello())["max_tokens"] == 4096
    assert rendered("anthropic", hello(max_tokens=5, top_p=0.3, stop=["a", "b"])) == {
        "model": "big-1",
        "max_tokens": 5,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "top_p": 0.3,
        "stop_sequences": ["a", "b"],
    }
    tools = FULL["tools"]
    for word, kind in (("auto", "auto"), ("required", "any"), ("none", "none")):
        assert rendered("anthropic", hello(tools=tools, tool_choice=word))["tool_choice"] == {"type": kind}
    without = rendered("anthropic", hello(tools=tools, tool_choice="none", parallel_tool_calls=False))
    assert without["tool_choice"] == {"type": "none"}
    assert "tool_choice" not in rendered("anthropic", hello(tools=tools))


def test_anthropic_gets_the_schema_of_a_structured_answer() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    made = rendered("anthropic", hello(response_format=form))
    assert made["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
        ({"messages": [{"role": "system", "content": "only"}]}, "messages"),
        ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, "messages[0].role"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
            "messages[0].content",
        ),
        (
            {
                "messages": [
                    {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{"}}]}
                ]
            },
            "messages[0].tool_calls[0].function.arguments",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "c", "custom": {"name": "f", "input": ""}}]}]},
            "messages[0].tool_calls[0].type",
        ),
        ({"tools": FULL["tools"], "tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}, "tool_choice"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}]}, "messages"),
    ],
)
def test_what_anthropic_cannot_be_told_is_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        render("anthropic", hello(**fields), model="m", is_stream=False)
    assert caught.value.param == param


def test_a_dialect_that_nobody_speaks_is_our_mistake() -> None:
    with pytest.raises(InternalError):
        render("klingon", hello(), model="m", is_stream=False)
    with pytest.raises(MalformedError):
        render("openai", [], model="m", is_stream=False)
