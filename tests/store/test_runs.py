"""How far a run is: sealed, forgotten in time, and its rows only under the key of their corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from ambos.app.system import SystemRandom
from ambos.errors import StoreError
from ambos.store.runs import Runs
from ambos.store.sealing import Nonces, Sealer

RUN, OTHER = "n_" + "a" * 24, "n_" + "b" * 24
DAY_MS = 86_400_000


def sealer(letter: bytes) -> Sealer:
    return Sealer(letter * 32, Nonces(SystemRandom()))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path, "t", sealer(b"k"))


def test_what_is_told_is_read_again_and_lies_sealed(runs: Runs, tmp_path: Path) -> None:
    runs.save(RUN, {"began_ms": 1, "name": "preguntas"})
    assert runs.load(RUN) == {"began_ms": 1, "name": "preguntas"}
    kept = (tmp_path / "runs" / f"{RUN}.run").read_bytes()
    assert b"preguntas" not in kept
    (tmp_path / "runs" / f"{OTHER}.run").write_bytes(kept)
    assert runs.load(OTHER) is None  # moved
    assert Runs(tmp_path, "other", sealer(b"k")).load(RUN) is None


@pytest.mark.parametrize("run", ["", "n_1", "../" + RUN, "n_" + "A" * 24])
def test_another_form_of_handle_reads_no_file(runs: Runs, run: str) -> None:
    assert runs.load(run) is None
    assert runs.load_rows(run, sealer(b"c")) == []


def test_rows_open_with_their_corpus_alone(runs: Runs) -> None:
    runs.save_rows(RUN, [{"text": "hola"}], sealer(b"c"))
    assert runs.load_rows(RUN, sealer(b"c")) == [{"text": "hola"}]
    assert runs.load_rows(RUN, sealer(b"d")) == []


def test_the_newest_comes_first_and_the_old_is_gone(runs: Runs, tmp_path: Path) -> None:
    runs.save(RUN, {"run": RUN, "began_ms": 0})
    runs.save_rows(RUN, [1], sealer(b"c"))
    runs.save(OTHER, {"run": OTHER, "began_ms": 5})
    assert [one["run"] for one in runs.every(now_ms=10)] == [OTHER, RUN]
    assert [one["run"] for one in runs.every(now_ms=30 * DAY_MS + 3)] == [OTHER]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [f"{OTHER}.run"]


def test_a_run_is_asked_to_end_and_may_begin_again(runs: Runs) -> None:
    assert not runs.is_stopped(RUN)
    runs.stop(RUN)
    assert runs.is_stopped(RUN)
    runs.again(RUN)
    assert not runs.is_stopped(RUN)


def test_a_disk_that_does_not_take_it_is_told(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(StoreError):
        runs.save(RUN, {"began_ms": 1})
