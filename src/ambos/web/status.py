"""Which status a failure has. `web` alone chooses status codes."""

from __future__ import annotations

from ambos import errors

# The first class that fits counts: children stand before their parents.
_TABLE: tuple[tuple[type[errors.AmbosError], int], ...] = (
    (errors.TooLargeError, 413),
    (errors.UnknownModelError, 404),
    (errors.UnknownRouteError, 404),
    (errors.AuthenticationError, 401),
    (errors.PolicyBlockedError, 403),
    (errors.ForbiddenError, 403),
    (errors.RateLimitError, 429),
    (errors.RequestError, 400),
    (errors.AdaptError, 409),
    (errors.CorpusError, 409),
    (errors.NoModelError, 503),
    (errors.OverloadedError, 503),
    (errors.EngineError, 502),
    (errors.UpstreamTimeoutError, 504),
    (errors.UpstreamError, 502),
    (errors.ModelError, 502),
    (errors.LogUnavailableError, 503),
    (errors.StoreError, 503),
)
_UPSTREAM = {"rate_limited": 429, "unavailable": 503}
_BY_CODE = {"method_not_allowed": 405, "request_timeout": 408, "unsupported_encoding": 415}


def status_of(error: errors.AmbosError) -> int:
    """The status code of `error`; 500 for whatever is our own fault."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, errors.UpstreamError) and error.reason in _UPSTREAM:
        return _UPSTREAM[error.reason]
    return next((status for kind, status in _TABLE if isinstance(error, kind)), 500)
