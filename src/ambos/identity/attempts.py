"""How often somebody may try to sign in: a table of limits. Who counts, and where, is the store's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ambos.errors import RateLimitError

_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` failures in `window_ms`, counted from the first one."""

    most: int
    window_ms: int


LIMITS: Final = {
    # One account from one address: a person who mistypes has five tries, and nobody else is shut out by them.
    "pair": Limit(5, 15 * _MINUTE_MS),
    # One address, whatever the account: against a list of names.
    "address": Limit(50, 15 * _MINUTE_MS),
    # One account from everywhere: against many addresses. NIST SP 800-63B-4 section 3.2.2 allows 100.
    "account": Limit(100, 60 * _MINUTE_MS),
}


class AttemptsError(RateLimitError):
    """Too many log-ins failed; told alike whether the account exists or not."""

    code = "too_many_attempts"

    def __init__(self, wait_ms: int) -> None:
        super().__init__("too many attempts to sign in: wait and try again")
        self.retry_after_s = max(1.0, wait_ms / 1000)


def check_attempts(kind: str, *, count: int, until_ms: int, now_ms: int) -> None:
    """Nothing, if one more may be tried.

    Args:
        count: failures of this window.
        until_ms: when the window ends.

    Raises:
        AttemptsError: as many as allowed have failed, and the window is not over.

    >>> check_attempts("pair", count=5, until_ms=10, now_ms=10)
    """
    if count >= LIMITS[kind].most and until_ms > now_ms:
        raise AttemptsError(until_ms - now_ms)
