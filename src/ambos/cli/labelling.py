"""What `ambos adapt label` does: windows of a new recording, labelled by a promoted model of signals. Stays inside."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np

from ambos.cli.reading import open_reading
from ambos.config import load
from ambos.corpus import signals
from ambos.corpus.artefact import Artefact
from ambos.corpus.recordings import Recording, read_edf, read_npz
from ambos.errors import AdaptError, CorpusError

LEAST_WINDOWS: Final = 10  # of a subject: with fewer, their own mean and spread are chance


def labelled(model: str, path: Path, subject: str, data: Path | None) -> list[dict[str, Any]]:
    """One line a window: its subject, place and, unless it is an artefact, its label with all chances.

    Raises:
        AdaptError: no such model of signals serves, or a subject has too few windows to be calibrated on.
        CorpusError: the recording is of another device, or its numbers cannot be what they are said to be.
    """
    config = load(data)
    with open_reading(data) as store:
        served = store.registry.served(model, tenant=config.tenant, now_ms=time.time_ns() // 1_000_000)
        if served.family != "signal":
            raise AdaptError("this model does not label recordings: texts are classified at /v1/classify")
        artefact = Artefact.from_bytes(store.registry.content(served.artefact, tenant=config.tenant))
    return lines(artefact, recording_for(artefact, path, subject))


def recording_for(artefact: Artefact, path: Path, subject: str) -> Recording:
    """The windows of a file, cut, ordered and checked as the model's device gives them.

    Raises:
        CorpusError: see `labelled`.
    """
    from ambos.catalogue.mne_files import FORMS, Cut, read_mne
    from ambos.catalogue.sources import SIGNALS, content_of

    facts, form = artefact.facts, path.suffix.lower()
    window_s, group = facts.points / facts.rate_hz, subject or path.stem
    if form == ".edf":
        found = read_edf(content_of(path), label="", group=group, window_s=window_s, wanted=facts.channels)
    elif form == ".npz":
        found = read_npz(content_of(path), window_s=window_s, wanted=facts.channels, unlabelled=group)
    elif form in FORMS:
        found = read_mne(path, Cut("unknown", group, window_s, facts.channels))
    else:
        raise CorpusError(f"{path.name[:80]}: signals are read from {', '.join(SIGNALS)}")
    signals.same_device(found.channels, found.rate_hz, facts.channels, facts.rate_hz)
    signals.check(found.x_NCT, found.rate_hz, found.channels, "uV")
    if found.x_NCT.shape[2] != facts.points:
        raise CorpusError(f"windows of {found.x_NCT.shape[2]} points where the model was trained on {facts.points}")
    return found


def lines(artefact: Artefact, recording: Recording) -> list[dict[str, Any]]:
    """The labels of a recording; artefacts are left out, of calibration too.

    Raises:
        AdaptError: a subject has too few windows to be calibrated on.
    """
    clean = np.flatnonzero(~signals.is_artefact(recording.x_NCT))
    groups = [recording.groups[at] for at in clean]
    few = [name for name in dict.fromkeys(recording.groups) if Counter(groups)[name] < LEAST_WINDOWS]
    if few:
        raise AdaptError(
            f"{few[0][:40]!r} has {Counter(groups)[few[0]]} windows without artefacts: at least {LEAST_WINDOWS} are needed "
            "to calibrate on a person without labels"
        )
    head = artefact.head
    chances = head.probabilities(artefact.signal_scores(recording.x_NCT[clean], groups))
    made: list[dict[str, Any]] = [
        {"window": at, "subject": group, "start_s": _start(recording, at), "label": None}
        for at, group in enumerate(recording.groups)
    ]
    for at, row in zip(clean.tolist(), chances, strict=True):
        told = {label: round(float(one), 4) for label, one in zip(head.labels, row, strict=True)}
        made[at] |= {"label": head.labels[int(row.argmax())], "chances": told}
    return made


def _start(recording: Recording, at: int) -> float:
    first = recording.groups.index(recording.groups[at])
    seconds: float = recording.x_NCT.shape[2] / recording.rate_hz
    return round((at - first) * seconds, 3)
