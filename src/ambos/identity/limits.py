"""How much one principal may ask in a time: a token bucket as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace


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
        left = self.capacity if self.left < 0 else self.left
        left = min(self.capacity, left + max(0.0, now - self.now) * self.per_second)
        is_allowed = left >= 1.0
        return replace(self, now=now, left=left - 1.0 if is_allowed else left), is_allowed
