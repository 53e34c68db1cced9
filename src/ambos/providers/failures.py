"""What an upstream's status means: one of the closed reasons of `wire`. Its own words and headers are never passed on."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Final

from ambos.errors import AmbosError, EgressError, EngineError, OverloadedError, UpstreamError, UpstreamTimeoutError
from ambos.wire import body_reason, upstream_failure

_RETRYABLE: Final = frozenset(("connect", "rate_limited", "unavailable", "truncated", "timeout"))
_STATUSES: Final = {
    401: "credentials",
    402: "quota",
    403: "credentials",
    404: "model",
    408: "timeout",
    429: "rate_limited",
}
REASON: Final = "x-ambos-broker"  # header of the broker's own answers: why there is no connection
_LONGEST_WAIT_S: Final = 86_400.0


def timed_out(what: str) -> UpstreamTimeoutError:
    """The error for a provider that did not connect, begin, go on or end in time."""
    return UpstreamTimeoutError(f"the provider did not {what} in time", reason="timeout")


def of_status(status: int, body: bytes, retry_after_s: float | None) -> AmbosError:
    """The error for a status that is not 200; of the body only a code of the closed table is looked at."""
    if 200 <= status < 300:
        return upstream_failure("malformed")
    if 300 <= status < 400:
        return upstream_failure("redirect")
    reason = _STATUSES.get(status, "unavailable" if status >= 500 else "refused")
    if status in (400, 404, 413, 429):  # what these mean is finer in the body; for the others the status is enough
        reason = body_reason(body, otherwise=reason)
    return upstream_failure(reason, retry_after_s=retry_after_s if reason in ("rate_limited", "unavailable") else None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a provider asks to wait, when it says so in digits (RFC 9110 section 10.2.3).

    Args:
        headers: of the answer, names in lower case.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        text = headers.get(name, "")
        if text.isascii() and text.isdigit() and len(text) < 12:
            return min(int(text) * unit, _LONGEST_WAIT_S)
    return None


def of_connection(error: Exception) -> AmbosError:
    """The error for a connection that failed; a foreign error's text may hold an address and is dropped."""
    if isinstance(error, EgressError):
        return error
    if isinstance(error, TimeoutError):
        return timed_out("connect or begin to answer")
    if isinstance(error, ssl.SSLError):
        return upstream_failure("tls")
    return upstream_failure("connect")


def of_broker(reason: str) -> AmbosError:
    """The error for what the broker said instead of an answer."""
    if reason == "egress":
        return EgressError("the broker may not connect to this provider: see its address and zone")
    if reason == "timeout":
        return timed_out("connect")
    return upstream_failure("tls" if reason == "tls" else "connect")


def is_retryable(error: Exception) -> bool:
    """Another attempt may help; asked before the first delta only."""
    if isinstance(error, UpstreamTimeoutError | EngineError | OverloadedError):
        return True
    return isinstance(error, UpstreamError) and error.reason in _RETRYABLE
