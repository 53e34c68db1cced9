"""Small fixed-seed forms of benchmarks/experiment.py: what is far off shows here, what is a little off shows there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from benchmarks.experiment import binary_pair, clustered, eligibility, unequal_clusters
from benchmarks.experiment_pairs import chances, tables

from ambos.experiment import clusters, matched, means, proportions, resample, unequal

RUNS = 2000
SE = math.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.parametrize("n", [54, 100])
def test_equal_arms_are_called_different_in_five_per_cent(n: int, rng: np.random.Generator) -> None:
    paired = sum(means.paired_t(*binary_pair(rng, n, 0.8, 0.8)).pvalue <= 0.05 for _ in range(RUNS))
    welch = sum(means.welch_t(rng.lognormal(0, 0.5, n), rng.lognormal(0, 0.5, n)).pvalue <= 0.05 for _ in range(RUNS))
    for found in (paired, welch):
        assert 0.044 - 3 * SE <= found / RUNS <= 0.057 + 3 * SE


@pytest.mark.parametrize(("icc", "g"), [(0.1, 10), (0.3, 14), (0.3, 30)])
def test_clustered_intervals_cover(icc: float, g: int, rng: np.random.Generator) -> None:
    held = naive = 0
    for _ in range(RUNS):
        x, group = clustered(rng, g, icc)
        found, iid = clusters.clustered_mean(x, group), means.one_sample_t(x)
        held += found.ci_lower <= 0 <= found.ci_upper
        naive += iid.ci_lower <= 0 <= iid.ci_upper
    assert 0.94 - 3 * SE <= held / RUNS <= 0.96 + 3 * SE
    assert naive / RUNS < 0.9  # what ignores the clusters would have promised too much


@pytest.mark.parametrize(("icc", "g"), [(0.3, 10), (0.1, 30)])
def test_intervals_of_unequal_clusters_cover_where_the_usual_ones_do_not(
    icc: float, g: int, rng: np.random.Generator
) -> None:
    held = usual = 0
    for _ in range(RUNS):
        x, group = unequal_clusters(rng, g, icc, 1.0)
        found, other = unequal.adjusted_mean(x, group), clusters.clustered_mean(x, group)
        held += found.ci_lower <= 0 <= found.ci_upper
        usual += other.ci_lower <= 0 <= other.ci_upper
    assert 0.94 - 3 * SE <= held / RUNS <= 0.96 + 3 * SE
    assert usual / RUNS < 0.93


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95])
def test_paired_intervals_cover(p: float, rng: np.random.Generator) -> None:
    held = np.zeros(3)
    for _ in range(RUNS):
        a, b = binary_pair(rng, 54, p, p)
        pairs = proportions.count_pairs(a, b)
        for at, found in enumerate(
            (means.paired_t(a, b), proportions.tango(pairs), proportions.newcombe_paired(pairs))
        ):
            held[at] += found.ci_lower <= 0 <= found.ci_upper or math.isnan(found.ci_lower)
    assert (held / RUNS >= 0.94 - 3 * SE).all()


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.8])
def test_non_inferiority_is_rarely_found_at_the_margin(shared: float) -> None:
    # Summed over all tables, no Monte Carlo error; 2.44 % is the largest size among the cases of the benchmark.
    for n, p, margin in ((54, 0.8, 0.1), (54, 0.95, 0.05), (100, 0.8, 0.1)):
        likely = tables(n, *chances(p - margin, p, shared))
        size = sum(chance for pairs, chance in likely if matched.non_inferiority(pairs, margin) <= 0.025)
        assert size <= 0.025, (n, p, margin)


def test_bootstrap_covers_a_mildly_skewed_mean(rng: np.random.Generator) -> None:
    truth, held = math.exp(0.125), 0
    for _ in range(300):
        found = resample.bootstrap_mean(rng.lognormal(0, 0.5, 100), rng=rng, draws=999)
        held += found.ci_lower <= truth <= found.ci_upper
    assert held / 300 >= 0.94 - 3 * math.sqrt(0.06 * 0.94 / 300)


def test_eligible_units_as_assigned_are_compared_without_bias() -> None:
    told = dict(eligibility(600))
    ours, everybody, treated = told.values()
    assert abs(ours) < 0.1
    assert min(abs(everybody), abs(treated)) > 0.5
