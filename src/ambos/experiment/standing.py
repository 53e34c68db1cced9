"""What the log says of a sealed plan when it is analysed, and what must therefore be said. docs/spec/experiment-seal.md.

Rows come as plain lists, as the chain file holds them (section 8): whoever keeps them is a shell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from ambos.errors import ExperimentError
from ambos.experiment import beside, sealing
from ambos.experiment.disclosure import Disclosure
from ambos.experiment.looking import looks_of
from ambos.experiment.planning import Plan
from ambos.experiment.scores import Columns

Rows: TypeAlias = Sequence[Sequence[Any]]  # Any: JSON values
ITEM: Final = ("unit", "item", "content", "digest", "cluster", "stratum")
UNIT: Final = ("seq", "unit", "stratum", "ordinal", "arm")
_LATER: Final = ("looked", "evaluations")  # keys that files of before do not have
OUTCOME: Final = ("seq", "unit", "arm", "trial", "score", "cost", "request", "provenance")


@dataclass(frozen=True, slots=True)
class Standing:
    """Facts of the log at the moment of the analysis.

    Attributes:
        experiment: handle.
        provenance: "run" or "recorded".
        sealed_ms, last_ms: when it was sealed, and the last outcome.
        is_complete: nothing more is to come (section 7).
        has_beacon: the seed holds a value that the operator could not choose.
        looks: verdicts that were computed before this one; of a plan that names its looks, those at other outcomes.
        ineligible: units that not every arm might have.
        others: other sealed plans of the same question, as `experiment`, `sealed` and `fate`.
        uses: earlier experiments that scored these arms on some of these items, as `experiment` and `items`.
        unknown: arms of whose lineage nothing is known.
        departures: what people wrote down that was not as planned: `day`, `reason`, and the `salt` that opens its entry.
        looked: units at each of these looks, where the plan names its looks.
        evaluations: of the arms' models on some of these items, by the log, outside sealed experiments: `model`, `day`, and
            how many of these `items` the model has been scored on so.
    """

    experiment: str
    provenance: str
    sealed_ms: int
    last_ms: int
    is_complete: bool
    has_beacon: bool
    looks: int = 0
    ineligible: int = 0
    others: tuple[Mapping[str, str], ...] = ()
    uses: tuple[Mapping[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    departures: tuple[Mapping[str, str], ...] = ()
    looked: tuple[int, ...] = ()
    evaluations: tuple[Mapping[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """Plain values, as the chain file keeps them."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        if not self.evaluations:  # files without any have the bytes that they had before there was this key
            del told["evaluations"]
        return {name: [*value] if isinstance(value, tuple) else value for name, value in told.items()}

    @classmethod
    def of_json(cls, told: Any) -> Standing:  # Any: JSON of a file
        """From plain values.

        Raises:
            ExperimentError: other keys, or values of another form.
        """
        known = {one.name: one.type for one in fields(cls)}
        if not isinstance(told, Mapping) or {*told, *_LATER} != set(known):
            raise ExperimentError("the chain file's standing has not the keys of version 1")
        told = {**{key: [] for key in _LATER}, **told}
        kinds = {"str": str, "int": int, "bool": bool}
        for name, kind in known.items():
            if not isinstance(told[name], kinds.get(str(kind), list)):
                raise ExperimentError(f"the chain file's standing: {name!r} is not of its form")
        if not all(_is_departure(one) for one in told["departures"]):
            raise ExperimentError("the chain file's standing: a departure is not of its form")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**values)

    @property
    def departed(self) -> tuple[str, ...]:
        """Departures in words."""
        return tuple(f"{one['day']}, {one['reason']}" for one in self.departures)

    @property
    def status(self) -> str:
        """ "confirmatory", or "interim" while outcomes are to come."""
        return "confirmatory" if self.is_complete else "interim"

    def expires(self, plan: Plan) -> str:
        """The last day of the verdict, ISO."""
        days = int(plan.raw.get("expires_days", sealing.EXPIRES_DAYS))
        return day_of(self.last_ms + days * sealing.DAY_MS)


def _is_departure(one: object) -> bool:
    return (
        isinstance(one, Mapping)
        and set(one) == {"day", "reason", "salt"}
        and all(isinstance(value, str) for value in one.values())
    )


