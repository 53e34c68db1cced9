"""The plan run many times on drawn answers, by the tests that will decide: power where no formula knows the design."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ambos.experiment import power
from ambos.experiment.clusters import MIN_CLUSTERS
from ambos.experiment.matched import score
from ambos.experiment.planning import Plan

LONGEST: Final = 2000  # units an arm up to which single answers are drawn; more take seconds, and the formula holds
RUNS: Final = 4000  # drawn experiments: Monte Carlo error of a power of 0.8 is 0.006
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is drawn from; NaN is not known. `n` is units an arm, or pairs; `arms` 1 for pairs."""

    effect: float
    spread: float
    discordant: float
    baseline: float
    n: float
    arms: int = 1
    cluster_size: float = 1.0
    intraclass: float = 0.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Share of drawn experiments that find the effect, and that show non-inferiority when the arms are equal."""

    power: float
    non_inferiority: float
    error: float

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """Plain values."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: value if math.isfinite(value) else None for name, value in told.items()}


def rehearse(plan: Plan, truth: Truth, bounds: Sequence[float], fractions: Sequence[float]) -> Rehearsal | None:
    """Draw `RUNS` experiments from a seed that is the plan's hash; None where the plan says too little.

    Pairs of yes-or-no answers are drawn as tables and judged by Tango's score (for non-inferiority the exact test finds up to
    2.3 points less at 54 pairs, 1.6 at 100); other scores as normal, clusters by their
    means, judged by the t with the degrees of freedom of the design. With several looks each has its bound.
    """
    is_drawn = 2 <= truth.n <= (math.inf if _is_table(truth) else LONGEST)
    if not is_drawn or not math.isfinite(truth.spread):
        return None
    rng = np.random.default_rng(int(plan.hash()[7:39], 16))
    alpha = plan.alpha / len(plan.treatments)
    steps = [*fractions] if len(fractions) > 1 else [1.0]
    limits = [*bounds] if len(fractions) > 1 else [float(stats.norm.ppf(1 - alpha / 2))]
    draw = _tables if _is_table(truth) else _scores
    found = draw(truth, truth.effect, 0.0, steps, rng) if math.isfinite(truth.effect) else None
    gained = math.nan if found is None else float((found > np.array(limits)).any(axis=1).mean())
    shown = math.nan
    if plan.margin:
        equal = draw(truth, 0.0, plan.margin, steps, rng)
        shown = float((equal > np.array(limits)).any(axis=1).mean())
    at = gained if math.isfinite(gained) else shown
    return Rehearsal(gained, shown, math.sqrt(at * (1 - at) / RUNS)) if math.isfinite(at) else None


def _is_table(truth: Truth) -> bool:
    effect = abs(truth.effect) if math.isfinite(truth.effect) else 0.0
    return truth.arms == 1 and truth.cluster_size <= 1 and effect <= truth.discordant


def _tables(truth: Truth, effect: float, margin: float, steps: Sequence[float], rng: np.random.Generator) -> Floats:
    """Tango's z against −margin at each look (axes: run, look)."""
    gain, loss = (truth.discordant + abs(effect)) / 2, (truth.discordant - abs(effect)) / 2
    marks = np.maximum(np.rint(np.array(steps) * truth.n), 1).astype(np.int64)
    chances = [gain, loss, max(0.0, 1 - gain - loss)]
    parts = [rng.multinomial(k, chances, size=RUNS) for k in np.diff(marks, prepend=0)]
    counts = np.stack(parts, axis=1).cumsum(axis=1).astype(np.float64)
    b, c = counts[:, :, 0], counts[:, :, 1]
    return np.stack([score(b[:, at], c[:, at], int(n), -margin)[0] for at, n in enumerate(marks)], axis=1)


def _scores(truth: Truth, effect: float, margin: float, steps: Sequence[float], rng: np.random.Generator) -> Floats:
    """The t against −margin at each look, as the z of its p (axes: run, look)."""
    units = truth.n / max(truth.cluster_size, 1)
    marks = np.maximum(np.rint(np.array(steps) * units), 2).astype(np.int64)
    x = _drawn(truth, abs(effect), int(marks[-1]), rng)
    told = []
    for n in marks:
        seen = x[:, :, :n]
        variance = seen.var(axis=2, ddof=1).sum(axis=1) / n
        gap = seen[:, 0].mean(axis=1) - (seen[:, 1].mean(axis=1) if truth.arms == 2 else 0) + margin
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.nan_to_num(gap / np.sqrt(variance), nan=0.0)
        has_verdict = truth.cluster_size <= 1 or truth.arms * n >= MIN_CLUSTERS
        z = stats.norm.isf(stats.t.sf(t, truth.arms * (int(n) - 1)))
        told.append(z if has_verdict else np.full(RUNS, -np.inf))
    return np.stack(told, axis=1)


def _drawn(truth: Truth, effect: float, n: int, rng: np.random.Generator) -> Floats:
    """Answers, or means of clusters (axes: run, arm, unit); yes or no where two groups have a known proportion."""
    size = max(truth.cluster_size, 1)
    if truth.arms == 2 and size == 1 and truth.baseline > 0 and truth.baseline + effect < 1:
        chances = np.array([truth.baseline + effect, truth.baseline])
        return (rng.random((RUNS, 2, n)) < chances[:, None]).astype(np.float64)
    sd = truth.spread * math.sqrt(power.design_effect(size, truth.intraclass) / size)
    x = rng.normal(0, sd, (RUNS, truth.arms, n))
    x[:, 0] += effect
    return x
