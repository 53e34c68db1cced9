"""Corpora and models are kept sealed; a withdrawal or an order marks what stands on it; nothing is promoted unsigned."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from tests.store.conftest import BIG, MovedClock, Reopen, SystemRandom, Talk

from ambos.corpus import Corpus, Origin, Row, Wish, build
from ambos.errors import AdaptError, CorpusError, IntegrityError, RequestError, StoreError
from ambos.store import Adapted, Order, Store, Trained
from ambos.store.registry import Registry
from ambos.store.settings import DAY_MS
from ambos.store.spool import put, take

SECRET = "zanahoria azul"


def corpus(extra: str = "", record: str = "") -> Corpus:
    words = ("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho")
    rows = [
        Row(f"0/{n}", f"{SECRET} {word} {extra}", ("a", "b")[n % 2 :][:1], record=record)
        for n, word in enumerate(words)
    ]
    return build(rows, [Origin("q", "mesa", "GDPR-6.1.a", "own")], Wish("preguntas", "text", near=0), lambda _: (), {})


def trained(kept: str, *, name: str = "temas", artefact: str = "a") -> Trained:
    return Trained(
        name, "text", kept, "sha256:" + "1" * 64, "sha256:" + artefact * 64, b"weights" * 1000, {"fitness": "unproven"}
    )


async def grant(store: Store, target: str = "k_lucia", scope: str = "key") -> str:
    about = {"scope": scope, "target": target, "purpose": "train", "basis": "GDPR-6.1.a"}
    return await store.consents.grant(tenant="house", by="p_ana", **about)


async def test_corpus_is_sealed_and_opens_as_it_was(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        assert await store.corpora.keep(corpus(), tenant="house", by="p_ana") == kept
        assert len(store.corpora.list(tenant="house")) == 1
        with store._foundation.content.reading() as connection:
            parts = connection.execute(text("SELECT sealed FROM learnt_parts")).scalars().all()
        assert parts
        assert all(SECRET.encode() not in bytes(part) for part in parts)
    with any_reopen(read_only=True) as store:
        assert store.corpora.open(kept, tenant="house").rows == corpus().rows
        assert store.corpora.find("preguntas", tenant="house").hash == kept
        assert store.corpora.find(kept[7:15], tenant="house").hash == kept
        with pytest.raises(CorpusError, match="no such corpus"):
            store.corpora.find("otra", tenant="house")


async def test_a_moved_piece_does_not_open(reopen: Reopen) -> None:
    with reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        with store._foundation.content.writing() as connection:
            piece = bytes(connection.execute(text("SELECT sealed FROM learnt_parts")).scalar_one())
            connection.execute(text("UPDATE learnt_parts SET sealed = :changed"), {"changed": piece[:-1] + b"x"})
        with pytest.raises(IntegrityError):
            store.corpora.open(kept, tenant="house")


async def test_withdrawal_marks_corpus_and_model(any_reopen: Reopen, clock: MovedClock) -> None:
    with any_reopen() as store:
        permission = await grant(store)
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana", permissions=[permission])
        await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        await store.registry.recommend(trained(kept).artefact, tenant="house", fields={"verdict": "superior"})
        await store.registry.sign(
            trained(kept).artefact, tenant="house", role="owner", by="p_ana", result="approve", reason="ok"
        )
        await store.registry.promote(trained(kept).artefact, tenant="house", by="p_ana", roles=["owner"], experiment="")
        assert store.registry.served("ambos/temas", tenant="house", now_ms=clock.now_ms()).marked == ""
        await store.consents.withdraw(tenant="house", scope="key", target="k_lucia", purpose="train", by="p_ana")
        with pytest.raises(CorpusError, match="withdrawn"):
            store.corpora.open(kept, tenant="house")
        assert store.registry.served("temas", tenant="house", now_ms=clock.now_ms()).marked == "withdrawn"
        with pytest.raises(AdaptError, match="retired"):
            store.registry.served("temas", tenant="house", now_ms=clock.now_ms() + 31 * DAY_MS)
        with pytest.raises(CorpusError, match="not in force"):
            await store.corpora.keep(corpus("otra"), tenant="house", by="p_ana", permissions=[permission])


async def test_erasure_of_a_record_marks_the_corpus_that_holds_it(reopen: Reopen, talk: Talk) -> None:
    with reopen() as store:
        asked = talk.asked(b'{"messages":[]}', request="r_held")
        await store.log.permit(asked, talk.outbound(), talk.decision(), BIG)
        await store.log.ended(asked, BIG, talk.answered())
        kept = await store.corpora.keep(corpus(record="r_held"), tenant="house", by="p_ana", records=["r_held"])
        other = await store.corpora.keep(corpus("otra"), tenant="house", by="p_ana", records=["r_other"])
        order = Order("e_1", "house", "s_1", "GDPR-17.1.a", "p_ana", 5, 6, ("r_held",))
        with store._foundation.ring.renewing(store.head().size) as generation:
            generation.write_order(order)
        store._foundation.ring.finish()
        marks = {one.hash: one.marked for one in store.corpora.list(tenant="house")}
        assert marks == {kept: "erased", other: ""}


async def test_only_permitted_records_are_offered(reopen: Reopen, talk: Talk) -> None:
    with reopen() as store:
        asked = await talk.whole(store)
        offered = store.corpora.permitted
        assert offered(tenant="house", purpose="train", consents=store.consents.list(tenant="house")) == []
        permission = await grant(store)
        found = offered(tenant="house", purpose="train", consents=store.consents.list(tenant="house"))
        assert [(one.record, one.owner, one.permissions) for one in found] == [(asked.id, "p_lucia", (permission,))]
        assert offered(tenant="house", purpose="evaluate", consents=store.consents.list(tenant="house")) == []
        await store.consents.withdraw(tenant="house", scope="key", target="k_lucia", purpose="train", by="p_ana")
        assert offered(tenant="house", purpose="train", consents=store.consents.list(tenant="house")) == []
        await grant(store, "records", "source")
        assert len(offered(tenant="house", purpose="train", consents=store.consents.list(tenant="house"))) == 1


async def test_nothing_is_promoted_without_experiment_and_signatures(any_reopen: Reopen) -> None:
    roles = ["data_steward", "privacy_officer"]
    with any_reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        one = await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        with pytest.raises(AdaptError, match="only what a sealed experiment"):
            await store.registry.promote(one, tenant="house", by="p_ana", roles=roles, experiment="")
        with pytest.raises(AdaptError, match="recommended is signed"):
            await sign(store, one, "data_steward", "p_ana")
        await store.registry.recommend(one, tenant="house", fields={"verdict": "superior"})
        await sign(store, one, "data_steward", "p_ana")
        with pytest.raises(AdaptError, match="another person"):
            await sign(store, one, "privacy_officer", "p_ana")
        with pytest.raises(AdaptError, match="missing: privacy_officer"):
            await store.registry.promote(one, tenant="house", by="p_ana", roles=roles, experiment="")
        await sign(store, one, "privacy_officer", "p_bo")
        done = await store.registry.promote(one, tenant="house", by="p_ana", roles=roles, experiment="x_1")
        assert done.state == "promoted"
        assert [entry.event for entry in store.entries()][-5:] == [
            "trained",
            "recommended",
            "signed",
            "signed",
            "promoted",
        ]


async def test_a_rejection_bars_promotion(reopen: Reopen) -> None:
    with reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        one = await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        await store.registry.recommend(one, tenant="house", fields={})
        await sign(store, one, "owner", "p_ana", "reject")
        with pytest.raises(AdaptError, match="missing: owner"):
            await store.registry.promote(one, tenant="house", by="p_ana", roles=["owner"], experiment="")


async def test_rollback_brings_the_former_champion_back(reopen: Reopen) -> None:
    with reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        first = await promoted(store, kept, "a")
        second = await promoted(store, kept, "b")
        assert states(store) == {first: "retired", second: "promoted"}
        assert (await store.registry.roll_back("temas", tenant="house", by="p_ana")) is not None
        assert states(store) == {first: "promoted", second: "retired"}
        with pytest.raises(AdaptError, match="no promoted model"):
            store.registry.served("otro", tenant="house", now_ms=0)


async def test_artefact_opens_as_it_was_kept(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        one = await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        assert store.registry.content(one, tenant="house") == b"weights" * 1000
        assert store.verify(deep=True).fault is None


def test_spooled_content_opens_once(tmp_path: Path, rng: SystemRandom) -> None:
    name, key = put(tmp_path, b"rows of people", rng)
    assert b"people" not in (tmp_path / "spool" / name).read_bytes()
    assert take(tmp_path, name, key) == b"rows of people"
    with pytest.raises(RequestError):
        take(tmp_path, name, key)
    with pytest.raises(RequestError):
        take(tmp_path, "../../etc/passwd", key)
    name, _ = put(tmp_path, b"x", rng)
    with pytest.raises(RequestError):
        take(tmp_path, name, "00" * 32)
    with pytest.raises(StoreError):
        put(tmp_path / "no" / "where", b"x", rng)


async def sign(store: Store, artefact: str, role: str, by: str, result: str = "approve") -> None:
    await store.registry.sign(artefact, tenant="house", role=role, by=by, result=result, reason="read it")


async def promoted(store: Store, kept: str, letter: str) -> str:
    one = await store.registry.keep(trained(kept, artefact=letter), tenant="house", by="p_ana")
    await store.registry.recommend(one, tenant="house", fields={})
    await sign(store, one, "owner", "p_ana")
    await store.registry.promote(one, tenant="house", by="p_ana", roles=["owner"], experiment="")
    return one


def states(store: Store) -> dict[str, str]:
    found: list[Adapted] = list(store.registry.list(tenant="house"))
    return {one.artefact: one.state for one in found}


async def test_a_verdict_is_what_makes_a_model_proven_or_not(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        artefact = await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        assert store.registry.find("temas", tenant="house").card["fitness"] == "unproven"
        for verdict, fitness in (("inconclusive", "unproven: inconclusive"), ("superior", "proven on preguntas")):
            judged = {"verdict": verdict, "control": "terms", "corpus": "preguntas", "experiment": "x_1", "report": "r"}
            await store.registry.judge(artefact, tenant="house", judged=judged)
            card = store.registry.find("temas", tenant="house").card
            assert (card["fitness"], card["judged"]) == (fitness, judged)


async def test_a_reason_is_kept_sealed_and_opens_only_in_its_place(reopen: Reopen) -> None:
    with reopen() as store:
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana")
        artefact = await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        await store.registry.recommend(artefact, tenant="house", fields={"verdict": "superior"})
        for role, by in (("data-steward", "p_ana"), ("privacy-officer", "p_luis")):
            about = {"role": role, "by": by, "result": "approve", "reason": f"{SECRET} de {by}"}
            await store.registry.sign(artefact, tenant="house", **about)
        assert store.registry.reasons(artefact, tenant="house")["privacy-officer"] == f"{SECRET} de p_luis"
        with store._foundation.content.writing() as connection:
            one, other = connection.execute(text("SELECT sealed FROM model_signatures ORDER BY role")).scalars().all()
            assert SECRET.encode() not in bytes(one) + bytes(other)
            connection.execute(text("UPDATE model_signatures SET sealed = :moved"), {"moved": bytes(one)})
        with pytest.raises(IntegrityError):
            store.registry.reasons(artefact, tenant="house")


async def test_the_term_of_a_marked_model_is_the_house_s_own(reopen: Reopen, clock: MovedClock) -> None:
    with reopen() as store:
        permission = await grant(store)
        kept = await store.corpora.keep(corpus(), tenant="house", by="p_ana", permissions=[permission])
        await store.registry.keep(trained(kept), tenant="house", by="p_ana")
        await store.consents.withdraw(tenant="house", scope="key", target="k_lucia", purpose="train", by="p_ana")
        usual = store.registry.find("temas", tenant="house").due_ms
        parts = (store._foundation.content, store._foundation.ring, store._writer, store.corpora)
        short = Registry(*parts, marked_model_days=2).find("temas", tenant="house").due_ms
        assert usual - short == 28 * DAY_MS
