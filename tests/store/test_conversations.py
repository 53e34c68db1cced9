"""A conversation never forgets its level before its time, whatever turns a client drops."""

from __future__ import annotations

import asyncio

import pytest
from tests.store.conftest import BIG, SMALL, MovedClock, Reopen, Talk

from ambos.errors import IntegrityError
from ambos.messages import Known, Level, Zone
from ambos.store import Store
from ambos.store.settings import DAY_MS

WHO = {"tenant": "house", "owner": "p_lucia"}


async def test_new_conversation_is_unknown(any_store: Store) -> None:
    assert await any_store.conversations.known("c_new", **WHO) == Known()


async def test_highest_level_and_union_of_kinds_stay(any_store: Store, talk: Talk) -> None:
    turns = [(Level.CONFIDENTIAL, {"PERSON"}), (Level.RESTRICTED, {"HEALTH", "DATE:a b"}), (Level.PUBLIC, set[str]())]
    for level, kinds in turns:
        asked = talk.asked(level=level, kinds=frozenset(kinds))
        outbound = talk.outbound(zone=Zone.INSIDE, level=level)
        await any_store.log.permit(asked, outbound, talk.decision(level), SMALL)
    known = await any_store.conversations.known("c_one", **WHO)
    assert known == Known(Level.RESTRICTED, frozenset({"PERSON", "HEALTH", "DATE:a b"}))


async def test_a_public_turn_leaves_no_row(store: Store, talk: Talk) -> None:
    asked = talk.asked(level=Level.PUBLIC, kinds=frozenset())
    await store.log.permit(asked, talk.outbound(level=Level.PUBLIC), talk.decision(Level.PUBLIC), BIG)
    with store._foundation.content.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar_one() == 0


async def test_turns_of_one_batch_are_joined(any_store: Store, talk: Talk) -> None:
    turns = [talk.asked(kinds=frozenset({f"KIND{n}"})) for n in range(20)]
    await asyncio.gather(*(any_store.log.permit(one, talk.outbound(), talk.decision(), BIG) for one in turns))
    known = await any_store.conversations.known("c_one", **WHO)
    assert known.kinds == frozenset(f"KIND{n}" for n in range(20))


async def test_refused_turn_counts_too(store: Store, talk: Talk) -> None:
    await store.log.refused(talk.asked(level=Level.RESTRICTED), talk.decision(Level.RESTRICTED), "policy_blocked")
    assert (await store.conversations.known("c_one", **WHO)).level is Level.RESTRICTED


async def test_same_name_of_another_owner_is_another_conversation(store: Store, talk: Talk) -> None:
    await talk.whole(store)
    assert await store.conversations.known("c_one", tenant="house", owner="p_other") == Known()
    assert await store.conversations.known("c_one", tenant="other", owner="p_lucia") == Known()


async def test_remembered_until_the_last_turn_is_old(any_store: Store, talk: Talk, clock: MovedClock) -> None:
    await talk.whole(any_store)
    clock.time_ms += 29 * DAY_MS
    await talk.whole(any_store)
    clock.time_ms += 29 * DAY_MS
    assert (await any_store.conversations.known("c_one", **WHO)).level is Level.CONFIDENTIAL
    clock.time_ms += 2 * DAY_MS
    assert await any_store.conversations.known("c_one", **WHO) == Known()


async def test_remembered_although_no_content_is_kept(reopen: Reopen, talk: Talk) -> None:
    with reopen(content_days=0, conversation_days=0) as store:
        await talk.whole(store)
        assert (await store.conversations.known("c_one", **WHO)).level is Level.CONFIDENTIAL


async def test_moved_state_does_not_open(store: Store, talk: Talk) -> None:
    await talk.whole(store)
    with store._foundation.content.writing() as connection:
        connection.exec_driver_sql("UPDATE conversations SET id = 'c_two'")
    with pytest.raises(IntegrityError):
        await store.conversations.known("c_two", **WHO)
