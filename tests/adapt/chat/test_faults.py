"""A run that is killed, loses its disk or its memory, or finds a damaged snapshot: told in words, and resumed to equal bits."""

from __future__ import annotations

import multiprocessing
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from tests.adapt.chat.one_run import one_run
from tests.adapt.chat.small_base import small_base

pytestmark = [pytest.mark.shell, pytest.mark.timeout(900), pytest.mark.filterwarnings("default")]
FORKS = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    small_base(folder)
    return folder


@pytest.fixture(scope="module")
def whole(base: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run that nothing disturbed gives."""
    said = Process(base, tmp_path_factory.mktemp("whole") / "work" / "a.snapshot").said()
    assert said.startswith("began 0 "), said
    return said.split()[-1]


class Process:
    """One run; what it said is read at its end."""

    def __init__(self, base: Path, snapshot: Path, *, memory: int = 0, language: str = "en") -> None:
        self._said = base.parent / f"{abs(hash(str(snapshot)))}.said"  # not on the disk that fills up
        self._said.unlink(missing_ok=True)
        FORKS.set_forkserver_preload(["torch", "transformers", "peft", "tests.adapt.chat.one_run"])
        self.process = FORKS.Process(target=one_run, args=(base, snapshot, self._said, memory, language))
        self.process.start()

    def said(self) -> str:
        self.process.join(600)
        return self._said.read_text()


def test_a_killed_run_goes_on_to_equal_bits_and_a_damaged_snapshot_is_told(
    base: Path, whole: str, tmp_path: Path
) -> None:
    snapshot = tmp_path / "work" / "a.snapshot"
    process = Process(base, snapshot).process
    while not snapshot.exists() and process.is_alive():
        time.sleep(0.002)
    process.kill()
    process.join()
    kept = snapshot.read_bytes()
    assert b"lora" not in kept  # sealed
    snapshot.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert "está dañada" in Process(base, snapshot, language="es").said()
    snapshot.write_bytes(kept)
    _, began, digest = Process(base, snapshot).said().split()
    assert int(began) >= 4
    assert digest == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a small disk needs rights of the system (CAP_SYS_ADMIN)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_is_told_and_the_run_goes_on_once_there_is_room(
    base: Path, whole: str, small_disk: Path
) -> None:
    snapshot = small_disk / "work" / "a.snapshot"
    assert "disk is full" in Process(base, snapshot).said()
    assert not list(small_disk.rglob("*.new"))  # no half of one lies about
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert Process(base, snapshot).said().split()[-1] == whole


def test_memory_that_runs_out_is_told_and_leaves_nothing_half(base: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "work" / "a.snapshot"
    said = Process(base, snapshot, memory=16 << 20, language="es").said()
    assert "la memoria no alcanza" in said or "the memory does not suffice" in said  # no room for the catalogue
    assert not list(tmp_path.rglob("*.new"))
