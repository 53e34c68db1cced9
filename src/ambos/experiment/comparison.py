"""One treatment against the control: figures, clustered figures, bounds for missing answers, other tests, strata.

docs/spec/experiment-plan.md, sections 5 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ambos.errors import ExperimentError
from ambos.experiment import clusters, deciding, folds, matched, means, proportions, ranks, resample, unequal, verdict
from ambos.experiment.deciding import Rule
from ambos.experiment.planning import Plan
from ambos.experiment.proportions import Pairs
from ambos.experiment.result import Result
from ambos.experiment.scores import Codes, Floats, Table

LEAST_DRAWS: Final = 1000  # resamples of a test of the ledger where many treatments share the time


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms' values of the same units (NaN: missing, or not of this arm in parallel groups)."""

    control: Floats
    treatment: Floats
    is_in_control: NDArray[np.bool_]
    is_in_treatment: NDArray[np.bool_]
    cluster: Codes | None
    weight: Floats | None

    def chosen(self, which: NDArray[np.bool_]) -> Pair:
        """Some of the units."""
        return Pair(
            self.control[which],
            self.treatment[which],
            self.is_in_control[which],
            self.is_in_treatment[which],
            None if self.cluster is None else self.cluster[which],
            None if self.weight is None else self.weight[which],
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of treating missing answers gives; `adjusted` is `clustered` for clusters of unequal size."""

    control_mean: float
    treatment_mean: float
    iid: Result
    clustered: Result | None
    adjusted: Result | None
    n_clusters: int
    pairs: Pairs | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that is said about one treatment."""

    treatment: str
    figures: Figures
    worst: Figures
    best: Figures
    n_missing: int
    verdict: str
    basis: str
    verdict_worst: str
    verdict_best: str
    verdict_iid: str
    noninferiority: float
    noninferiority_clustered: float
    noninferiority_tango: float
    equivalence: float
    rule: Rule
    deciding: Result | None
    sensitivity: tuple[Result, ...]
    intraclass: float
    skewness: float
    discordant: int | None


def compare(
    plan: Plan,
    table: Table,
    at: int,
    *,
    bounds: tuple[float, float],
    rng: np.random.Generator,
    is_final: bool | None = None,
    looked: Sequence[int] | None = None,
) -> Comparison:
    """Treatment number `at` (1 is the first) against the control; `is_final`: nothing more is to come; `looked`: as in `rule_of`.

    Raises:
        ExperimentError: an arm has fewer than two values.
    """
    level = 1 - plan.alpha / len(plan.treatments)
    pair = pair_of(table, at)
    rule = deciding.rule_of(plan, len(pair.control), level=level, is_final=is_final, looked=looked)
    figures = estimate(plan, table, filled(plan, pair, plan.missing, bounds), level=level)
    worst = estimate(plan, table, filled(plan, pair, "worst", bounds), level=level)
    best = estimate(plan, table, filled(plan, pair, "best", bounds), level=level)
    said, at_worst, at_best = (decide(plan, one, rule) for one in (figures, worst, best))
    missing = missing_cells(pair)
    if missing and at_worst != at_best:
        said = verdict.MISSING_DECIDES
    analysed = filled(plan, pair, plan.missing, bounds)
    d = differences(plan, analysed)
    margin = plan.margin or math.nan
    return Comparison(
        treatment=table.arms[at],
        figures=figures,
        worst=worst,
        best=best,
        n_missing=missing,
        verdict=said,
        basis="clustered" if plan.has_sampled_clusters else "iid",
        verdict_worst=at_worst,
        verdict_best=at_best,
        verdict_iid=_judge(plan, deciding.decided(rule, figures.iid, figures.pairs), figures.pairs, rule),
        noninferiority=_non_inferior(plan, figures.iid, margin),
        noninferiority_clustered=_non_inferior(plan, figures.clustered, margin) if figures.clustered else math.nan,
        noninferiority_tango=_non_inferior_tango(plan, analysed, margin),
        equivalence=_equivalence(plan, figures, margin),
        rule=rule,
        deciding=deciding_of(plan, figures, rule),
        sensitivity=tuple(_of_folds(table, d) if plan.design == "cv" else others(plan, analysed, level=level, rng=rng)),
        intraclass=clusters.intraclass(d, analysed.cluster)
        if d is not None and analysed.cluster is not None
        else math.nan,
        discordant=_discordant(plan, analysed),
        skewness=_skewness(d if d is not None else analysed.treatment[analysed.is_in_treatment]),
    )


def pair_of(table: Table, at: int) -> Pair:
    """Columns of the control and of treatment `at`; in parallel groups the units of these two arms only."""
    used = table.is_in_UA[:, 0] | table.is_in_UA[:, at]
    whole = Pair(
        table.score_UA[:, 0],
        table.score_UA[:, at],
        table.is_in_UA[:, 0],
        table.is_in_UA[:, at],
        table.cluster,
        table.weight,
    )
    return whole.chosen(used)


def missing_cells(pair: Pair) -> int:
    """Cells that exist by design and have no score."""
    lost_c = np.isnan(pair.control) & pair.is_in_control
    lost_t = np.isnan(pair.treatment) & pair.is_in_treatment
    return int(lost_c.sum() + lost_t.sum())


def filled(plan: Plan, pair: Pair, how: str, bounds: tuple[float, float]) -> Pair:
    """Missing cells by the plan: "complete" drops the unit, "zero" is 0, "worst" and "best" are so for the treatment."""
    if how == "complete":
        lost = (np.isnan(pair.control) & pair.is_in_control) | (np.isnan(pair.treatment) & pair.is_in_treatment)
        return pair.chosen(~lost)
    bad, good = bounds if plan.is_higher_better else bounds[::-1]
    for_c, for_t = {"zero": (0.0, 0.0), "worst": (good, bad), "best": (bad, good)}[how]
    control = np.where(np.isnan(pair.control) & pair.is_in_control, for_c, pair.control)
    treatment = np.where(np.isnan(pair.treatment) & pair.is_in_treatment, for_t, pair.treatment)
    return Pair(control, treatment, pair.is_in_control, pair.is_in_treatment, pair.cluster, pair.weight)


def differences(plan: Plan, pair: Pair) -> Floats | None:
    """Treatment − control by unit; None where the arms have different units."""
    return None if plan.design == "parallel" else pair.treatment - pair.control


def estimate(plan: Plan, table: Table, pair: Pair, *, level: float) -> Figures:
    """Means, the design's t, and the clustered t where units have clusters."""
    c, t = pair.control[pair.is_in_control], pair.treatment[pair.is_in_treatment]
    for name, values in (("control", c), ("treatment", t)):
        if len(values) < 2:
            raise ExperimentError(f"the {name} has {len(values)} units that can be analysed; at least 2 are needed")
    grouped = pair.cluster is not None and len(np.unique(pair.cluster)) >= 2
    clustered = adjusted = None
    d = differences(plan, pair)
    if d is None:
        iid = means.welch_t(t, c, level=level) if pair.weight is None else _weighted_groups(pair, level)
        if grouped and pair.cluster is not None:
            groups = pair.cluster[pair.is_in_treatment], pair.cluster[pair.is_in_control]
            weights = (
                (None, None)
                if pair.weight is None
                else (pair.weight[pair.is_in_treatment], pair.weight[pair.is_in_control])
            )
            units = (t, c, *groups)
            clustered = clusters.clustered_difference(*units, weight_t=weights[0], weight_c=weights[1], level=level)
            found = unequal.adjusted_difference(*units, weight_t=weights[0], weight_c=weights[1], level=level)
            adjusted = unequal.unless_same(clustered, found)
    elif plan.design == "cv":
        iid = folds.nadeau_bengio(d, plan.test_fraction or 1 / max(table.folds - 1, 1), level=level)
    else:
        iid = (
            means.one_sample_t(d, level=level, method="paired t")
            if pair.weight is None
            else _weighted(d, pair.weight, level)
        )
        if grouped and pair.cluster is not None:
            clustered = clusters.clustered_mean(d, pair.cluster, weight=pair.weight, level=level)
            found = unequal.adjusted_mean(d, pair.cluster, weight=pair.weight, level=level)
            adjusted = unequal.unless_same(clustered, found)
    groups_n = len(np.unique(pair.cluster)) if pair.cluster is not None else 0
    weight_c, weight_t = (
        (None, None) if pair.weight is None else (pair.weight[pair.is_in_control], pair.weight[pair.is_in_treatment])
    )
    means_of_arms = float(np.average(c, weights=weight_c)), float(np.average(t, weights=weight_t))
    return Figures(*means_of_arms, iid, clustered, adjusted, groups_n, _pairs(plan, pair))


def _weighted(d: Floats, weight: Floats, level: float) -> Result:
    """Weighted mean; linearised variance times n/(n − 1): each unit is its own cluster."""
    found = clusters.clustered_mean(d, np.arange(len(d)), weight=weight, level=level)
    return means.from_t("weighted paired t", len(d), found.estimate, found.se, len(d) - 1, level=level)


def _weighted_groups(pair: Pair, level: float) -> Result:
    assert pair.weight is not None  # noqa: S101  the caller has looked
    parts = []
    for values, which in ((pair.treatment, pair.is_in_treatment), (pair.control, pair.is_in_control)):
        chosen, weight = values[which], pair.weight[which]
        parts.append(clusters.clustered_mean(chosen, np.arange(len(chosen)), weight=weight, level=level))
    a, b = parts
    df = (a.se**2 + b.se**2) ** 2 / (a.se**4 / a.df + b.se**4 / b.df) if a.se or b.se else math.nan
    se = math.hypot(a.se, b.se)
    return means.from_t("weighted Welch t", a.n + b.n, a.estimate - b.estimate, se, df, level=level)


def deciding_of(plan: Plan, figures: Figures, rule: Rule) -> Result | None:
    """The interval that decides; None where there are too few clusters for one."""
    if not plan.has_sampled_clusters:
        return deciding.decided(rule, figures.iid, figures.pairs)
    if figures.adjusted is None or figures.n_clusters < clusters.MIN_CLUSTERS:
        return None
    return deciding.decided(rule, figures.adjusted, None)


def decide(plan: Plan, figures: Figures, rule: Rule) -> str:
    """The verdict by the interval that decides."""
    found = deciding_of(plan, figures, rule)
    pairs = None if plan.has_sampled_clusters else figures.pairs
    return verdict.FEW_CLUSTERS if found is None else _judge(plan, found, pairs, rule)


def _judge(plan: Plan, found: Result, pairs: Pairs | None, rule: Rule) -> str:
    """The table; yes-or-no pairs are non-inferior only if the exact test at the margin says so too."""
    said = verdict.judge(found.ci_lower, found.ci_upper, margin=plan.margin, is_higher_better=plan.is_higher_better)
    if pairs is None or rule.name == deciding.ALWAYS or said not in (verdict.NON_INFERIOR, verdict.NON_INFERIOR_LOWER):
        return said
    is_shown = deciding.is_shown(rule, pairs, plan.margin or 0.0, is_higher_better=plan.is_higher_better)
    return said if is_shown else verdict.INCONCLUSIVE


def _non_inferior(plan: Plan, found: Result, margin: float) -> float:
    if math.isnan(margin):
        return math.nan
    turned = found if plan.is_higher_better else Result(found.method, found.n, -found.estimate, found.se, df=found.df)
    return means.non_inferiority(turned, margin)


def _equivalence(plan: Plan, figures: Figures, margin: float) -> float:
    """p of |effect| ≥ margin by the figures that decide; NaN without a margin, or a clustered verdict."""
    if math.isnan(margin) or (plan.has_sampled_clusters and figures.n_clusters < clusters.MIN_CLUSTERS):
        return math.nan
    if plan.has_sampled_clusters and figures.adjusted is not None:
        return means.equivalence(figures.adjusted, margin)
    if figures.pairs is not None and margin < 1 and figures.iid.se > 0:
        return matched.equivalence(figures.pairs, margin)
    return means.equivalence(figures.iid, margin)


def _of_folds(table: Table, d: Floats | None) -> Iterator[Result]:
    """The 5×2 tests, where there are five repetitions of two folds."""
    if d is None or table.folds != 2 or len(d) != 10 or len(table.units) != 10:
        return
    order = sorted(range(10), key=lambda at: tuple(reversed(table.units[at].split("\x1f"))))
    differences_52 = d[order].reshape(5, 2)
    yield folds.five_by_two_t(differences_52)
    yield folds.five_by_two_f(differences_52)


def others(plan: Plan, pair: Pair, *, level: float, rng: np.random.Generator) -> Iterator[Result]:
    """Further tests of the same question, for the assumption ledger. Their verdict never decides."""
    if plan.design == "cv" or pair.weight is not None:
        return
    d = differences(plan, pair)
    draws = max(LEAST_DRAWS, resample.DRAWS // len(plan.treatments))
    c, t = pair.control[pair.is_in_control], pair.treatment[pair.is_in_treatment]
    is_binary = bool(np.isin(c, (0, 1)).all() and np.isin(t, (0, 1)).all())
    if d is not None:
        yield from _paired(proportions.count_pairs(t, c) if is_binary else None, t, c, level)
        if not is_binary:
            yield means.hall_t(d, level=level)
        yield resample.bootstrap_mean(d, rng=rng, level=level, draws=draws, way="t")
        yield resample.permute_signs(d, rng=rng, draws=draws)
        if pair.cluster is not None and 2 <= len(np.unique(pair.cluster)) < clusters.FEW_CLUSTERS:
            yield clusters.wild_cluster(d, pair.cluster, rng=rng)
        if pair.cluster is not None and len(np.unique(pair.cluster)) >= clusters.MIN_CLUSTERS:
            yield resample.bootstrap_clusters(d, pair.cluster, rng=rng, draws=draws, level=level)
        return
    if is_binary:
        counts = int(t.sum()), len(t), int(c.sum()), len(c)
        yield proportions.newcombe(*counts, level=level)
        yield proportions.miettinen_nurminen(*counts, level=level)
        yield proportions.fisher(*counts)
    else:
        yield ranks.mann_whitney(t, c)
        yield ranks.brunner_munzel(t, c)
    yield resample.permute_groups(t, c, rng=rng, draws=draws)
    if pair.cluster is not None and 2 <= len(np.unique(pair.cluster)) < clusters.FEW_CLUSTERS:
        groups = pair.cluster[pair.is_in_treatment], pair.cluster[pair.is_in_control]
        yield clusters.wild_cluster_difference(t, c, *groups, rng=rng)


def _paired(pairs: proportions.Pairs | None, t: Floats, c: Floats, level: float) -> Iterator[Result]:
    if pairs is None:
        yield ranks.wilcoxon(t, c)
        return
    yield proportions.mcnemar_exact(pairs)
    yield proportions.mcnemar_mid_p(pairs)
    yield proportions.newcombe_paired(pairs, level=level)
    yield proportions.tango(pairs, level=level)


def _are_paired_binary(plan: Plan, pair: Pair) -> bool:
    is_binary = bool(np.isin(pair.control, (0, 1)).all() and np.isin(pair.treatment, (0, 1)).all())
    return is_binary and plan.design in ("paired", "crossover")


def _discordant(plan: Plan, pair: Pair) -> int | None:
    """Pairs of yes-or-no answers that differ; None where answers are not of that kind."""
    return int(np.count_nonzero(pair.treatment - pair.control)) if _are_paired_binary(plan, pair) else None


def _pairs(plan: Plan, pair: Pair) -> Pairs | None:
    """Counts where Tango's interval is to decide."""
    if plan.interval == "t" or pair.weight is not None or not _are_paired_binary(plan, pair):
        return None
    return proportions.count_pairs(pair.treatment, pair.control)


def _non_inferior_tango(plan: Plan, pair: Pair, margin: float) -> float:
    """One-sided p of the exact test, whose size is at most alpha where the t's is larger; NaN elsewhere."""
    if math.isnan(margin) or margin >= 1 or pair.weight is not None or not _are_paired_binary(plan, pair):
        return math.nan
    better, worse = (pair.treatment, pair.control) if plan.is_higher_better else (pair.control, pair.treatment)
    return matched.non_inferiority(proportions.count_pairs(better, worse), margin)


def _skewness(values: Floats) -> float:
    spread = float(values.std())
    return float(((values - values.mean()) ** 3).mean()) / spread**3 if spread > 0 else 0.0
