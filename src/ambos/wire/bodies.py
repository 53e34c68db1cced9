"""Small bodies: errors in OpenAI's form with all four keys, and the list of models that both SDKs accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from ambos import errors
from ambos.messages import ServedModel

_TYPES: Final[tuple[tuple[type[errors.AmbosError], str], ...]] = (
    (errors.AuthenticationError, "authentication_error"),
    (errors.PolicyBlockedError, "permission_error"),
    (errors.ForbiddenError, "permission_error"),
    (errors.UnknownModelError, "not_found_error"),
    (errors.UnknownRouteError, "not_found_error"),
    (errors.RateLimitError, "rate_limit_error"),
    (errors.RequestError, "invalid_request_error"),
    (errors.ModelError, "api_error"),
)


_INTERNAL: Final = (
    "Ambos cannot write down what it would do, or cannot decide it, so nothing more is sent; see `ambos doctor`"
)


def error_object(error: errors.AmbosError) -> dict[str, Any]:
    """`{"error": {message, type, param, code}}`. Of our own state only the code is told: messages may name paths."""
    kind = next((word for cls, word in _TYPES if isinstance(error, cls)), "")
    message = str(error) if kind else _INTERNAL
    param = getattr(error, "param", None)
    return {"error": {"message": message, "type": kind or "server_error", "param": param, "code": error.code}}


def error_body(error: errors.AmbosError, request_id: str) -> bytes:
    """The body of a failed request; the request id also stands in a header."""
    return orjson.dumps({**error_object(error), "request_id": request_id})


def model_object(model: ServedModel) -> dict[str, Any]:
    """One model in the union of OpenAI's and Anthropic's form."""
    return {
        "id": model.name,
        "object": "model",
        "created": 0,
        "owned_by": model.provider,
        "type": "model",
        "display_name": model.name,
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
    }


def model_body(model: ServedModel) -> bytes:
    """`GET /v1/models/{id}`."""
    return orjson.dumps(model_object(model))


def models_body(models: Sequence[ServedModel]) -> bytes:
    """`GET /v1/models`."""
    listed = [model_object(model) for model in models]
    ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"]} if listed else {"first_id": None, "last_id": None}
    return orjson.dumps({"object": "list", "data": listed, "has_more": False, **ends})
