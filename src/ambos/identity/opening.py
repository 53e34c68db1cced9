"""When somebody may see what others sent: two people, one person after a day, or one at once and reviewed after.

Times and states only; who may ask and confirm is the table of `permissions`, that two are two is `people`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ambos.errors import ForbiddenError, RequestError

_HOUR_MS: Final = 3_600_000
CONFIRM_MS: Final = 7 * 24 * _HOUR_MS  # a request that nobody has answered by then is forgotten
DUAL_MS: Final = 24 * _HOUR_MS  # how long what two people agreed on stays open
DELAY_MS: Final = 24 * _HOUR_MS  # of a house where nobody else could confirm (issue 4, "Access")
BREAK_GLASS_MS: Final = 30 * 60_000
REVIEW_MS: Final = 72 * _HOUR_MS
MAX_RECORDS: Final = 256
MAX_REASON: Final = 2000  # characters


class Mode(StrEnum):
    """How an opening came to be. In the log `delayed` is `dual` without a second person."""

    DUAL = "dual"
    DELAYED = "delayed"
    BREAK_GLASS = "break_glass"


class State(StrEnum):
    """What an opening is at some time."""

    WAITS = "waits"  # for a second person
    DELAYED = "delayed"  # its day has not come
    OPEN = "open"
    OVER = "over"
    ENDED = "ended"  # declined, withdrawn or closed early
    LAPSED = "lapsed"  # nobody answered


@dataclass(frozen=True, slots=True)
class Term:
    """When an opening begins and ends. None in `begins_ms`: once somebody confirms."""

    lapses_ms: int
    begins_ms: int | None = None
    until_ms: int | None = None
    review_due_ms: int | None = None


def term_of(mode: Mode, now_ms: int) -> Term:
    """The times of an opening that is asked for now.

    >>> term_of(Mode.BREAK_GLASS, 0).until_ms == 30 * 60 * 1000
    True
    """
    if mode is Mode.BREAK_GLASS:
        return Term(now_ms, now_ms, now_ms + BREAK_GLASS_MS, now_ms + REVIEW_MS)
    if mode is Mode.DELAYED:
        begins = now_ms + DELAY_MS
        return Term(begins, begins, begins + DUAL_MS)
    return Term(now_ms + CONFIRM_MS)


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of others' content.

    Attributes:
        id: handle ("i_...").
        asked_by, second, reviewed_by: principals.
        records: handles of what it opens, with their owners.
        review_due_ms: of a break-glass, when somebody else must have looked at it.
    """

    id: str
    tenant: str
    mode: Mode
    asked_by: str
    asked_ms: int
    lapses_ms: int
    begins_ms: int | None
    until_ms: int | None
    second: str | None
    ended_ms: int | None
    review_due_ms: int | None
    reviewed_by: str | None
    reviewed_ms: int | None
    records: tuple[tuple[str, str], ...] = ()

    def state(self, now_ms: int) -> State:
        """What it is at `now_ms`."""
        if self.ended_ms is not None:
            return State.ENDED
        if self.begins_ms is None or self.until_ms is None:
            return State.WAITS if now_ms < self.lapses_ms else State.LAPSED
        if now_ms < self.begins_ms:
            return State.DELAYED
        return State.OPEN if now_ms < self.until_ms else State.OVER

    def of_owner(self, owner: str) -> Opening:
        """The same, with the records of this owner alone: an author is told of their own."""
        return replace(self, records=tuple(one for one in self.records if one[1] == owner))

    def was_open(self, now_ms: int) -> bool:
        """Something could be seen through it at some time until now."""
        if self.begins_ms is None or self.begins_ms > now_ms:
            return False
        return self.ended_ms is None or self.ended_ms > self.begins_ms

    def is_to_review(self) -> bool:
        """An open control: somebody broke the glass, and nobody else has looked at it."""
        return self.review_due_ms is not None and self.reviewed_ms is None

    def is_overdue(self, now_ms: int) -> bool:
        """Nobody has looked at it in time."""
        return self.is_to_review() and now_ms >= (self.review_due_ms or 0)


def check_waits(opening: Opening, now_ms: int) -> None:
    """Nothing, if a second person may confirm this now.

    Raises:
        RequestError: it was answered, or lapsed.
    """
    if opening.state(now_ms) is not State.WAITS:
        raise RequestError(f"this opening does not wait for anybody: it is {opening.state(now_ms)}", param="id")


def check_lives(opening: Opening, now_ms: int) -> None:
    """Nothing, if there is still something to end.

    Raises:
        RequestError: it is over already.
    """
    if opening.state(now_ms) not in (State.WAITS, State.DELAYED, State.OPEN):
        raise RequestError(f"there is nothing to end: it is {opening.state(now_ms)}", param="id")


def check_open(opening: Opening, principal: str, now_ms: int) -> None:
    """Nothing, if `principal` may look through this opening now.

    Raises:
        ForbiddenError: it is another's, not open yet, or not any more.
    """
    if opening.asked_by != principal:
        raise ForbiddenError("this opening is another's")
    if opening.state(now_ms) is not State.OPEN:
        raise ForbiddenError(f"nothing is open by this: it is {opening.state(now_ms)}")


def check_reason(reason: str) -> str:
    """The reason as it is kept.

    Raises:
        RequestError: there is none.
    """
    if not reason.strip():
        raise RequestError("others' content is opened with a reason, in your own words", param="reason")
    return reason.strip()[:MAX_REASON]
