"""The work of `ambos privacy calibrate` and `audit`: reads labelled data, measures the detector, asks `evaluate`."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ambos.app.house import recognisers
from ambos.errors import AmbosError, CalibrationError
from ambos.evaluate.risk import Target, choose, least_provable, needed, upper_bound
from ambos.messages import Finding, Kind, Leaf
from ambos.privacy import Cache, Detector, Reader
from ambos.privacy import Settings as PrivacySettings
from ambos.privacy.certificate import Certificate, InForce, Shown
from ambos.privacy.curve import Point
from ambos.privacy.labelled import Counts, Document, Unit, count, doubt, firsts, read_labelled, units
from ambos.privacy.recogniser import Recogniser, finish
from ambos.privacy.thresholds import GRID

DAY_MS: Final = 86_400_000
Tick = Callable[[], None]


class Remembered:
    """A recogniser that is asked once for each text: its findings do not depend on the threshold."""

    def __init__(self, inner: Recogniser) -> None:
        self.name, self.version = inner.name, inner.version
        self._inner = inner
        self._found: dict[str, list[Finding]] = {}

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        """As the recogniser."""
        if text not in self._found:
            self._found[text] = yield from self._inner.steps(text)
        return list(self._found[text])


def read_file(path: Path, *, need_spans: bool = True) -> list[Document]:
    """The documents of a file.

    Raises:
        CalibrationError: it cannot be read, or a line of it is wrong.
    """
    try:
        with path.open("rb") as lines:
            return read_labelled(lines, need_spans=need_spans)
    except OSError as error:
        raise CalibrationError(
            f"cannot read {path.name}: {error.strerror}", word="labelled_unreadable", file=path.name
        ) from None


def found_in(detector: Detector, document: Document) -> list[tuple[Finding, ...]]:
    """What the detector finds in a document, the document pass over all its texts included.

    Raises:
        CalibrationError: a recogniser failed on it.
    """
    reader = Reader(detector, Cache(key=os.urandom(32), entries=len(document.texts) + 1, size_bytes=1 << 26))
    leaves = [Leaf(("messages", place, "content"), text) for place, text in enumerate(document.texts)]
    try:
        return list(finish(reader.read(leaves, scope=b"calibrate")).findings)
    except AmbosError as error:
        raise CalibrationError(str(error), word="calibrate_failed", problem=str(error)) from None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the detector does at each threshold, from the safest to the one in force.

    Attributes:
        grid: thresholds, ascending.
        counts: for each threshold, for each document.
        units: for each threshold, those that hold anything sensitive, in an order that does not depend on the losses.
        detector: version of the one in force.
        doubts: for the first document of each group, at the threshold in force.
    """

    grid: tuple[float, ...]
    counts: tuple[tuple[Counts, ...], ...]
    units: tuple[tuple[Unit, ...], ...]
    detector: str
    doubts: tuple[float, ...]

    def table(self, loss: str) -> npt.NDArray[np.float64]:
        """Losses, (threshold, unit)."""
        return np.array([[getattr(one, loss) for one in row] for row in self.units], dtype=np.float64)

    def curve(self) -> list[Point]:
        """One point for each threshold."""
        return [
            Point(
                threshold,
                leak=sum(one.leaked for one in counts) / max(sum(one.sensitive for one in counts), 1),
                direct=sum(one.direct > 0 for one in of_units) / max(len(of_units), 1),
                harmless=sum(one.masked for one in counts) / max(sum(one.harmless for one in counts), 1),
                is_now=threshold == self.grid[-1],
            )
            for threshold, counts, of_units in zip(self.grid, self.counts, self.units, strict=True)
        ]


