"""How a provider can fail, as a closed set of reasons with our own words; its words are never passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from ambos.errors import AmbosError, RequestError, UpstreamError
from ambos.messages import Json

_WORDS: Final[Mapping[str, str]] = {
    "connect": "the provider cannot be reached",
    "credentials": "the provider refused our key; the operator must mend `api_key_env`",
    "failed": "the provider reported an error in its answer",
    "malformed": "the provider answered something that is not its protocol",
    "model": "the provider does not know this model",
    "quota": "the provider says that the account has no credit left; the operator must see to it",
    "rate_limited": "the provider has too many requests of ours; try again later",
    "redirect": "the provider answered with a redirect, which is not followed",
    "refused": "the provider refused the request",
    "tls": "the provider's certificate is not one that this machine trusts",
    "timeout": "the provider did not connect, begin or go on in time",
    "too_large": "the provider's answer passed a limit",
    "truncated": "the provider ended in the middle of its answer",
    "unavailable": "the provider is out of order; try again later",
}
# What `code` or `type` of an error object says (OpenAI, Azure, Anthropic, vLLM and llama.cpp, by their references).
_REASONS: Final[Mapping[str, str]] = {
    "invalid_api_key": "credentials",
    "authentication_error": "credentials",
    "permission_error": "credentials",
    "model_not_found": "model",
    "not_found_error": "model",
    "insufficient_quota": "quota",
    "billing_error": "quota",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "server_error": "unavailable",
    "api_error": "unavailable",
    "overloaded_error": "unavailable",
    "timeout_error": "timeout",
    "invalid_request_error": "refused",
    "context_length_exceeded": "context_length",
    "exceed_context_size_error": "context_length",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
}


def upstream_failure(reason: str, *, retry_after_s: float | None = None) -> AmbosError:
    """The error for one of the closed reasons; a `RequestError` for the two that the caller can mend."""
    if reason == "context_length":
        return RequestError(
            "the conversation is longer than this model can read: shorten it or ask another model",
            param="messages",
            code="context_length_exceeded",
        )
    if reason == "content_filter":
        return RequestError("the provider's content filter refused the request", code="content_filter")
    return UpstreamError(_WORDS[reason], reason=reason, retry_after_s=retry_after_s)


def told_reason(error: Json, *, otherwise: str = "failed") -> str:
    """The closed reason in the `code` or `type` of a provider's `error` value; nothing else of it is looked at."""
    if isinstance(error, dict):
        for name in ("code", "type"):
            word = error.get(name)
            if isinstance(word, str) and word in _REASONS:
                return _REASONS[word]
    return otherwise


def body_reason(body: bytes, *, otherwise: str) -> str:
    """`told_reason` of the body of a failed request; `otherwise` when it tells nothing that is known."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return otherwise
    return told_reason(told.get("error"), otherwise=otherwise) if isinstance(told, dict) else otherwise
