"""Checks of `tools` and `tool_choice`. Only functions that the caller runs: a tool that a provider would run sends
content to somewhere that nobody here has judged."""

from __future__ import annotations

import re

from ambos.messages import Json
from ambos.wire.check import boolean, check_fields, mapping, refused, string, wrong

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")  # OpenAI allows 64, Anthropic 128
_KINDS = ("function", "custom")


def check_tools(tools: Json) -> list[dict[str, Json]]:
    """The tools, each a function or a custom tool with a name; empty when there are none."""
    if tools is None:
        return []
    if not isinstance(tools, list):
        raise wrong("tools", "an array of tools", tools)
    checked = []
    for index, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise wrong(f"tools[{index}]", "an object", tool)
        _check_tool(f"tools[{index}]", tool)
        checked.append(tool)
    return checked


def _check_tool(place: str, tool: dict[str, Json]) -> None:
    kind = tool.get("type")
    if kind not in _KINDS:
        raise refused(f"{place}.type", "'function' or 'custom'")
    inner = tool.get(str(kind))
    if not isinstance(inner, dict):
        raise wrong(f"{place}.{kind}", "an object", inner)
    _check_name(f"{place}.{kind}.name", inner.get("name"))
    check_fields(inner, {"description": string, "parameters": mapping, "strict": boolean}, f"{place}.{kind}.")


def _check_name(place: str, name: Json) -> None:
    if not isinstance(name, str):
        raise wrong(place, "a string", name)
    if not _NAME.fullmatch(name):
        raise refused(place, "1 to 128 letters, digits, underscores and dashes")


def tool_names(tools: list[dict[str, Json]]) -> frozenset[str]:
    """The names of checked tools."""
    inners = (tool[str(tool["type"])] for tool in tools)
    return frozenset(str(inner["name"]) for inner in inners if isinstance(inner, dict))


def check_tool_choice(choice: Json, names: frozenset[str]) -> None:
    """A word, or an object that names one of the tools (or, for `allowed_tools`, some of them)."""
    if choice is None or choice in ("none", "auto"):
        return
    if not names:
        raise refused("tool_choice", "no 'tool_choice' when 'tools' are not specified")
    if choice == "required":
        return
    if not isinstance(choice, dict):
        raise refused("tool_choice", "'none', 'auto', 'required' or an object")
    kind = choice.get("type")
    if kind not in (*_KINDS, "allowed_tools"):
        raise refused("tool_choice.type", "'function', 'custom' or 'allowed_tools'")
    inner = choice.get(str(kind))
    if not isinstance(inner, dict):
        raise wrong(f"tool_choice.{kind}", "an object", inner)
    if kind != "allowed_tools" and inner.get("name") not in names:
        raise refused(f"tool_choice.{kind}.name", "the name of one of 'tools'")
