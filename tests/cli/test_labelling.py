"""New recordings and a model of signals: labelled where the device is the same, refused in words elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.adapt.test_signal import edf, npz

from ambos.adapt.running_signal import run
from ambos.cli.labelling import LEAST_WINDOWS, lines, recording_for
from ambos.corpus import Corpus, Recipe, Row
from ambos.corpus.artefact import Artefact
from ambos.errors import AdaptError, CorpusError

RATE, POINTS, CHANNELS = 128.0, 256, ("C0", "C1")


def windows(count: int, seed: int) -> tuple[Any, list[str]]:
    """Half of them with ten times the alpha power."""
    rng = np.random.default_rng(seed)
    at = np.arange(POINTS) / RATE
    said = ["rest" if number % 2 else "task" for number in range(count)]
    x = rng.normal(scale=10, size=(count, 2, POINTS))
    for number, label in enumerate(said):
        if label == "rest":
            x[number] += 30 * np.sin(2 * np.pi * 10 * at + rng.uniform(0, 6))
    return x.astype(np.float32), said


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    parts = [windows(24, seed) for seed in range(8)]
    x = np.concatenate([one[0] for one in parts])
    rows = [
        Row(f"{who}/{at}", labels=(label,), group=f"s{who}", source=0, split="train", signal=24 * who + at)
        for who, (_, said) in enumerate(parts)
        for at, label in enumerate(said)
    ]
    arrays: Any = {
        "x": x, "rate_hz": np.array([RATE]), "channels": np.frombuffer("\n".join(CHANNELS).encode(), dtype=np.uint8),
    }  # fmt: skip
    manifest: Any = {"sources": [{"licence": "own"}]}
    recipe = Recipe("resting", "signal", "sha256:" + "0" * 64, "p", features="bands", folds=4)
    made = run(Corpus(tuple(rows), arrays, manifest), recipe, lambda *_: None).artefact
    return Artefact.from_bytes(made.to_bytes())


def recorded(folder: Path, x: Any, **more: object) -> Path:
    path = folder / "ana.npz"
    path.write_bytes(npz(**{"x": x, "fs": RATE, "channels": np.array(CHANNELS), **more}))
    return path


def test_a_new_person_is_labelled_and_artefacts_are_left_out(artefact: Artefact, tmp_path: Path) -> None:
    x, said = windows(40, 99)
    x[3, 0] = 0  # a flat channel
    told = lines(artefact, recording_for(artefact, recorded(tmp_path, 3 * x + 20), ""))  # another gain and offset
    assert (told[3]["label"], {one["subject"] for one in told}) == (None, {"ana"})
    right = [one["label"] == label for at, (one, label) in enumerate(zip(told, said, strict=True)) if at != 3]
    assert np.mean(right) > 0.95
    assert told[2]["start_s"] == 4.0
    assert sum(told[0]["chances"].values()) == pytest.approx(1, abs=1e-3)


def test_channels_come_in_the_models_order(artefact: Artefact, tmp_path: Path) -> None:
    x, _ = windows(40, 99)
    turned = recording_for(artefact, recorded(tmp_path, x[:, ::-1], channels=np.array(CHANNELS[::-1])), "")
    assert np.array_equal(turned.x_NCT, x)


def test_another_device_unit_or_too_little_is_refused(artefact: Artefact, tmp_path: Path) -> None:
    x, _ = windows(40, 99)
    for more, words in (
        ({"fs": 256.0}, "256 Hz, the model 128 Hz"), ({"channels": np.array(["C0", "Pz"])}, "no channel C1"),
        ({"x": x * 1e6}, "is the unit"), ({"x": x[:, :, :200]}, "windows of 200 points"),
    ):  # fmt: skip
        with pytest.raises(CorpusError, match=words):
            recording_for(artefact, recorded(tmp_path, **{"x": x, **more}), "")
    with pytest.raises(AdaptError, match="to calibrate"):
        lines(artefact, recording_for(artefact, recorded(tmp_path, x[: LEAST_WINDOWS - 1]), ""))
    path = tmp_path / "ana.edf"
    path.write_bytes(edf())  # 100 Hz
    with pytest.raises(CorpusError, match="100 Hz, the model 128 Hz"):
        recording_for(artefact, path, "")
    path.write_bytes(edf(unit="degC"))
    with pytest.raises(CorpusError, match="not in volts"):
        recording_for(artefact, path, "")