def measure(
    settings: PrivacySettings,
    documents: Sequence[Document],
    tick: Tick,
    *,
    tools: Sequence[Recogniser] | None = None,
    grid: Iterable[float] = GRID,
) -> Measured:
    """The detector of these settings at every threshold up to theirs.

    Args:
        settings: in force.
        documents: labelled.
        tick: called after each document at each threshold.
        tools: recognisers beside the rules; those of the settings where none are given.
        grid: thresholds to look at.
    """
    least = settings.least()
    top = max(least.values())
    steps = (*(one for one in grid if one < top), top)
    lowest = replace(settings, thresholds=dict.fromkeys(Kind, steps[0]))
    shared = [Remembered(one) for one in (recognisers(lowest) if tools is None else tools)]
    counts, rows, version = [], [], ""
    doubts: list[float] = []
    for step in steps:
        at = replace(settings, thresholds={kind: min(step, value) for kind, value in least.items()})
        detector = Detector(at, shared)
        counted, doubts = [], []
        for document in documents:
            found = found_in(detector, document)
            counted.append(count(document, found))
            doubts.append(doubt(document, found))
            tick()
        counts.append(tuple(counted))
        rows.append(units(documents, counted))
        version = Detector(settings, shared).version if step == top else ""
    order = np.random.default_rng(len(rows[0])).permutation(len(rows[0]))
    mixed = tuple(tuple(row[place] for place in order) for row in rows)
    compared = sorted(doubts[place] for place in firsts(documents))
    return Measured(steps, tuple(counts), mixed, version, tuple(compared))


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What could be shown.

    Attributes:
        is_met: the settings in force hold every target.
        mildest: highest threshold that holds them; None if not even the safest does.
        shown: each target at the settings in force.
        needed: units that would show each target there, were the losses as seen; None: no number would.
        least: the least bound that so many units could show at all.
    """

    measured: Measured
    confidence: float
    is_met: bool
    mildest: float | None
    shown: tuple[Shown, ...]
    needed: Mapping[str, int | None]
    least: float

    @property
    def n(self) -> int:
        """Units."""
        return len(self.measured.units[0])


def calibrate(measured: Measured, targets: Mapping[str, float], *, confidence: float, bound: str) -> Calibrated:
    """Walk from the safest threshold to the one in force.

    Raises:
        CalibrationError: nothing sensitive in the data, or a bound or confidence that is none.
    """
    n = len(measured.units[0])
    least = least_provable(n, confidence=confidence)
    single = all(one.is_single for one in measured.units[-1])
    wanted = [
        Target(loss, most, "binomial" if loss == "direct" and single else bound) for loss, most in targets.items()
    ]
    tables = {loss: measured.table(loss) for loss in targets}
    chosen = choose(tables, wanted, confidence=confidence)
    now = {loss: table[-1] for loss, table in tables.items()}
    shown = tuple(
        Shown(
            one.loss,
            one.most,
            one.bound,
            seen=round(float(now[one.loss].mean()), 6),
            upper=round(upper_bound(now[one.loss], confidence=confidence, bound=one.bound), 6),
        )
        for one in wanted
    )
    return Calibrated(
        measured,
        confidence,
        is_met=chosen.place == len(measured.grid) - 1,
        mildest=None if chosen.place is None else measured.grid[chosen.place],
        shown=shown,
        needed={one.loss: needed(now[one.loss], one, confidence=confidence) for one in wanted},
        least=least,
    )


def certificate(
    found: Calibrated,
    documents: int,
    in_force: InForce,
    *,
    about: Mapping[str, Any],
    now_ms: int,
    days: int,
    salt: bytes,
) -> Certificate:
    """The certificate of what was shown.

    Args:
        found: met.
        documents: how many the units were.
        in_force: hashes.
        about: domain, language, label_error.
        now_ms: the time.
        days: how long it holds.
        salt: 16 random bytes.
    """
    return Certificate(
        issued=now_ms,
        expires=now_ms + days * DAY_MS,
        domain=about["domain"],
        language=about["language"],
        units=found.n,
        documents=documents,
        label_error=about["label_error"],
        confidence=found.confidence,
        targets=found.shown,
        threshold=found.measured.grid[-1],
        in_force=in_force,
        statistics=tuple(round(one, 6) for one in found.measured.doubts),
        salt=salt.hex(),
    )
