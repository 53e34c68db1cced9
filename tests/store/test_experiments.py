"""Sealed experiments on either database: what is told is durable, once, and in the order of the log."""

from __future__ import annotations

import asyncio
from collections import Counter
from hashlib import sha256

import pytest
from sqlalchemy import select
from tests.store.conftest import Reopen

from ambos.errors import ExperimentError
from ambos.store import ItemRow, Look, OutcomeRow, Sealed, Store, schema

HASH = "sha256:" + "0" * 64


async def sealed(store: Store, name: str = "x_1", items: int = 0) -> Sealed:
    facts = {"arms": {}, "items": HASH}
    hashed = "sha256:" + sha256(name.encode()).hexdigest()
    one = Sealed(name, "house", 0, '{"route": "ambos/auto"}', hashed, "q", "r", facts, "p_1", 0, None, None)
    rows = [ItemRow(f"u_{at}", f"i{at}", "c" * 64, f"{at:064x}", "", "") for at in range(items)]
    entry = {"experiment": name, "plan": HASH, "principal": "p_1"}
    await store.experiments.seal(one, rows, entry=entry)
    return store.experiments.find("house", name)


def arm(ordinal: int) -> str:
    return "ab"[ordinal % 2]


async def test_many_enrol_at_once_and_ordinals_have_no_gap(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        one = await sealed(store)
        names = [f"u_{at % 20}" for at in range(60)]
        told = await asyncio.gather(
            *(store.experiments.enrol(one, name, "n", most=None, choose=arm) for name in names), return_exceptions=True
        )
        rows = store.experiments.units("x_1")
        assert [row.ordinal for row in rows] == list(range(20))
        assert Counter(row.arm for row in rows) == {"a": 10, "b": 10}
        assert {one.unit: one.arm for one in told} == {row.unit: row.arm for row in rows}  # type: ignore[union-attr]
        leaves = [leaf for _, leaf in store.experiments.leaves(one)]
        assert (len(leaves), sum('"assigned"' in leaf for leaf in leaves)) == (21, 20)
        with pytest.raises(ExperimentError, match="full"):
            await store.experiments.enrol(one, "u_late", "n", most=20, choose=arm)
        assert store.verify(deep=True).fault is None


async def test_an_outcome_stands_once_and_nothing_follows_the_verdict(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        one = await sealed(store, items=3)
        row = OutcomeRow("u_0", "a", 0, 0.1 + 0.2, None, "", "run")
        other = OutcomeRow("u_0", "a", 0, 0.5, None, "", "run")
        keep = store.experiments.record
        done = await asyncio.gather(
            *(keep(one, which, evidence=HASH) for which in (row, row, other)), return_exceptions=True
        )
        assert done[:2] == [True, False]
        assert isinstance(done[2], ExperimentError)
        await keep(one, OutcomeRow("u_1", "", 0, None, None, "", "run"), evidence=HASH)
        assert store.experiments.counts("x_1") == {
            "units": {}, "outcomes": {"a": 1}, "missing": {}, "ineligible": {"": 1},
        }  # fmt: skip
        (kept, _) = store.experiments.outcomes("x_1")
        assert (kept.score, kept.time_ms) == (0.1 + 0.2, one.sealed_ms)
        assert [plan.id for plan in store.experiments.routed("house")] == ["x_1"]
        look = Look(0, "superior", HASH, 1, True, 0)
        await store.experiments.look(one, look, models=["acme/big-1"], provenance="run")
        with pytest.raises(ExperimentError, match="verdict"):
            await keep(one, OutcomeRow("u_2", "a", 0, 1.0, None, "", "run"), evidence=HASH)
        assert store.experiments.routed("house") == []
        assert store.experiments.looks("x_1")[0].verdict == "superior"
        assert [entry.event for entry in store.entries()][-2:] == ["analysed", "evaluated"]


async def test_a_plan_and_a_seed_are_fixed_once(any_reopen: Reopen) -> None:
    with any_reopen() as store:
        one = await sealed(store, items=2)
        with pytest.raises(ExperimentError, match="sealed already"):
            await sealed(store)
        await store.experiments.seed(one, b"v" * 32, beacon="drand/quicknet/9", evidence=HASH)
        with pytest.raises(ExperimentError, match="fixed already"):
            await store.experiments.seed(one, b"w" * 32, beacon="drand/quicknet/9", evidence=HASH)
        assert store.experiments.find("house", "x_1").beacon == b"v" * 32
        assert store.experiments.sharing("house", [f"{1:064x}", f"{7:064x}"]) == {"x_1": 1}
        assert await store.experiments.add_lineage("house", "m", "trained", ["a", "b"]) == 2
        assert await store.experiments.add_lineage("house", "m", "trained", ["b", "c"]) == 1
        assert await store.experiments.add_lineage("house", "m", "scored", ["e", "d"], is_entered=True) == 2
        assert [store.experiments.scored("house", "m", some) for some in (["a", "d"], ["a"], [])] == [1, 0, 0]
        (entry,) = store.entries(events={"evaluated"})
        assert (entry.fields["model"], entry.fields["count"]) == ("m", 2)
        assert store.experiments.seen("house", "m", ["a", "c", "f"]) == frozenset({"a", "c"})
        assert store.experiments.seen("house", "n", ["a"]) is None
        with store._foundation.content.writing() as connection:
            kept = connection.execute(select(schema.lineages.c.digest)).scalars().all()
            assert all(one.startswith("k1:") and len(one) == 67 for one in kept)  # under a key, each of them
            row = {"tenant": "house", "model": "n", "use": "trained", "digest": "e" * 64}  # as older versions kept it
            connection.execute(schema.lineages.insert(), row)
        assert store.experiments.seen("house", "n", ["e" * 64, "a"]) == frozenset({"e" * 64})
        assert await store.experiments.key_old_lineages("house") == 1
        assert await store.experiments.key_old_lineages("house") == 0
        assert store.experiments.seen("house", "n", ["e" * 64, "a"]) == frozenset({"e" * 64})
        assert await store.experiments.add_lineage("house", "n", "trained", ["sha256:" + "e" * 64]) == 0
        assert store.experiments.key("house", "x_1") != store.experiments.key("house", "x_2")
