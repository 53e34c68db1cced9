"""Verification finds what was changed, and names the place; what is only unfinished is not called tampering."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.conftest import BIG, MovedClock, Reopen, SystemRandom, Talk

from ambos.audit import Entry, Frontier, Signer, leaf_hash
from ambos.errors import KeyServiceError, StoreError
from ambos.messages import Route
from ambos.store import Store, StoreSettings, verify_store


async def full(store: Store, talk: Talk) -> None:
    """A log of some requests: entries 0 to 8, records 0, 3 and 6."""
    for _ in range(3):
        await talk.whole(store)


def change(store: Store, *statements: str) -> None:
    """What an insider does who holds the key of the database, but not the key of the log."""
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for statement in statements:
            connection.exec_driver_sql(statement)


def place(store: Store) -> str:
    fault = store.verify(deep=True).fault
    assert fault is not None
    return str(fault)


MOVE = (
    "UPDATE log_entries SET seq = -1 WHERE seq = 4",
    "UPDATE log_entries SET seq = 4 WHERE seq = 5",
    "UPDATE log_entries SET seq = 5 WHERE seq = -1",
)
SWAP_PARTS = (
    "UPDATE record_parts SET name = 'aside' WHERE record = 0 AND name = 'answer-0'",
    "UPDATE record_parts SET record = 0 WHERE record = 3 AND name = 'answer-0'",
    "UPDATE record_parts SET record = 3, name = 'answer-0' WHERE name = 'aside'",
)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE log_entries SET leaf = replace(leaf, 'big-1', 'big-2') WHERE seq = 4"], "log entry 4"),
        (["UPDATE log_entries SET leaf = x'00' WHERE seq = 4"], "log entry 4"),
        (["UPDATE log_entries SET hash = zeroblob(32) WHERE seq = 2"], "log entry 2"),
        (["DELETE FROM log_entries WHERE seq = 5"], "log entry 5"),
        (["DELETE FROM log_entries WHERE seq = 8"], "log entry 8"),
        (["INSERT INTO log_entries SELECT 9, hash, event, record, route, leaf FROM log_entries WHERE seq = 8"], "log entry 9"),
        (["DELETE FROM log_entries"], "log entry 0"),
        (MOVE, "log entry 4"),
        (["UPDATE log_entries SET event = 'egress' WHERE seq = 3"], "log entry 3"),
        (["UPDATE log_entries SET route = 'local' WHERE seq = 8"], "log entry 8"),
        (["UPDATE log_state SET size = 8"], "log_state"),
        (["UPDATE log_state SET frontier = zeroblob(9)"], "log_state"),
        (["UPDATE log_state SET checkpoint = ''"], "log_state"),
        (["UPDATE log_state SET checkpoint = (SELECT checkpoint FROM checkpoints)"], "log_state"),
        (["UPDATE log_state SET checkpoint = replace(checkpoint, char(10) || '9' || char(10), char(10) || '8' || char(10))"], ""),
        (["DELETE FROM log_state"], "log_state"),
        (["UPDATE checkpoints SET checkpoint = checkpoint || 'x'"], "log entry"),
        (["UPDATE checkpoints SET size = size + 2"], "checkpoint"),
        (["INSERT INTO log_tiles VALUES (1, 0, zeroblob(32))"], "log_tiles"),
        (["DELETE FROM record_parts WHERE record = 3", "DELETE FROM records WHERE seq = 3"], "records"),
        (["UPDATE records SET level = 0 WHERE seq = 3"], "record r_"),
        (["UPDATE records SET owner = 'p_other' WHERE seq = 3"], "record r_"),
        (["UPDATE records SET time_ms = 1 WHERE seq = 0"], "record r_"),
        (["DELETE FROM record_parts WHERE record = 3 AND name LIKE '%outbound-0'"], "the part request"),
        (["DELETE FROM record_parts WHERE record = 3 AND name = 'answer-0'"], "the part answer-0"),
        (["UPDATE record_parts SET sealed = substr(sealed, 1, 20) WHERE record = 3"], "record r_"),
        (["UPDATE records SET wrapped_key = (SELECT wrapped_key FROM records WHERE seq = 0) WHERE seq = 3"], "record r_"),
        (SWAP_PARTS, "record r_"),
        (["DROP TABLE log_tiles"], "ambos.db"),
    ],
    ids=lambda value: str(value)[:50],
)  # fmt: skip
async def test_o43_an_insider_with_the_database_key_is_found(
    store: Store, talk: Talk, statements: list[str], named: str
) -> None:
    await full(store, talk)
    assert store.verify(deep=True).fault is None
    change(store, *statements)
    assert named in place(store)


async def test_consistent_rewriting_fails_at_the_signature(store: Store, talk: Talk) -> None:
    await full(store, talk)
    leaves = [Entry(one.event, one.fields).encode() for one in store.entries()]
    leaves[4] = leaves[4].replace(b"big-1", b"big-9")
    frontier = Frontier().extend(map(leaf_hash, leaves))
    change(
        store,
        f"UPDATE log_entries SET leaf = x'{leaves[4].hex()}', hash = x'{leaf_hash(leaves[4]).hex()}' WHERE seq = 4",
        f"UPDATE log_state SET frontier = x'{frontier.to_bytes().hex()}'",
    )
    assert "signed checkpoint" in place(store)


async def test_signature_of_another_key_is_found(store: Store, talk: Talk) -> None:
    await full(store, talk)
    head = store.head()
    other = Signer(head.checkpoint.partition("\n")[0], bytes(32))
    note = head.checkpoint.rpartition("\n\n")[0] + "\n"
    forged = f"{note}\n{other.sign(note).line()}"
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql("UPDATE log_state SET checkpoint = ?", (forged,))
    assert "signed" in place(store)


@pytest.mark.parametrize("fate", ["missing", "garbage", "other"])
async def test_published_key_is_compared(store: Store, settings: StoreSettings, fate: str) -> None:
    if fate == "missing":
        settings.vkey_path.unlink()
    else:
        other = Signer("ambos.local/else", bytes(32)).verifier.vkey
        settings.vkey_path.write_text("garbage" if fate == "garbage" else other)
    assert place(store).startswith("log.vkey")


async def test_long_log_with_tiles_verifies_and_their_change_is_found(store: Store, talk: Talk) -> None:
    for count in (200, 400):
        for one in range(count):
            await store.log.append("started", tenant="house", fields={"software": f"ambos-{one}"})
    assert store.verify().fault is None
    change(store, "UPDATE log_tiles SET hash = zeroblob(32) WHERE level = 1 AND position = 1")
    assert "log entry 256" in place(store)


async def test_o40_a_crash_between_egress_and_completed_is_visible_and_right(any_reopen: Reopen, talk: Talk) -> None:
    with any_reopen() as store:
        await store.log.permit(talk.asked(), talk.outbound(), talk.decision(), BIG)
    with any_reopen(read_only=True) as store:
        report = store.verify(deep=True)
        assert (report.fault, report.unanswered) == (None, 1)


async def test_progress_is_told(store: Store, talk: Talk) -> None:
    await full(store, talk)
    told: list[tuple[int, int]] = []
    store.verify(lambda done, of: told.append((done, of)))
    assert told[-1] == (9, 9)


async def test_empty_log_is_right(any_store: Store) -> None:
    report = any_store.verify(deep=True)
    assert (report.fault, report.size) == (None, 0)


# --- damaged files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def judge(settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> Callable[[], str]:
    def judged() -> str:
        return str(verify_store(settings, clock, rng, deep=True).fault)

    return judged


async def test_flipped_bytes_are_found_wherever_they_are(
    reopen: Reopen, talk: Talk, settings: StoreSettings, judge: Callable[[], str]
) -> None:
    with reopen() as store:
        for _ in range(40):
            await talk.whole(store)
    assert judge() == "None"
    chance = random.Random(4)
    for path in (settings.content_path, settings.ring_path):
        whole = path.read_bytes()
        for _ in range(40):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
            assert judge().startswith(path.name), f"a flipped bit at {at} of {path.name} was not found"
        path.write_bytes(whole)
    assert judge() == "None"


@pytest.mark.parametrize("name", ["ambos.db", "keyring.db", "log.vkey", "installation"])
async def test_missing_file_is_named_and_never_made_anew(
    reopen: Reopen, settings: StoreSettings, judge: Callable[[], str], name: str
) -> None:
    with reopen():
        pass
    (settings.directory / name).unlink()
    if name == "installation":
        with pytest.raises(StoreError, match="installation"):
            reopen()
        return
    assert judge().startswith(name)
    if name != "log.vkey":
        with pytest.raises(StoreError):
            reopen()


@pytest.mark.parametrize("name", ["ambos.db", "keyring.db"])
async def test_truncated_and_emptied_files_are_named(
    reopen: Reopen, talk: Talk, settings: StoreSettings, judge: Callable[[], str], name: str
) -> None:
    with reopen() as store:
        await talk.whole(store)
    path = settings.directory / name
    whole = path.read_bytes()
    for size in (len(whole) - 8192, len(whole) - 100, 100, 0):
        path.write_bytes(whole[:size])
        assert judge().startswith(name), size


async def test_wrong_root_key_is_told_as_such(
    reopen: Reopen, settings: StoreSettings, clock: MovedClock, rng: SystemRandom
) -> None:
    with reopen():
        pass
    for root in (bytes(32), bytes(31)):
        with pytest.raises(KeyServiceError):
            verify_store(replace(settings, root_key=root), clock, rng)


def test_no_installation_is_no_fault(tmp_path: Path, clock: MovedClock, rng: SystemRandom) -> None:
    with pytest.raises(StoreError, match="no Ambos"):
        verify_store(StoreSettings(tmp_path / "empty", tmp_path / "roots"), clock, rng)


# --- what is read off the log ------------------------------------------------------------------------------------------


async def test_entries_are_read_from_a_place_and_by_event(any_store: Store, talk: Talk) -> None:
    await full(any_store, talk)
    assert [one.seq for one in any_store.entries(7)] == [7, 8]
    assert [one.seq for one in any_store.entries(limit=2)] == [0, 1]
    assert [one.seq for one in any_store.entries(1, limit=2, events=["egress"])] == [1, 4]


async def test_entries_of_one_request(any_store: Store, talk: Talk) -> None:
    await full(any_store, talk)
    asked = await talk.whole(any_store)
    assert [one.event for one in any_store.entries_of(asked.id)] == ["decided", "egress", "completed"]
    assert any_store.entries_of("r_absent") == []


async def test_head_tells_the_signed_size(any_store: Store, talk: Talk) -> None:
    await full(any_store, talk)
    head = any_store.head()
    assert head.size == 9
    assert head.checkpoint.split("\n")[1] == "9"
    assert (
        head.root == Frontier().extend(leaf_hash(Entry(e.event, e.fields).encode()) for e in any_store.entries()).root()
    )


async def test_statistics_count_by_route_since_a_time(any_store: Store, talk: Talk, clock: MovedClock) -> None:
    await full(any_store, talk)
    clock.time_ms += 1000
    await talk.whole(any_store)
    await any_store.log.refused(talk.asked(), talk.decision(), "policy_blocked")
    assert any_store.statistics()[Route.MASKED] == 4
    late = any_store.statistics(clock.time_ms)
    assert (late[Route.MASKED], late[Route.NONE], late[Route.LOCAL]) == (1, 1, 0)
    assert sum(any_store.statistics(clock.time_ms + 1).values()) == 0
