"""Analyses that a plan asks for besides (`also`). docs/spec/experiment-plan.md, section 8. None of them decides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ambos.errors import ExperimentError
from ambos.experiment import adaptive, adjusting, agreement, costs, detection, ranking
from ambos.experiment.planning import Plan
from ambos.experiment.result import Result
from ambos.experiment.scores import Floats, Table

CATEGORIES: Final = 10  # distinct labels up to which agreement is a kappa; above, an intraclass correlation
LONGEST: Final = 20_000  # rows that a mixed model takes, some seconds of one core


@dataclass(frozen=True, slots=True)
class Further:
    """One result of an analysis, with what it alone tells."""

    analysis: str
    result: Result
    detail: Mapping[str, Any] = field(default_factory=dict)  # Any: plain JSON values

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """Plain values."""
        return {"analysis": self.analysis, **self.result.to_json(), "detail": dict(self.detail)}


def further(plan: Plan, table: Table, effect: Result) -> Iterator[Further]:
    """What `also` asks for, of the control and the first treatment (Friedman: of all arms).

    Args:
        plan: with `also`.
        table: units × arms.
        effect: the figures of this analysis, for `replications`.

    Raises:
        ExperimentError: a column that an analysis needs is not there, or the design does not fit it.
    """
    for name in plan.also:
        yield from (Further(name, *found) for found in ANALYSES[name](plan, table, effect))


Found = Iterator[tuple[Result, Mapping[str, Any]]]  # Any: plain JSON values


def _columns(table: Table, name: str, why: str) -> Floats:
    """A column's cells of the control and the first treatment."""
    if name not in table.extra:
        raise ExperimentError(f"{why} needs a column {name!r} of numbers in the scores")
    return table.extra[name][:, :2]


def _level(plan: Plan) -> float:
    return 1 - plan.alpha


def _both(table: Table) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(table.score_UA[:, :2]).any(axis=1), dtype=np.bool_)


def _mixed(plan: Plan, table: Table, _: Result) -> Found:
    from ambos.experiment.mixed import mixed

    score = table.score_UA[:, :2]
    unit, arm = np.nonzero(~np.isnan(score) & table.is_in_UA[:, :2])
    if len(unit) > LONGEST:
        raise ExperimentError(
            f"a mixed model takes up to {LONGEST} answers, these are {len(unit)}: use the clustered t"
        )
    outer = unit if table.cluster is None else table.cluster[unit]
    has_pairs = table.cluster is not None and plan.design != "parallel"
    if plan.design == "parallel" and table.cluster is None:
        raise ExperimentError("a mixed model of parallel groups needs clusters: each unit has one answer")
    inner = unit if has_pairs else None
    yield (
        mixed(score[unit, arm], arm.astype(np.float64), outer, inner=inner, level=_level(plan)),
        {"groups": len(np.unique(outer))},
    )


def _cuped(plan: Plan, table: Table, _: Result) -> Found:
    before = _columns(table, "before", "CUPED")
    if plan.design != "parallel":
        raise ExperimentError("CUPED is for parallel groups: pairs already take out what a unit brings along")
    parts = [~np.isnan(table.score_UA[:, at]) & ~np.isnan(before[:, at]) & table.is_in_UA[:, at] for at in (0, 1)]
    (c, t), (x, z) = ([column[which, at] for at, which in enumerate(parts)] for column in (table.score_UA, before))
    yield adjusting.cuped(t, c, z, x, level=_level(plan)), {}


def _ratio(plan: Plan, table: Table, _: Result) -> Found:
    level, score, is_paired = _level(plan), table.score_UA, plan.design != "parallel"
    if "denominator" not in table.extra:
        there = _both(table) if is_paired else None
        c, t = (score[there if there is not None else ~np.isnan(score[:, at]), at] for at in (0, 1))
        yield costs.lift(t, c, is_paired=is_paired, level=level), {"is": "treatment / control"}
        return
    below = _columns(table, "denominator", "a ratio")
    arms = [~np.isnan(score[:, at]) & ~np.isnan(below[:, at]) for at in (0, 1)]
    for at, which in enumerate(arms):
        yield costs.ratio(score[which, at], below[which, at], level=level), {"arm": table.arms[at]}
    if is_paired:
        arms = [arms[0] & arms[1]] * 2
    (c, t), (x, z) = ([column[which, at] for at, which in enumerate(arms)] for column in (score, below))
    yield costs.ratio_difference(t, z, c, x, is_paired=is_paired, level=level), {"is": "treatment − control"}


def _friedman(plan: Plan, table: Table, _: Result) -> Found:
    if plan.design == "parallel":
        raise ExperimentError("Friedman's test ranks arms on the same units: not for parallel groups")
    complete = table.score_UA[~np.isnan(table.score_UA).any(axis=1)]
    found = ranking.friedman(complete, level=_level(plan), is_higher_better=plan.is_higher_better)
    ranks = dict(zip(table.arms, found.ranks, strict=True))
    yield found.test, {"ranks": ranks, "critical": found.critical, "groups": ranking.groups(ranks, found.critical)}


def _truth(table: Table, why: str) -> Floats:
    return _columns(table, "truth", why)


