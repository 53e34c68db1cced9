"""What an upstream's status means: codes of a closed set. Its own words and headers are never passed on."""

from __future__ import annotations

from ambos.errors import AmbosError, EngineError, OverloadedError, UpstreamError, UpstreamTimeoutError

_RETRYABLE = frozenset({"connect", "rate_limited", "unavailable", "truncated", "timeout"})
_WORDS = {
    "credentials": "the provider refused our key; the operator must mend `api_key_env`",
    "model": "the provider does not know this model",
    "refused": "the provider refused the request",
    "rate_limited": "the provider has too many requests of ours; try again later",
    "unavailable": "the provider is out of order; try again later",
    "redirect": "the provider answered with a redirect, which is not followed",
    "connect": "the provider cannot be reached",
    "truncated": "the provider ended in the middle of its answer",
    "malformed": "the provider answered something that is not its protocol",
}


def failure(reason: str, *, retry_after_s: float | None = None) -> UpstreamError:
    """The error for one of the closed reasons."""
    return UpstreamError(_WORDS[reason], reason=reason, retry_after_s=retry_after_s)


def of_status(status: int, retry_after: str) -> UpstreamError:
    """The error for a status that is not 200."""
    if status in (401, 403):
        return failure("credentials")
    if status == 404:
        return failure("model")
    if status == 429:
        wait = float(retry_after) if retry_after.isdigit() and len(retry_after) < 6 else None
        return failure("rate_limited", retry_after_s=wait)
    if 300 <= status < 400:
        return failure("redirect")
    return failure("unavailable" if status >= 500 else "refused")


def is_retryable(error: Exception) -> bool:
    """Another attempt may help; asked before the first delta only."""
    if isinstance(error, UpstreamTimeoutError | EngineError):
        return True
    if isinstance(error, UpstreamError):
        return error.reason in _RETRYABLE
    return isinstance(error, AmbosError) and isinstance(error, OverloadedError)
