"""Recordings that MNE writes become windows; what it cannot read is our error."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ambos.catalogue.mne_files import Cut, read_mne
from ambos.catalogue.sources import read_recordings
from ambos.corpus import Source
from ambos.corpus.recordings import read_edf
from ambos.errors import CorpusError

RATE = 128.0
NAMES = ["Fz", "Pz", "EOG"]


@pytest.fixture
def mne() -> Any:  # MNE has no types
    return pytest.importorskip("mne", reason="needs the extra: pip install 'ambos[eeg]'")


def volts(points: int = 1280) -> Any:  # an array
    return np.random.default_rng(5).normal(0, 2e-5, (3, points))


def raw(mne: Any, x: Any) -> Any:
    return mne.io.RawArray(x, mne.create_info(NAMES, RATE, ["eeg", "eeg", "eog"]), verbose="error")


def source(path: str, **more: Any) -> Source:
    return Source(path, "GDPR-9.2.j", "own", "lab", **more)


def test_a_continuous_fif_gives_windows_in_microvolts_without_what_is_marked_bad(mne: Any, tmp_path: Path) -> None:
    x, path = volts(), tmp_path / "a_raw.fif"
    made = raw(mne, x)
    made.set_annotations(mne.Annotations([2.5], [0.5], ["BAD_moved"]))
    made.save(path, verbose="error")
    told = source("a_raw.fif", label="rest", group="s1", window_s=1.0)
    read, found = read_recordings(told, 0, {}, folder=tmp_path)
    assert (found.channels, found.rate_hz, found.x_NCT.shape) == (("Fz", "Pz"), RATE, (9, 2, 128))
    assert {(row.labels, row.group) for row in read.rows} == {(("rest",), "s1")}
    assert np.allclose(found.x_NCT[0], x[:2, :128] * 1e6, rtol=1e-4)
    assert np.allclose(found.x_NCT[2], x[:2, 3 * 128 : 4 * 128] * 1e6, rtol=1e-4)  # the third second is marked
    slow = read_recordings(
        source("a_raw.fif", label="r", group="s", window_s=1.0, rate_hz=100.0), 0, {}, folder=tmp_path
    )
    assert slow[1].x_NCT.shape == (9, 2, 100)
    assert read_mne(path, Cut("r", "s", 1.0, ("EOG", "Fz"))).channels == ("EOG", "Fz")


def test_epochs_are_labelled_by_their_events(mne: Any, tmp_path: Path) -> None:
    events = np.array([[at * 128, 0, 1 + at % 2] for at in range(6)])
    x = np.random.default_rng(6).normal(0, 2e-5, (6, 3, 64))
    info = mne.create_info(NAMES, RATE, ["eeg", "eeg", "eog"])
    epochs = mne.EpochsArray(x, info, events, event_id={"first": 1, "second": 2}, verbose="error")
    epochs.save(tmp_path / "b-epo.fif", verbose="error")
    found = read_mne(tmp_path / "b-epo.fif", Cut("", "s2", 0.0))
    assert (found.labels, found.x_NCT.shape) == (("first", "second") * 3, (6, 2, 64))
    assert np.allclose(found.x_NCT, x[:, :2] * 1e6, rtol=1e-4)


def test_other_channels_units_and_broken_files_are_refused(mne: Any, tmp_path: Path) -> None:
    raw(mne, volts()).save(tmp_path / "a_raw.fif", verbose="error")
    field = mne.create_info(["MEG1"], RATE, ["mag"])
    mne.io.RawArray(volts()[:1], field, verbose="error").save(tmp_path / "m_raw.fif", verbose="error")
    whole = (tmp_path / "a_raw.fif").read_bytes()
    for name, content in (("empty", b""), ("words", b"no " * 999), ("cut", whole[:5000])):
        (tmp_path / f"{name}_raw.fif").write_bytes(content)
    for name, more, words in (
        ("a", {"channels": ["Oz"]}, "a_raw.fif: this recording has other channels: Fz, Pz, EOG"),
        ("a", {"label": ""}, "needs its `label`"),
        ("a", {"group": ""}, "says its `group`"),
        ("a", {"window_s": 60.0}, "no window is left"),
        ("a", {"rate_hz": 500.0}, "does not give 500 Hz"),
        ("m", {"channels": ["MEG1"]}, r"MEG1 \(mag\) is not in volts"),
        ("m", {}, "other channels"),
        ("empty", {}, "MNE cannot read"),
        ("words", {}, "MNE cannot read"),
        ("cut", {}, "MNE cannot read"),
    ):
        told: dict[str, Any] = {"label": "rest", "group": "s1", "window_s": 1.0, **more}
        with pytest.raises(CorpusError, match=words):
            read_recordings(source(f"{name}_raw.fif", **told), 0, {}, folder=tmp_path)


def test_mne_and_our_own_reader_read_the_same_edf(mne: Any, tmp_path: Path) -> None:
    points, count = 128, 2
    per = ((16, ["Fz", "Pz"]), (80, [""] * 2), (8, ["uV"] * 2), (8, [-100, -250]), (8, [100, 250]), (8, [-32768] * 2),
           (8, [32767] * 2), (80, [""] * 2), (8, [points] * 2), (32, [""] * 2))  # fmt: skip
    head = b"".join(
        str(value).encode().ljust(size)
        for value, size in ((0, 8), ("X X X X", 80), ("Startdate X X X X", 80), ("01.01.20", 8), ("00.00.00", 8), (768, 8),
                            ("", 44),
                            (8, 8), (1, 8), (count, 4))
    )  # fmt: skip
    head += b"".join(str(value).encode().ljust(size) for size, values in per for value in values)
    content = head + np.random.default_rng(0).integers(-9000, 9000, 8 * count * points).astype("<i2").tobytes()
    (tmp_path / "a.edf").write_bytes(content)
    theirs = mne.io.read_raw_edf(tmp_path / "a.edf", preload=True, verbose="error").get_data() * 1e6
    ours = read_edf(content, label="r", group="s", window_s=1.0)
    assert np.allclose(ours.x_NCT.transpose(1, 0, 2).reshape(2, -1), theirs, atol=1e-3)


@pytest.mark.skipif(importlib.util.find_spec("mne") is not None, reason="only where the extra [eeg] is not installed")
def test_without_mne_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "a_raw.fif").write_bytes(b"")
    with pytest.raises(CorpusError, match=r"ambos\[eeg\]"):
        read_mne(tmp_path / "a_raw.fif", Cut("rest", "s1", 1.0))
