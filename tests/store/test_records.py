"""Records open for their owner, and end: key, parts and every trace in the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, Reopen, Talk

from ambos.errors import StoreError
from ambos.messages import Level, Route
from ambos.store import Store, StoreSettings
from ambos.store.settings import DAY_MS


async def test_only_the_owner_opens(any_store: Store, talk: Talk) -> None:
    asked = await talk.whole(any_store, b"mine")
    assert (await any_store.records.open(asked.id, tenant="house", owner="p_lucia"))["request"] == b"mine"
    for tenant, owner in (("house", "p_other"), ("other", "p_lucia")):
        with pytest.raises(StoreError):
            await any_store.records.open(asked.id, tenant=tenant, owner=owner)
    with pytest.raises(StoreError):
        await any_store.records.open("r_absent", tenant="house", owner="p_lucia")


async def test_recent_lists_the_newest_first(any_store: Store, talk: Talk) -> None:
    made = [await talk.whole(any_store) for _ in range(3)]
    lines = await any_store.records.recent(tenant="house", owner="p_lucia", limit=2)
    assert [line.id for line in lines] == [made[2].id, made[1].id]
    assert (lines[0].state, lines[0].route, lines[0].level) == ("completed", Route.MASKED, Level.CONFIDENTIAL)
    assert (lines[0].model, lines[0].redactions) == ("acme/big-1", 2)
    assert len(await any_store.records.recent(tenant="house", owner=None, limit=9)) == 3
    assert await any_store.records.recent(tenant="house", owner="p_other", limit=9) == []
    assert await any_store.records.recent(tenant="other", owner=None, limit=9) == []


async def test_content_ends_at_its_time_and_the_log_stays(any_store: Store, talk: Talk, clock: MovedClock) -> None:
    old = await talk.whole(any_store)
    clock.time_ms += 10 * DAY_MS
    young = await talk.whole(any_store)
    assert any_store.records.expire(clock.time_ms) == 0
    clock.time_ms += 20 * DAY_MS
    assert any_store.records.expire(clock.time_ms) == 1
    with pytest.raises(StoreError, match="its time is over"):
        await any_store.records.open(old.id, tenant="house", owner="p_lucia")
    assert await any_store.records.open(young.id, tenant="house", owner="p_lucia")
    assert [one.event for one in any_store.entries()][6:] == ["erased"]
    assert any_store.verify(deep=True).fault is None


async def test_expired_content_is_in_no_file(
    reopen: Reopen, settings: StoreSettings, talk: Talk, clock: MovedClock
) -> None:
    with reopen() as store:
        asked = await talk.whole(store)
        with store._foundation.content.reading() as connection:
            sealed = connection.exec_driver_sql("SELECT sealed FROM record_parts").scalars().all()
        clock.time_ms += 31 * DAY_MS
        store.records.expire(clock.time_ms)
        assert (settings.directory / "ambos.db-wal").stat().st_size == 0
        with store._foundation.content.reading() as connection:
            kept = connection.exec_driver_sql("SELECT wrapped_key FROM records").scalars().all()
            pages = connection.exec_driver_sql("PRAGMA secure_delete").scalar()
    assert len(sealed) == 2
    assert kept == [None]
    assert pages is not None
    assert asked.id


def test_files_are_closed_to_others(store: Store, tmp_path: Path) -> None:
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path.name
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


async def test_no_plaintext_in_any_file(store: Store, talk: Talk, tmp_path: Path) -> None:
    await talk.whole(store, b"Lucia Hernandez Ortega", b"outgoing canary text")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"Lucia" not in raw
            assert b"canary" not in raw
            assert not raw.startswith(b"SQLite format 3")