def day_of(time_ms: int) -> str:
    """The day, ISO, UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()


def is_complete(plan: Plan, items: Rows, units: Rows, outcomes: Rows, *, now_ms: int) -> bool:
    """Whether nothing more is to come: all cells answered, or enrolment over and outcomes in or past their term."""
    done = {(row[1], row[2], row[3]) for row in outcomes}
    lost = {row[1] for row in outcomes if not row[2]}
    trials, arms = range(int(plan.raw.get("trials", 1))), sealing.arms_of(plan)
    if not sealing.is_enrolling(plan):
        waited = [row[0] for row in items if row[0] not in lost]
        if beside.is_rated(plan):
            return _is_past(plan, now_ms) or _is_rated_whole(plan, waited, outcomes)
        return all((unit, arm, trial) in done for unit in waited for arm in arms for trial in trials)
    ends = sealing.last_ms(plan, "ends")
    is_over = len(units) >= int(plan.raw.get("n", 2**53)) or (ends is not None and now_ms > ends)
    scored = {(row[1], row[2]) for row in outcomes}
    due = ((row[1], arm) for row in units for arm in _due(plan, row[4]))
    return is_over and (_is_past(plan, now_ms) or all(cell in scored for cell in due))


def _due(plan: Plan, assigned: str) -> tuple[str, ...]:
    """The arms that a participant meets: in a crossover every one, the assigned one first."""
    return sealing.arms_of(plan) if plan.design == "crossover" else (assigned,)


def _is_past(plan: Plan, now_ms: int) -> bool:
    until = sealing.last_ms(plan, "outcomes_until")
    return until is not None and now_ms > until


def _is_rated_whole(plan: Plan, waited: Sequence[str], outcomes: Rows) -> bool:
    rated = beside.ratings_of(outcomes)
    return all(len(rated.get(unit, ())) >= beside.raters_of(plan) for unit in waited)


def ineligible(units: Rows, outcomes: Rows) -> int:
    """Units that were considered and never given to an arm."""
    enrolled = {row[1] for row in units}
    return len({row[1] for row in outcomes if not row[2]} - enrolled)


def columns_from(plan: Plan, items: Rows, units: Rows, outcomes: Rows, *, seed: bytes = b"") -> Columns:
    """Scores in long form: cells that are due and have no outcome are missing; ineligible units are left out.

    Args:
        seed: tells which side an answer stood on, where people compared them.

    Raises:
        ExperimentError: a row is not of its form.
    """
    try:
        if sealing.is_enrolling(plan):
            rows = _of_units(plan, units, outcomes)
        elif beside.is_rated(plan):
            rows = _of_ratings(plan, items, outcomes, seed)
        else:
            rows = _of_items(plan, items, outcomes)
        return _columns(plan, [*rows])
    except (TypeError, ValueError, IndexError):
        raise ExperimentError("a row of the chain file is not of its form") from None


def _of_items(plan: Plan, items: Rows, outcomes: Rows) -> Iterator[tuple[Any, ...]]:
    told = {(row[1], row[2], int(row[3])): row for row in outcomes}
    lost = {row[1] for row in outcomes if not row[2]}
    trials = range(int(plan.raw.get("trials", 1)))
    for unit, item, _, _, cluster, stratum in items:
        for arm in sealing.arms_of(plan) if unit not in lost else ():
            for trial in trials:
                found = told.get((unit, arm, trial))
                yield item, "", arm, str(trial), *_numbers(found), cluster, stratum


def _of_ratings(plan: Plan, items: Rows, outcomes: Rows, seed: bytes) -> Iterator[tuple[Any, ...]]:
    lost = {row[1] for row in outcomes if not row[2]}
    groups = {row[0]: (row[1], row[4], row[5]) for row in items if row[0] not in lost}
    seen = set()
    for unit, arm, trial, score, cost in beside.rated_scores(plan, seed, outcomes):
        if unit in groups:
            item, cluster, stratum = groups[unit]
            seen.add(unit)
            yield item, "", arm, str(trial), score, cost, cluster, stratum
    for item, cluster, stratum in (groups[unit] for unit in groups if unit not in seen):
        for arm in sealing.arms_of(plan):
            yield item, "", arm, "0", math.nan, math.nan, cluster, stratum


def _of_units(plan: Plan, units: Rows, outcomes: Rows) -> Iterator[tuple[Any, ...]]:
    by_unit: dict[str, list[Sequence[Any]]] = {}
    for row in outcomes:
        if row[2] and not beside.is_beside(row[2]):
            by_unit.setdefault(row[1], []).append(row)
    for _, unit, stratum, _, arm in units:
        found = by_unit.get(unit, [])
        for row in found:
            yield unit, unit, row[2], str(row[3]), *_numbers(row), "", stratum
        for due in _due(plan, arm):
            if not any(row[2] == due for row in found):
                yield unit, unit, due, "0", math.nan, math.nan, "", stratum


def _numbers(row: Sequence[Any] | None) -> tuple[float, float]:
    score, cost = (None, None) if row is None else (row[4], row[5])
    return (math.nan if score is None else float(score)), (math.nan if cost is None else float(cost))


def _columns(plan: Plan, rows: Sequence[tuple[Any, ...]]) -> Columns:
    labels = {"trial": [row[3] for row in rows]}
    if sealing.is_enrolling(plan):
        labels["participant"] = [row[1] for row in rows]
    for name, at in (("cluster", 6), ("stratum", 7)):
        values = [str(row[at]) for row in rows]
        if any(values):
            labels[name] = values
    cost = [row[5] for row in rows]
    has_cost = any(not math.isnan(one) for one in cost)
    return Columns(
        [str(row[0]) for row in rows],
        [str(row[2]) for row in rows],
        [row[4] for row in rows],
        labels,
        cost if has_cost else None,
    )


def disclose(plan: Plan, one: Standing, *, units: int) -> Iterator[Disclosure]:
    """What a report on sealed outcomes says unasked, beside all that every report says, of so many units."""
    if sealing.is_enrolling(plan) and not one.has_beacon:
        yield Disclosure("operator_could_choose")
    if one.has_beacon:
        yield Disclosure("beacon_given", {"beacon": str(plan.raw["beacon"])})
    if planned := looks_of(plan):
        yield Disclosure("looks_planned", {"k": one.looks, "of": len(planned)})
    else:
        yield Disclosure("looks_logged", {"k": one.looks}) if one.looks else Disclosure("no_looks")
    if one.others:
        yield Disclosure("other_plans", {"k": len(one.others), "plans": one.others})
    else:
        yield Disclosure("no_other_plans")
    if one.uses:
        told = ", ".join(f"{row['experiment']} ({row['items']})" for row in one.uses)
        yield Disclosure("uses", {"uses": told})
    if one.evaluations:
        told = "; ".join(f"{row['model']}, {row['day']} ({row['items']})" for row in one.evaluations)
        yield Disclosure("evaluations", {"k": len(one.evaluations), "evaluations": told})
    if one.unknown:
        yield Disclosure("lineage_unknown", {"arms": ", ".join(one.unknown)})
    if one.ineligible:
        yield Disclosure("ineligible", {"k": one.ineligible})
    # A sequence may stop when it likes: its `n` says where its interval is narrowest.
    if one.is_complete and plan.raw.get("stopping") != "always-valid" and units < (named := int(plan.raw.get("n", 0))):
        yield Disclosure("fewer_units", {"k": units, "of": named})
    for departure in one.departed:
        yield Disclosure("departure", {"what": departure})
    yield Disclosure("expires", {"day": one.expires(plan)})


def first_words(one: Standing | None) -> Disclosure:
    """What a report says before anything else."""
    if one is None:
        return Disclosure("exploratory")
    day = day_of(one.sealed_ms)
    return Disclosure(one.status, {"experiment": one.experiment, "day": day, "provenance": one.provenance})


def promotes(verdict: str) -> bool:
    """Whether a confirmatory verdict of this kind can promote."""
    return verdict in ("superior", "non-inferior", "non-inferior, lower")


def code_of(verdict: str) -> str:
    """A verdict as a code of the log.

    >>> code_of("inconclusive: fewer than 6 clusters")
    'inconclusive:fewer_than_6_clusters'
    """
    return verdict.replace(", ", ":").replace(": ", ":").replace(" ", "_")
