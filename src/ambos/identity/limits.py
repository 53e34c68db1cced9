"""How much one principal may ask in a time, and at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ambos.errors import RateLimitError


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """`capacity` requests at once, refilled at `per_second`.

    Attributes:
        now: seconds of any steady clock at which `left` was true.
    """

    capacity: float
    per_second: float
    now: float
    left: float = -1.0

    def take(self, now: float) -> tuple[TokenBucket, bool]:
        """The bucket after one request at `now`, and whether it is allowed.

        >>> TokenBucket(capacity=1, per_second=1, now=0).take(0)[0].take(0.5)[1]
        False
        """
        left = self._left_at(now)
        is_allowed = left >= 1.0
        # A clock that steps back must not refill the same second twice.
        return replace(self, now=max(now, self.now), left=left - 1.0 if is_allowed else left), is_allowed

    def wait_s(self, now: float) -> float:
        """Seconds from `now` until `take` allows the next request: 0 at once, infinity never.

        >>> TokenBucket(capacity=1, per_second=2, now=0, left=0).wait_s(0)
        0.5
        """
        missing = 1.0 - self._left_at(now)
        if missing <= 0:
            return 0.0
        return missing / self.per_second if self.per_second > 0 and self.capacity >= 1 else float("inf")

    def _left_at(self, now: float) -> float:
        left = self.capacity if self.left < 0 else self.left
        return min(self.capacity, left + max(0.0, now - self.now) * self.per_second)


class InFlight:
    """How many requests of each principal are running. One for each worker; it forgets who has none.

    A caller leaves in a `finally`: what is not given back is lost until the worker ends.
    """

    __slots__ = ("_limit", "_running")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: dict[str, int] = {}

    def enter(self, principal: str) -> None:
        """Count one more.

        Raises:
            RateLimitError: as many as allowed are running; nothing was counted.
        """
        running = self._running.get(principal, 0)
        if running >= self._limit:
            raise RateLimitError(
                f"{running} requests of this key's owner are running, as many as allowed; wait for one"
            )
        self._running[principal] = running + 1

    def leave(self, principal: str) -> None:
        """Count one less; without an `enter` before it, nothing."""
        running = self._running.pop(principal, 0) - 1
        if running > 0:
            self._running[principal] = running
