"""How many, and what so many can show: by formula, and by simulation where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy import optimize, stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_effectsize

from ambos.errors import ExperimentError
from ambos.experiment import sequential

SMALLEST: Final = 1e-6  # standard deviations; no plan looks for less


def size_two_means(effect: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Units an arm for two independent means, two-sided t."""
    return float(TTestIndPower().solve_power(_positive(effect) / _positive(sd), alpha=alpha, power=power))


def power_two_means(effect: float, sd: float, n_arm: float, *, alpha: float = 0.05) -> float:
    """Power with `n_arm` units in each arm."""
    return float(TTestIndPower().power(_positive(effect) / _positive(sd), n_arm, alpha))


def detectable_two_means(sd: float, n_arm: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest true difference found with this power."""
    return _detectable(lambda d: float(TTestIndPower().power(d, n_arm, alpha)), power) * sd


def size_paired(effect: float, sd: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Pairs for a mean difference whose standard deviation is `sd`."""
    return float(TTestPower().solve_power(_positive(effect) / _positive(sd), alpha=alpha, power=power))


def power_paired(effect: float, sd: float, n: float, *, alpha: float = 0.05) -> float:
    """Power with `n` pairs."""
    return float(TTestPower().power(_positive(effect) / _positive(sd), n, alpha))


def detectable_paired(sd: float, n: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest true mean difference found with this power by `n` pairs."""
    return _detectable(lambda d: float(TTestPower().power(d, n, alpha)), power) * sd


def _detectable(power_of: Callable[[float], float], wanted: float) -> float:
    """By doubling and bisection: statsmodels' own solver fails for some sizes (105 pairs), its power for large effects."""
    high = SMALLEST
    while power_of(high) < wanted:
        high *= 2
    if high == SMALLEST or math.isnan(power_of(high)):
        return math.nan
    return float(optimize.brentq(lambda d: power_of(d) - wanted, high / 2, high, xtol=1e-12))


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


def size_non_inferiority_paired_proportions(
    margin: float, discordant: float, *, true_effect: float = 0.0, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Pairs for Tango's test of effect > −margin at one-sided alpha/2 (Nam 1997, Biometrics 53:1422, eq. 5).

    Args:
        margin: positive.
        discordant: share of pairs that differ, at least |true_effect|.
        true_effect: treatment − control.
    """
    gap = _positive(margin + true_effect)
    if not abs(true_effect) <= discordant <= 1 or not 0 < margin < 1:
        raise ExperimentError(
            f"the discordant share must be between the effect and 1, the margin below 1: {discordant}"
        )
    gained, lost = (discordant + true_effect) / 2, (discordant - true_effect) / 2
    b = -gained - lost - (2 - gained + lost) * margin
    loss = (math.sqrt(max(0.0, b * b - 8 * lost * margin * (1 + margin))) - b) / 4
    at_margin = 2 * loss - margin * (1 + margin)
    za, zb = float(stats.norm.ppf(1 - alpha / 2)), float(stats.norm.ppf(power))
    return ((za * math.sqrt(at_margin) + zb * math.sqrt(max(0.0, discordant - true_effect**2))) / gap) ** 2


def inflation(
    fractions: Sequence[float], *, alpha: float = 0.05, power: float = 0.8, spending: str = "obrien-fleming"
) -> float:
    """Factor on the number of units that looking more than once costs (Jennison and Turnbull 2000, section 2.3)."""
    limits = sequential.bounds(fractions, alpha=alpha, spending=spending)
    fixed = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    found = optimize.brentq(
        lambda drift: sequential.crossing(fractions, limits, drift=drift) - power, fixed * 0.9, fixed * 2
    )
    return (float(found) / fixed) ** 2


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
