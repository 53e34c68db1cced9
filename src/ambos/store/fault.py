"""The first wrong place that a verification found, and how a check ends with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """The first wrong place: a file, a table, or a position in the log, and what is wrong there."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Wrong(Exception):  # noqa: N818  not an error of ours: how a check inside the verification ends
    """Carries a fault out of a check."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(place, what)
