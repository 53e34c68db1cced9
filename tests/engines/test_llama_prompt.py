"""What is posted to the engine, and what becomes of its refusals: without a process."""

from __future__ import annotations

import json

import pytest

from ambos.engines.prompt import MAX_SCHEMA_DEPTH, Prepared, looks_spanish, prepare
from ambos.engines.refusal import explain_refusal
from ambos.engines.settings import EngineSettings
from ambos.errors import AmbosError, EngineError, MalformedError, RequestError

SETTINGS = EngineSettings(max_answer_tokens=100)


def prepared(**fields: object) -> Prepared:
    return prepare(json.dumps({"messages": [{"role": "user", "content": "hi"}]} | fields).encode(), SETTINGS)


# --- the request -----------------------------------------------------------------------------------------------------


def test_it_is_always_streamed_and_never_cached() -> None:
    body = prepared(stream=False, cache_prompt=True).body
    assert (body["stream"], body["stream_options"], body["cache_prompt"]) == (True, {"include_usage": True}, False)


@pytest.mark.parametrize(
    ("said", "system"),
    [
        ("¿Qué es la hipertensión?", "Eres"),
        ("What is the flu?", "You are"),
        ("", "You are"),
        ("resume el texto", "Eres"),
    ],
)
def test_a_plain_system_message_in_the_users_language_is_added(said: str, system: str) -> None:
    messages = prepared(messages=[{"role": "user", "content": said}]).body["messages"]
    assert messages[0]["role"] == "system"
    assert messages[0]["content"].startswith(system)


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_callers_own_system_message_stays_alone(role: str) -> None:
    messages = prepared(messages=[{"role": role, "content": "Be brief."}, {"role": "user", "content": "hola"}])
    assert [message["role"] for message in messages.body["messages"]] == ["system", "user"]


def test_the_language_is_that_of_the_last_user_message_in_parts_too() -> None:
    parts = [{"type": "text", "text": "¿Cuál es la capital de Francia?"}]
    messages = [{"role": "user", "content": "What is this?"}, {"role": "user", "content": parts}]
    assert prepared(messages=messages).body["messages"][0]["content"].startswith("Eres")


def test_spanish_is_guessed_from_words_and_letters() -> None:
    assert looks_spanish("El paciente ingresó con fiebre")
    assert not looks_spanish("The patient was admitted with fever")
    assert not looks_spanish("12345")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 100),
        ({"max_tokens": 7}, 7),
        ({"max_tokens": 7, "max_completion_tokens": 9}, 9),
        ({"max_tokens": 5000}, 100),
    ],
)
def test_the_answer_is_bounded(fields: dict[str, object], expected: int) -> None:
    assert prepared(**fields).body["max_tokens"] == expected


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages"),
        ({"tools": "none"}, "tools"),
        ({"n": 2}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "yaml"}}, "response_format"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": "x"}}}, "response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"x": "y" * 70_000}}}},
            "response_format",
        ),
    ],
)
def test_what_cannot_be_served_is_named(fields: dict[str, object], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        prepared(**fields)
    assert caught.value.param == param


def nested(levels: int) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string"}
    for _ in range(levels):
        schema = {"items": schema}
    return {"type": "json_schema", "json_schema": {"schema": schema}}


def test_a_schema_is_bounded_in_depth() -> None:
    prepared(response_format=nested(MAX_SCHEMA_DEPTH - 2))
    with pytest.raises(RequestError):
        prepared(response_format=nested(MAX_SCHEMA_DEPTH - 1))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_bytes_that_are_no_request_are_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        prepare(raw, SETTINGS)


def test_bytes_bound_the_tokens_of_messages_and_tools() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    with_tools = prepared(tools=tools)
    assert with_tools.prompt_bytes > prepared().prompt_bytes
    assert set(with_tools.template_part) == {"messages", "tools"}


def test_the_prompt_is_in_no_repr() -> None:
    assert "Zebedee" not in repr(prepared(messages=[{"role": "user", "content": "Zebedee"}]))


# --- what the engine refuses -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "form", "error", "code"),
    [
        (400, "exceed_context_size_error", None, RequestError, "context_length_exceeded"),
        (400, "invalid_request_error", {"type": "json_object"}, RequestError, "invalid_json_schema"),
        (400, "invalid_request_error", None, RequestError, "invalid_request"),
        (503, "unavailable_error", None, EngineError, "engine_error"),
        (500, "server_error", None, EngineError, "engine_error"),
        (401, "authentication_error", None, EngineError, "engine_error"),
    ],
)
def test_refusals_of_the_engine_become_ours(
    status: int, kind: str, form: dict[str, str] | None, error: type[AmbosError], code: str
) -> None:
    body = json.dumps({"error": {"type": kind, "message": "secret"}}).encode()
    ours = explain_refusal(status, body, prepared(response_format=form), 10)
    assert type(ours) is error
    assert ours.code == code
    assert "secret" not in str(ours)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}'])
def test_a_refusal_without_form_is_still_explained(body: bytes) -> None:
    assert isinstance(explain_refusal(500, body, prepared(), 10), EngineError)
