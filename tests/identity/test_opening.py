from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import ForbiddenError, RequestError
from ambos.identity.opening import (
    BREAK_GLASS_MS,
    CONFIRM_MS,
    DELAY_MS,
    REVIEW_MS,
    Mode,
    Opening,
    State,
    check_lives,
    check_open,
    check_reason,
    check_waits,
    term_of,
)


def opening(mode: Mode, now_ms: int = 0) -> Opening:
    term = term_of(mode, now_ms)
    times = (term.lapses_ms, term.begins_ms, term.until_ms)
    return Opening("i_1", "t", mode, "p_ana", now_ms, *times, None, None, term.review_due_ms, None, None)


@pytest.mark.parametrize(
    ("mode", "at_ms", "state"),
    [
        (Mode.DUAL, 0, State.WAITS),
        (Mode.DUAL, CONFIRM_MS, State.LAPSED),
        (Mode.DELAYED, DELAY_MS - 1, State.DELAYED),
        (Mode.DELAYED, DELAY_MS, State.OPEN),
        (Mode.BREAK_GLASS, 0, State.OPEN),
        (Mode.BREAK_GLASS, BREAK_GLASS_MS - 1, State.OPEN),
        (Mode.BREAK_GLASS, BREAK_GLASS_MS, State.OVER),
    ],
)
def test_states_follow_the_times(mode: Mode, at_ms: int, state: State) -> None:
    assert opening(mode).state(at_ms) is state
    assert replace(opening(mode), ended_ms=1).state(at_ms) is State.ENDED


def test_a_broken_glass_is_an_open_control_until_somebody_has_looked() -> None:
    broken = opening(Mode.BREAK_GLASS)
    assert broken.is_to_review()
    assert not broken.is_overdue(REVIEW_MS - 1)
    assert broken.is_overdue(REVIEW_MS)
    assert not replace(broken, reviewed_ms=REVIEW_MS + 1).is_to_review()
    assert not opening(Mode.DUAL).is_to_review()


@given(st.sampled_from(Mode), st.integers(0, 2**40), st.integers(0, 2**40))
def test_nobody_looks_but_who_asked_and_only_while_it_is_open(mode: Mode, asked: int, now: int) -> None:
    one = opening(mode, asked)
    with pytest.raises(ForbiddenError):
        check_open(one, "p_luis", now)
    if one.state(now) is State.OPEN:
        check_open(one, "p_ana", now)
        check_lives(one, now)
        assert mode is not Mode.DUAL
    else:
        with pytest.raises(ForbiddenError):
            check_open(one, "p_ana", now)
    if one.state(now) is not State.WAITS:
        with pytest.raises(RequestError):
            check_waits(one, now)


def test_what_was_never_open_was_seen_by_nobody() -> None:
    delayed = opening(Mode.DELAYED)
    assert not replace(delayed, ended_ms=5).was_open(DELAY_MS)
    assert delayed.was_open(DELAY_MS)
    with pytest.raises(RequestError):
        check_lives(replace(delayed, ended_ms=5), 6)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_there_is_a_reason(reason: str) -> None:
    with pytest.raises(RequestError):
        check_reason(reason)
    assert len(check_reason("x" * 9000)) == 2000
