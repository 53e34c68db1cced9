"""Draws by inversion: the right chances, and the same counts whatever the library makes of its own generator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ambos.experiment import drawing, resample


@pytest.mark.parametrize(("n", "p"), [(1, 0.3), (12, 0.0), (12, 1.0), (40, 0.5), (14_000, 0.003), (14_000, 0.4)])
def test_a_binomial_draw_is_the_inverse_of_its_chances(n: int, p: float) -> None:
    found = drawing.binomial(np.random.default_rng(3), n, p, 2000)
    assert (found == stats.binom.ppf(np.random.default_rng(3).random(2000), n, p)).mean() > 0.999


def test_counts_of_many_values_have_the_chances_of_a_multinomial(rng: np.random.Generator) -> None:
    shares = np.array([0.2, 0.05, 0.45, 0.3])
    found = drawing.multinomial(rng, 900, shares, 40_000)
    assert (found.sum(axis=1) == 900).all()
    assert found.mean(axis=0) == pytest.approx(900 * shares, abs=0.4)
    wanted = 900 * (np.diag(shares) - np.outer(shares, shares))
    assert np.cov(found.T) == pytest.approx(wanted, abs=5)
    # Given the first, the second is binomial: the part that is drawn digit by digit.
    few = found[found[:, 0] == 180]
    expected = stats.binom(720, 0.0625)
    cuts = expected.ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    seen = np.histogram(few[:, 1], bins=[-1, *cuts, 720])[0]
    chances = np.diff(expected.cdf(np.floor([-2, *cuts - 1e-9, 720])))
    assert stats.chisquare(seen, len(few) * chances / chances.sum()).pvalue > 1e-4


def test_a_bootstrap_of_few_values_takes_uniform_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Uniform:
        """A generator that has nothing but uniform numbers."""

        def __init__(self) -> None:
            self._of = np.random.default_rng(11)
            self.random = self._of.random

    values = np.repeat([-1.0, 0.0, 1.0], [40, 300, 60])
    for way in ("percentile", "bca", "t"):
        one = resample.bootstrap_mean(values, rng=Uniform(), way=way)  # type: ignore[arg-type]  # a part of one
        assert one == resample.bootstrap_mean(values, rng=np.random.default_rng(11), way=way)
        assert one.se == pytest.approx(values.std() / 20, rel=0.03)
    sizes = np.array([1.0, -2.0, 2.0, 1.0, 3.0] * 9)
    assert resample.permute_signs(sizes, rng=Uniform()).pvalue > 0  # type: ignore[arg-type]  # the same
