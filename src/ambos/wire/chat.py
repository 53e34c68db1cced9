"""What a chat request says: `POST /v1/chat/completions`, validated, as a typed view of its one tree.

The view holds what the house itself must know; everything else stays in the tree, unknown fields too. Forms, names and
codes of the errors are those of OpenAI's API. What the content means is judged elsewhere, from the tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ambos.errors import RequestError
from ambos.messages import Json
from ambos.wire.check import FIELDS, check_fields, refuse_redirects, wrong
from ambos.wire.check_messages import check_messages
from ambos.wire.check_tools import check_tool_choice, check_tools, tool_names


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A valid chat request.

    Attributes:
        model: the name that was asked for.
        is_stream: the answer is wanted as an event stream.
        include_usage: tokens are wanted in one last chunk of the stream.
        n: how many answers, 1 when absent.
        max_tokens: the most tokens of an answer (`max_completion_tokens` goes before `max_tokens`), None when absent.
        has_tools, tool_names: the functions that the model may call.
        is_structured: the answer must be JSON (`response_format`), so that no word may be added to it.
        first_user_text: text of the first user message, "" when there is none: it names a conversation (design 3.3).
        previous_id: `previous_response_id`, when the caller names an earlier answer.
        tree: the whole request; treat it as frozen.
    """

    model: str
    is_stream: bool
    include_usage: bool
    n: int
    max_tokens: int | None
    has_tools: bool
    tool_names: frozenset[str]
    is_structured: bool
    first_user_text: str = field(repr=False)
    previous_id: str | None = field(repr=False)
    tree: dict[str, Json] = field(repr=False)


def read_chat(tree: dict[str, Json]) -> ChatRequest:
    """The typed view of a parsed chat request (OpenAI API reference, "Create chat completion").

    Order: fields that redirect, names and types of the fields, messages, tools.

    Raises:
        RedirectingFieldError: a top-level field tries to choose where the request goes (design 3.2).
        RequestError: anything else that a provider would refuse; `param` names the place and `code` the rule.
    """
    refuse_redirects(tree)
    check_fields(tree, FIELDS)
    messages = check_messages(tree.get("messages"))
    tools = check_tools(tree.get("tools"))
    names = tool_names(tools)
    check_tool_choice(tree.get("tool_choice"), names)
    model, form = tree.get("model"), tree.get("response_format")
    if not isinstance(model, str) or not model:
        raise wrong("model", "the name of a model", model)
    return ChatRequest(
        model=model,
        is_stream=tree.get("stream") is True,
        include_usage=_includes_usage(tree),
        n=_integer(tree, "n") or 1,
        max_tokens=_integer(tree, "max_completion_tokens") or _integer(tree, "max_tokens"),
        has_tools=bool(tools),
        tool_names=names,
        is_structured=isinstance(form, dict) and form.get("type") in ("json_schema", "json_object"),
        first_user_text=_first_user_text(messages),
        previous_id=_text(tree.get("previous_response_id")),
        tree=tree,
    )


def _includes_usage(tree: dict[str, Json]) -> bool:
    options = tree.get("stream_options")
    if not isinstance(options, dict):
        return False
    if tree.get("stream") is not True:
        raise RequestError("'stream_options' needs 'stream': true", param="stream_options", code="invalid_value")
    return options.get("include_usage") is True


def _integer(tree: dict[str, Json], name: str) -> int | None:
    value = tree.get(name)
    return value if type(value) is int else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _first_user_text(messages: list[dict[str, Json]]) -> str:
    for message in messages:
        if message["role"] == "user":
            content = message.get("content")
            if isinstance(content, str):
                return content
            if isinstance(content, list):
                texts = (part.get("text") for part in content if isinstance(part, dict))
                return "\n".join(text for text in texts if isinstance(text, str))
    return ""
