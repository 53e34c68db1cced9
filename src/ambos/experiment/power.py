"""How many, and what so many can show: by formula, and by simulation where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_effectsize

from ambos.errors import ExperimentError


def size_two_means(effect: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Units an arm for two independent means, two-sided t."""
    return float(TTestIndPower().solve_power(_positive(effect) / _positive(sd), alpha=alpha, power=power))


def power_two_means(effect: float, sd: float, n_arm: float, *, alpha: float = 0.05) -> float:
    """Power with `n_arm` units in each arm."""
    return float(TTestIndPower().power(_positive(effect) / _positive(sd), n_arm, alpha))


def detectable_two_means(sd: float, n_arm: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest true difference found with this power."""
    return float(TTestIndPower().solve_power(None, nobs1=n_arm, alpha=alpha, power=power)) * sd


def size_paired(effect: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Pairs for a mean difference whose standard deviation is `sd`."""
    return float(TTestPower().solve_power(_positive(effect) / _positive(sd), alpha=alpha, power=power))


def power_paired(effect: float, sd: float, n: float, *, alpha: float = 0.05) -> float:
    """Power with `n` pairs."""
    return float(TTestPower().power(_positive(effect) / _positive(sd), n, alpha))


def detectable_paired(sd: float, n: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest true mean difference found with this power by `n` pairs."""
    return float(TTestPower().solve_power(None, nobs=n, alpha=alpha, power=power)) * sd


def size_two_proportions(control: float, treatment: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Units an arm for two independent proportions, normal approximation on the arcsine scale (Cohen 1988)."""
    return float(NormalIndPower().solve_power(_arcsine(control, treatment), alpha=alpha, power=power))


def power_two_proportions(control: float, treatment: float, n_arm: float, *, alpha: float = 0.05) -> float:
    """Power with `n_arm` units in each arm."""
    return float(NormalIndPower().power(_arcsine(control, treatment), n_arm, alpha))


def size_paired_proportions(effect: float, discordant: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Pairs for McNemar's test (Connor 1987, eq. 2).

    Args:
        effect: difference of the two proportions.
        discordant: share of the pairs whose two answers differ; at least |effect|.
    """
    e = _positive(effect)
    if not e <= discordant <= 1:
        raise ExperimentError(f"the discordant share must be between the effect and 1: {discordant}")
    za, zb = float(stats.norm.ppf(1 - alpha / 2)), float(stats.norm.ppf(power))
    return ((za * math.sqrt(discordant) + zb * math.sqrt(discordant - e * e)) / e) ** 2


def size_non_inferiority(
    margin: float, sd: float, *, true_effect: float = 0.0, is_paired: bool, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Pairs, or units an arm, to show effect > −margin at one-sided alpha/2 when the truth is `true_effect`."""
    gap = _positive(margin + true_effect)
    solver = TTestPower() if is_paired else TTestIndPower()
    return float(solver.solve_power(gap / _positive(sd), alpha=alpha / 2, power=power, alternative="larger"))


def design_effect(cluster_size: float, intraclass: float) -> float:
    """Factor on the number of units when they come in clusters (Kish 1965): 1 + (m − 1)·ICC."""
    return 1 + (cluster_size - 1) * max(0.0, intraclass)


def simulate(
    experiment: Callable[[np.random.Generator], float],
    *,
    rng: np.random.Generator,
    runs: int = 2000,
    alpha: float = 0.05,
) -> tuple[float, float]:
    """Share of simulated experiments with p ≤ alpha, and its standard error.

    Args:
        experiment: draws one experiment and returns its p-value; NaN counts as not found.
        rng: of all draws.
        runs: experiments.
        alpha: two-sided.
    """
    found = sum(experiment(rng) <= alpha for _ in range(runs))
    share = found / runs
    return share, math.sqrt(share * (1 - share) / runs)


def detectable_paired_proportions(discordant: float, n: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest difference that McNemar's test finds with this power by `n` pairs; NaN if none can be found."""
    top = discordant * (1 - 1e-9)
    if size_paired_proportions(top, discordant, alpha=alpha, power=power) > n:
        return math.nan
    return float(
        optimize.brentq(lambda e: size_paired_proportions(e, discordant, alpha=alpha, power=power) - n, 1e-6, top)
    )


def _arcsine(control: float, treatment: float) -> float:
    if not (0 < control < 1 and 0 < treatment < 1) or control == treatment:
        raise ExperimentError(f"expected two different proportions between 0 and 1: {control} and {treatment}")
    return abs(float(proportion_effectsize(treatment, control)))


def _positive(value: float) -> float:
    if not abs(value) > 0 or not math.isfinite(value):
        raise ExperimentError(f"expected a number that is not 0: {value}")
    return abs(value)
