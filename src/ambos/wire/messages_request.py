"""Our chat tree as a request of Anthropic's Messages API (API reference, "Create a message").

What has no counterpart and only tunes (penalties, seed, log probabilities) is left out; what would change the meaning
when it is left out (several answers, images, custom tools) is refused.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.errors import RequestError
from ambos.messages import Json

DEFAULT_MAX_TOKENS: Final = 4096  # required here, optional in OpenAI's dialect; every model since 2024 allows it

_SYSTEM: Final = ("system", "developer")
_CHOICES: Final = {"required": "any", "none": "none", "auto": "auto"}


def messages_request(tree: dict[str, Json]) -> dict[str, Json]:
    """The request without `model` and `stream`.

    Raises:
        RequestError: something in the request has no form here; `param` names it.
    """
    try:
        return _request(tree)
    except (KeyError, TypeError, AttributeError):
        # The tree was validated; a field of an unforeseen form inside an open one (a tool, a part) ends here.
        raise _no_form("messages") from None


def _request(tree: dict[str, Any]) -> dict[str, Json]:  # Any: a checked tree, read by its known fields
    if (tree.get("n") or 1) != 1:
        raise _no_form("n")
    messages = tree["messages"]
    request: dict[str, Any] = {
        "max_tokens": tree.get("max_completion_tokens") or tree.get("max_tokens") or DEFAULT_MAX_TOKENS,
        "messages": _turns(messages),
    }
    if system := "\n\n".join(_plain(one["content"], "messages") for one in messages if one["role"] in _SYSTEM):
        request["system"] = system
    request.update(_sampling(tree))
    request.update(_tools(tree))
    form = tree.get("response_format") or {}
    if form.get("type") == "json_schema":
        request["output_config"] = {"format": {"type": "json_schema", "schema": form["json_schema"]["schema"]}}
    elif form.get("type") == "json_object":
        raise _no_form("response_format")
    return request


def _sampling(tree: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if (temperature := tree.get("temperature")) is not None:
        out["temperature"] = min(temperature, 1)  # their scale ends at 1, OpenAI's at 2
    elif tree.get("top_p") is not None:
        out["top_p"] = tree["top_p"]  # newer models refuse both together
    if tree.get("top_k") is not None:
        out["top_k"] = tree["top_k"]
    if stop := tree.get("stop"):
        out["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    return out


def _turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """User and assistant in turns: neighbours of one role become one message, so that results of one call lie together."""
    turns: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        if message["role"] in _SYSTEM:
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message, f"messages[{index}]")
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if not turns:
        raise _no_form("messages")  # only system messages: there is nothing to answer
    return turns


def _blocks(message: dict[str, Any], place: str) -> list[dict[str, Any]]:
    if message["role"] == "function":
        raise _no_form(f"{place}.role")
    text = _plain(message.get("content"), f"{place}.content")
    if message["role"] == "tool":
        return [{"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": text}]
    text = text or (message.get("refusal") or "" if message["role"] == "assistant" else "")
    blocks: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    for number, call in enumerate(message.get("tool_calls") or ()):
        blocks.append(_tool_use(call, f"{place}.tool_calls[{number}]"))
    return blocks


def _tool_use(call: dict[str, Any], place: str) -> dict[str, Any]:
    if "function" not in call:
        raise _no_form(f"{place}.type")
    function = call["function"]
    try:
        arguments = orjson.loads(function["arguments"] or "{}")
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise RequestError(
            f"'{place}.function.arguments' must be the text of a JSON object for this provider",
            param=f"{place}.function.arguments",
            code="invalid_value",
        )
    return {"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments}


def _plain(content: Any, place: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for part in content:
        if part["type"] not in ("text", "refusal"):
            raise _no_form(place)
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def _tools(tree: dict[str, Any]) -> dict[str, Any]:
    if not (tools := tree.get("tools")):
        return {}
    out: dict[str, Any] = {"tools": [_tool(tool, f"tools[{index}]") for index, tool in enumerate(tools)]}
    choice = _choice(tree.get("tool_choice"))
    if tree.get("parallel_tool_calls") is False:
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    if choice is not None:
        if choice["type"] == "none":
            choice = {"type": "none"}  # it has no parallel calls to switch off
        out["tool_choice"] = choice
    return out


def _tool(tool: dict[str, Any], place: str) -> dict[str, Any]:
    if tool["type"] != "function":
        raise _no_form(f"{place}.type")
    function = tool["function"]
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    made = {"name": function["name"], "input_schema": schema}
    return {**made, "description": function["description"]} if function.get("description") else made


def _choice(choice: Any) -> dict[str, Any] | None:
    if isinstance(choice, dict):
        if choice["type"] != "function":
            raise _no_form("tool_choice")
        return {"type": "tool", "name": choice["function"]["name"]}
    return {"type": _CHOICES[choice]} if choice else None


def _no_form(param: str) -> RequestError:
    return RequestError(
        f"'{param}' has no form at this provider: ask another model", param=param, code="unsupported_parameter"
    )
