"""The public sets that `adapt_text.py` and `adapt_signal.py` measure on, read from `shared/data`; nothing is copied."""

from __future__ import annotations

import csv
import json
import platform
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ambos.adapt.signal import Recordings
from ambos.adapt.text import Examples
from ambos.corpus import signals

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
# First letters (and numbers) of ICD-10-CM codes by chapter: https://www.who.int/standards/classifications, 2019 version.
_CHAPTERS = (
    ("infections", "a00", "b99"), ("neoplasms", "c00", "d49"), ("blood", "d50", "d89"), ("endocrine", "e00", "e89"),
    ("mental", "f01", "f99"), ("nervous", "g00", "g99"), ("eye", "h00", "h59"), ("ear", "h60", "h95"),
    ("circulatory", "i00", "i99"), ("respiratory", "j00", "j99"), ("digestive", "k00", "k95"), ("skin", "l00", "l99"),
    ("musculoskeletal", "m00", "m99"), ("genitourinary", "n00", "n99"), ("pregnancy", "o00", "o9z"),
    ("perinatal", "p00", "p96"), ("congenital", "q00", "q99"), ("symptoms", "r00", "r99"), ("injury", "s00", "t88"),
    ("external", "v00", "y99"), ("factors", "z00", "z99"),
)  # fmt: skip
CHAPTERS = tuple(name for name, *_ in _CHAPTERS[:14])  # diseases by system, I to XIV; 0.4 micro-F1 for "all of them"


def banking() -> tuple[list[str], list[str]]:
    """Texts and intents of Banking77's training part."""
    with (DATA / "text/banking77/train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def single(texts: list[str], names: list[str], vectors: np.ndarray | None) -> Examples:
    """Examples with one label each."""
    labels = tuple(sorted(set(names)))
    place = {label: at for at, label in enumerate(labels)}
    true = np.zeros((len(texts), len(labels)), dtype=bool)
    true[np.arange(len(texts)), [place[name] for name in names]] = True
    return Examples(texts, true, labels, [""] * len(texts), is_multiple=False, vectors=vectors)


def codiesp() -> tuple[Examples, Examples]:
    """Cases of CodiEsp's training and development parts with the chapters of their diagnoses."""
    parts = {
        part: [json.loads(line) for line in (DATA / f"text/codiesp/{part}.jsonl").open(encoding="utf-8")]
        for part in ("train", "dev")
    }
    found = {part: [_chapters(row["icd10_cm"]) for row in rows] for part, rows in parts.items()}
    made = []
    for part in ("train", "dev"):
        true = np.array([[label in chapters for label in CHAPTERS] for chapters in found[part]])
        texts = [row["text"] for row in parts[part]]
        made.append(Examples(texts, true, CHAPTERS, [""] * len(texts), is_multiple=True))
    return made[0], made[1]


def _chapters(codes: list[str]) -> set[str]:
    return {name for code in codes for name, first, last in _CHAPTERS if first <= code.lower()[:3] <= last}


def eegmat() -> Recordings:
    """Rest against mental arithmetic: 28 subjects, 8 channels, 128 Hz, windows of 4 s."""
    read = np.load(DATA / "eeg/eegmat_dev.npz", allow_pickle=False)
    parts, labels, groups = [], [], []
    for name in read.files:
        subject, slash, condition = name.partition("/")
        if slash:
            part = signals.windows(read[name].astype(np.float32) * float(read["scale_uv"]), 512)
            parts.append(part)
            labels += [condition == "task"] * len(part)
            groups += [subject] * len(part)
    task = np.array(labels)
    return Recordings(np.concatenate(parts), np.stack([~task, task], axis=1), ("rest", "task"), groups, 128.0)


def smni(by: str = "condition", channels: Sequence[str] = ()) -> Recordings:
    """Pictures: the first against the second (S1, S2), or who is of the group of drinkers; 20 subjects, 128 Hz."""
    read = np.load(DATA / "eeg/smni_cmi_train.npz", allow_pickle=False)
    named = [str(one) for one in read["channels"]]
    kept = [named.index(one) for one in channels] if channels else list(range(61))  # the last three are no scalp
    x = read["x"][:, kept].astype(np.float32) * float(read["scale_uv"])
    subjects = [str(one) for one in read["subject"]]
    if by == "group":
        second, names = np.array([one[3] == "c" for one in subjects]), ("alcoholic", "control")
    else:
        second, names = np.array([one != "S1 obj" for one in read["condition"]]), ("S1", "S2")
    return Recordings(signals.resampled(x, 256.0, 128.0), np.stack([~second, second], axis=1), names, subjects, 128.0)


def results(name: str, told: dict[str, object]) -> None:
    """Write benchmarks/results/NAME.json with commit, date and machine."""
    root = Path(__file__).resolve().parents[1]
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()
    about = {
        "commit": commit,
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, 1 thread, shared",
        "python": platform.python_version(),
    }
    path = root / "benchmarks/results" / f"{name}.json"
    path.write_text(json.dumps({**about, **told}, indent=2) + "\n", encoding="utf-8")
    print(path)
