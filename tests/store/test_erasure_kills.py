"""Killed at any moment of a block, an erasure or a change of keys: never half done, and nothing else is lost."""

from __future__ import annotations

import random
import subprocess
import threading
from contextlib import closing

import pytest
from tests.store.conftest import Reopen
from tests.store.test_crash import child

from ambos.errors import StoreError
from ambos.store import Store, StoreSettings

pytestmark = pytest.mark.shell
WORDS = ("kept", "blocked", "gone", "rotated")


def killed(settings: StoreSettings, chance: random.Random) -> dict[str, list[str]]:
    """What a process said that was killed a random number of words, and of microseconds, after it began."""
    said: dict[str, list[str]] = {word: [] for word in WORDS}
    process = child(settings, "orders", 0, subprocess.PIPE)
    assert process.stdout is not None
    left = chance.randrange(2, 12)
    for line in process.stdout:
        word, _, what = line.rstrip("\n").partition(" ")
        if not line.endswith("\n"):
            break
        said[word].append(what)
        left -= 1
        if left == 0:
            threading.Event().wait(chance.random() * 0.03)
            process.kill()
    errors = process.communicate()[1]
    assert process.returncode == -9, errors[-2000:]
    return said


def states(store: Store) -> dict[str, str]:
    """For each record whether it opens for its owner, is blocked, or is gone."""
    found = {}
    with store._foundation.content.reading() as connection:
        names = connection.exec_driver_sql("SELECT id FROM records").scalars().all()
    for name in names:
        try:
            store.records.salted(name, tenant="house", owner="p_lucia")
            found[name] = "open"
        except StoreError as error:
            found[name] = "blocked" if "is blocked" in str(error) else "gone"
    return found


def survive(settings: StoreSettings, reopen: Reopen, turns: int) -> None:
    with reopen():
        pass
    chance = random.Random(9)
    kept, gone = set[str](), set[str]()
    for turn in range(turns):
        said = killed(settings, chance)
        kept |= set(said["kept"])
        gone |= set(said["gone"])
        with closing(reopen(read_only=True)) as store:  # before anything is settled: unfinished is no tampering
            assert store.verify(deep=True).fault is None, turn
        with reopen() as store:
            report = store.verify(deep=True)
            assert (report.fault, report.is_unfinished) == (None, False), turn
            found = states(store)
            assert {found[one] for one in kept} <= {"open"}, turn
            assert {found[one] for one in gone} <= {"gone"}, turn
            assert {found[one] for one in set(said["blocked"]) - gone} <= {"blocked", "gone"}, turn
    assert len(gone) > turns // 2, "hardly anything was erased before the kills"
    assert len(list(settings.roots.iterdir())) == 1


def test_o40_killed_while_erasing_and_changing_keys(settings: StoreSettings, reopen: Reopen) -> None:
    survive(settings, reopen, 8)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_o40_killed_a_thousand_times_while_erasing_and_changing_keys(settings: StoreSettings, reopen: Reopen) -> None:
    survive(settings, reopen, 1_000)
