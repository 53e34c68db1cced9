"""Sealed experiments: plans, items, units, outcomes and looks, each durable together with its entry of the log.

Knows which entry a row goes with (docs/spec/experiment-seal.md). What a plan means, who gets which arm and what a score
says are known to the room `experiment`, which the caller asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, func, select, update

from ambos.audit import commit
from ambos.audit.entry import SALT_BYTES, Value
from ambos.errors import ExperimentError
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.experiment_lineage import LineageRows
from ambos.store.experiment_rows import ItemRow, Look, OutcomeRow, Sealed, UnitRow
from ambos.store.secrets import Secrets
from ambos.store.subjects import RANK
from ambos.store.writer import Writer


@dataclass(slots=True)
class _Drafted:
    """What jobs of the batch under way have drafted and the database does not show yet."""

    cursor: object = None
    units: dict[tuple[str, str], UnitRow] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    outcomes: dict[tuple[str, str, str, int], OutcomeRow] = field(default_factory=dict)
    plans: set[str] = field(default_factory=set)


class Experiments(LineageRows):
    """Writes and reads sealed experiments."""

    def __init__(self, database: Database, writer: Writer, secrets: Secrets, rng: Random) -> None:
        super().__init__(database, writer, secrets, rng)
        self._drafted = _Drafted()
        rows = ("items", "units", "outcomes", "looks", "departures")
        tables = ("experiments", *(f"experiment_{name}" for name in rows))
        self._insert = {
            name: database.compile(schema.metadata.tables[name].insert(), RANK + (name != "experiments"))
            for name in tables
        }
        self._read = {name: database.compile(clause) for name, clause in _reads().items()}
        plans = schema.experiments
        where = plans.c.id == bindparam("z")
        self._seed = database.compile(
            update(plans)
            .ordered_values((plans.c.seeded_seq, bindparam("a")), (plans.c.beacon, bindparam("b")))
            .where(where),
            RANK,
        )
        self._facts = database.compile(update(plans).values(facts=bindparam("a")).where(where), RANK)

    def new_id(self) -> str:
        """A handle for an experiment."""
        return f"x_{self._rng.token(12).hex()}"

    def key(self, tenant: str, experiment: str) -> bytes:
        """What the experiment's secrets come from."""
        return self._secrets.experiment_key(tenant, experiment)

    # --- writing -----------------------------------------------------------------------------------------------------

    async def seal(self, one: Sealed, items: Sequence[ItemRow], *, entry: Mapping[str, Value]) -> int:
        """Keep a plan and enter it; the index of its entry.

        Args:
            one: `seq` and `sealed_ms` are set here.
            items: of an experiment that answers items.
            entry: fields of the `sealed_plan` entry.

        Raises:
            ExperimentError: this plan is sealed already.
            LogUnavailableError: nothing was made durable, so that nothing is sealed.
        """

        def job(draft: Draft) -> int:
            known = self._now(draft)
            if one.plan_hash in known.plans or draft.batch.one(self._read["plan"], (one.tenant, one.plan_hash)):
                raise ExperimentError("this plan is sealed already; a new experiment is a new plan")
            seq = draft.next_seq
            draft.enter("sealed_plan", one.tenant, entry)
            about = (one.id, one.tenant, seq, one.plan, one.plan_hash, one.question, one.recipe, json.dumps(one.facts))
            draft.write(self._insert["experiments"], (*about, one.sealed_by, draft.time_ms, None, None))
            for row in items:
                values = (one.id, row.unit, row.item, row.content, row.digest, row.cluster, row.stratum)
                draft.write(self._insert["experiment_items"], values)
            known.plans.add(one.plan_hash)
            return seq

        return int(str(await self._writer.submit(job, may_abandon=False)))

    async def seed(self, one: Sealed, value: bytes, *, beacon: str, evidence: str) -> None:
        """Keep the beacon's value and enter it.

        Raises:
            ExperimentError: another value is known already.
        """

        def job(draft: Draft) -> None:
            if self._seeded(draft, one.id):
                raise ExperimentError("the seed of this experiment is fixed already")
            seq = draft.next_seq
            draft.enter("seeded", one.tenant, {"experiment": one.id, "beacon": beacon, "evidence": evidence})
            draft.write(self._seed, (seq, value, one.id))

        await self._writer.submit(job, may_abandon=False)

    async def enrol(
        self, one: Sealed, unit: str, stratum: str, *, most: int | None, choose: Callable[[int], str]
    ) -> UnitRow:
        """The arm of a unit; entered before it is told, and the same for one that was enrolled before.

        Args:
            most: units to enrol over all strata.
            choose: the arm of the unit with this ordinal in its stratum.

        Raises:
            ExperimentError: the experiment is full or has its verdict.
        """

        def job(draft: Draft) -> UnitRow:
            known = self._now(draft)
            before = known.units.get((one.id, unit)) or self._unit(draft, one.id, unit)
            if before is not None:
                return before
            self._open(draft, one.id)
            total, ordinal = (self._count(draft, one.id, name) for name in ("*", stratum))
            if most is not None and total >= most:
                raise ExperimentError(f"the experiment is full: its plan enrols {most}")
            row = UnitRow(draft.next_seq, unit, stratum, ordinal, choose(ordinal), draft.time_ms)
            fields: dict[str, Value] = {"experiment": one.id, "unit": unit, "ordinal": ordinal, "arm": row.arm}
            draft.enter("assigned", one.tenant, fields | ({"stratum": stratum} if stratum else {}))
            values = (row.seq, one.id, unit, stratum, ordinal, row.arm, row.time_ms)
            draft.write(self._insert["experiment_units"], values)
            known.units[one.id, unit] = row
            known.counts[one.id, "*"], known.counts[one.id, stratum] = total + 1, ordinal + 1
            return row

        return await self._writer.submit(job, may_abandon=True)  # type: ignore[return-value]  # what the job gives

    async def pin(self, one: Sealed, facts: Mapping[str, Any]) -> None:
        """Keep what else is known of an experiment."""
        told = json.dumps(facts)
        await self._writer.submit(lambda draft: draft.write(self._facts, (told, one.id)), may_abandon=False)

    async def record(self, one: Sealed, row: OutcomeRow, *, evidence: str, most: tuple[str, int] | None = None) -> bool:
        """Keep an outcome and enter it; False when the same is there already.

        Args:
            most: how a row's arm begins, and how many such rows a unit takes.

        Raises:
            ExperimentError: another outcome of it is there, or the experiment has its verdict.
        """

        def job(draft: Draft) -> bool:
            known = self._now(draft)
            before = known.outcomes.get((one.id, *row.what())) or self._outcome(draft, one.id, row)
            if before is not None:
                if (before.score, before.cost) != (row.score, row.cost):
                    raise ExperimentError("another outcome of this unit, arm and trial was recorded before")
                return False
            self._open(draft, one.id)
            if most is not None and self._alike(draft, one.id, row.unit, most[0]) >= most[1]:
                raise ExperimentError("this item has all the ratings that the plan asks for")
            fields: dict[str, Value] = {
                "experiment": one.id, "unit": row.unit, "provenance": row.provenance, "evidence": evidence,
            }  # fmt: skip
            values = (draft.next_seq, one.id, *row.what(), row.score, row.cost, row.request, row.provenance)
            named = {name: one for name, one in (("arm", row.arm), ("request", row.request)) if one}
            draft.enter("outcome", one.tenant, fields | named)
            draft.write(self._insert["experiment_outcomes"], (*values, draft.time_ms))
            known.outcomes[one.id, *row.what()] = row
            return True

        return bool(await self._writer.submit(job, may_abandon=False))

    async def look(self, one: Sealed, look: Look, *, models: Collection[str], provenance: str) -> None:
        """Enter a verdict; a final one closes the experiment, and says which models were scored on its items."""

        def job(draft: Draft) -> None:
            fields: dict[str, Value] = {
                "experiment": one.id, "report": look.report, "verdict": look.verdict, "plan": one.plan_hash,
                "count": look.count, "provenance": provenance,
            }  # fmt: skip
            values = (draft.next_seq, one.id, look.verdict, look.report, look.count, look.is_final, draft.time_ms)
            draft.enter("analysed", one.tenant, fields)
            draft.write(self._insert["experiment_looks"], values)
            items = str(one.facts.get("items", ""))
            for model in sorted(models) if look.is_final and items else ():
                scored: dict[str, Value] = {"model": model, "items": items, "experiment": one.id, "report": look.report}
                draft.enter("evaluated", one.tenant, scored)

        await self._writer.submit(job, may_abandon=False)

    async def depart(self, one: Sealed, *, principal: str, reason: str) -> None:
        """Keep a departure from the plan; its entry commits to the reason.

        Raises:
            ExperimentError: the experiment has its verdict.
        """
        salt, handle = self._rng.token(SALT_BYTES), f"i_{self._rng.token(12).hex()}"
        told: dict[str, Value] = {
            "incident": handle, "stage": "departure", "control": "experiment", "reason": one.id, "principal": principal,
            "why": commit("why", salt, reason.encode()).hex(),
        }  # fmt: skip

        def job(draft: Draft) -> None:
            self._open(draft, one.id)
            values = (draft.next_seq, one.id, handle, principal, salt, reason, draft.time_ms)
            draft.enter("incident", one.tenant, told)
            draft.write(self._insert["experiment_departures"], values)

        await self._writer.submit(job, may_abandon=False)

    # --- inside a batch ----------------------------------------------------------------------------------------------

    def _now(self, draft: Draft) -> _Drafted:
        if self._drafted.cursor is not draft.batch.cursor:
            self._drafted = _Drafted(draft.batch.cursor)
        return self._drafted

    def _count(self, draft: Draft, experiment: str, stratum: str) -> int:
        known = self._drafted.counts.get((experiment, stratum))
        if known is not None:
            return known
        name, values = ("units", (experiment,)) if stratum == "*" else ("stratum", (experiment, stratum))
        row = draft.batch.one(self._read[name], values)
        return int(row[0]) if row else 0

    def _unit(self, draft: Draft, experiment: str, unit: str) -> UnitRow | None:
        row = draft.batch.one(self._read["unit"], (experiment, unit))
        return UnitRow(*row) if row else None

    def _outcome(self, draft: Draft, experiment: str, row: OutcomeRow) -> OutcomeRow | None:
        found = draft.batch.one(self._read["outcome"], (experiment, *row.what()))
        return OutcomeRow(*found) if found else None

    def _alike(self, draft: Draft, experiment: str, unit: str, begins: str) -> int:
        kept = draft.batch.one(self._read["alike"], (experiment, unit, f"{begins.replace('_', chr(92) + '_')}%"))
        drafted = [key for key in self._drafted.outcomes if key[:2] == (experiment, unit) and key[2].startswith(begins)]
        return (int(kept[0]) if kept else 0) + len(drafted)

    def _seeded(self, draft: Draft, experiment: str) -> bool:
        row = draft.batch.one(self._read["seeded"], (experiment,))
        return row is None or row[0] is not None

    def _open(self, draft: Draft, experiment: str) -> None:
        if draft.batch.one(self._read["final"], (experiment, True)):
            raise ExperimentError("this experiment has its verdict: nothing more is taken")


def _reads() -> dict[str, Any]:  # Any: clauses of SQLAlchemy
    plans, units = schema.experiments.c, schema.experiment_units.c
    outcomes, looks = schema.experiment_outcomes.c, schema.experiment_looks.c
    a, b, c, d = bindparam("a"), bindparam("b"), bindparam("c"), bindparam("d")  # type: ignore[var-annotated]
    of_unit = (units.seq, units.unit, units.stratum, units.ordinal, units.arm, units.time_ms)
    of_outcome = (outcomes.unit, outcomes.arm, outcomes.trial, outcomes.score, outcomes.cost, outcomes.request)
    return {
        "plan": select(plans.id).where(plans.tenant == a, plans.plan_hash == b),
        "seeded": select(plans.seeded_seq).where(plans.id == a),
        "unit": select(*of_unit).where(units.experiment == a, units.unit == b),
        "units": select(func.count()).where(units.experiment == a),
        "stratum": select(func.count()).where(units.experiment == a, units.stratum == b),
        "outcome": select(*of_outcome, outcomes.provenance).where(
            outcomes.experiment == a, outcomes.unit == b, outcomes.arm == c, outcomes.trial == d
        ),
        "alike": select(func.count()).where(
            outcomes.experiment == a, outcomes.unit == b, outcomes.arm.like(c, escape="\\")
        ),
        "final": select(looks.seq).where(looks.experiment == a, looks.is_final == b),
    }
