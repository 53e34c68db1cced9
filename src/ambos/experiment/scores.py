"""Scores in long form become one value for each unit and arm. docs/spec/experiment-plan.md, section 4.

Columns are plain sequences; whoever reads the file has turned text into numbers and knows the row numbers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ambos.errors import ExperimentError
from ambos.experiment.planning import ALSO, Plan

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows as they came: a missing score is NaN; `labels` holds the text columns that exist beside item and arm."""

    item: Sequence[str]
    arm: Sequence[str]
    score: Sequence[float]
    labels: Mapping[str, Sequence[str]]
    cost: Sequence[float] | None = None
    weight: Sequence[float] | None = None
    unknown: tuple[str, ...] = ()
    extra: Mapping[str, Sequence[float]] = field(default_factory=dict)


EXTRA: Final = tuple(sorted({*ALSO.values()} - {""}))
LARGEST: Final = 1e75  # of a score: its fourth power, which a skewness and degrees of freedom take, still is a number
LABELS: Final = ("cluster", "stratum", "trial", "participant")


def columns_of(
    table: Any, plan: Plan | None = None
) -> Columns:  # Any: a pandas, polars or pyarrow table, none imported here
    """Rows from a table in memory with the columns of section 4; null and NaN scores are missing.

    Args:
        table: what gives its columns by name, and each as a list.
        plan: whose cluster and stratum may have columns of other names.

    Raises:
        ExperimentError: `item`, `arm` or `score` is not there, an item or arm is empty, or a number is not one.
    """
    names = [str(name) for name in getattr(table, "column_names", getattr(table, "columns", ()))]
    lacking = [name for name in ("item", "arm", "score") if name not in names]
    if lacking:
        raise ExperimentError(f"the table has no column {lacking[0]!r}; it has {', '.join(names) or 'none'}")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ExperimentError(f"the table has the column {twice[0]!r} twice")
    item, arm = (_texts(table, name) for name in ("item", "arm"))
    for name, values in (("item", item), ("arm", arm)):
        if "" in values:
            raise ExperimentError(f"row {values.index('') + 1} of the table: {name!r} is empty")
    cost, weight = (_numbers(table, name) if name in names else None for name in ("cost", "weight"))
    extra: dict[str, list[float]] = {}
    for name in (one for one in EXTRA if one in names):
        with suppress(ExperimentError):  # a column of this name that holds something else is one we do not know
            extra[name] = _numbers(table, name)
    wanted = {*LABELS, *((plan.cluster, plan.stratum) if plan else ())} - {"item", "arm", "score", "cost", "weight"}
    labels = {name: _texts(table, name) for name in names if name in wanted}
    used = {"item", "arm", "score", "cost", "weight", *labels, *extra}
    unknown = tuple(name for name in names if name not in used)
    return Columns(item, arm, _numbers(table, "score"), labels, cost, weight, unknown, extra)


def _values(table: Any, name: str) -> list[Any]:  # Any: what the table holds
    column = table[name]
    listed = next(getattr(column, way) for way in ("to_pylist", "to_list", "tolist") if hasattr(column, way))()
    return [None if _is_nothing(one) else one for one in listed]


def _numbers(table: Any, name: str) -> list[float]:
    """Finite numbers or infinity, which `tabulate` refuses; NaN only where there was nothing."""
    found = _values(table, name)
    try:
        numbers = [math.nan if one is None else float(one) for one in found]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != len(found) or any(math.isnan(a) and b is not None for a, b in zip(numbers, found, strict=True)):
        raise ExperimentError(f"the column {name!r} holds something that is not a number")
    return numbers


def _texts(table: Any, name: str) -> list[str]:
    return ["" if one is None else str(one) for one in _values(table, name)]


