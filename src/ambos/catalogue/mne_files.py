"""Recordings that MNE reads: FIF (continuous, or epochs of events) and BioSemi's BDF, as windows (docs/spec/corpus.md section 5).

MNE is the extra `[eeg]`, imported when such a file is read. What it reads has its numbers in volts and its channels named
by type; EDF and NPZ are read without it, in `ambos.corpus.recordings`.
"""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ambos.corpus import signals
from ambos.corpus.recordings import Recording
from ambos.errors import CorpusError

FORMS: Final = (".fif", ".bdf")
_EPOCHS: Final = ("-epo", "_epo")  # how MNE ends the names of files of epochs
_VOLT: Final = 107  # FIFF_UNIT_V


@dataclass(frozen=True, slots=True)
class Cut:
    """How a recording becomes windows, and what is known of them.

    Attributes:
        label: of a continuous recording; epochs have the names of their events.
        wanted: channels to keep, in this order; none keeps all of EEG.
    """

    label: str
    group: str
    window_s: float
    wanted: tuple[str, ...] = ()


def is_epochs(path: Path) -> bool:
    """Whether a file holds windows that are cut already, by its name."""
    return path.suffix.lower() == ".fif" and path.stem.lower().endswith(_EPOCHS)


def read_mne(path: Path, cut: Cut) -> Recording:
    """The windows of a file; those that overlap a segment marked BAD are left out.

    Raises:
        CorpusError: MNE is not installed, it cannot read the file, other channels than wanted, or one that is no voltage.
    """
    if importlib.util.find_spec("mne") is None:
        raise CorpusError("FIF and BDF need an optional part: pip install 'ambos[eeg]'")
    import mne

    epochs = is_epochs(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names of files and of dates: nothing that a window hangs on
        try:
            read = (mne.read_epochs if epochs else mne.io.read_raw)(path, preload=True, verbose="error")
        except Exception as error:  # noqa: BLE001  whatever hostile bytes make of MNE; its words may hold people's names
            raise CorpusError(f"MNE cannot read this file ({type(error).__name__})") from None
        if len(read.filenames if not epochs else [path]) != 1:
            raise CorpusError("this recording is in several parts: save it as one file")
        picks = _picks(read, cut.wanted)
        if epochs:
            x = read.get_data(picks=picks, copy=True)
            known = {code: name for name, code in read.event_id.items()}
            labels = tuple(known[int(code)] for code in read.events[:, 2])
        else:
            if not cut.label or cut.window_s <= 0:
                raise CorpusError("a continuous recording needs its `label` and `window_s`")
            whole = read.get_data(picks=picks, reject_by_annotation="NaN").astype(np.float32)
            x = signals.windows(whole, max(1, round(cut.window_s * read.info["sfreq"])))
            x = x[np.isfinite(x).all(axis=(1, 2))]
            labels = (cut.label,) * len(x)
    if not len(x):
        raise CorpusError("no window is left: the file is shorter than `window_s`, or all of it is marked BAD")
    found = np.asarray(x * 1e6, dtype=np.float32)
    return Recording(found, labels, (cut.group,) * len(x), tuple(picks), float(read.info["sfreq"]))


def _picks(read: Any, wanted: tuple[str, ...]) -> list[str]:  # Any: MNE has no types
    types = dict(zip(read.ch_names, read.get_channel_types(), strict=True))
    picks = [*wanted] or [name for name in read.ch_names if types[name] == "eeg"]
    if not picks or not set(picks) <= set(types):
        raise CorpusError(f"this recording has other channels: {', '.join(read.ch_names[:8])[:120]}")
    units = {one["ch_name"]: int(one["unit"]) for one in read.info["chs"]}
    for name in picks:
        if units[name] != _VOLT:
            raise CorpusError(f"channel {name[:16]} ({types[name]}) is not in volts")
    return picks
