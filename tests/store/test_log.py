"""The door `Log`: what is durable before a dispatch exists, and what is never dispatched."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.store.conftest import BIG, SMALL, Reopen, Talk

from ambos.audit import commit
from ambos.errors import AmbosError, DispatchError, LogUnavailableError, ProofError
from ambos.messages import Level, Route, Treatment, Zone
from ambos.ports import Outcome
from ambos.store import Store, StoreSettings, open_store


def events(store: Store) -> list[str]:
    return [entry.event for entry in store.entries()]


async def test_permit_makes_decided_and_egress_durable_before_the_dispatch(any_store: Store, talk: Talk) -> None:
    dispatch = await any_store.log.permit(talk.asked(), talk.outbound(b"what leaves"), talk.decision(), BIG)
    assert events(any_store) == ["decided", "egress"]
    assert dispatch.take(provider="acme", zone=Zone.OUTSIDE) == b"what leaves"


async def test_what_stays_inside_makes_no_egress(any_store: Store, talk: Talk) -> None:
    restricted = talk.asked(level=Level.RESTRICTED)
    inside = talk.outbound(zone=Zone.INSIDE, level=Level.RESTRICTED)
    await any_store.log.permit(restricted, inside, talk.decision(Level.RESTRICTED), SMALL)
    assert events(any_store) == ["decided"]


async def test_whole_request_verifies_deeply(any_store: Store, talk: Talk) -> None:
    await talk.whole(any_store)
    report = any_store.verify(deep=True)
    assert report.fault is None
    assert (report.size, report.records, report.parts, report.unanswered) == (3, 1, 4, 0)


async def test_second_attempt_decides_once_and_leaves_twice(any_store: Store, talk: Talk) -> None:
    asked = talk.asked()
    await any_store.log.permit(asked, talk.outbound(), talk.decision(), BIG)
    await any_store.log.ended(asked, BIG, Outcome("failed", Route.MASKED, reason="upstream_timeout"))
    again = replace(BIG, ordinal=1)
    await any_store.log.permit(asked, talk.outbound(), talk.decision(), again)
    await any_store.log.ended(asked, again, talk.answered())
    assert events(any_store) == ["decided", "egress", "failed", "egress", "completed"]
    assert any_store.verify(deep=True).fault is None
    opened = await any_store.records.open(asked.id, tenant="house", owner=asked.principal.id)
    assert sorted(opened) == ["answer-1", "findings", "outbound-0", "outbound-1", "request"]


async def test_second_attempt_after_another_process_took_over(any_reopen: Reopen, talk: Talk) -> None:
    asked = talk.asked()
    with any_reopen() as first:
        await first.log.permit(asked, talk.outbound(), talk.decision(), BIG)
    with any_reopen() as second:
        await second.log.ended(asked, BIG, talk.answered(b"later"))
        opened = await second.records.open(asked.id, tenant="house", owner=asked.principal.id)
        assert opened["answer-0"] == b"later"


async def test_entry_commits_to_what_left_and_the_record_opens_it(any_store: Store, talk: Talk) -> None:
    asked = await talk.whole(any_store, b"original", b"masked text")
    fields = {entry.event: entry.fields for entry in any_store.entries()}
    assert commit("out", bytes(32), b"masked text").hex() != fields["egress"]["out"]
    assert fields["egress"]["bytes"] == len(b"masked text")
    assert fields["completed"]["cost"] == 500_000
    assert fields["completed"]["times_us"] == {"total": 12_500}
    assert fields["decided"]["kinds"] == ["PERSON"]
    opened = await any_store.records.open(asked.id, tenant="house", owner=asked.principal.id)
    assert opened["request"] == b"original"
    assert opened["outbound-0"] == b"masked text"


async def test_no_text_reaches_the_log(any_store: Store, talk: Talk) -> None:
    await talk.whole(any_store, b"Lucia Hernandez 53123456B", b"PERSON-1 asks")
    assert not any("Lucia" in str(entry) or "asks" in str(entry) for entry in any_store.entries())


async def test_refused_request_goes_nowhere_and_is_kept(any_store: Store, talk: Talk) -> None:
    asked = talk.asked(level=Level.RESTRICTED)
    await any_store.log.refused(asked, talk.decision(Level.RESTRICTED), "no_capable_model")
    (entry,) = any_store.entries()
    assert (entry.event, entry.fields["reason"], entry.fields["level"]) == ("refused", "no_capable_model", "restricted")
    (summary,) = await any_store.records.recent(tenant="house", owner=asked.principal.id, limit=5)
    assert (summary.state, summary.route) == ("refused", Route.NONE)
    assert any_store.verify(deep=True).fault is None


async def test_refused_without_decision(any_store: Store, talk: Talk) -> None:
    await any_store.log.refused(talk.asked(), None, "detector_error")
    assert events(any_store) == ["refused"]
    assert any_store.verify(deep=True).fault is None


@pytest.mark.parametrize(
    "change",
    [
        {"treatments": {}},
        {"treatments": {BIG.model: Treatment.RAW}},
        {"level": Level.RESTRICTED},
    ],
)
async def test_dispatch_against_the_decision_is_refused(store: Store, talk: Talk, change: dict[str, object]) -> None:
    decision = replace(talk.decision(), **change)  # type: ignore[arg-type]  # fields of the decision
    with pytest.raises(DispatchError):
        await store.log.permit(talk.asked(), talk.outbound(), decision, BIG)
    assert events(store) == []


async def test_inside_bytes_never_go_outside(store: Store, talk: Talk) -> None:
    with pytest.raises(DispatchError):
        await store.log.permit(talk.asked(), talk.outbound(zone=Zone.INSIDE), talk.decision(), BIG)


@pytest.mark.parametrize("where", ["assessed", "outbound", "decision"])
async def test_restricted_never_leaves_wherever_it_is_said(store: Store, talk: Talk, where: str) -> None:
    high = {name: Level.RESTRICTED if name == where else Level.CONFIDENTIAL for name in ("assessed", "outbound")}
    decision = talk.decision()
    if where == "decision":
        decision = replace(decision, level=Level.RESTRICTED)
    with pytest.raises(DispatchError, match="restricted"):
        await store.log.permit(talk.asked(level=high["assessed"]), talk.outbound(level=high["outbound"]), decision, BIG)


async def test_one_bad_job_does_not_harm_its_batch(any_store: Store, talk: Talk) -> None:
    same = talk.asked()
    bad = replace(talk.asked(), detector="not a code, a sentence")
    jobs = [talk.asked() for _ in range(5)] + [same, same, bad]
    results = await asyncio.gather(
        *(any_store.log.permit(one, talk.outbound(), talk.decision(), BIG) for one in jobs), return_exceptions=True
    )
    errors = [type(one) for one in results if isinstance(one, BaseException)]
    assert sorted(error.__name__ for error in errors) == ["ConstraintError", "ProofError"]
    assert issubclass(errors[0], AmbosError)
    assert len(events(any_store)) == 12
    assert any_store.verify(deep=True).fault is None


async def test_ended_without_permit_is_refused(store: Store, talk: Talk) -> None:
    with pytest.raises(AmbosError):
        await store.log.ended(talk.asked(), BIG, talk.answered())


async def test_append_takes_only_entries_of_the_closed_set(any_store: Store) -> None:
    await any_store.log.append("started", tenant="house", fields={"software": "ambos-0.1"})
    with pytest.raises(ProofError):
        await any_store.log.append("gossip", tenant="house", fields={})
    assert events(any_store) == ["started"]


async def test_zero_retention_keeps_no_content(settings: StoreSettings, talk: Talk, reopen: Reopen) -> None:
    with reopen(content_days=0) as store:
        asked = await talk.whole(store)
        assert dict(await store.records.open(asked.id, tenant="house", owner=asked.principal.id)) == {}
        assert len(events(store)) == 3
        assert store.verify(deep=True).fault is None


async def test_without_scrub_nothing_is_sealed(settings: StoreSettings, clock, rng, talk: Talk) -> None:  # type: ignore[no-untyped-def]
    with open_store(settings, clock, rng) as store:
        asked = await talk.whole(store)
        assert dict(await store.records.open(asked.id, tenant="house", owner=asked.principal.id)) == {}


async def test_scrub_replaces_before_sealing(settings: StoreSettings, clock, rng, talk: Talk) -> None:  # type: ignore[no-untyped-def]
    with open_store(settings, clock, rng, scrub=lambda text, _asked: text.replace(b"1234", b"****")) as store:
        asked = talk.asked(b"pin 1234")
        await store.log.permit(asked, talk.outbound(b"pin 1234", Zone.INSIDE), talk.decision(), SMALL)
        await store.log.ended(asked, SMALL, replace(talk.answered(b"1234!"), route=Route.LOCAL))
        opened = await store.records.open(asked.id, tenant="house", owner=asked.principal.id)
        assert opened["request"] == opened["outbound-0"] == b"pin ****"
        assert opened["answer-0"] == b"****!"
        assert store.verify(deep=True).fault is None


async def test_failing_scrub_means_that_nothing_is_sent(settings: StoreSettings, clock, rng, talk: Talk) -> None:  # type: ignore[no-untyped-def]
    def broken(_text: bytes, _asked: object) -> bytes:
        raise ValueError("broken")

    with open_store(settings, clock, rng, scrub=broken) as store:
        with pytest.raises(ValueError, match="broken"):
            await store.log.permit(talk.asked(), talk.outbound(), talk.decision(), BIG)
        assert events(store) == []


async def test_closed_store_permits_nothing(reopen: Reopen, talk: Talk) -> None:
    store = reopen()
    with pytest.raises(LogUnavailableError):
        await store.log.permit(talk.asked(), talk.outbound(), talk.decision(), BIG)
    assert not store.is_ready
    store.close()


async def test_time_in_the_log_never_runs_backwards(any_store: Store, talk: Talk, clock) -> None:  # type: ignore[no-untyped-def]
    await talk.whole(any_store)
    clock.time_ms -= 60_000
    await talk.whole(any_store)
    times = [int(str(entry.fields["time"])) for entry in any_store.entries()]
    assert times == sorted(times)
    assert any_store.verify().fault is None
