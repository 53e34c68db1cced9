from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import RateLimitError
from ambos.identity import InFlight, TokenBucket

STEPS = st.lists(st.floats(-5, 5), max_size=80)


@given(STEPS, st.integers(1, 5), st.floats(0.1, 3))
def test_no_more_than_the_bucket_and_its_refill_are_allowed(steps: list[float], capacity: int, rate: float) -> None:
    bucket, now, latest, allowed = TokenBucket(capacity, rate, now=0.0), 0.0, 0.0, 0
    for step in steps:
        now += step
        latest = max(latest, now)
        bucket, is_allowed = bucket.take(now)
        allowed += is_allowed
    assert allowed <= capacity + latest * rate + 1e-6


@given(STEPS, st.integers(1, 5), st.floats(0.1, 3))
def test_after_the_wait_the_next_one_is_allowed(steps: list[float], capacity: int, rate: float) -> None:
    bucket, now = TokenBucket(capacity, rate, now=0.0), 0.0
    for step in steps:
        now += abs(step)
        bucket, _ = bucket.take(now)
    wait_s = bucket.wait_s(now)
    assert bucket.take(now + wait_s + 1e-6)[1]
    if wait_s > 1e-3:
        assert not bucket.take(now + wait_s - 1e-3)[1]


def test_a_bucket_that_never_fills_says_so() -> None:
    assert TokenBucket(capacity=1, per_second=0, now=0, left=0).wait_s(9) == math.inf
    assert TokenBucket(capacity=0, per_second=9, now=0).wait_s(9) == math.inf
    assert not TokenBucket(capacity=0, per_second=9, now=0).take(9)[1]


def test_a_principal_s_requests_are_counted_apart() -> None:
    running = InFlight(2)
    running.enter("p_a")
    running.enter("p_a")
    running.enter("p_b")
    with pytest.raises(RateLimitError, match="2 requests"):
        running.enter("p_a")
    running.leave("p_a")
    running.enter("p_a")


def test_leaving_once_too_often_gives_no_credit() -> None:
    running = InFlight(1)
    running.leave("p_a")
    running.leave("p_a")
    running.enter("p_a")
    with pytest.raises(RateLimitError):
        running.enter("p_a")
