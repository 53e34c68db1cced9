"""Openings: one transaction a step, answered once, reasons sealed, in the log before anything is seen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.store.conftest import MovedClock, Reopen

from ambos.audit import commit
from ambos.errors import ForbiddenError, RequestError
from ambos.identity.opening import BREAK_GLASS_MS, CONFIRM_MS, MAX_RECORDS, REVIEW_MS, Mode, Opening, State
from ambos.store import Store

RECORDS = (("r_1", "p_lucia"), ("r_2", "p_luis"))
REASON = "the court asked on Monday"


async def ask(store: Store, mode: Mode = Mode.DUAL, by: str = "p_ana") -> Opening:
    return await store.openings.ask(mode, RECORDS, tenant="house", by=by, reason=REASON)


async def test_two_people_open_it_and_each_look_is_in_the_log(any_store: Store, clock: MovedClock) -> None:
    asked = await ask(any_store)
    assert asked.state(clock.time_ms) is State.WAITS
    await any_store.openings.confirm(asked, by="p_second")
    found = any_store.openings.find(asked.id, tenant="house")
    assert (found.state(clock.time_ms), found.second, found.records) == (State.OPEN, "p_second", RECORDS)
    await any_store.openings.look(found, "r_1")
    told = [(one.event, one.fields.get("stage"), one.fields.get("mode")) for one in any_store.entries()]
    assert told == [("incident", "requested", None), ("incident", "confirmed", None), ("opened", None, "dual")]
    entry = list(any_store.entries())[-1].fields
    assert (entry["principal"], entry["second"], entry["request"]) == ("p_ana", "p_second", "r_1")
    assert entry["why"] == next(any_store.entries()).fields["why"]
    assert any_store.openings.reason(found) == REASON
    salted = any_store.openings._salted_reason(found)
    assert entry["why"] == commit("why", salted[:32], REASON.encode()).hex()
    assert any_store.verify().fault is None


async def test_a_broken_glass_is_an_open_control_until_it_is_reviewed(any_store: Store, clock: MovedClock) -> None:
    broken = await ask(any_store, Mode.BREAK_GLASS)
    assert broken.state(clock.time_ms) is State.OPEN
    with pytest.raises(ForbiddenError):  # one subject at a time
        await ask(any_store, Mode.BREAK_GLASS)
    await ask(any_store, Mode.BREAK_GLASS, by="p_other")
    clock.time_ms += BREAK_GLASS_MS
    second = await ask(any_store, Mode.BREAK_GLASS)
    clock.time_ms += REVIEW_MS
    with pytest.raises(ForbiddenError):  # nobody has looked in time
        await ask(any_store, Mode.BREAK_GLASS)
    for one in (broken, second):
        await any_store.openings.review(one, by="p_second", reason="it was right")
        with pytest.raises(RequestError):
            await any_store.openings.review(one, by="p_second", reason="again")
    await ask(any_store, Mode.BREAK_GLASS)
    results = [one.fields["result"] for one in any_store.entries() if one.event == "control"]
    assert results == ["fail", "fail", "fail", "pass", "pass", "fail"]


async def test_an_opening_is_answered_once(any_store: Store, any_reopen: Reopen, clock: MovedClock) -> None:
    asked = await ask(any_store)
    with any_reopen() as worker:
        answers = [one.openings.confirm(asked, by="p_second") for one in (any_store, worker)]
        results = await asyncio.gather(*answers, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "RequestError"]
    late = await ask(any_store)
    clock.time_ms += CONFIRM_MS
    with pytest.raises(RequestError, match="lapsed"):
        await any_store.openings.confirm(late, by="p_second")


async def test_what_was_ended_opens_nothing(store: Store, clock: MovedClock) -> None:
    asked = await ask(store)
    await store.openings.end(asked, by="p_second")
    for again in (store.openings.confirm(asked, by="p_second"), store.openings.end(asked, by="p_ana")):
        with pytest.raises(RequestError):
            await again
    assert store.openings.find(asked.id, tenant="house").state(clock.time_ms) is State.ENDED


async def test_lists_hold_what_concerns_somebody(store: Store) -> None:
    asked = await ask(store)
    about = {who: [one.id for one in store.openings.list(tenant="house", about=who)] for who in ("p_lucia", "p_eve")}
    assert about == {"p_lucia": [asked.id], "p_eve": []}
    assert store.openings.list(tenant="other") == []
    assert [one.id for one in store.openings.through("r_2", tenant="house", by="p_ana")] == [asked.id]
    assert store.openings.through("r_2", tenant="house", by="p_eve") == []
    with pytest.raises(RequestError):
        store.openings.find(asked.id, tenant="other")


@pytest.mark.parametrize("records", [[], [(f"r_{n}", "p_1") for n in range(MAX_RECORDS + 1)]])
async def test_an_opening_is_about_some_records(store: Store, records: list[tuple[str, str]]) -> None:
    with pytest.raises(RequestError):
        await store.openings.ask(Mode.DUAL, records, tenant="house", by="p_ana", reason=REASON)


async def test_the_reason_is_in_no_file_and_no_entry(store: Store, tmp_path: Path) -> None:
    asked = await ask(store)
    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert REASON.encode() not in raw
    assert REASON not in repr([one.fields for one in store.entries()]) + repr(asked)