def _is_nothing(value: object) -> bool:
    """None, NaN, and pandas' own words for them, which cannot be compared."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float) and math.isnan(value))
    )


@dataclass(frozen=True, slots=True)
class Table:
    """One row a unit, one column an arm (control first): `score_UA`, `cost_UA`, with what belongs to the unit.

    `is_in_UA` says which cells exist by design: in parallel groups a unit has one arm. NaN in an existing cell is missing.
    """

    arms: tuple[str, ...]
    units: Sequence[str]
    score_UA: Floats  # noqa: N815  axes, style guide 3
    is_in_UA: NDArray[np.bool_]  # noqa: N815
    cost_UA: Floats | None  # noqa: N815
    weight: Floats | None
    cluster: Codes | None
    stratum: Codes | None
    stratum_names: tuple[str, ...]
    most_trials: int
    duplicates: int
    left_out_arms: tuple[str, ...]
    folds: int
    digest: str
    facts: Mapping[str, int]
    extra: Mapping[str, Floats] = field(default_factory=dict)


def tabulate(plan: Plan, columns: Columns) -> Table:
    """Units × arms of the plan's arms.

    Raises:
        ExperimentError: an arm is absent, rows contradict each other, or the design's rule is broken.
    """
    arms = (plan.control, *plan.treatments)
    _check(columns)
    arm_codes, arm_names = _encode(columns.arm)
    absent = [arm for arm in arms if arm not in arm_names]
    if absent:
        raise ExperimentError(f"the scores have no row of the arm {absent[0]!r}; they have {', '.join(arm_names[:8])}")
    place = np.full(len(arm_names), -1)
    for at, arm in enumerate(arms):
        place[arm_names.index(arm)] = at
    arm_at = place[arm_codes]
    units, unit_names, unit_word = _units(plan, columns)
    score = np.asarray(columns.score, dtype=float)
    keep = arm_at >= 0
    rows = _without_duplicates(units, arm_at, columns, score, keep)
    duplicates = int(keep.sum()) - len(rows)
    shape = (len(unit_names), len(arms))
    cell = units[rows] * len(arms) + arm_at[rows]
    score_UA, counts = _averaged(cell, score[rows], shape)  # noqa: N806
    is_in = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape) > 0
    if plan.design == "parallel":
        _one_arm_each(is_in, unit_names, unit_word)
        used: NDArray[np.bool_] = is_in.sum(axis=1) > 0
    else:
        used, is_in = np.ones(len(unit_names), dtype=np.bool_), np.ones(shape, dtype=np.bool_)
    cost = None if columns.cost is None else _averaged(cell, np.asarray(columns.cost, dtype=float)[rows], shape)[0]
    cluster, _ = _label(plan, "cluster", plan.cluster, columns, units, len(unit_names))
    stratum, names = _label(plan, "stratum", plan.stratum, columns, units, len(unit_names))
    if plan.design == "parallel" and plan.randomised_by == "cluster" and cluster is not None:
        _one_arm_each_cluster(is_in, cluster)
    weight = _weights(columns, units, len(unit_names), unit_names)
    trials = np.bincount(cell, minlength=shape[0] * shape[1])
    return Table(
        arms=arms,
        units=[name for name, one in zip(unit_names, used.tolist(), strict=True) if one],
        score_UA=score_UA[used],
        is_in_UA=is_in[used],
        cost_UA=None if cost is None else cost[used],
        weight=None if weight is None else weight[used],
        cluster=None if cluster is None else cluster[used],
        stratum=None if stratum is None else stratum[used],
        stratum_names=names,
        most_trials=int(trials.max(initial=1)) if plan.design != "cv" else 1,
        duplicates=duplicates,
        left_out_arms=tuple(name for name in arm_names if name not in arms),
        folds=len(set(columns.item)),
        digest=_digest(score_UA, arms, unit_names),
        facts={"rows": len(score), "answers": int(counts.sum())},
        extra={
            name: _averaged(cell, np.asarray(values, dtype=float)[rows], shape)[0][used]
            for name, values in columns.extra.items()
        },
    )


def _check(columns: Columns) -> None:
    n = len(columns.score)
    others = [
        columns.item,
        columns.arm,
        *columns.labels.values(),
        *columns.extra.values(),
        *(one for one in (columns.cost, columns.weight) if one is not None),
    ]
    if not n:
        raise ExperimentError("the scores have no rows")
    if any(len(one) != n for one in others):
        raise ExperimentError("the columns of the scores differ in length")
    if np.isinf(np.asarray(columns.score, dtype=float)).any():
        raise ExperimentError("a score is infinite: leave it empty if the answer is missing")
    seen = np.abs(np.asarray(columns.score, dtype=float))
    if (seen > LARGEST).any():
        raise ExperimentError(f"a score is beyond ±{LARGEST:g}: its square would overflow; give scores another unit")
    for name, values in columns.extra.items():
        if (np.abs(np.asarray(values, dtype=float)) > LARGEST).any():
            raise ExperimentError(f"a value of {name!r} is infinite or beyond ±{LARGEST:g}")


def _encode(values: Sequence[str]) -> tuple[Codes, list[str]]:
    """Codes in the order of first appearance."""
    seen: dict[str, int] = {}
    codes = np.fromiter((seen.setdefault(one, len(seen)) for one in values), dtype=np.int64, count=len(values))
    return codes, list(seen)


def _units(plan: Plan, columns: Columns) -> tuple[Codes, list[str], str]:
    if plan.design in ("parallel", "crossover") and "participant" in columns.labels:
        return (*_encode(columns.labels["participant"]), "participant")
    if plan.design == "cv" and "trial" in columns.labels:
        joined = [f"{fold}\x1f{trial}" for fold, trial in zip(columns.item, columns.labels["trial"], strict=True)]
        return (*_encode(joined), "fold")
    return (*_encode(columns.item), "item")


def _without_duplicates(units: Codes, arm: Codes, columns: Columns, score: Floats, keep: NDArray[np.bool_]) -> Codes:
    """Rows to use. The same unit, item, arm and trial twice: once if the scores are equal, else refused."""
    rows = np.flatnonzero(keep)
    item, _ = _encode(columns.item)
    trial = _encode(columns.labels["trial"])[0] if "trial" in columns.labels else np.zeros(len(score), dtype=np.int64)
    key = ((units * (int(arm.max()) + 2) + arm + 1) * (int(item.max()) + 1) + item) * (int(trial.max()) + 1) + trial
    _, first, inverse = np.unique(key[rows], return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return rows
    before, now = score[rows[first]][inverse], score[rows]
    differs = ~((before == now) | (np.isnan(before) & np.isnan(now)))
    if differs.any():
        at = int(rows[np.flatnonzero(differs)[0]])
        raise ExperimentError(
            f"item {columns.item[at]!r} has two different scores in arm {columns.arm[at]!r}; "
            "add a column 'trial' if it was answered more than once"
        )
    kept: Codes = rows[np.sort(first)]
    return kept


def _averaged(cell: Codes, values: Floats, shape: tuple[int, int]) -> tuple[Floats, Codes]:
    there = ~np.isnan(values)
    counts = np.bincount(cell[there], minlength=shape[0] * shape[1])
    sums = np.bincount(cell[there], weights=values[there], minlength=shape[0] * shape[1])
    with np.errstate(invalid="ignore"):
        means = np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)
    return means.reshape(shape), counts


def _one_arm_each(is_in: NDArray[np.bool_], names: Sequence[str], word: str) -> None:
    twice = np.flatnonzero(is_in.sum(axis=1) > 1)
    if len(twice):
        raise ExperimentError(
            f"{len(twice)} units are in more than one arm of a parallel design, the first is {word} {names[twice[0]]!r}; "
            'say design = "paired" if every arm answered the same items'
        )


def _one_arm_each_cluster(is_in: NDArray[np.bool_], cluster: Codes) -> None:
    arm = is_in.argmax(axis=1)
    used = is_in.any(axis=1)
    pairs = np.unique(np.stack((cluster[used], arm[used])), axis=1)
    crossing = len(pairs[0]) - len(np.unique(pairs[0]))
    if crossing:
        raise ExperimentError(
            f"{crossing} clusters have units in more than one arm, but the plan randomised by cluster"
        )


def _label(
    plan: Plan, name: str, wanted: str | None, columns: Columns, units: Codes, n: int
) -> tuple[Codes | None, tuple[str, ...]]:
    column = wanted if wanted in columns.labels else name if name in columns.labels else None
    if column is None:
        if wanted is not None and wanted != "item":
            raise ExperimentError(f"the plan names the {name} {wanted!r}, but the scores have no such column")
        if wanted is None:
            return None, ()
        codes, names = _encode(columns.item)
    else:
        codes, names = _encode(columns.labels[column])
    if plan.design == "cv" and wanted is None:
        return None, ()
    filled = np.array([bool(one) for one in names])[codes]
    if wanted is None and not filled.any():
        return None, ()
    of_unit = np.full(n, -1, dtype=np.int64)
    of_unit[units[filled][::-1]] = codes[filled][::-1]
    if (of_unit[units[filled]] != codes[filled]).any():
        if wanted is None or plan.design == "crossover":
            return None, ()
        raise ExperimentError(f"a unit has two values of {name!r}: each must belong to one")
    if (of_unit < 0).any():
        if wanted is None:
            return None, ()
        raise ExperimentError(f"{int((of_unit < 0).sum())} units have no value of {name!r}")
    return of_unit, tuple(names)


def _weights(columns: Columns, units: Codes, n: int, names: Sequence[str]) -> Floats | None:
    if columns.weight is None:
        return None
    values = np.asarray(columns.weight, dtype=float)
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ExperimentError("every weight must be a finite number above 0")
    weight = np.zeros(n)
    weight[units[::-1]] = values[::-1]
    differing = np.flatnonzero(weight[units] != values)
    if len(differing):
        raise ExperimentError(f"unit {names[units[differing[0]]]!r} has two weights")
    return None if (weight == weight[0]).all() else weight


def _digest(score: Floats, arms: Sequence[str], units: Sequence[str]) -> str:
    """Hash of the cells in the order of names, so that the order of rows does not matter."""
    order = sorted(range(len(units)), key=units.__getitem__)
    whole = hashlib.sha256("\x1e".join((*arms, *(units[at] for at in order))).encode())
    whole.update(np.ascontiguousarray(score[order], dtype="<f8").tobytes())
    return "sha256:" + whole.hexdigest()
