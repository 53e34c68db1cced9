"""Content ends, is blocked and is sealed again only where the log says so: an insider with every key is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.store.conftest import MovedClock, Reopen, Talk
from tests.store.test_erasure import LUCIA, MARIO, NAME, opened, told, without

from ambos.store import Store, StoreSettings, schema
from ambos.store.bundle import Part, open_rows, seal_parts
from ambos.store.sealing import Sealer
from ambos.store.settings import DAY_MS

ANA = ("email", "ana@example.org")
# Records of the house of `lived`: 0 destroyed, 3 sealed again without Lucía, 6 put right, 9 blocked, 12 lives, 15 over.


async def lived(store: Store, talk: Talk, clock: MovedClock) -> None:
    """A house where everything has happened that may happen to a record."""
    await told(store, talk, LUCIA)
    await told(store, talk, LUCIA, MARIO, body=b"12345678Z y 87654321X")
    await told(store, talk, NAME, body=b"vive en Vigo")
    await told(store, talk, ANA)
    await told(store, talk)
    await told(store, talk)
    joins = store.subjects.search
    order = await store.erasures.block(joins("house", [LUCIA]), tenant="house", basis="GDPR-17", by="p_dpo")
    await store.erasures.destroy(order, without, by="p_dpo")
    (right,) = joins("house", [NAME])
    await store.erasures.rectify(right, tenant="house", by="p_dpo", rewrite=lambda one: one.replace(b"Vigo", b"Lugo"))
    lifted = await store.erasures.block(joins("house", [NAME]), tenant="house", basis="GDPR-18", by="p_dpo")
    await store.erasures.lift(lifted, by="p_dpo")
    due_ms = clock.time_ms + 100 * DAY_MS
    await store.erasures.block(joins("house", [ANA]), tenant="house", basis="GDPR-17", by="p_dpo", due_ms=due_ms)
    with store._foundation.content.writing() as connection:  # its term is over today, that of the others is not
        connection.exec_driver_sql("UPDATE records SET expires_ms = ? WHERE seq = 15", (clock.time_ms,))
    assert store.records.expire(clock.time_ms) == 1
    clock.time_ms += 7 * DAY_MS
    assert await store.erasures.due(without) == 0  # and yet the first is told irrecoverable


DESTROYED, OPEN = "destroyed_ms IS NOT NULL", "destroyed_ms IS NULL"
_NO_PARTS = "DELETE FROM record_parts WHERE record = 12"
_BLOCK = "UPDATE records SET wrapped_key = CAST(x'02' || wrapped_key AS BLOB) WHERE seq = 12"
_COPY = (
    "INSERT INTO erasures SELECT {}, tenant, subject, basis, requested_by, blocked_ms, due_ms, destroyed_ms, "
    "irrecoverable_ms, certificate FROM erasures LIMIT 1"
)
INSIDER: list[tuple[list[str], str]] = [
    ([_NO_PARTS, "UPDATE records SET wrapped_key = NULL WHERE seq = 12"], "is gone, and no entry"),
    ([_BLOCK], "no open order of the log blocks it"),
    (["UPDATE records SET wrapped_key = substr(wrapped_key, 2) WHERE seq = 9"], "it opens without the legal key"),
    (["UPDATE record_parts SET name = 'resealed-zzz' WHERE record = 9 AND name LIKE 'request%'"], "record"),
    (["UPDATE records SET wrapped_key = x'01' WHERE seq = 0"], "record"),
    (["INSERT INTO record_parts (record, name, sealed) VALUES (15, 'request', x'01')"], "is kept of a record whose key"),
    ([_NO_PARTS], "all its parts are missing"),
    ([f"DELETE FROM erasures WHERE {OPEN}"], "its row is missing"),
    ([f"DELETE FROM erasures WHERE {DESTROYED}"], "its row is missing"),
    ([_COPY.format("'e_more'")], "e_more: no entry of the log"),
    (["UPDATE erasures SET basis = 'GDPR-18'"], "different bases"),
    ([f"UPDATE erasures SET due_ms = due_ms + 1 WHERE {OPEN}"], "different days"),
    ([f"UPDATE erasures SET destroyed_ms = 1 WHERE {OPEN}"], "says destroyed, and the log does not"),
    ([f"UPDATE erasures SET destroyed_ms = NULL WHERE {DESTROYED}"], "the log says destroyed"),
    ([f"UPDATE erasures SET irrecoverable_ms = 1 WHERE {OPEN}"], "whether it is irrecoverable"),
    ([f"UPDATE erasures SET irrecoverable_ms = NULL WHERE {DESTROYED}"], "whether it is irrecoverable"),
    ([f"UPDATE erasures SET certificate = x'00' WHERE {DESTROYED}"], "its certificate is not the one"),
    ([f"UPDATE erasures SET certificate = NULL WHERE {DESTROYED}"], "its certificate is not the one"),
    (["UPDATE generations SET value = value - 1 WHERE name = 'ring'"], "an older content"),
    (["UPDATE generations SET value = value + 1 WHERE name = 'ring'"], "keyring.db: it is of generation"),
]  # fmt: skip


async def test_everything_that_may_happen_is_right(store: Store, talk: Talk, clock: MovedClock) -> None:
    await lived(store, talk, clock)
    report = store.verify(deep=True)
    assert (report.fault, report.is_unfinished) == (None, False)


@pytest.mark.parametrize(("statements", "named"), INSIDER, ids=lambda value: str(value)[:50])
async def test_what_no_entry_explains_is_found(
    store: Store, talk: Talk, clock: MovedClock, statements: list[str], named: str
) -> None:
    await lived(store, talk, clock)
    with store._foundation.content.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert named in str(store.verify(deep=True).fault)


async def test_a_part_that_was_sealed_again_by_somebody_with_every_key_is_found(
    store: Store, talk: Talk, clock: MovedClock
) -> None:
    await lived(store, talk, clock)
    sealed_again(store)
    assert "was sealed again, and no entry" in str(store.verify(deep=True).fault)


def sealed_again(store: Store) -> None:
    """The request of record 12, rewritten as an erasure would, with no order behind it; not the first part of its row."""
    another_row(store, 12, lambda parts: [*parts[1:], ("resealed-request", b"other")])


def another_row(store: Store, seq: int, change: Callable[[list[Part]], list[Part]]) -> None:
    """The row that a permit sealed, with other parts, by somebody who has every key."""
    foundation = store._foundation
    with foundation.content.writing() as connection:
        row = connection.exec_driver_sql(f"SELECT id, tenant, owner, wrapped_key FROM records WHERE seq = {seq}").one()
        key = Sealer(foundation.ring.record_key(row[1], row[2], row[0], row[3]), foundation.nonces)
        place = (row[1], row[0])
        number, name, sealed = connection.exec_driver_sql(
            f"SELECT id, name, sealed FROM record_parts WHERE record = {seq} ORDER BY id LIMIT 1"
        ).one()
        name, sealed = seal_parts(key, *place, change(list(open_rows(key, *place, [(name, sealed)]).items())))
        changed = update(schema.record_parts).where(schema.record_parts.c.id == number)
        connection.execute(changed.values(name=name, sealed=sealed))


async def test_a_lifted_block_whose_row_came_back_is_found(store: Store, talk: Talk, clock: MovedClock) -> None:
    await lived(store, talk, clock)
    row_of_a_lifted_block(store)
    assert "was lifted, and its row is still there" in str(store.verify().fault)


def row_of_a_lifted_block(store: Store) -> None:
    lifted = next(one for one in store.entries() if one.fields.get("scope") == "lifted")
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql(_COPY.format("?"), (lifted.fields["erasure"],))


async def test_a_generation_that_a_crash_cut_off_is_told_and_is_no_tampering(
    reopen: Reopen, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with reopen() as store:
        await told(store, talk, LUCIA)
        joins = store.subjects.search("house", [LUCIA])
        for step in ("ambos.store.batch.Sequencer._flush", "ambos.store.keyring.KeyRing.finish"):
            monkeypatch.setattr(step, crash)
            with pytest.raises(KeyboardInterrupt):
                await store.erasures.block(joins, tenant="house", basis="GDPR-18", by="p_dpo")
            monkeypatch.undo()
            with closing(reopen(read_only=True)) as other:
                report = other.verify(deep=True)
                assert (report.fault, report.is_unfinished) == (None, True)
            store.erasures.recovery.settle()
            report = store.verify(deep=True)
            assert (report.fault, report.is_unfinished) == (None, False)


async def test_the_end_of_a_term_is_an_entry_and_a_later_reading_needs_no_older_one(
    any_store: Store, talk: Talk, clock: MovedClock
) -> None:
    first, second = await told(any_store, talk), await told(any_store, talk)
    clock.time_ms += 30 * DAY_MS
    await told(any_store, talk)
    assert any_store.records.expire(clock.time_ms) == 2
    (entry,) = [one for one in any_store.entries() if one.event == "erased"]
    assert (entry.fields["scope"], entry.fields["requests"]) == ("retention", sorted([first.id, second.id]))
    assert any_store.verify(deep=True).fault is None


async def test_what_a_restored_content_had_not_yet_ended_is_explained(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock, tmp_path: Path
) -> None:
    """Lifted, put right, expired and its key forgotten since the backup: none of it looks like tampering."""
    with reopen() as store:
        await told(store, talk, NAME, body=b"vive en Vigo")
        await told(store, talk, ANA)
        order = await store.erasures.block(
            store.subjects.search("house", [ANA]), tenant="house", basis="GDPR-18", by="p_dpo"
        )
    backup = settings.content_path.read_bytes()
    with reopen() as store:
        (join,) = store.subjects.search("house", [NAME])
        await store.erasures.rectify(join, tenant="house", by="p_dpo", rewrite=lambda one: one.replace(b"V", b"L"))
        await store.erasures.lift(order, by="p_dpo")
        clock.time_ms += 31 * DAY_MS
        assert store.records.expire(clock.time_ms) == 2
    settings.content_path.write_bytes(backup)
    with reopen() as store:
        assert store.verify(deep=True).fault is None


@pytest.mark.parametrize("is_committed", [False, True])
async def test_what_another_worker_seals_while_a_generation_hangs_opens_after_it(
    reopen: Reopen, talk: Talk, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    """Killed between the two steps: the other worker goes on, and the start after it takes back or finishes."""

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with reopen() as one, reopen() as other:
        first = await told(one, talk, LUCIA)
        joins = one.subjects.search("house", [LUCIA])
        monkeypatch.setattr(
            "ambos.store.keyring.KeyRing.finish" if is_committed else "ambos.store.batch.Sequencer._flush", crash
        )
        with pytest.raises(KeyboardInterrupt):
            await one.erasures.block(joins, tenant="house", basis="GDPR-18", by="p_dpo")
        monkeypatch.undo()
        if not is_committed:
            assert (await opened(other, first))["request"] == b"DNI 12345678Z"
        meanwhile = await told(other, talk, MARIO)
        assert (await opened(other, meanwhile))["request"] == b"DNI 12345678Z"
        with reopen() as again:
            assert (await opened(again, meanwhile))["request"] == b"DNI 12345678Z"
            after = await told(other, talk, MARIO)
            for store in (one, other, again):
                assert (await opened(store, after))["request"] == b"DNI 12345678Z"
            report = again.verify(deep=True)
            assert (report.fault, report.is_unfinished) == (None, False)
