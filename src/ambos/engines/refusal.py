"""Our errors for what the engine refuses. Its own texts repeat pieces of requests: they are never passed on."""

from __future__ import annotations

import orjson

from ambos.engines.prompt import Prepared, bad_schema
from ambos.errors import AmbosError, EngineError, RequestError


def too_long(max_prompt_tokens: int) -> RequestError:
    """The prompt passes its bound."""
    return RequestError(
        f"the conversation is too long for the model at home: it reads at most {max_prompt_tokens} tokens",
        param="messages",
        code="context_length_exceeded",
    )


def explain_refusal(status: int, body: bytes, request: Prepared, max_prompt_tokens: int) -> AmbosError:
    """Our error for an answer of llama.cpp that is not 200."""
    try:
        kind = orjson.loads(body)["error"]["type"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        kind = ""
    if status == 400 and kind == "exceed_context_size_error":
        return too_long(max_prompt_tokens)
    if status == 400 and "response_format" in request.body:
        return bad_schema()
    if status == 400:
        return RequestError("the model at home cannot take this request: check the types of its fields")
    if status == 503:
        return EngineError("the engine is still loading its model; try again in a moment")
    return EngineError(f"the engine refused the request (status {status})")