def _auc(plan: Plan, table: Table, _: Result) -> Found:
    truth, there = _truth(table, "an area under the curve"), _both(table)
    label = np.where(np.isnan(truth[:, 0]), truth[:, 1], truth[:, 0])
    there &= ~np.isnan(label)
    c, t, y = table.score_UA[there, 0], table.score_UA[there, 1], label[there]
    for arm, score in zip(table.arms, (c, t), strict=False):
        yield ranking.auc(score, y, level=_level(plan)), {"arm": arm}
    yield ranking.auc_difference(t, c, y, level=_level(plan)), {"is": "treatment − control"}


def _detection(plan: Plan, table: Table, _: Result) -> Found:
    truth, level = _truth(table, "precision and recall"), _level(plan)
    for at, arm in enumerate(table.arms[:2]):
        known = ~np.isnan(truth[:, at]) & ~np.isnan(table.score_UA[:, at])
        said, true = table.score_UA[known, at], truth[known, at]
        if not (np.isin(said, (0, 1)).all() and np.isin(true, (0, 1)).all()):
            raise ExperimentError("precision and recall need scores and truth of 0 and 1")
        hit, false, lost = said * true, said * (1 - true), (1 - said) * true
        tp, fp, fn = (int(one.sum()) for one in (hit, false, lost))
        if not (tp + fp and tp + fn):
            raise ExperimentError(
                f"precision and recall of {arm!r} are not defined: it found nothing, or nothing is there"
            )
        yield detection.precision(tp, fp, level=level), {"arm": arm, "is": "precision"}
        yield detection.recall(tp, fn, level=level), {"arm": arm, "is": "recall"}
        if table.cluster is None:
            yield detection.f1(tp, fp, fn, level=level), {"arm": arm, "is": "F1"}
            continue
        text = np.unique(table.cluster[known], return_inverse=True)[1]
        counts = [np.bincount(text, weights=one) for one in (hit, false, lost)]
        yield detection.f1_by_text(*counts, level=level), {"arm": arm, "is": "F1"}


def _powered(plan: Plan, table: Table, _: Result) -> Found:
    truth, level = _truth(table, "prediction-powered inference"), _level(plan)
    if plan.design == "parallel":
        parts = [_powered_mean(truth[:, at], table.score_UA[:, at], level) for at in (0, 1)]
        yield adjusting.difference(parts[1], parts[0], level=level), {}
        return
    yield _powered_mean(truth[:, 1] - truth[:, 0], table.score_UA[:, 1] - table.score_UA[:, 0], level), {}


def _powered_mean(truth: Floats, judged: Floats, level: float) -> Result:
    there = ~np.isnan(judged)
    known = there & ~np.isnan(truth)
    return adjusting.prediction_powered_mean(truth[known], judged[known], judged[there & ~known], level=level)


def _agreement(plan: Plan, table: Table, _: Result) -> Found:
    truth = _truth(table, "agreement with people")
    judged = table.score_UA[:, :2]
    known = ~np.isnan(truth) & ~np.isnan(judged)
    a, b = judged[known], truth[known]
    if len(np.unique(np.concatenate((a, b)))) <= CATEGORIES:
        yield agreement.cohen_kappa(a, b, level=_level(plan)), {"labels": len(a)}
    else:
        yield agreement.icc(np.stack((a, b), axis=1), level=_level(plan)), {"labels": len(a)}


def _replications(plan: Plan, _: Table, effect: Result) -> Found:
    earlier = plan.raw.get("earlier", [])
    rows = [one for one in earlier if isinstance(one, Mapping)] if isinstance(earlier, list) else []
    numbers = [(one.get("effect"), one.get("se")) for one in rows]
    if not rows or not all(isinstance(x, int | float) and not isinstance(x, bool) for pair in numbers for x in pair):
        raise ExperimentError("replications need 'earlier' in the plan: a list of tables with 'effect' and 'se'")
    effects, errors = ([*map(float, column)] for column in zip(*numbers, strict=True))
    effects, errors = [*effects, effect.estimate], [*errors, effect.se]
    tau2, p = adjusting.heterogeneity(effects, errors)
    yield (
        adjusting.combine(effects, errors, level=_level(plan)),
        {"studies": len(effects), "tau": math.sqrt(tau2), "heterogeneity_p": p},
    )


def _adaptive(plan: Plan, table: Table, _: Result) -> Found:
    share = _columns(table, "probability", "adaptive allocation")
    if plan.design != "parallel":
        raise ExperimentError('adaptive allocation gives each unit one arm: design = "parallel"')
    n = plan.raw.get("n", len(table.units))
    low = float(np.nanmin(np.minimum(share, 1 - share)))
    if not 0 < low <= 0.5:
        raise ExperimentError("the column 'probability' holds the chance of the treatment, above 0 and below 1")
    trial = adaptive.Adaptive(alpha=plan.alpha, horizon=int(n), floor=low, is_higher_better=plan.is_higher_better)
    for at in range(len(table.units)):
        arm = int(table.is_in_UA[at, 1])
        value = float(table.score_UA[at, arm])
        if not math.isnan(value):
            trial.feed(is_treatment=bool(arm), share=float(share[at, arm]), value=value)
    yield trial.result(), {"lowest_share": low}


ANALYSES: Final[Mapping[str, Callable[[Plan, Table, Result], Found]]] = {
    "adaptive": _adaptive,
    "agreement": _agreement,
    "auc": _auc,
    "cuped": _cuped,
    "detection": _detection,
    "friedman": _friedman,
    "mixed": _mixed,
    "prediction-powered": _powered,
    "ratio": _ratio,
    "replications": _replications,
}
