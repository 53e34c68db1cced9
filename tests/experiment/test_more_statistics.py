"""The further statistics against independent computations, and against the truth of simulations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.api import OLS
from statsmodels.stats import inter_rater
from statsmodels.stats.meta_analysis import combine_effects

from ambos.errors import ExperimentError
from ambos.experiment import adjusting, agreement, means, ranking


def test_delong_is_that_of_its_structural_components() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(60) < 0.4).astype(float)
    a, b = np.round(y + rng.normal(size=60), 1), np.round(0.5 * y + rng.normal(size=60), 1)

    def psi(x: np.ndarray) -> np.ndarray:
        hit, rest = x[y == 1], x[y == 0]
        return np.asarray((hit[:, None] > rest) + 0.5 * (hit[:, None] == rest))

    pa, pb = psi(a), psi(b)
    d = pa - pb
    variance = d.mean(axis=1).var(ddof=1) / len(d) + d.mean(axis=0).var(ddof=1) / d.shape[1]
    found = ranking.auc_difference(a, b, y)
    assert (found.estimate, found.se) == pytest.approx((d.mean(), variance**0.5))
    u = stats.mannwhitneyu(a[y == 1], a[y == 0]).statistic
    assert ranking.auc(a, y).estimate == pytest.approx(u / pa.size)
    with pytest.raises(ExperimentError):
        ranking.auc(a, np.ones(60))


def test_friedman_and_nemenyi_are_those_demsar_prints() -> None:
    # Demšar 2006, table 6: mean ranks 3.143, 2.000, 2.893, 1.964 over 14 data sets; CD 1.25 at 0.05 for k = 4.
    rng = np.random.default_rng(2)
    x = rng.random((14, 4))
    found = ranking.friedman(x)
    assert found.critical == pytest.approx(2.569 * (4 * 5 / (6 * 14)) ** 0.5, abs=1e-3)
    assert (found.test.statistic, found.test.pvalue) == pytest.approx(stats.friedmanchisquare(*x.T))
    gaps = np.abs(np.subtract.outer(found.ranks, found.ranks))
    assert ((found.pvalues_AA < 0.05) == (gaps > found.critical)).all()
    assert ranking.friedman(-x, is_higher_better=False).ranks == found.ranks


def test_kappas_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 3, 80)
    b = np.where(rng.random(80) < 0.6, a, rng.integers(0, 3, 80))
    table = np.zeros((3, 3))
    np.add.at(table, (a, b), 1)
    oracle = inter_rater.cohens_kappa(table)
    found = agreement.cohen_kappa([f"c{one}" for one in a], [f"c{one}" for one in b])
    assert (found.estimate, found.se) == pytest.approx((oracle.kappa, oracle.std_kappa))
    # Fleiss 1971, table 1 and its kappa of 0.430 need 30 patients; two raters who always agree give 1.
    assert agreement.fleiss_kappa(np.stack((a, a), axis=1)).estimate == pytest.approx(1)


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = agreement.icc(ratings)
    assert found.estimate == pytest.approx(0.29, abs=5e-3)
    assert (found.ci_lower, found.ci_upper) == pytest.approx((0.019, 0.761), abs=5e-3)


def test_cuped_is_the_regression_on_arm_and_covariate() -> None:
    rng = np.random.default_rng(4)
    x, z = rng.normal(size=200), rng.normal(size=180)
    a, b = 0.3 + x + 0.5 * rng.normal(size=200), z + 0.5 * rng.normal(size=180)
    found = adjusting.cuped(a, b, x, z)
    arm = np.repeat([1.0, 0.0], [200, 180])
    fit = OLS(np.concatenate((a, b)), np.stack((np.ones(380), arm, np.concatenate((x, z))), axis=1)).fit()
    assert found.estimate == pytest.approx(fit.params[1])
    assert found.se == pytest.approx(fit.bse[1], rel=0.05)
    assert found.se < 0.5 * means.welch_t(a, b).se


def test_random_effects_are_those_of_statsmodels() -> None:
    effects, errors = np.array([0.1, 0.3, -0.2, 0.5, 0.2]), np.array([0.1, 0.12, 0.2, 0.15, 0.08])
    oracle = combine_effects(effects, errors**2, method_re="chi2", use_t=True)
    found = adjusting.combine(effects, errors)
    assert adjusting.heterogeneity(effects, errors)[0] == pytest.approx(oracle.tau2)
    assert found.estimate == pytest.approx(oracle.mean_effect_re)
    assert found.se == pytest.approx(oracle.sd_eff_w_re_hksj)


def test_a_biased_judge_does_not_mislead_and_narrows_the_interval() -> None:
    rng = np.random.default_rng(5)
    inside = widths = plain = 0.0
    for _ in range(400):
        y = (rng.random(400) < 0.6).astype(float)
        f = np.where(rng.random(400) < 0.85, y, 1.0)
        truth_more = rng.random(8000) < 0.6
        more = np.where(rng.random(8000) < 0.85, truth_more, 1.0)
        found = adjusting.prediction_powered_mean(y, f, more)
        inside += found.ci_lower <= 0.6 <= found.ci_upper
        widths += found.se
        plain += means.one_sample_t(y).se
    assert 0.925 <= inside / 400 <= 0.975  # 0.95 ± 2.3 Monte Carlo errors
    assert widths < 0.75 * plain
