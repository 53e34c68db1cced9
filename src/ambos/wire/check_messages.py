"""Checks of `messages`: roles, the forms of content, tool calls and their results."""

from __future__ import annotations

from collections.abc import Mapping

from ambos.messages import Json
from ambos.wire.check import array, check_fields, mapping, refused, string, wrong

_ROLES = frozenset(("system", "developer", "user", "assistant", "tool", "function"))
_FIELDS = {"name": string, "refusal": string, "audio": mapping, "tool_calls": array, "reasoning_content": string}
# What an assistant may have said instead of content.
_INSTEAD = ("tool_calls", "function_call", "refusal", "audio")


def check_messages(messages: Json) -> list[dict[str, Json]]:
    """The messages, each an object with a known role and content of a known form."""
    if not isinstance(messages, list):
        raise wrong("messages", "an array of messages", messages)
    if not messages:
        raise refused("messages", "at least one message", "empty_array")
    checked: list[dict[str, Json]] = []
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise wrong(f"messages[{index}]", "an object", message if message is not None else [])
        _check_message(f"messages[{index}]", message)
        checked.append(message)
    return checked


def _check_message(place: str, message: dict[str, Json]) -> None:
    role = message.get("role")
    if not isinstance(role, str):
        raise wrong(f"{place}.role", "a string", role)
    if role not in _ROLES:
        raise refused(f"{place}.role", "one of 'system', 'developer', 'user', 'assistant', 'tool', 'function'")
    check_fields(message, _FIELDS, f"{place}.")
    content = message.get("content")
    if content is None:
        if role != "assistant" or not any(message.get(name) for name in _INSTEAD):
            raise wrong(f"{place}.content", "a string or an array of parts", None)
    elif not isinstance(content, str):
        _check_parts(f"{place}.content", content)
    if role == "tool":
        _require(message, "tool_call_id", place)
    elif role == "function":
        _require(message, "name", place)
    elif role == "assistant":
        _check_calls(f"{place}.tool_calls", message.get("tool_calls"))


def _check_parts(place: str, parts: Json) -> None:
    if not isinstance(parts, list):
        raise wrong(place, "a string or an array of parts", parts)
    if not parts:
        raise refused(place, "at least one part", "empty_array")
    for index, part in enumerate(parts):
        if not isinstance(part, dict):
            raise wrong(f"{place}[{index}]", "an object", part)
        _check_part(f"{place}[{index}]", part)


def _check_part(place: str, part: dict[str, Json]) -> None:
    kind = part.get("type")
    if not isinstance(kind, str):
        raise wrong(f"{place}.type", "a string", kind)
    # Kinds that are unknown here pass: no reader understands them, so they count as restricted.
    if kind in ("text", "refusal"):
        _require(part, kind, place)
    elif kind in ("image_url", "input_audio", "file"):
        _require(part, kind, place, kind=dict)
        inner = part[kind]
        if kind == "image_url" and isinstance(inner, dict):
            _require(inner, "url", f"{place}.image_url")


def _check_calls(place: str, calls: Json) -> None:
    if not isinstance(calls, list):
        return
    for index, call in enumerate(calls):
        here = f"{place}[{index}]"
        if not isinstance(call, dict):
            raise wrong(here, "an object", call)
        _require(call, "id", here)
        kind = call.get("type", "function")
        if kind not in ("function", "custom"):
            raise refused(f"{here}.type", "'function' or 'custom'")
        _require(call, str(kind), here, kind=dict)
        inner = call[str(kind)]
        assert isinstance(inner, dict)  # noqa: S101  checked by the line above; tells mypy
        _require(inner, "name", f"{here}.{kind}")
        _require(inner, "arguments" if kind == "function" else "input", f"{here}.{kind}")


def _require(owner: Mapping[str, Json], name: str, place: str, *, kind: type = str) -> None:
    value = owner.get(name)
    if type(value) is not kind:
        raise wrong(f"{place}.{name}", "a string" if kind is str else "an object", value)
