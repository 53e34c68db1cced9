"""The log is read on from the last good head, and as a whole once a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, SystemRandom, Talk

from ambos.app.watching import WHOLE_EVERY_MS, LogWatch
from ambos.store import Store, StoreSettings, open_store

CHANGE = "UPDATE records SET level = 0 WHERE seq = 0"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def store(tmp_path: Path, clock: MovedClock) -> Iterator[Store]:
    settings = StoreSettings(directory=tmp_path / "data", roots=tmp_path / "roots", may_create=True)
    with open_store(settings, clock, SystemRandom(), scrub=lambda content, _: content) as opened:
        yield opened


def change(store: Store, statement: str) -> None:
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql(statement)


async def test_only_what_came_since_is_read_and_all_of_it_after_a_day(
    store: Store,
    talk: Talk,
    clock: MovedClock,
) -> None:
    watch = LogWatch(store, clock)
    await talk.whole(store)
    assert (watch.look().since, watch.look().since) == (0, 3)
    await talk.whole(store)
    report = watch.look()
    assert (report.fault, report.since, report.size) == (None, 3, 6)
    clock.time_ms += WHOLE_EVERY_MS
    assert (watch.look().since, watch.look().since) == (0, 6)


async def test_what_is_wrong_stays_wrong_until_it_is_mended(
    store: Store,
    talk: Talk,
    clock: MovedClock,
) -> None:
    watch = LogWatch(store, clock)
    await talk.whole(store)
    assert watch.look().is_right
    await talk.whole(store)
    change(store, "UPDATE records SET level = 0 WHERE seq = 3")
    assert [watch.look().is_right, watch.look().is_right] == [False, False]
    change(store, "UPDATE records SET level = 2 WHERE seq = 3")
    assert watch.look().is_right


async def test_a_change_below_the_last_head_is_found_within_a_day(
    store: Store,
    talk: Talk,
    clock: MovedClock,
) -> None:
    watch = LogWatch(store, clock)
    await talk.whole(store)
    assert watch.look().is_right
    change(store, CHANGE)
    assert watch.look().is_right
    clock.time_ms += WHOLE_EVERY_MS
    assert not watch.look().is_right
