"""The signal family is judged on subjects it has not seen; bad recordings are refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ambos.adapt import running_signal
from ambos.adapt.running_signal import held_back, recordings_of, run
from ambos.adapt.signal import (
    Recordings,
    balanced_by_subject,
    choose_tuning,
    cross_validate,
    earliest,
    features_of,
    fit_scaled,
    fold_numbers,
    tuned,
)
from ambos.catalogue.sources import read_recordings
from ambos.corpus import Corpus, Origin, Recipe, Row, Source, Wish, build, signals
from ambos.corpus.artefact import Artefact
from ambos.corpus.recordings import Recording, joined, read_edf, read_npz
from ambos.errors import AdaptError, CorpusError

RATE = 128.0
CHANNELS = ("Fz", "Pz", "Oz")


def windows(subjects: int = 8, each: int = 12) -> tuple[NDArray[np.float32], list[str], list[str]]:
    """Alpha at 10 Hz is stronger with eyes closed; each subject has a gain and an offset of its own."""
    rng = np.random.default_rng(4)
    time = np.arange(256) / RATE
    x, labels, groups = [], [], []
    for subject in range(subjects):
        gain = np.exp(rng.normal(0, 0.8))
        for number in range(each):
            closed = number % 2
            noise = rng.normal(0, 8, size=(3, 256))
            alpha = (3 + 9 * closed) * np.sin(2 * np.pi * 10 * time + rng.uniform(0, 6))
            x.append(gain * (noise + alpha))
            labels.append("closed" if closed else "open")
            groups.append(f"s{subject}")
    return np.array(x, dtype=np.float32), labels, groups


def recordings() -> Recordings:
    x, labels, groups = windows()
    true = np.array([[label == name for name in ("closed", "open")] for label in labels])
    return Recordings(x, true, ("closed", "open"), groups, RATE)


def corpus() -> Corpus:
    x, labels, groups = windows(12)
    rows = [
        Row(f"0/{n}", labels=(label,), group=group, signal=n)
        for n, (label, group) in enumerate(zip(labels, groups, strict=True))
    ]
    arrays = {
        "x": x,
        "rate_hz": np.array([RATE]),
        "channels": np.frombuffer("\n".join(CHANNELS).encode(), dtype=np.uint8),
    }
    return build(rows, [Origin("e", "lab", "GDPR-9.2.j", "own")], Wish("eyes", "signal", share=0.3), None, arrays)


def recipe(made: Corpus, **more: object) -> Recipe:
    about = {
        "name": "eyes",
        "family": "signal",
        "corpus": made.hash,
        "purpose": "eyes",
        "features": "bands",
        "folds": 3,
        **more,
    }
    return Recipe(**{"metric": "balanced_accuracy", **about})  # type: ignore[arg-type]  # keywords of a test


def test_new_subjects_are_recognised_and_calibration_helps() -> None:
    one = recordings()
    scores = {}
    for is_calibrated in (True, False):
        features = features_of(one, ["bands"], is_calibrated=is_calibrated)
        found, _ = cross_validate(features, one, count=4, seed=1)
        scores[is_calibrated] = float((found.argmax(axis=1) == one.true_NC.argmax(axis=1)).mean())
    assert scores[True] > 0.95
    assert scores[True] >= scores[False]


def test_a_random_split_of_subjects_is_refused() -> None:
    one = recordings()
    with pytest.raises(CorpusError, match="random split"):
        cross_validate(features_of(one, ["bands"]), one, count=4, seed=1, mode="random")
    fold = fold_numbers(one, 4, 1)
    assert all(len({int(f) for f, g in zip(fold, one.groups, strict=True) if g == s}) == 1 for s in set(one.groups))


def test_folds_that_mix_subjects_find_what_is_not_there() -> None:
    """Labels that hang on the subject alone: mixed folds recognise the person, grouped ones find nothing."""
    one = recordings()
    by_subject = np.array([int(group[1:]) % 2 == 0 for group in one.groups])
    true = np.stack([by_subject, ~by_subject], axis=1)
    scores = {}
    for name, groups in (("grouped", one.groups), ("mixed", [""] * len(one.groups))):
        apart = Recordings(one.x_NCT, true, one.labels, groups, RATE)
        features = features_of(apart, ["bands"], is_calibrated=False)
        found, _ = cross_validate(features, apart, count=4, seed=1, mode="auto")
        scores[name] = float((found.argmax(axis=1) == true.argmax(axis=1)).mean())
    assert scores["mixed"] > scores["grouped"] + 0.1


def test_a_run_is_kept_as_it_answers() -> None:
    made = corpus()
    done = run(made, recipe(made), lambda *_: None)
    artefact = Artefact.from_bytes(done.artefact.to_bytes())
    own, other = held_back(made, artefact, done.control, recipe(made))
    assert np.mean(own) > 0.9
    assert np.mean(other) < 0.7
    assert artefact.facts.channels == CHANNELS
    assert done.card["subjects"] == len({row.group for row in made.rows if row.split == "train"})


def test_a_head_of_many_numbers_remembers_windows_and_one_of_few_does_not() -> None:
    made = corpus()
    few, many = (
        running_signal._remembered(recordings_of(made, "train"), recipe(made, features=features))
        for features in ("bands", "bands+amplitudes+covariances")
    )
    assert few["canaries"] == few["controls"] == 100
    assert float(str(few["lower"])) <= float(str(few["true_positive_rate"])) < float(str(many["true_positive_rate"]))


def test_windows_without_a_subject_are_refused() -> None:
    made = corpus()
    bare = Corpus(
        tuple(Row(r.id, labels=r.labels, split=r.split, signal=r.signal) for r in made.rows), made.arrays, made.manifest
    )
    with pytest.raises(AdaptError, match="no subject"):
        run(bare, recipe(made), lambda *_: None)


def test_balanced_accuracy_of_each_subject() -> None:
    true = np.eye(2, dtype=bool)[[0, 1, 0, 0]]
    assert balanced_by_subject(np.array([0, 0, 0, 1]), true, ["a", "a", "b", "b"]) == {"a": 0.5, "b": 0.5}


def test_bands_and_bins_see_what_they_should() -> None:
    time = np.arange(512) / RATE
    x = np.stack([np.sin(2 * np.pi * 10 * time), np.sin(2 * np.pi * 20 * time)])[None].astype(np.float32)
    power = signals.bands(x, RATE).reshape(2, 5)
    assert power.argmax(axis=1).tolist() == [2, 3]
    slow = signals.filtered(x, RATE, 1.0, 15.0)
    assert np.abs(slow[0, 1]).max() < 0.05
    assert signals.amplitudes(x, RATE).shape == (1, 2 * 64)
    assert signals.resampled(x, RATE, 64.0).shape == (1, 2, 256)


def test_calibration_takes_gain_and_offset_away() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(10, 3)).astype(np.float32)
    both = np.concatenate([base, 5 * base + 7])
    out = signals.calibrated(both, ["a"] * 10 + ["b"] * 10)
    assert np.allclose(out[:10], out[10:], atol=1e-4)


@pytest.mark.parametrize(
    ("x", "rate", "channels", "unit", "words"),
    [
        (np.zeros((0, 3, 10)), RATE, CHANNELS, "uV", "none of them empty"),
        (np.full((1, 3, 10), np.nan), RATE, CHANNELS, "uV", "NaN"),
        (np.ones((1, 2, 10)), RATE, CHANNELS, "uV", "different names"),
        (np.random.default_rng(0).normal(size=(1, 3, 99)) * 1e-5, RATE, CHANNELS, "uV", "is the unit uV right"),
        (np.random.default_rng(0).normal(size=(1, 3, 99)) * 10, 10.0, CHANNELS, "uV", "10 Hz"),
        (np.random.default_rng(0).normal(size=(1, 3, 99)) * 10, RATE, CHANNELS, "kg", "unit"),
    ],
)
def test_what_cannot_be_a_recording_is_refused(
    x: NDArray[np.float32], rate: float, channels: tuple[str, ...], unit: str, words: str
) -> None:
    with pytest.raises(CorpusError, match=words):
        signals.check(x.astype(np.float32), rate, channels, unit)


def test_flat_and_wild_windows_are_artefacts() -> None:
    x = np.random.default_rng(0).normal(size=(3, 2, 50)).astype(np.float32)
    x[1, 0] = 0
    x[2, 1, 3] = 900
    assert signals.is_artefact(x).tolist() == [False, True, True]


def edf(unit: str = "uV", channels: int = 2, seconds: int = 8, cut: int = 0) -> bytes:
    points = 100

    def field(value: object, size: int) -> bytes:
        return str(value).encode().ljust(size)[:size]

    head = b"".join(
        (field(0, 8), field("x", 80), field("y", 80), field("01.01.20", 8), field("00.00.00", 8), field(256 * (channels + 1), 8),
         field("", 44), field(seconds, 8), field(1, 8), field(channels, 4))
    )  # fmt: skip
    per = ((16, [f"C{n}" for n in range(channels)]), (80, [""] * channels), (8, [unit] * channels), (8, [-100] * channels),
           (8, [100] * channels), (8, [-32768] * channels), (8, [32767] * channels), (80, [""] * channels),
           (8, [points] * channels),
           (32, [""] * channels))  # fmt: skip
    head += b"".join(field(value, size) for size, values in per for value in values)
    data = np.random.default_rng(0).integers(-9000, 9000, seconds * channels * points).astype("<i2").tobytes()
    return head + data[: len(data) - cut]


def test_edf_gives_windows_in_microvolts() -> None:
    found = read_edf(edf(), label="rest", group="s1", window_s=2.0)
    assert found.x_NCT.shape == (4, 2, 200)
    assert (found.rate_hz, found.channels, set(found.labels), set(found.groups)) == (
        100.0,
        ("C0", "C1"),
        {"rest"},
        {"s1"},
    )
    assert np.abs(found.x_NCT).max() < 30
    milli = read_edf(edf(unit="mV"), label="rest", group="s1", window_s=2.0)
    assert np.allclose(milli.x_NCT, 1000 * found.x_NCT, rtol=1e-4)
    assert read_edf(edf(), label="r", group="s", window_s=2.0, wanted=("C1",)).channels == ("C1",)


def test_edf_of_another_device_is_refused() -> None:
    for content, words in (
        (edf(unit="degC"), "not in volts"), (edf(cut=50), "cut short"), (b"no", "not an EDF"),
        (edf()[:300], "cut short|cannot be read"),
    ):  # fmt: skip
        with pytest.raises(CorpusError, match=words):
            read_edf(content, label="r", group="s", window_s=2.0)
    with pytest.raises(CorpusError, match="other channels"):
        read_edf(edf(), label="r", group="s", window_s=2.0, wanted=("Fz",))
    one = read_edf(edf(), label="r", group="s", window_s=2.0)
    other = read_edf(edf(channels=3), label="r", group="s", window_s=2.0)
    with pytest.raises(CorpusError, match="other channels than the model"):
        joined([one, other])


@given(st.integers(0, 900), st.integers(0, 255))
def test_any_changed_byte_of_an_edf_gives_windows_or_our_error(at: int, value: int) -> None:
    content = bytearray(edf())
    content[at % len(content)] = value
    try:
        read_edf(bytes(content), label="r", group="s", window_s=2.0)
    except CorpusError:
        return


def npz(**arrays: object) -> bytes:
    made = io.BytesIO()
    np.savez(made, **arrays)  # type: ignore[arg-type]  # arrays of a test
    return made.getvalue()


def test_npz_in_both_layouts() -> None:
    about = {"fs": 100.0, "channels": np.array(["A", "B"]), "scale_uv": 0.5}
    x = np.ones((3, 2, 50), dtype=np.int16)
    whole = read_npz(
        npz(x=x, condition=np.array(["r", "t", "r"]), subject=np.array(["1", "1", "2"]), **about), window_s=1.0
    )
    assert isinstance(whole, Recording)
    assert (whole.x_NCT.max(), whole.groups) == (0.5, ("1", "1", "2"))
    apart = read_npz(npz(**{"S1/rest": np.ones((2, 250), dtype=np.int16)}, **about), window_s=1.0)
    assert (apart.x_NCT.shape, apart.labels, apart.groups) == ((2, 2, 100), ("rest", "rest"), ("S1", "S1"))
    with pytest.raises(CorpusError, match="no channel C"):
        read_npz(npz(**{"S1/rest": np.ones((2, 250))}, **about), window_s=1.0, wanted=("C",))


def test_unit_and_rate_of_a_source_hold(tmp_path: Path) -> None:
    at = np.arange(2560) / 256
    x = np.stack([np.sin(2 * np.pi * hz * at) + np.sin(2 * np.pi * 100 * at) for hz in (8, 11)]) * 0.02  # mV
    about = {"fs": 256.0, "channels": np.array(["A", "B"])}
    (tmp_path / "a.npz").write_bytes(npz(**{"S1/rest": x, "S1/task": x[::-1]}, **about))
    told: dict[str, Any] = {"basis": "B", "licence": "own", "origin": "lab", "window_s": 1.0}
    read, found = read_recordings(Source("a.npz", **told, unit="mV", rate_hz=128.0), 0, {}, folder=tmp_path)
    assert (found.rate_hz, found.x_NCT.shape, len(read.rows)) == (128.0, (20, 2, 128), 20)
    slow = np.sin(2 * np.pi * 8 * np.arange(128) / 128) * 20
    assert np.abs(found.x_NCT[0, 0] - slow).max() < 0.1  # µV; what 128 Hz cannot hold is gone, not folded to 28 Hz
    cases: tuple[tuple[str, dict[str, Any]], ...] = (
        ("does not give", {"rate_hz": 512.0}),
        ("unit 'mA'", {"unit": "mA"}),
        ("a.npz: the usual spread", {}),
    )
    for words, more in cases:
        with pytest.raises(CorpusError, match=words):
            read_recordings(Source("a.npz", **{"unit": "mV", **told, **more} if more else told), 0, {}, folder=tmp_path)


def test_a_folder_of_recordings_needs_no_glob(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.edf", "b.EDF.txt"):
        (tmp_path / "in" / name).write_bytes(edf())
    one = Source("in", "B", "own", "lab", label="rest", group="s1", window_s=2.0)
    assert len(read_recordings(one, 0, {}, folder=tmp_path)[0].rows) == 4


def test_an_edf_with_gaps_is_refused() -> None:
    content = edf()
    with pytest.raises(CorpusError, match="gaps"):
        read_edf(content[:192] + b"EDF+D" + content[197:], label="r", group="s", window_s=2.0)


def test_pickled_arrays_are_refused() -> None:
    with pytest.raises(CorpusError, match="plain arrays"):
        read_npz(npz(x=np.array([{}], dtype=object), fs=1.0, channels=np.array(["A"])), window_s=1.0)


def test_tuning_on_a_new_subject_helps_where_subjects_differ_and_not_where_they_do_not() -> None:
    """Two thirds of the subjects mean one thing by a feature, the others the opposite: only their own labels can tell."""
    rng = np.random.default_rng(7)
    subjects, each = 12, 40
    true = np.tile(np.eye(2, dtype=bool)[np.arange(each) % 2], (subjects, 1))
    groups = [f"s{n}" for n in range(subjects) for _ in range(each)]
    for differ in (True, False):
        sign = np.repeat(np.where((np.arange(subjects) % 3 == 0) & differ, -1, 1), each)
        features = rng.normal(size=(len(groups), 4)).astype(np.float32)
        features[:, 0] += np.where(true[:, 0], 2, -2) * sign
        strength = choose_tuning(features, true, groups, c=0.1, first=0.25, seed=1)
        assert (strength > 0) is differ
        if differ:
            head = fit_scaled(features[each:], true[each:], 0.1)
            known = earliest(true[:each], 0.25)
            moved = tuned(head, features[:each][known], true[:each][known], strength)
            right = [
                float((one.scores(features[:each][~known]).argmax(1) == true[:each][~known].argmax(1)).mean())
                for one in (head, moved)
            ]
            assert right[1] > right[0]


def test_the_first_windows_of_each_class_are_counted_in_order() -> None:
    true = np.eye(2, dtype=bool)[[0, 0, 1, 0, 1, 0]]
    assert earliest(true, 0.5).tolist() == [True, True, True, False, False, False]
    with pytest.raises(AdaptError, match="every label"):
        tuned(fit_scaled(np.eye(4, dtype=np.float32), true[:4], 1.0), np.eye(4, dtype=np.float32)[:2], true[:2], 1.0)
