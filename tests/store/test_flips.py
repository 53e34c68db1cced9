"""A flipped bit at any place of any file is named, or it is proven that nothing was written there.

The house is as a crash leaves it: with a write-ahead log that no connection has emptied. SQLite leaves out what follows a
damaged frame of it, which looks like an older head; so an anchor that lies elsewhere is asked too, as operators should.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, Reopen, SystemRandom, Talk
from tests.store.test_told import lived

from ambos.errors import AmbosError
from ambos.store import StoreSettings, Trusted
from ambos.store.foundation import lay
from ambos.store.verify import Report, verify

FILES = ("ambos.db", "ambos.db-wal", "keyring.db", "keyring.db-wal", "installation", "log.vkey", "root.key")


async def house(reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, to: Path) -> Report:
    """A copy of a house in the middle of its life, and what an anchor elsewhere remembers of it."""
    with reopen() as store:
        await lived(store, talk, clock)
        for database in (store._foundation.content, store._foundation.ring_database):
            database.compact()
        for _ in range(8):
            await talk.whole(store)
        joins = store.subjects.search("house", [("id", "87654321X")])
        await store.erasures.block(joins, tenant="house", basis="GDPR-18", by="p_dpo")
        for _ in range(8):
            await talk.whole(store)
        await replace(talk, owner=replace(talk.owner, id="p_new")).whole(store)  # a key in the ring's own log
        report = store.verify(deep=True)
        shutil.copytree(settings.directory, to / "data")
    (root,) = settings.roots.iterdir()
    shutil.copy(root, to / "root.key")
    return report


def judged(settings: StoreSettings, clock: MovedClock, before: Report) -> str:
    """What verification says, read-only, with the anchor; "" where everything is as it was."""
    assert before.anchor is not None
    trusted = Trusted([("the anchor", before.anchor.note)])
    try:
        foundation = lay(settings, clock, SystemRandom(), read_only=True)
    except AmbosError as error:
        return str(error)
    try:
        report = verify(foundation, settings.vkey_path, deep=True, trusted=trusted)
    finally:
        foundation.dispose()
    if report.fault is None:
        said = (report.size, report.root, report.records, report.parts)
        assert said == (before.size, before.root, before.records, before.parts)
    return str(report.fault or "")


def write(path: Path, at: int, byte: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(byte)


async def flip(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path, count: int
) -> Counter[str]:
    """Flip `count` bits, one after the other; how many were of each file and found nowhere."""
    whole = tmp_path / "whole"
    before = await house(reopen, settings, talk, clock, whole)
    assert before.fault is None
    chance, quiet = random.Random(count), Counter[str]()
    paths = {name: whole / (name if name == "root.key" else f"data/{name}") for name in FILES}
    sizes = {name: path.stat().st_size for name, path in paths.items()}
    assert all(sizes.values()), sizes
    spread = chance.choices(FILES, (3, 3, 2, 2, 1, 1, 1), k=count)
    there = replace(settings, directory=whole / "data", root_key_file=whole / "root.key", may_create=False)
    contents = {name: path.read_bytes() for name, path in paths.items()}
    for name in spread:
        at, path = chance.randrange(len(contents[name])), paths[name]
        flipped = bytes([contents[name][at] ^ 1 << chance.randrange(8)])
        for shared in (whole / "data").glob("*-shm"):  # what the reading before has made of the write-ahead log
            shared.unlink()
        write(path, at, flipped)
        if not judged(there, clock, before):
            quiet[name] += 1
        write(path, at, contents[name][at : at + 1])
    assert {name: path.read_bytes() for name, path in paths.items()} == contents, "to verify changed a file"
    return quiet


async def checked(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path, count: int
) -> None:
    quiet = await flip(reopen, settings, talk, clock, tmp_path, count)
    # Free: a hexadecimal digit of the root key in capitals is the same digit, and what a write-ahead log holds beyond its
    # last commit, or of a frame that a later one replaces, is not read. All else is found.
    assert quiet.keys() <= {"root.key", "ambos.db-wal", "keyring.db-wal"}, quiet


async def test_flipped_bits_at_500_places_over_all_files(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path
) -> None:
    await checked(reopen, settings, talk, clock, tmp_path, 500)


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_flipped_bits_at_10_000_places_over_all_files(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path
) -> None:
    await checked(reopen, settings, talk, clock, tmp_path, 10_000)
