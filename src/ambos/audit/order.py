"""Which entries of one request may follow which (docs/spec/audit-log.md section 10).

Entries of different requests interleave freely. A crash leaves a request unfinished, which is legal and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_ENDINGS: Final = frozenset({"completed", "failed", "cancelled"})
_REQUEST_EVENTS: Final = _ENDINGS | {"decided", "egress", "refused"}


@dataclass(slots=True)
class _Progress:
    """What is known of a request that is not finished."""

    is_restricted: bool
    is_completed: bool = False
    open: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)


Unfinished: TypeAlias = "tuple[str, bool, bool, tuple[int, ...], tuple[int, ...]]"
"""A request that is not finished: handle, restricted, completed, attempts that left, attempts that ended."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """What is known of unfinished requests after some entry, so that a later check can go on from there.

    Attributes:
        unfinished: the one that moved longest ago first.
        forgotten_open: attempts without an ending of requests that were forgotten.
        has_forgotten: some request was forgotten.
    """

    unfinished: tuple[Unfinished, ...] = ()
    forgotten_open: int = 0
    has_forgotten: bool = False


class OrderCheck:
    """Follows requests through the log; forgets the one that moved longest ago when there are more than `limit`."""

    def __init__(self, limit: int, start: OrderState | None = None) -> None:
        start = start or OrderState()
        self._limit = limit
        self._requests = {
            request: _Progress(is_restricted, is_completed, set(left), set(ended))
            for request, is_restricted, is_completed, left, ended in start.unfinished
        }
        self._forgotten_open = start.forgotten_open
        self._has_forgotten = start.has_forgotten
        self.unplaced = 0

    @property
    def state(self) -> OrderState:
        """What a later check needs to go on from here."""
        unfinished = tuple(
            (request, one.is_restricted, one.is_completed, tuple(sorted(one.open)), tuple(sorted(one.ended)))
            for request, one in self._requests.items()
        )
        return OrderState(unfinished, self._forgotten_open, self._has_forgotten)

    @property
    def unanswered(self) -> int:
        """Attempts that left and have no ending."""
        return self._forgotten_open + sum(len(progress.open) for progress in self._requests.values())

    def follow(self, event: str, fields: Mapping[str, object]) -> str | None:
        """What is impossible about this entry where it stands, in words; None when nothing is."""
        if event not in _REQUEST_EVENTS:
            return None
        request = str(fields["request"])
        progress = self._requests.pop(request, None)
        if progress is None:
            return self._begin(event, request, fields)
        disorder, is_finished = _step(event, progress, fields)
        if not is_finished:
            self._requests[request] = progress  # at the end: it moved last
        return disorder

    def _begin(self, event: str, request: str, fields: Mapping[str, object]) -> str | None:
        if event == "refused":
            return None
        if event == "decided":
            self._remember(request, _Progress(fields["level"] == "restricted"))
            return None
        if self._has_forgotten:
            self.unplaced += 1
            return None
        return f"`{event}` of a request that has no `decided` before it, or was finished"

    def _remember(self, request: str, progress: _Progress) -> None:
        self._requests[request] = progress
        if len(self._requests) > self._limit:
            oldest = self._requests.pop(next(iter(self._requests)))
            self._forgotten_open += len(oldest.open)
            self._has_forgotten = True


def _step(event: str, progress: _Progress, fields: Mapping[str, object]) -> tuple[str | None, bool]:
    """What is impossible, and whether the request is finished."""
    if event == "decided":
        return "`decided` twice for one request", False
    if event == "refused":
        disorder = "`refused` of a request that has gone out and is not ended" if progress.open else None
        return disorder, True
    attempt = int(str(fields["attempt"]))
    if event == "egress":
        return _egress(progress, attempt), False
    return _ending(event, progress, attempt, fields["zone"] == "outside")


def _egress(progress: _Progress, attempt: int) -> str | None:
    if progress.is_restricted:
        return "`egress` of a request that was decided restricted"
    if progress.is_completed:
        return "`egress` of a request that was completed"
    if attempt in progress.open or attempt in progress.ended:
        return f"`egress` twice for attempt {attempt}"
    progress.open.add(attempt)
    return None


def _ending(event: str, progress: _Progress, attempt: int, is_outside: bool) -> tuple[str | None, bool]:
    if attempt in progress.ended:
        return f"attempt {attempt} ends twice", False
    if is_outside and attempt not in progress.open:
        return f"`{event}` of attempt {attempt} outside, without its `egress`", False
    if not is_outside and attempt in progress.open:
        return f"`{event}` of attempt {attempt} inside, which left by an `egress`", False
    if event == "completed" and progress.is_completed:
        return "`completed` twice for one request", False
    progress.open.discard(attempt)
    progress.ended.add(attempt)
    progress.is_completed = progress.is_completed or event == "completed"
    return None, progress.is_completed and not progress.open
