"""Several writers, killed writers, full disks: nothing that was acknowledged is lost, and nothing looks like tampering."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest
from tests.store.conftest import Reopen, Talk

from ambos.errors import LockedError
from ambos.store import Store, StoreSettings, server_lock

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.shell


def child(
    settings: StoreSettings, what: str, number: int, output: IO[str] | int = subprocess.PIPE
) -> subprocess.Popen[str]:
    arguments = (str(settings.directory), str(settings.roots), what, str(number))
    command = (sys.executable, "-m", "tests.store.child", *arguments)
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, text=True)


def acknowledged(output: str) -> dict[str, set[str]]:
    """What a child said, whole lines only: the last one may have been cut by the kill."""
    said: dict[str, set[str]] = {"permitted": set(), "ended": set()}
    for line in output.splitlines(keepends=True):
        word, _, identity = line.rstrip("\n").partition(" ")
        if line.endswith("\n") and word in said:
            said[word].add(identity)
    return said


def logged(store: Store) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"permitted": set(), "ended": set()}
    for entry in store.entries():
        word = {"egress": "permitted", "completed": "ended"}.get(entry.event)
        if word is not None:
            found[word].add(str(entry.fields["request"]))
    return found


def test_o42_four_processes_keep_one_gapless_log(settings: StoreSettings, reopen: Reopen) -> None:
    # All four find an empty place: one of them makes the house, the others wait for it.
    children = [child(settings, "load", 60) for _ in range(4)]
    outputs = [one.communicate(timeout=100) for one in children]
    assert [one.returncode for one in children] == [0, 0, 0, 0], outputs[0][1][-2000:]
    with reopen(read_only=True) as store:
        report = store.verify(deep=True)
        assert (report.fault, report.size, report.records, report.unanswered) == (None, 4 * 60 * 3, 240, 0)
        assert len(logged(store)["ended"]) == 240


def test_o40_killed_in_mid_load_nothing_acknowledged_is_lost(
    settings: StoreSettings, reopen: Reopen, tmp_path: Path
) -> None:
    with reopen():
        pass
    permitted, ended = set[str](), set[str]()
    for turn in range(4):
        heard = tmp_path / f"heard{turn}"
        with heard.open("w") as output:
            killed, other = child(settings, "load", 0, output), child(settings, "load", 30)
            until = time.monotonic() + 60
            while "ended" not in heard.read_text() and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(0.03 * turn)
            killed.kill()
            killed.communicate()
        for text in (heard.read_text(), other.communicate(timeout=100)[0]):
            said = acknowledged(text)
            permitted |= said["permitted"]
            ended |= said["ended"]
        assert other.returncode == 0
        with reopen(read_only=True) as store:
            report = store.verify(deep=True)
            assert report.fault is None
            kept = logged(store)
            assert permitted <= kept["permitted"]
            assert ended <= kept["ended"]
    assert len(ended) > 4 * 30, "the killed processes never got as far as writing"


async def test_o41_a_full_disk_is_unavailability_and_passes(
    settings: StoreSettings, reopen: Reopen, talk: Talk
) -> None:
    with reopen() as store:
        await talk.whole(store)
    limited = child(settings, "full", 600_000)
    output, errors = limited.communicate(timeout=100)
    assert limited.returncode == 0, errors[-2000:]
    assert "unavailable ready=False" in output
    assert "recovered ready=True" in output
    with reopen(read_only=True) as store:
        assert store.verify(deep=True).fault is None
        assert acknowledged(output)["ended"] <= logged(store)["ended"]


def test_second_server_on_one_directory_is_refused(tmp_path: Path) -> None:
    with (
        server_lock(tmp_path / "data"),
        pytest.raises(LockedError, match="another server"),
        server_lock(tmp_path / "data"),
    ):
        pass
    with server_lock(tmp_path / "data"):
        assert (tmp_path / "data" / "lock").exists()
