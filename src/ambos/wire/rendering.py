"""Our chat tree in the dialect of a provider: the exact bytes that leave.

Only fields that a provider knows go out: what steers Ambos alone stays. The tree is never changed.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.errors import MalformedError, RequestError
from ambos.messages import Json

_OWN: Final = frozenset({"model", "stream", "stream_options", "previous_response_id", "store"})
DEFAULT_MAX_TOKENS: Final = 4096  # Anthropic wants a number where OpenAI takes the model's own


def render(dialect: str, tree: Json, *, model: str, is_stream: bool) -> bytes:
    """The bytes of a request for `model`, in `dialect`.

    Raises:
        RequestError: the dialect has no form for something in the request.
    """
    if not isinstance(tree, dict):
        raise MalformedError("the request must be an object")
    try:
        shaped = _messages(tree, model) if dialect == "anthropic" else _chat(tree, model)
    except (KeyError, TypeError, AttributeError):
        raise RequestError("this provider has no form for something in the request", code="unsupported") from None
    if is_stream:
        shaped["stream"] = True
        if dialect == "openai":
            shaped["stream_options"] = {"include_usage": True}
    return orjson.dumps(shaped)


def _chat(tree: dict[str, Any], model: str) -> dict[str, Any]:
    return {"model": model, **{name: value for name, value in tree.items() if name not in _OWN}}


# --- Anthropic Messages --------------------------------------------------------------------------------------------------

_SAME: Final = ("temperature", "top_p", "top_k")


def _messages(tree: dict[str, Any], model: str) -> dict[str, Any]:
    if (tree.get("n") or 1) != 1:
        raise RequestError("this provider gives one answer: n must be 1", param="n", code="unsupported")
    out: dict[str, Any] = {
        "model": model,
        "max_tokens": tree.get("max_completion_tokens") or tree.get("max_tokens") or DEFAULT_MAX_TOKENS,
        "messages": _turns(tree["messages"]),
    }
    if system := "\n\n".join(
        _plain(one["content"]) for one in tree["messages"] if one["role"] in ("system", "developer")
    ):
        out["system"] = system
    out.update({name: tree[name] for name in _SAME if tree.get(name) is not None})
    if stop := tree.get("stop"):
        out["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if tools := tree.get("tools"):
        out["tools"] = [_tool(one["function"]) for one in tools]
        if (choice := _choice(tree.get("tool_choice"))) is not None:
            out["tool_choice"] = choice
    return out


def _turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """User and assistant in turns, as Anthropic wants them: neighbours of one role become one message."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] in ("system", "developer"):
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    if message["role"] == "tool":
        return [
            {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": _plain(message.get("content"))}
        ]
    blocks: list[dict[str, Any]] = []
    if text := _plain(message.get("content")):
        blocks.append({"type": "text", "text": text})
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments = orjson.loads(function.get("arguments") or "{}")
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments})
    return blocks


def _plain(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if any(part.get("type") not in ("text", "refusal") for part in content):
        raise RequestError("this provider is sent text only", param="messages", code="unsupported")
    return "".join(part.get("text") or part.get("refusal") or "" for part in content)


def _tool(function: dict[str, Any]) -> dict[str, Any]:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    tool = {"name": function["name"], "input_schema": schema}
    return {**tool, "description": function["description"]} if function.get("description") else tool


def _choice(choice: Any) -> dict[str, str] | None:
    if isinstance(choice, dict):
        return {"type": "tool", "name": choice["function"]["name"]}
    return {"required": {"type": "any"}, "none": {"type": "none"}, "auto": {"type": "auto"}}.get(choice or "")
