"""Makes the engine's request of an OpenAI chat request: bounds it, keeps known fields only, always asks to stream."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from ambos.engines.settings import EngineSettings
from ambos.errors import MalformedError, RequestError

KEPT: Final = (
    "temperature", "top_p", "stop", "seed", "presence_penalty", "frequency_penalty", "tools", "tool_choice",
    "parallel_tool_calls", "response_format",
)  # fmt: skip

MAX_SCHEMA_BYTES: Final = 64 << 10
MAX_SCHEMA_DEPTH: Final = 32
"""llama.cpp turns a schema into a grammar by recursion, in C++: depth is bounded before it gets there."""

_SYSTEM: Final = {"en": "You are a helpful assistant.", "es": "Eres un asistente útil. Responde en español."}
_SPANISH_LETTERS: Final = re.compile(r"[¿¡ñáíóú]")
_SPANISH: Final = re.compile(
    r"\b(?:el|la|los|las|un|una|del?|que|qué|y|en|por|para|con|es|son|cómo|cuál|cuándo|dónde|quién|mi|su|se|no|lo|al"
    r"|más|pero|como|est[oae]|hola|gracias|escribe|resume|dime|explica|haz|puedes)\b"
)
_ENGLISH: Final = re.compile(
    r"\b(?:the|an?|of|and|in|for|with|is|are|was|to|what|how|which|when|where|who|my|your|his|her|it|this|that|not"
    r"|please|write|tell|explain|do|does|can|could|give|summari[sz]e|hello|thanks)\b"
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request for llama.cpp.

    Attributes:
        body: what is posted.
        prompt_bytes: an upper bound of the prompt's tokens, since no token stands for less than a byte.
    """

    body: dict[str, Any] = field(repr=False)  # JSON as llama.cpp takes it
    prompt_bytes: int

    @property
    def template_part(self) -> dict[str, Any]:
        """What the chat template needs to render the prompt."""
        return {key: self.body[key] for key in ("messages", "tools") if key in self.body}


def prepare(raw: bytes, settings: EngineSettings) -> Prepared:
    """Read the bytes of a dispatch.

    Raises:
        MalformedError: not a JSON object.
        RequestError: nothing to answer, or something this engine does not do.
    """
    try:
        asked = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedError("the request is not JSON") from error
    if not isinstance(asked, dict):
        raise MalformedError("the request is not a JSON object")
    if asked.get("n") not in (None, 1):
        raise RequestError("the model at home gives one choice: n must be 1", param="n")
    if not isinstance(asked.get("tools") or [], list):
        raise RequestError("tools must be a list", param="tools")
    _check_format(asked.get("response_format"))
    body = {key: asked[key] for key in KEPT if asked.get(key) is not None}
    body["messages"] = _messages(asked.get("messages"))
    body["max_tokens"] = _answer_bound(asked, settings)
    body |= {"stream": True, "stream_options": {"include_usage": True}, "cache_prompt": False}
    if settings.adapters:
        body["lora"] = lora_of(asked.get("model"), settings.adapters)
    prompt_bytes = len(orjson.dumps([body["messages"], body.get("tools")]))
    return Prepared(body=body, prompt_bytes=prompt_bytes)


def lora_of(model: object, adapters: Sequence[str]) -> list[dict[str, float]]:
    """The scale of every adapter for one request: 1 for the one that is asked for, 0 for the others."""
    return [{"id": at, "scale": float(name == model)} for at, name in enumerate(adapters)]


def looks_spanish(text: str) -> bool:
    """A guess for the language of the system message; nothing about privacy hangs on it."""
    start = text[:2000].lower()
    return len(_SPANISH.findall(start)) + len(_SPANISH_LETTERS.findall(start)) > len(_ENGLISH.findall(start))


def _messages(asked: object) -> list[dict[str, Any]]:
    if not isinstance(asked, list) or not asked or not all(isinstance(message, dict) for message in asked):
        raise RequestError("messages must be a list with at least one message", param="messages")
    if any(_is_foreign(message.get("content")) for message in asked):
        raise RequestError("the model at home reads text only: no images, sound or files", param="messages")
    messages = [{**message, "role": "system"} if message.get("role") == "developer" else message for message in asked]
    if any(message.get("role") == "system" for message in messages):
        return messages
    # without one, SmolLM2's template puts its own in front and the model answers nonsense
    last = next((message.get("content") for message in reversed(messages) if message.get("role") == "user"), "")
    return [{"role": "system", "content": system_message(_text(last))}, *messages]


def system_message(text: str) -> str:
    """What stands before a text when its sender gave no system message; training writes the same."""
    return _SYSTEM["es" if looks_spanish(text) else "en"]


def _is_foreign(content: object) -> bool:
    parts = content if isinstance(content, list) else []
    return any(not isinstance(part, dict) or part.get("type") not in ("text", "refusal") for part in parts)


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _answer_bound(asked: dict[str, Any], settings: EngineSettings) -> int:
    wanted = asked.get("max_completion_tokens", asked.get("max_tokens"))
    if wanted is None:
        return settings.max_answer_tokens
    if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1:
        raise RequestError("max_tokens must be a whole number of at least 1", param="max_tokens")
    return min(wanted, settings.max_answer_tokens)


def _check_format(asked: object) -> None:
    if asked is None:
        return
    kind = asked.get("type") if isinstance(asked, dict) else None
    if not isinstance(asked, dict) or kind not in ("text", "json_object", "json_schema"):
        raise RequestError("response_format.type must be text, json_object or json_schema", param="response_format")
    if kind != "json_schema":
        return
    named = asked.get("json_schema")
    schema = named.get("schema") if isinstance(named, dict) else None
    if not isinstance(schema, dict):
        raise bad_schema()
    if len(orjson.dumps(schema)) > MAX_SCHEMA_BYTES or _depth(schema) > MAX_SCHEMA_DEPTH:
        raise bad_schema()


def bad_schema() -> RequestError:
    """The schema cannot be turned into a grammar. Its content is not repeated: it may hold people's words."""
    return RequestError(
        "response_format.json_schema.schema must be a JSON schema that can be enforced: known types, $ref into the "
        f"same document, at most {MAX_SCHEMA_DEPTH} levels and {MAX_SCHEMA_BYTES >> 10} kB",
        param="response_format",
        code="invalid_json_schema",
    )


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth
