"""Sealed experiments as rows, and reading them. What is written, and with which entry of the log, is in `experiments`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Table, func, select, true

from ambos.errors import ExperimentError, StoreError
from ambos.store import schema
from ambos.store.database import Database

_ENTERED: Final = (
    schema.experiment_units, schema.experiment_outcomes, schema.experiment_looks, schema.experiment_departures,
)  # tables whose rows stand for an entry each  # fmt: skip
_AT_ONCE: Final = 500  # values in one list of a query


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed plan. `facts` is what was known when it was sealed, and the arms as they were pinned."""

    id: str
    tenant: str
    seq: int
    plan: str
    plan_hash: str
    question: str
    recipe: str
    facts: Mapping[str, Any]  # Any: JSON values of our own
    sealed_by: str
    sealed_ms: int
    seeded_seq: int | None
    beacon: bytes | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One sealed item: its unit, its name, both hashes, and its groups."""

    unit: str
    item: str
    content: str
    digest: str
    cluster: str
    stratum: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One assigned unit; `seq` is the index of its entry."""

    seq: int
    unit: str
    stratum: str
    ordinal: int
    arm: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome; `score` is None when the answer is missing. `seq` and `time_ms` are 0 before it is kept.

    Without an arm it says that the unit is ineligible: not every arm may have it.
    """

    unit: str
    arm: str
    trial: int
    score: float | None
    cost: float | None
    request: str
    provenance: str
    seq: int = 0
    time_ms: int = 0

    def what(self) -> tuple[str, str, int]:
        """What it is an outcome of."""
        return self.unit, self.arm, self.trial


@dataclass(frozen=True, slots=True)
class Look:
    """One verdict that was computed."""

    seq: int
    verdict: str
    report: str
    count: int
    is_final: bool
    time_ms: int


@dataclass(frozen=True, slots=True)
class Departure:
    """What was done otherwise than planned; `salt` opens the commitment of its entry. The reason is not in `repr`."""

    seq: int
    incident: str
    principal: str
    salt: bytes = field(repr=False)
    reason: str = field(repr=False)
    time_ms: int


class ExperimentReader:
    """Reads sealed experiments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tenant: str, name: str) -> Sealed:
        """The sealed plan of this handle or plan hash.

        Raises:
            ExperimentError: there is none.
        """
        table = schema.experiments.c
        found = self._sealed(table.plan_hash == name if name.startswith("sha256:") else table.id == name, tenant)
        if not found:
            raise ExperimentError("there is no such sealed experiment here: `ambos experiment list` names them")
        return found[0]

    def has(self, tenant: str, plan_hash: str) -> bool:
        """Whether this plan is sealed."""
        return bool(self._sealed(schema.experiments.c.plan_hash == plan_hash, tenant))

    def of_question(self, tenant: str, question: str) -> list[Sealed]:
        """Every sealed plan of the same question, the oldest first."""
        return self._sealed(schema.experiments.c.question == question, tenant)

    def of_recipe(self, tenant: str, recipe: str) -> list[Sealed]:
        """Every sealed plan of a recipe, the oldest first."""
        return self._sealed(schema.experiments.c.recipe == recipe, tenant)

    def all(self, tenant: str) -> list[Sealed]:
        """Every sealed plan, the oldest first."""
        return self._sealed(schema.experiments.c.id != "", tenant)

    def routed(self, tenant: str) -> list[Sealed]:
        """Sealed plans that route requests and have no verdict yet."""
        looks = schema.experiment_looks.c
        closed = select(looks.experiment).where(looks.is_final == true())
        table = schema.experiments.c
        return self._sealed(table.plan.like('%"route":%') & table.id.not_in(closed), tenant)

    def unit(self, experiment: str, unit: str) -> UnitRow | None:
        """One assigned unit; None when it was not enrolled."""
        table = schema.experiment_units
        rows = select(table).where(table.c.experiment == experiment, table.c.unit == unit)
        with self._database.reading() as connection:
            row = connection.execute(rows).first()
        return None if row is None else UnitRow(row[0], *row[2:])

    def items(self, experiment: str) -> list[ItemRow]:
        """In the order of their names."""
        table = schema.experiment_items
        return [ItemRow(*row[1:]) for row in self._rows(table, experiment, table.c.item)]

    def item(self, experiment: str, unit: str) -> ItemRow | None:
        """One sealed item; None when it was not sealed."""
        table = schema.experiment_items
        rows = select(table).where(table.c.experiment == experiment, table.c.unit == unit)
        with self._database.reading() as connection:
            row = connection.execute(rows).first()
        return None if row is None else ItemRow(*row[1:])

    def units(self, experiment: str) -> list[UnitRow]:
        """In the order of their entries."""
        return [UnitRow(row[0], *row[2:]) for row in self._rows(schema.experiment_units, experiment)]

    def outcomes(self, experiment: str) -> list[OutcomeRow]:
        """In the order of their entries."""
        return [
            OutcomeRow(*row[2:9], row[0], row[9])  # type: ignore[call-arg]  # a row of the table
            for row in self._rows(schema.experiment_outcomes, experiment)
        ]

    def outcomes_of(self, experiment: str, unit: str) -> list[OutcomeRow]:
        """Of one unit."""
        table = schema.experiment_outcomes
        rows = select(table).where(table.c.experiment == experiment, table.c.unit == unit).order_by(table.c.seq)
        with self._database.reading() as connection:
            return [
                OutcomeRow(*row[2:9], row[0], row[9])  # type: ignore[call-arg]  # a row of the table
                for row in connection.execute(rows)
            ]

    def looks(self, experiment: str) -> list[Look]:
        """In the order of their entries."""
        return [Look(row[0], *row[2:]) for row in self._rows(schema.experiment_looks, experiment)]

    def counts(self, experiment: str) -> dict[str, dict[str, int]]:
        """Units and outcomes of each arm."""
        units, outcomes = schema.experiment_units.c, schema.experiment_outcomes.c
        told = {}
        with self._database.reading() as connection:
            for name, table, condition in (
                ("units", units, units.arm != ""),
                ("outcomes", outcomes, outcomes.score.is_not(None)),
                ("missing", outcomes, outcomes.score.is_(None) & (outcomes.arm != "")),
                ("ineligible", outcomes, outcomes.arm == ""),
            ):
                rows = select(table.arm, func.count()).where(table.experiment == experiment, condition)
                told[name] = {row[0]: row[1] for row in connection.execute(rows.group_by(table.arm))}
        return told

    def sharing(self, tenant: str, digests: Collection[str]) -> dict[str, int]:
        """Experiments that sealed some of these items, with how many of them."""
        items, plans = schema.experiment_items.c, schema.experiments.c
        found: dict[str, int] = {}
        listed = sorted(digests)
        with self._database.reading() as connection:
            for start in range(0, len(listed), _AT_ONCE):
                rows = (
                    select(items.experiment, func.count())
                    .join(schema.experiments, plans.id == items.experiment)
                    .where(plans.tenant == tenant, items.digest.in_(listed[start : start + _AT_ONCE]))
                )
                for experiment, count in connection.execute(rows.group_by(items.experiment)):
                    found[experiment] = found.get(experiment, 0) + count
        return found

    def departures(self, experiment: str) -> list[Departure]:
        """In the order of their entries."""
        return [Departure(row[0], *row[2:]) for row in self._rows(schema.experiment_departures, experiment)]

    def leaves(self, one: Sealed) -> list[tuple[int, str]]:
        """Index and leaf of every entry of an experiment that its rows stand for, in order."""
        entries = schema.log_entries.c
        lists = [select(table.c.seq).where(table.c.experiment == one.id) for table in _ENTERED]
        first = [one.seq] if one.seeded_seq is None else [one.seq, one.seeded_seq]
        found: list[tuple[int, str]] = []
        with self._database.reading() as connection:
            for chosen in (entries.seq.in_(first), *(entries.seq.in_(rows) for rows in lists)):
                leaves = select(entries.seq, entries.leaf).where(chosen)
                found += [(seq, bytes(leaf).decode("ascii")) for seq, leaf in connection.execute(leaves)]
        return sorted(found)

    def _sealed(self, condition: Any, tenant: str) -> list[Sealed]:  # Any: a condition of SQLAlchemy
        table = schema.experiments
        rows = select(table).where(condition, table.c.tenant == tenant).order_by(table.c.seq)
        with self._database.reading() as connection:
            return [_sealed_of(row) for row in connection.execute(rows)]

    def _rows(self, table: Table, experiment: str, order: Any = None) -> Sequence[Any]:  # Any: rows of the driver
        rows = select(table).where(table.c.experiment == experiment)
        with self._database.reading() as connection:
            return connection.execute(rows.order_by(table.c.seq if order is None else order)).all()


def _sealed_of(row: Any) -> Sealed:  # Any: a row of the driver
    try:
        facts = json.loads(row[7])
    except ValueError:
        raise StoreError("the facts of a sealed experiment are damaged: run `ambos audit verify --deep`") from None
    beacon = None if row[11] is None else bytes(row[11])
    return Sealed(*row[:7], facts, row[8], row[9], row[10], beacon)  # type: ignore[call-arg]  # a row of the table
