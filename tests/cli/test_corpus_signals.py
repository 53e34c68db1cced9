"""A corpus of signals from many files, as a person orders it: EDF by EDF, each with its condition and its subject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.adapt.test_signal import edf

from ambos.corpus import read_order
from ambos.errors import CorpusError

pytestmark = pytest.mark.filterwarnings("ignore:.*click:DeprecationWarning")  # of typer's own import


def ordered(folder: Path, files: dict[str, bytes], *, split: str = "auto") -> Any:  # a corpus, and what it stands on
    from ambos.cli.corpus import _made

    told = f'name = "lab"\nfamily = "signal"\nshare = 0.25\nsplit = "{split}"\n'
    for name, content in files.items():
        (folder / name).write_bytes(content)
        subject, condition = name.removesuffix(".edf").split("_")
        told += (
            f'[[sources]]\npath = "{name}"\nlabel = "{condition}"\ngroup = "{subject}"\nwindow_s = 2\n'
            'basis = "GDPR-9.2.j"\nlicence = "own"\norigin = "lab"\n'
        )
    return _made(read_order(told), folder / "order.toml", None)


def recordings() -> dict[str, bytes]:
    """Six subjects, two conditions: no two recordings are the same."""
    return {f"s{n // 2}_{('rest', 'task')[n % 2]}.edf": edf(seconds=8 + 2 * n) for n in range(12)}


def shifted(content: bytes, points: int) -> bytes:
    """The same recording from another place on, so that no window is the same."""
    return content[: 256 * 3] + content[256 * 3 + 4 * points :] + content[256 * 3 : 256 * 3 + 4 * points]


def test_subjects_stay_whole_and_every_window_is_there_once(tmp_path: Path) -> None:
    files = {name: shifted(content, 7 * n) for n, (name, content) in enumerate(recordings().items())}
    corpus, permissions, records = ordered(tmp_path, files)
    sides: dict[str, set[str]] = {}
    for row in corpus.rows:
        sides.setdefault(row.group, set()).add(row.split)
    assert len(sides) == 6
    assert all(len(one) == 1 for one in sides.values())
    assert sorted(row.signal for row in corpus.rows) == list(range(len(corpus.arrays["x"])))
    assert (corpus.manifest["split"], permissions, records) == ("grouped", [], [])
    with pytest.raises(CorpusError, match="random split would test the model on those it was trained on"):
        ordered(tmp_path, files, split="random")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (edf(channels=3), "s9_rest.edf: this recording has other channels"),
        (edf(unit="mmHg"), "s9_rest.edf: channel C0 is in 'mmHg'"),
        (edf(cut=40), "s9_rest.edf: this EDF recording is cut short"),
        (edf(), "under two subjects or labels"),
    ],
)
def test_the_one_file_that_does_not_fit_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    files = {name: shifted(one, 7 * n) for n, (name, one) in enumerate(recordings().items())}
    with pytest.raises(CorpusError, match=words):
        ordered(tmp_path, {**files, "s9_rest.edf": content})
