"""An insider who holds every key of the house, and an old backup: what finds them, and what says that it cannot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.store.conftest import BIG, MovedClock, Reopen, Talk

from ambos.audit import Checkpoint, Entry, Frontier, Signer, leaf_hash
from ambos.audit.anchor import Anchor
from ambos.audit.check import Standing
from ambos.audit.note import Note
from ambos.audit.signing import COSIGNATURE
from ambos.audit.witness import Refusal, RefusedError, Submission
from ambos.store import Store, StoreSettings, Trusted
from ambos.store.verify import Report
from ambos.store.witness import WitnessState

REWRITTEN = 100


async def grown(store: Store, talk: Talk, requests: int) -> None:
    for _ in range(requests):
        await talk.whole(store)


def rewrite_the_last(store: Store, count: int) -> None:
    """Everything that somebody with all keys can do: entries, hashes, tiles, state and heads, signed anew."""
    foundation = store._foundation
    leaves = [Entry(one.event, one.fields).encode() for one in store.entries()]
    first = len(leaves) - count
    for at in range(first, len(leaves)):
        leaves[at] = leaves[at].replace(b"big-1", b"big-9")
    growth = Frontier().grow(map(leaf_hash, leaves))

    def signed(size: int) -> str:
        root = Frontier().extend(map(leaf_hash, leaves[:size])).root()
        return Checkpoint(foundation.signer.verifier.name, size, root).sign(foundation.signer).decode()

    with foundation.content.writing() as connection:
        for at in range(first, len(leaves)):
            row = (leaves[at], leaf_hash(leaves[at]), at)
            connection.exec_driver_sql("UPDATE log_entries SET leaf = ?, hash = ? WHERE seq = ?", row)
        connection.exec_driver_sql("DELETE FROM log_tiles")
        for tile in growth.tile_hashes:
            connection.exec_driver_sql("INSERT INTO log_tiles VALUES (?, ?, ?)", (tile.level, tile.index, tile.hash))
        sizes = [row[0] for row in connection.exec_driver_sql("SELECT size FROM checkpoints").all()]
        for size in sizes:
            connection.exec_driver_sql("UPDATE checkpoints SET checkpoint = ? WHERE size = ?", (signed(size), size))
        state = (growth.frontier.to_bytes(), signed(len(leaves)))
        connection.exec_driver_sql("UPDATE log_state SET frontier = ?, checkpoint = ?", state)


@pytest.fixture
def witness(tmp_path: Path, store: Store) -> WitnessState:
    signer = Signer("witness.example/w1", bytes(range(32)), kind=COSIGNATURE)
    return WitnessState(tmp_path / "witness", signer, [store._foundation.signer.verifier])


def submit(store: Store, witness: WitnessState, old: int) -> None:
    note = store.tree.checkpoint()
    size = Checkpoint.parse(Note.parse(note).text).size
    made = witness.cosign(Submission(old, store.tree.consistency(old, size), note), now_s=1)
    store.tree.attach(note, [made.signature])


def fault(store: Store, trusted: Trusted | None = None) -> str:
    return str(store.verify(trusted=trusted).fault)


async def test_an_insider_with_every_key_who_rewrites_the_last_hundred_entries_is_caught(
    store: Store, talk: Talk, witness: WitnessState, clock: MovedClock
) -> None:
    await grown(store, talk, 100)
    clock.time_ms += 60_000
    await grown(store, talk, 20)
    submit(store, witness, 0)
    anchor = store.verify().anchor
    assert anchor is not None
    cosigned = store.tree.checkpoint()
    await grown(store, talk, 10)

    # 130 requests are 390 entries: the forged ones begin below the 360 that were witnessed.
    rewrite_the_last(store, REWRITTEN)
    assert fault(store) == "None"  # from inside alone nobody can see it: that is why others must remember

    # The anchor elsewhere, with and without going on from it.
    assert "differs from the signed checkpoint of 360" in fault(store, Trusted([("the anchor", anchor.note)]))
    assert "the log was rewritten" in fault(store, Trusted(start=anchor))
    # The head that the witness remembers, or that a holder of a receipt kept.
    assert "360" in fault(store, Trusted([("witness w1", cosigned)]))
    # The witness itself: the forged log does not continue the one that it cosigned.
    with pytest.raises(RefusedError) as caught:
        submit(store, witness, 360)
    assert caught.value.refusal is Refusal.INCONSISTENT
    # Nor does it sign as if nothing had been before.
    with pytest.raises(RefusedError) as caught:
        submit(store, witness, 0)
    assert (caught.value.refusal, caught.value.size) == (Refusal.OTHER_SIZE, 360)


async def test_o46_a_restored_backup_is_recognised_only_where_something_remembers(
    reopen: Reopen, talk: Talk, settings: StoreSettings, tmp_path: Path, clock: MovedClock
) -> None:
    with reopen() as store:
        await grown(store, talk, 10)
    shutil.copytree(settings.directory, tmp_path / "backup")
    with reopen() as store:
        await grown(store, talk, 5)
        anchor = store.verify().anchor
    assert anchor is not None
    shutil.rmtree(settings.directory)
    shutil.copytree(tmp_path / "backup", settings.directory)
    with reopen() as store:
        assert fault(store) == "None"
        remembers = Trusted([("the anchor", anchor.note)])
        assert "the log ends here, but a signed checkpoint says it had 45" in fault(store, remembers)
        assert "rewritten or cut" in fault(store, Trusted(start=anchor))
        # Growing past the anchor does not hide it.
        await grown(store, talk, 20)
        assert fault(store) == "None"
        assert "45" in fault(store, remembers)
        assert "rewritten" in fault(store, Trusted(start=anchor))


# --- going on from an anchor ---------------------------------------------------------------------------------------------


def same(one: Report, other: Report) -> bool:
    return (one.fault, one.size, one.root, one.unanswered, one.anchor) == (
        other.fault, other.size, other.root, other.unanswered, other.anchor,
    )  # fmt: skip


async def test_going_on_from_any_anchor_ends_where_reading_everything_does(
    store: Store, talk: Talk, clock: MovedClock
) -> None:
    anchors: list[Anchor] = []
    for count in (1, 84, 0, 1, 3, 90):  # 3, 255, 255, 258, 267, 537 entries
        await grown(store, talk, count)
        clock.time_ms += 61_000
        whole = store.verify()
        assert whole.anchor is not None
        for anchor in anchors:
            later = store.verify(trusted=Trusted(start=anchor))
            assert same(later, whole)
            assert later.since == anchor.size
        anchors.append(whole.anchor)


async def test_requests_under_way_at_the_anchor_keep_their_order(any_store: Store, talk: Talk) -> None:
    asked = talk.asked()
    await any_store.log.permit(asked, talk.outbound(), talk.decision(), BIG)
    anchor = any_store.verify().anchor
    assert anchor is not None
    assert anchor.standing is not None
    assert [one[0] for one in anchor.standing.order.unfinished] == [asked.id]
    assert any_store.verify(trusted=Trusted(start=anchor)).unanswered == 1
    await any_store.log.ended(asked, BIG, talk.answered())
    later = any_store.verify(trusted=Trusted(start=anchor))
    assert (later.fault, later.unanswered) == (None, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entries SET leaf = replace(leaf, 'big-1', 'big-2') WHERE seq = 31",
        "UPDATE log_entries SET hash = zeroblob(32) WHERE seq = 31",
        "UPDATE log_entries SET hash = zeroblob(32) WHERE seq = 3",  # below the anchor, in a tile that still grows
        "DELETE FROM log_entries WHERE seq = 31",
        "DELETE FROM log_entries WHERE seq > 29",
        "UPDATE log_entries SET route = 'local' WHERE seq = 32",
        "UPDATE records SET level = 0 WHERE seq = 30",
        "UPDATE log_state SET size = 31",
        "UPDATE log_state SET frontier = zeroblob(9)",
    ],
)
async def test_what_is_changed_after_the_anchor_is_found_from_it(store: Store, talk: Talk, statement: str) -> None:
    await grown(store, talk, 10)
    anchor = store.verify().anchor
    assert anchor is not None
    await grown(store, talk, 2)
    assert store.verify(trusted=Trusted(start=anchor)).fault is None
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql(statement)
    assert store.verify(trusted=Trusted(start=anchor)).fault is not None


async def test_an_anchor_of_another_log_is_told_as_such(store: Store, talk: Talk) -> None:
    await grown(store, talk, 1)
    other = Signer("ambos.local/else", bytes(32))
    note = Checkpoint("ambos.local/else", 0, Frontier().root()).sign(other)
    for trusted in (Trusted([("the anchor", note)]), Trusted(start=Anchor(note, Standing()))):
        assert fault(store, trusted).startswith("the anchor: what it remembers was not signed by this log")
