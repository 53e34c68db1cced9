"""Our chat tree in the dialect of a provider: the exact bytes that leave. The tree is never changed.

The house's tree is OpenAI's, so that OpenAI's dialect is nearly the tree itself; `messages` says what Anthropic's is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from ambos.errors import InternalError, MalformedError
from ambos.messages import Json
from ambos.wire.messages_request import messages_request

DIALECTS: Final = ("openai", "compatible", "mistral", "anthropic")
"""`openai` is OpenAI and Azure; `compatible` every server that imitates it; `mistral` an imitator that refuses more."""

# What steers the answer's way back to the caller, or what Ambos keeps itself: never a provider's business.
_OWN: Final = frozenset(("model", "stream", "stream_options", "previous_response_id", "store", "ambos"))
# Fields that imitators refuse or do not know, whatever they do with the others (Mistral answers 422 to unknown ones).
_UNKNOWN: Final[Mapping[str, frozenset[str]]] = {
    "compatible": frozenset(("service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention")),
    "mistral": frozenset(
        (
            *("service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "user", "metadata"),
            *("logprobs", "top_logprobs", "logit_bias", "modalities", "audio", "verbosity", "web_search_options"),
        )
    ),
}


def render(dialect: str, tree: Json, *, model: str, is_stream: bool) -> bytes:
    """The bytes of a request for `model`, in one of `DIALECTS`.

    A stream is always asked for its usage, since the cost of a call is logged.

    Raises:
        RequestError: the dialect has no form for something in the request; `param` names it.
    """
    if not isinstance(tree, dict):
        raise MalformedError("the request must be an object")
    if dialect not in DIALECTS:
        raise InternalError(f"a provider has no known dialect; it must be one of {', '.join(DIALECTS)}")
    shaped = _shaped(dialect, tree)
    request: dict[str, Json] = {"model": model}
    request.update((name, value) for name, value in shaped.items() if name not in _OWN)
    if is_stream:
        request["stream"] = True
        if dialect in ("openai", "compatible"):
            request["stream_options"] = {"include_usage": True}
    return orjson.dumps(request)


def _shaped(dialect: str, tree: dict[str, Json]) -> dict[str, Json]:
    if dialect == "anthropic":
        return messages_request(tree)
    return _imitated(tree, dialect) if dialect in _UNKNOWN else tree


def _imitated(tree: dict[str, Json], dialect: str) -> dict[str, Json]:
    """The older names that all imitators know: `max_tokens`, the role `system`, and `random_seed` for Mistral."""
    shaped = {name: value for name, value in tree.items() if name not in _UNKNOWN[dialect]}
    if (limit := shaped.pop("max_completion_tokens", None)) is not None:
        shaped["max_tokens"] = limit
    if dialect == "mistral" and (seed := shaped.pop("seed", None)) is not None:
        shaped["random_seed"] = seed
    messages = shaped.get("messages")
    if isinstance(messages, list):
        shaped["messages"] = [_without_developer(message) for message in messages]
    return shaped


def _without_developer(message: Json) -> Json:
    if isinstance(message, dict) and message.get("role") == "developer":
        return {**message, "role": "system"}
    return message
