"""Each test against an independent implementation or a printed reference."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats import weightstats
from tests.experiment.conftest import certified

from ambos.errors import ExperimentError
from ambos.experiment import clusters, family, folds, means, proportions, ranks, resample, unequal
from ambos.experiment.costs import ratio
from ambos.experiment.proportions import Pairs

Floats = NDArray[np.float64]

A = np.array([3.1, 4.7, 5.2, 2.2, 6.6, 4.1, 3.9, 5.5])
B = np.array([2.9, 4.1, 4.4, 2.5, 5.1, 3.3, 4.2, 4.0])


def test_t_tests_agree_with_scipy() -> None:
    for found, oracle in (
        (means.paired_t(A, B), stats.ttest_rel(A, B)),
        (means.welch_t(A, B[:6]), stats.ttest_ind(A, B[:6], equal_var=False)),
        (means.one_sample_t(A, null=3.0), stats.ttest_1samp(A, 3.0)),
    ):
        interval = oracle.confidence_interval(0.95)
        assert found.statistic == pytest.approx(oracle.statistic, rel=1e-12)
        assert found.pvalue == pytest.approx(oracle.pvalue, rel=1e-12)
        assert (found.ci_lower, found.ci_upper) == pytest.approx((interval.low, interval.high), rel=1e-12)


def test_equivalence_agrees_with_statsmodels() -> None:
    oracle = weightstats.ttost_paired(A, B, -1.0, 1.0)
    found = means.paired_t(A, B)
    assert means.equivalence(found, 1.0) == pytest.approx(oracle[0], rel=1e-10)
    assert means.non_inferiority(found, 1.0) == pytest.approx(oracle[1][1], rel=1e-10)


def test_without_variance_there_is_no_interval() -> None:
    found = means.paired_t([1.1, 2.1, 3.1], [1.0, 2.0, 3.0])
    assert math.isnan(found.ci_lower)
    assert math.isnan(found.pvalue)
    assert found.to_json()["pvalue"] is None


@pytest.mark.parametrize("x", [[1.0], [1.0, math.nan], [1.0, math.inf], [[1.0, 2.0]]])
def test_what_is_not_a_group_is_refused(x: list[float]) -> None:
    with pytest.raises(ExperimentError):
        means.one_sample_t(x)


def test_binomial_intervals_are_those_of_r() -> None:
    for case in certified("r_binom_confint")["cases"]:
        for name, find in (("wilson", proportions.wilson), ("exact", proportions.clopper_pearson)):
            at = case["methods"].index(name)
            found = find(case["count"], case["n"])
            assert (found.ci_lower, found.ci_upper) == pytest.approx((case["low"][at], case["upp"][at]), abs=1e-7)


def test_fisher_is_that_of_r() -> None:
    for case in certified("r_fisher_exact")["cases"]:
        (a, b), (c, d) = case["table"]
        if case["alternative"] != "two.sided" or not (a + b and c + d):
            continue
        assert proportions.fisher(a, a + b, c, c + d).pvalue == pytest.approx(case["p"], rel=1e-6), case["table"]


def test_independent_intervals_are_those_fagerland_prints() -> None:
    found = proportions.newcombe(7, 34, 1, 34)
    assert (round(found.ci_lower, 3), round(found.ci_upper, 2)) == (0.019, 0.34)
    found = proportions.miettinen_nurminen(7, 34, 1, 34)
    assert (round(found.ci_lower, 3), round(found.ci_upper, 2)) == (0.028, 0.34)


@pytest.mark.parametrize("counts", [(4, 6, 4, 6), (0, 5, 0, 7), (5, 5, 0, 7), (25, 25, 12, 24), (0, 1, 1, 1)])
def test_the_score_interval_of_two_groups_has_bounds_everywhere(counts: tuple[int, int, int, int]) -> None:
    found = proportions.miettinen_nurminen(*counts)
    assert -1 <= found.ci_lower <= found.estimate <= found.ci_upper <= 1
    for bound in (found.ci_lower, found.ci_upper):
        if abs(bound) < 1:
            assert abs(proportions.miettinen_nurminen_z(*counts, bound)) == pytest.approx(1.959964, abs=1e-5)


def test_paired_intervals_are_those_the_papers_print() -> None:
    # Fagerland, Lydersen, Laake 2014, table 2 (airway hyper-responsiveness, Bentur et al.): 1, 1, 7, 12.
    pairs = Pairs(both=1, gained=1, lost=7, neither=12)
    found = proportions.newcombe_paired(pairs)
    assert (found.ci_lower, found.ci_upper) == pytest.approx((-0.507, -0.026), abs=6e-4)
    found = proportions.tango(pairs)
    assert (found.ci_lower, found.ci_upper) == pytest.approx((-0.517, -0.026), abs=6e-4)
    assert proportions.mcnemar_exact(pairs).pvalue == pytest.approx(0.0703, abs=5e-5)
    assert proportions.mcnemar_mid_p(pairs).pvalue == pytest.approx(0.0391, abs=5e-5)


def test_tango_interval_is_what_its_test_does_not_reject() -> None:
    for pairs in (Pairs(40, 8, 3, 3), Pairs(0, 0, 0, 10), Pairs(10, 0, 0, 0), Pairs(0, 5, 0, 0), Pairs(3, 0, 9, 1)):
        found = proportions.tango(pairs)
        assert -1 <= found.ci_lower <= pairs.effect <= found.ci_upper <= 1
        for edge in (found.ci_lower, found.ci_upper):
            if abs(edge) < 1:
                assert abs(proportions.tango_z(pairs, edge)) == pytest.approx(stats.norm.ppf(0.975), abs=1e-6)
    assert proportions.tango(Pairs(40, 8, 3, 3)).statistic == pytest.approx(5 / math.sqrt(11))  # McNemar's z at 0
    assert proportions.tango_non_inferiority(Pairs(40, 8, 3, 3), 0.05) < 0.05


def test_mid_p_of_a_balanced_table_is_not_above_one() -> None:
    assert proportions.mcnemar_mid_p(Pairs(5, 3, 3, 5)).pvalue == pytest.approx(1 - stats.binom.pmf(3, 6, 0.5))
    assert proportions.mcnemar_mid_p(Pairs(5, 0, 0, 5)).pvalue == 1.0


def test_ranks_agree_with_scipy() -> None:
    assert ranks.wilcoxon(A, B).pvalue == pytest.approx(stats.wilcoxon(A - B, zero_method="pratt").pvalue)
    assert ranks.wilcoxon(A, A).pvalue == 1.0
    assert ranks.mann_whitney(A, B).pvalue == pytest.approx(stats.mannwhitneyu(A, B).pvalue)
    oracle = stats.brunnermunzel(A, B)
    found = ranks.brunner_munzel(A, B)
    assert found.pvalue == pytest.approx(oracle.pvalue, rel=1e-10)
    assert found.ci_lower < 0.5 < found.ci_upper


def test_families_agree_with_the_definition() -> None:
    assert family.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert family.benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    with pytest.raises(ExperimentError):
        family.holm([1.5])


def test_clustered_mean_agrees_with_statsmodels(rng: np.random.Generator) -> None:
    group = np.repeat(np.arange(12), [3, 5, 2, 7, 4, 4, 6, 2, 3, 8, 5, 1])
    x = rng.normal(size=12)[group] + rng.normal(size=len(group))
    weight = rng.uniform(0.5, 2, len(group))
    oracle = sm.OLS(x, np.ones(len(x))).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)
    found = clusters.clustered_mean(x, group)
    assert (found.se, found.pvalue) == pytest.approx((oracle.bse[0], oracle.pvalues[0]), rel=1e-10)
    assert (found.ci_lower, found.ci_upper) == pytest.approx(tuple(oracle.conf_int()[0]), rel=1e-10)
    oracle = sm.WLS(x, np.ones(len(x)), weights=weight).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)
    assert clusters.clustered_mean(x, group, weight=weight).se == pytest.approx(oracle.bse[0], rel=1e-10)


def test_clustered_difference_agrees_with_statsmodels(rng: np.random.Generator) -> None:
    group, arm = np.repeat(np.arange(14), 5), rng.integers(0, 2, 70)
    y = rng.normal(size=14)[group] + 0.4 * arm + rng.normal(size=70)
    oracle = sm.OLS(y, sm.add_constant(arm)).fit(cov_type="cluster", cov_kwds={"groups": group}, use_t=True)
    found = clusters.clustered_difference(y[arm == 1], y[arm == 0], group[arm == 1], group[arm == 0])
    assert (found.se, found.pvalue, found.df) == pytest.approx((oracle.bse[1], oracle.pvalues[1], 13), rel=1e-10)


def by_definition(X: Floats, y: Floats, group: NDArray[np.int64], contrast: Floats) -> tuple[float, float]:  # noqa: N803
    """CR2 and its degrees of freedom with whole matrices (Bell and McCaffrey 2002)."""
    n, inverse = len(y), np.linalg.inv(X.T @ X)
    rest = np.eye(n) - X @ inverse @ X.T
    pulls = []
    for name in np.unique(group):
        at = group == name
        values, vectors = np.linalg.eigh(rest[np.ix_(at, at)])
        root = vectors @ np.diag(1 / np.sqrt(values)) @ vectors.T
        pulls.append(contrast @ inverse @ X[at].T @ root @ rest[at])
    P = np.stack(pulls)  # noqa: N806
    return float(np.sqrt(((P @ y) ** 2).sum())), float(np.trace(P @ P.T) ** 2 / ((P @ P.T) ** 2).sum())


def test_unequal_clusters_are_adjusted_as_the_matrices_say(rng: np.random.Generator) -> None:
    group = np.repeat(np.arange(8), [2, 3, 3, 5, 7, 9, 11, 30])
    y, arm = rng.normal(size=len(group)) + rng.normal(size=8)[group], rng.integers(0, 2, len(group))
    ones = np.ones((len(y), 1))
    found = unequal.adjusted_mean(y, group)
    assert (found.se, found.df) == pytest.approx(by_definition(ones, y, group, np.ones(1)))
    t, c = arm == 1, arm == 0
    found = unequal.adjusted_difference(y[t], y[c], group[t], group[c])  # clusters cross the arms
    assert (found.se, found.df) == pytest.approx(
        by_definition(np.column_stack((t, c)) * 1.0, y, group, np.array([1, -1]))
    )
    t, c = group % 2 == 1, group % 2 == 0  # each cluster in one arm
    found = unequal.adjusted_difference(y[t], y[c], group[t], group[c])
    assert (found.se, found.df) == pytest.approx(
        by_definition(np.column_stack((t, c)) * 1.0, y, group, np.array([1, -1]))
    )
    assert found.estimate == pytest.approx(y[t].mean() - y[c].mean())


def test_of_equal_clusters_both_give_the_same(rng: np.random.Generator) -> None:
    group, y = np.repeat(np.arange(9), 7), rng.normal(size=63)
    usual, found = clusters.clustered_mean(y, group), unequal.adjusted_mean(y, group)
    assert (found.se, found.df, found.ci_lower) == pytest.approx((usual.se, 8, usual.ci_lower))
    assert unequal.unless_same(usual, found) is usual
    weighted = unequal.adjusted_mean(y, group, weight=np.full(63, 2.5))
    assert (weighted.se, weighted.df) == pytest.approx((usual.se, 8))


def test_weighted_clustered_difference_agrees_with_statsmodels(rng: np.random.Generator) -> None:
    group, arm, weight = np.repeat(np.arange(14), 5), rng.integers(0, 2, 70), rng.uniform(0.5, 2, 70)
    y = rng.normal(size=14)[group] + rng.normal(size=70)
    oracle = sm.WLS(y, sm.add_constant(arm), weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": group}, use_t=True
    )
    t, c = arm == 1, arm == 0
    found = clusters.clustered_difference(y[t], y[c], group[t], group[c], weight_t=weight[t], weight_c=weight[c])
    assert (found.estimate, found.se) == pytest.approx((oracle.params[1], oracle.bse[1]), rel=1e-10)


def test_wild_bootstrap_enumerates_few_clusters(rng: np.random.Generator) -> None:
    x, group = np.array([1.0, 2.0, 0.5, 1.5, 3.0, 2.5]), np.array([0, 0, 1, 1, 2, 2])
    assert clusters.wild_cluster(x, group, rng=rng).pvalue == 2 / 8  # all signs equal: only it and its mirror reach it
    many = np.repeat(np.arange(40), 3)
    y = rng.normal(0.3, 1, 120)
    assert clusters.wild_cluster(y, many, rng=rng).pvalue == pytest.approx(
        clusters.clustered_mean(y, many).pvalue, abs=0.03
    )


def test_wild_bootstrap_of_groups_agrees_with_the_clustered_t(rng: np.random.Generator) -> None:
    group, arm = np.repeat(np.arange(40), 4), np.repeat(rng.permutation(np.arange(40) % 2), 4)
    y = rng.normal(size=40)[group] * 0.5 + 0.4 * arm + rng.normal(size=160)
    parts = y[arm == 1], y[arm == 0], group[arm == 1], group[arm == 0]
    found, oracle = clusters.wild_cluster_difference(*parts, rng=rng), clusters.clustered_difference(*parts)
    assert (found.estimate, found.statistic) == pytest.approx((oracle.estimate, oracle.statistic), rel=1e-9)
    assert found.pvalue == pytest.approx(oracle.pvalue, abs=0.03)
    few = clusters.wild_cluster_difference([1.0, 2, 3, 4], [0.0, 1, 2, 1], [0, 0, 1, 1], [2, 2, 3, 3], rng=rng)
    assert few.pvalue * 16 == pytest.approx(round(few.pvalue * 16))  # all 2^4 patterns


def test_equivalence_needs_both_sides() -> None:
    pairs = Pairs(400, 8, 8, 30)
    assert proportions.tango_equivalence(pairs, 0.05) < 0.001
    assert proportions.tango_equivalence(Pairs(300, 60, 8, 30), 0.05) > 0.5
    found = proportions.newcombe_paired(pairs, level=0.9)
    assert proportions.is_within(found, 0.05)
    assert not proportions.is_within(found, 0.01)
    assert proportions.is_above(proportions.newcombe(90, 100, 80, 100), 0.01)
    assert not proportions.is_above(proportions.newcombe(80, 100, 90, 100), 0.01)


def test_intraclass_finds_what_was_put_in(rng: np.random.Generator) -> None:
    group = np.repeat(np.arange(400), 5)
    x = rng.normal(0, math.sqrt(0.3), 400)[group] + rng.normal(0, math.sqrt(0.7), 2000)
    assert clusters.intraclass(x, group) == pytest.approx(0.3, abs=0.05)
    with pytest.raises(ExperimentError, match="two clusters"):
        clusters.clustered_mean(x, np.zeros(2000))


def test_corrected_t_widens_by_the_overlap() -> None:
    d = np.array([0.02, 0.01, 0.03, -0.01, 0.02, 0.015, 0.005, 0.02, 0.01, 0.0])
    plain, corrected = means.one_sample_t(d), folds.nadeau_bengio(d, 1 / 9)
    assert corrected.se / plain.se == pytest.approx(math.sqrt((1 / 10 + 1 / 9) / (1 / 10)))
    with pytest.raises(ExperimentError):
        folds.nadeau_bengio(d, 0)


def test_five_by_two_follows_its_formulas() -> None:
    d = np.array([[0.02, 0.01], [0.03, 0.0], [0.01, 0.01], [0.02, 0.03], [0.0, 0.01]])
    s2 = [(a - (a + b) / 2) ** 2 + (b - (a + b) / 2) ** 2 for a, b in d]
    assert folds.five_by_two_t(d).statistic == pytest.approx(d[0, 0] / math.sqrt(sum(s2) / 5))
    assert folds.five_by_two_f(d).statistic == pytest.approx((d**2).sum() / (2 * sum(s2)))
    with pytest.raises(ExperimentError):
        folds.five_by_two_t(d[:3])


def test_bootstrap_is_that_of_r_within_monte_carlo_error(rng: np.random.Generator) -> None:
    case = certified("r_small_facts")["cases"][0]
    for way, name in (("percentile", "percentile"), ("bca", "BCa")):
        found = resample.bootstrap_mean(case["x"], rng=rng, draws=200_000, way=way)
        assert (found.ci_lower, found.ci_upper) == pytest.approx(tuple(case[name]), rel=2 * case["rtol"]), way


def test_fast_and_plain_resampling_agree(rng: np.random.Generator) -> None:
    few = rng.integers(-1, 2, 300).astype(float)
    many = rng.normal(size=30_000)
    for x in (few, many, many[:500]):
        found = resample.bootstrap_mean(x, rng=rng, way="percentile")
        assert found.se == pytest.approx(x.std(ddof=1) / math.sqrt(len(x)), rel=0.05)
    group = np.repeat(np.arange(60), 5)
    assert resample.bootstrap_clusters(few, group, rng=rng).se == pytest.approx(
        clusters.clustered_mean(few, group).se, rel=0.1
    )


def test_permutations_agree_with_full_enumeration(rng: np.random.Generator) -> None:
    d = np.array([0.3, 1.2, -0.4, 2.0, 0.9, 0.3, 1.1])
    sums = [abs(np.dot(signs, np.abs(d))) for signs in itertools.product((-1, 1), repeat=len(d))]
    exact = np.mean([one >= abs(d.sum()) - 1e-12 for one in sums])
    assert resample.permute_signs(d, rng=rng, draws=100_000).pvalue == pytest.approx(exact, abs=0.005)
    assert resample.permute_signs([1, 1, -1, 0, 1, 1], rng=rng).pvalue == stats.binomtest(4, 5).pvalue
    assert resample.permute_signs([0.0, 0.0], rng=rng).pvalue == 1.0
    a, b = np.array([1.0, 1, 0, 1, 1, 1, 0, 1]), np.array([0.0, 1, 0, 0, 1, 0, 0])
    assert resample.permute_groups(a, b, rng=rng, draws=100_000).pvalue == pytest.approx(
        stats.fisher_exact([[6, 2], [2, 5]]).pvalue, abs=0.01
    )
    wide = rng.normal(size=200)
    assert resample.permute_groups(wide[:100], wide[100:], rng=rng, draws=2000).pvalue == pytest.approx(
        means.welch_t(wide[:100], wide[100:]).pvalue, abs=0.05
    )


def test_ratio_is_fiellers(rng: np.random.Generator) -> None:
    cost, score = rng.gamma(2, 0.01, 300), (rng.random(300) < 0.8).astype(float)
    found = ratio(cost, score)
    # Fieller: at each bound the paired t of cost − bound · score is exactly critical.
    for bound in (found.ci_lower, found.ci_upper):
        assert abs(means.one_sample_t(cost - bound * score).statistic) == pytest.approx(
            stats.t.ppf(0.975, 299), rel=1e-6
        )
    assert math.isnan(ratio(cost, np.r_[1.0, np.zeros(299)]).ci_lower)


def test_the_skew_corrected_t_is_halls_and_inverts_its_own_interval(rng: np.random.Generator) -> None:
    x = rng.lognormal(0, 1, 60)
    found = means.hall_t(x)
    for bound in (found.ci_lower, found.ci_upper):
        assert abs(means.hall_t(x, null=bound).statistic) == pytest.approx(stats.t.ppf(0.975, 59), rel=1e-9)
    assert found.ci_upper - found.estimate > found.estimate - found.ci_lower  # the long tail is on the right
    even = means.hall_t(np.concatenate((x, -x)))
    plain = means.one_sample_t(np.concatenate((x, -x)))
    assert (even.ci_lower, even.pvalue) == pytest.approx((plain.ci_lower, plain.pvalue))
    assert math.isnan(means.hall_t([1.0, 1.0, 1.0]).ci_lower)


def test_the_studentised_bootstrap_is_as_wide_as_its_t(rng: np.random.Generator) -> None:
    few, many = rng.integers(-1, 2, 400).astype(float), rng.normal(size=400)
    for x in (few, many):
        found, oracle = resample.bootstrap_mean(x, rng=rng, way="t"), means.one_sample_t(x)
        assert found.method == "bootstrap t"
        assert found.ci_upper - found.ci_lower == pytest.approx(oracle.ci_upper - oracle.ci_lower, rel=0.06)
    assert resample.bootstrap_mean(rng.normal(size=30_000), rng=rng, way="t", draws=200).method == "bootstrap bca"
    assert resample.bootstrap_mean([0.0, 1.0], rng=rng, way="t").method == "bootstrap bca"  # a resample without spread
    x = rng.lognormal(0, 0.5, 80)
    skewed = resample.bootstrap_mean(x, rng=rng, way="t", draws=20_000)
    assert (skewed.ci_lower, skewed.ci_upper) == pytest.approx(
        (means.hall_t(x).ci_lower, means.hall_t(x).ci_upper), rel=0.02
    )
