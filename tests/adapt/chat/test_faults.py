"""A run that is killed, loses its disk or its memory, or finds a damaged snapshot: told in words, and resumed to equal bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from tests.adapt.chat.small_base import small_base

pytestmark = [pytest.mark.shell, pytest.mark.timeout(900), pytest.mark.filterwarnings("default")]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    small_base(folder)
    return folder


@pytest.fixture(scope="module")
def whole(base: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run that nothing disturbed gives."""
    said = ended(started(base, tmp_path_factory.mktemp("whole") / "a.snapshot"))
    assert said.startswith("began 0 "), said
    return said.split()[-1]


def started(base: Path, snapshot: Path, *more: str, language: str = "en") -> subprocess.Popen[str]:
    environment = {**os.environ, "AMBOS_LANG": language, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.adapt.chat.one_run", str(base), str(snapshot), *more]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def ended(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=600)
    return (said.splitlines() or [""])[-1]


def test_a_killed_run_goes_on_to_equal_bits_and_a_damaged_snapshot_is_told(
    base: Path, whole: str, tmp_path: Path
) -> None:
    snapshot = tmp_path / "work" / "a.snapshot"
    process = started(base, snapshot)
    while not snapshot.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = snapshot.read_bytes()
    assert b"lora" not in kept  # sealed
    snapshot.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert "dañado" in ended(started(base, snapshot, language="es"))
    snapshot.write_bytes(kept)
    _, began, digest = ended(started(base, snapshot)).split()
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
    assert "disk is full" in ended(started(base, snapshot))
    assert not list(small_disk.rglob("*.new"))  # no half of one lies about
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert ended(started(base, snapshot)).split()[-1] == whole


def test_memory_that_runs_out_is_told_and_leaves_nothing_half(base: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "work" / "a.snapshot"
    said = ended(started(base, snapshot, str(16 << 20), language="es"))
    assert "la memoria no alcanza" in said
    assert not list(tmp_path.rglob("*.new"))
