"""The work of `ambos privacy audit`: goes on with the watch over a certificate (docs/spec/calibration.md 7)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ambos.app.calibration import FOLDER, WATCH, write_private
from ambos.cli.calibrating import Tick, found_in
from ambos.errors import CalibrationError
from ambos.evaluate.watch import LossWatch, ShiftWatch
from ambos.privacy import Detector
from ambos.privacy.certificate import Certificate
from ambos.privacy.labelled import Document, count, doubt, firsts, units

_FORMAT: Final = "ambos watch v1"
_MARK_BYTES: Final = 16


@dataclass(slots=True)
class Watch:
    """The state of both watches over one certificate.

    Attributes:
        certificate: its hash.
        losses: by loss.
        scores: over the statistic.
        seen: marks of the samples counted.
        measured: the statistic of new texts, in order, by which the watch over scores is made again.
    """

    certificate: str
    losses: dict[str, LossWatch]
    scores: ShiftWatch
    seen: set[str]
    measured: list[float]


def begin(made: Certificate) -> Watch:
    """A watch that has seen nothing."""
    losses = {one.loss: LossWatch(one.most) for one in made.targets}
    return Watch(made.hash, losses, ShiftWatch(list(made.statistics)), set(), [])


def load(directory: Path, made: Certificate) -> Watch:
    """The watch over this certificate as it was left.

    Raises:
        CalibrationError: its file is damaged: what was counted is lost, so calibrate anew.
    """
    try:
        tree: Any = json.loads((directory / FOLDER / WATCH).read_bytes())
        if tree["format"] != _FORMAT:
            raise ValueError
        if tree["certificate"] != made.hash:
            return begin(made)
        losses = {
            one.loss: LossWatch(
                one.most, [float(x) for x in tree["losses"][one.loss]["logs"]], tree["losses"][one.loss]["count"]
            )
            for one in made.targets
        }
        measured = [float(one) for one in tree["measured"]]
        scores = ShiftWatch([*made.statistics, *measured], [float(one) for one in tree["capitals"]], len(measured))
        return Watch(made.hash, losses, scores, {str(one) for one in tree["seen"]}, measured)
    except FileNotFoundError:
        return begin(made)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, CalibrationError):
        raise CalibrationError("the state of the watch is damaged: calibrate anew", word="watch_bad") from None


def save(directory: Path, watch: Watch) -> None:
    """Keep the watch for the next samples."""
    tree = {
        "format": _FORMAT,
        "certificate": watch.certificate,
        "losses": {name: {"logs": one.logs, "count": one.count} for name, one in watch.losses.items()},
        "capitals": watch.scores.capitals,
        "measured": watch.measured,
        "seen": sorted(watch.seen),
    }
    write_private(directory / FOLDER / WATCH, json.dumps(tree, allow_nan=False).encode())


@dataclass(frozen=True, slots=True)
class Audited:
    """What the samples said.

    Attributes:
        labelled, unlabelled, known: new samples with labels that hold anything sensitive, other new ones, and those that
            had been counted before.
        capitals: by loss, and "scores": the highest they were, since a sample that convicts is not outweighed by later ones.
        limits: by the same names: from there on the certificate is suspended.
        suspends: "losses", "scores" or "".
    """

    labelled: int
    unlabelled: int
    known: int
    capitals: dict[str, float]
    limits: dict[str, float]
    suspends: str


def audit(
    watch: Watch, made: Certificate, detector: Detector, samples: Sequence[Document], ties: Sequence[float], tick: Tick
) -> Audited:
    """Count each new sample once.

    Args:
        watch: goes on; it is changed.
        made: the certificate.
        detector: the one it was made for.
        samples: drawn at random from what the house handles; those with spans were labelled.
        ties: one draw from [0, 1) for each sample.
        tick: called after each sample.
    """
    fresh, doubts, drawn, counts = [], [], [], []
    for sample, tie in zip(samples, ties, strict=True):
        mark = _mark(made.salt, sample)
        if mark not in watch.seen:
            watch.seen.add(mark)
            found = found_in(detector, sample)
            fresh.append(sample)
            counts.append(count(sample, found))
            doubts.append(round(doubt(sample, found), 6))
            drawn.append(tie)
        tick()
    rows, compared = units(fresh, counts), firsts(fresh)
    capitals = {name: one.feed(getattr(row, name) for row in rows) for name, one in watch.losses.items()}
    statistics = [doubts[place] for place in compared]
    capitals["scores"] = watch.scores.feed(statistics, [drawn[place] for place in compared])
    watch.measured += statistics
    risk = (1 - made.confidence) / 2
    limits = {**dict.fromkeys(watch.losses, len(watch.losses) / risk), "scores": 1 / risk}
    over = [name for name, capital in capitals.items() if capital >= limits[name]]
    suspends = "losses" if any(name != "scores" for name in over) else "scores" if over else ""
    return Audited(len(rows), len(fresh) - len(rows), len(samples) - len(fresh), capitals, limits, suspends)


def _mark(salt: str, sample: Document) -> str:
    text = json.dumps(sample.texts, ensure_ascii=True).encode()
    return hmac.new(bytes.fromhex(salt), text, hashlib.sha256).digest()[:_MARK_BYTES].hex()
