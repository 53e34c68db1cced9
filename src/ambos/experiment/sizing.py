"""What a plan can show: sample size, detectable effect, looks, and warnings of what it cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ambos.errors import ExperimentError
from ambos.experiment import looking, power, sequential
from ambos.experiment.disclosure import Disclosure
from ambos.experiment.planning import Plan
from ambos.experiment.rehearsal import Rehearsal, Truth, rehearse

FAR: Final = 0.1  # between power by formula and by simulation: then the formula does not fit the plan
NAIVE_Z: Final = 1.959963984540054  # the fixed bound that is wrongly used again at each look


@dataclass(frozen=True, slots=True)
class Sizing:
    """Numbers are NaN (null in JSON) where the plan does not give what they need."""

    unit: str  # "pairs", or "units an arm"
    n_needed: float
    n_planned: float
    detectable: float
    power: float
    n_non_inferiority: float
    n_strata: float
    n_clusters: float
    inflation: float
    simulated: Rehearsal | None
    looks: tuple[float, ...]
    bounds: tuple[float, ...]
    naive_alpha: float
    warnings: tuple[Disclosure, ...]

    def to_json(self, *, language: str = "en") -> dict[str, Any]:  # Any: plain JSON values
        """Plain values; the warnings are sentences in this language."""
        numbers = {name: getattr(self, name) for name in ("n_planned", "detectable", "power", "naive_alpha")}
        return {
            "unit": self.unit,
            "n_needed": math.ceil(self.n_needed) if math.isfinite(self.n_needed) else None,
            **{
                name: math.ceil(value) if math.isfinite(value := getattr(self, name)) else None
                for name in ("n_non_inferiority", "n_strata", "n_clusters")
            },
            "inflation": self.inflation,
            "simulated": None if self.simulated is None else self.simulated.to_json(),
            **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
            "looks": [*self.looks],
            "bounds": [*self.bounds],
            "warnings": [one.text(language) for one in self.warnings],
            "warning_codes": [one.code for one in self.warnings],
        }


def size(plan: Plan) -> Sizing:
    """Size the plan.

    It reads `effect` (the smallest gain worth finding), `sd` of a score (of the differences where units are paired) or
    `baseline` (the control's proportion) with `discordant` (share of pairs that differ), `n` (all participants, or
    pairs), `looks` (numbers of units at which the data are looked at), `strata`, `cluster_size` and `icc`. Sizes are those of the
    formulas times the design effect and what the looks cost; `simulated` is the power that drawn experiments have.

    Raises:
        ExperimentError: a value is not a number, or looks are not ascending.
    """
    raw = plan.raw
    effect, sd, baseline = (_number(raw, name) for name in ("effect", "sd", "baseline"))
    discordant, n = _number(raw, "discordant"), _number(raw, "n")
    if not math.isnan(baseline) and not 0 < baseline < 1:
        raise ExperimentError(f"the plan's 'baseline' is a proportion between 0 and 1: {baseline}")
    is_paired = plan.design != "parallel"
    inflation = power.design_effect(_number(raw, "cluster_size", 1.0), _number(raw, "icc", 0.0))
    per_arm = (n if is_paired else n / 2) / inflation
    alpha = plan.alpha / len(plan.treatments)
    needed, detectable, found = _figures(is_paired, effect, sd, baseline, discordant, per_arm, alpha, plan.power)
    spread = sd if math.isfinite(sd) else _spread(is_paired, baseline, discordant)
    looks = looking.looks_of(plan)
    fractions = [one / looks[-1] for one in looks]
    spending = str(raw.get("spending", "obrien-fleming"))
    bounds = tuple(sequential.bounds(fractions, alpha=alpha, spending=spending)) if looks else ()
    naive = sequential.crossing(fractions, [NAIVE_Z] * len(looks)) if looks else math.nan
    grown = power.inflation(fractions, alpha=alpha, power=plan.power, spending=spending) if len(looks) > 1 else 1.0
    non_inferior = _non_inferior(plan, is_paired, spread, discordant, alpha)
    strata = raw.get("strata", [])
    in_strata = _figures(
        is_paired, effect, sd, baseline, discordant, math.nan, alpha / max(len(strata), 1), plan.power
    )[0] * len(strata) if isinstance(strata, list) and len(strata) > 1 else math.nan  # fmt: skip
    truth = Truth(
        effect,
        spread,
        discordant,
        baseline if math.isnan(sd) else math.nan,
        (looks[-1] if len(looks) > 1 else n) / (1 if is_paired else 2),
        1 if is_paired else 2,
        _number(raw, "cluster_size", 1.0),
        _number(raw, "icc", 0.0),
    )
    sizing = Sizing(
        "pairs" if is_paired else "units an arm",
        needed * inflation * grown,
        n if is_paired else n / 2,
        detectable,
        found,
        non_inferior * inflation * grown,
        in_strata * inflation * grown,
        _clusters(raw, is_paired, effect, spread, alpha, plan.power) * grown,
        grown,
        rehearse(plan, truth, bounds, fractions),
        tuple(looks),
        bounds,
        naive,
        (),
    )
    return _with_warnings(plan, sizing, effect)


def _non_inferior(plan: Plan, is_paired: bool, spread: float, discordant: float, alpha: float) -> float:
    if not plan.margin or not math.isfinite(spread):
        return math.nan
    if is_paired and math.isfinite(discordant) and plan.margin < 1:
        return power.size_non_inferiority_paired_proportions(plan.margin, discordant, alpha=alpha, power=plan.power)
    return power.size_non_inferiority(plan.margin, spread, is_paired=is_paired, alpha=alpha, power=plan.power)


def _clusters(
    raw: Mapping[str, Any], is_paired: bool, effect: float, spread: float, alpha: float, wanted: float
) -> float:
    """Clusters in all, by the t of their means, which has their number for its degrees of freedom."""
    size, icc = _number(raw, "cluster_size", 1.0), _number(raw, "icc", 0.0)
    if size <= 1 or not (math.isfinite(effect) and math.isfinite(spread)):
        return math.nan
    of_mean = spread * math.sqrt(power.design_effect(size, icc) / size)
    if is_paired:
        return power.size_paired(effect, of_mean, alpha=alpha, power=wanted)
    return 2 * power.size_two_means(effect, of_mean, alpha=alpha, power=wanted)


def _figures(
    is_paired: bool, effect: float, sd: float, baseline: float, discordant: float, n: float, alpha: float, wanted: float
) -> tuple[float, float, float]:
    """Needed, detectable at n, power at n."""
    has = math.isfinite
    nan = math.nan
    if has(sd) and is_paired:
        needed = power.size_paired(effect, sd, alpha=alpha, power=wanted) if has(effect) else nan
        detectable = power.detectable_paired(sd, n, alpha=alpha, power=wanted) if has(n) else nan
        return needed, detectable, power.power_paired(effect, sd, n, alpha=alpha) if has(effect) and has(n) else nan
    if has(sd):
        needed = power.size_two_means(effect, sd, alpha=alpha, power=wanted) if has(effect) else nan
        detectable = power.detectable_two_means(sd, n, alpha=alpha, power=wanted) if has(n) else nan
        return needed, detectable, power.power_two_means(effect, sd, n, alpha=alpha) if has(effect) and has(n) else nan
    if is_paired and has(discordant):
        needed = power.size_paired_proportions(effect, discordant, alpha=alpha, power=wanted) if has(effect) else nan
        return (
            needed,
            power.detectable_paired_proportions(discordant, n, alpha=alpha, power=wanted) if has(n) else nan,
            nan,
        )
    if not is_paired and has(baseline):
        spread = math.sqrt(baseline * (1 - baseline))
        needed = (
            power.size_two_proportions(baseline, baseline + effect, alpha=alpha, power=wanted) if has(effect) else nan
        )
        detectable = power.detectable_two_means(spread, n, alpha=alpha, power=wanted) if has(n) else nan
        both = has(effect) and has(n)
        return (
            needed,
            detectable,
            power.power_two_proportions(baseline, baseline + effect, n, alpha=alpha) if both else nan,
        )
    return nan, nan, nan


def _spread(is_paired: bool, baseline: float, discordant: float) -> float:
    return (
        math.sqrt(discordant)
        if is_paired
        else math.sqrt(baseline * (1 - baseline))
        if math.isfinite(baseline)
        else math.nan
    )


def _with_warnings(plan: Plan, sizing: Sizing, effect: float) -> Sizing:
    values = {name: getattr(sizing, name) for name in sizing.__slots__}
    return Sizing(**{**values, "warnings": tuple(_warnings(plan, sizing, effect))})


def _warnings(plan: Plan, sizing: Sizing, effect: float) -> Iterator[Disclosure]:
    if not math.isfinite(sizing.n_needed) and not math.isfinite(sizing.detectable):
        yield Disclosure("size_unknown")
    if sizing.n_needed > sizing.n_planned:
        yield Disclosure(
            "too_small",
            {
                "n": f"{sizing.n_planned:g}",
                "need": math.ceil(sizing.n_needed),
                "unit": sizing.unit,
                "effect": f"{effect:g}",
            },
        )
    if sizing.power < plan.power:
        yield Disclosure("low_power", {"power": f"{sizing.power:.2f}", "effect": f"{effect:g}"})
    if sizing.n_non_inferiority > sizing.n_planned:
        yield Disclosure("too_small_for_margin", {"need": math.ceil(sizing.n_non_inferiority), "unit": sizing.unit})
    if sizing.simulated and math.isfinite(sizing.power) and abs(sizing.simulated.power - sizing.power) > FAR:
        values = {"power": f"{sizing.simulated.power:.2f}", "formula": f"{sizing.power:.2f}"}
        yield Disclosure("simulation_differs", values)
    if sizing.n_strata > sizing.n_planned:
        yield Disclosure("too_small_for_strata", {"need": math.ceil(sizing.n_strata), "unit": sizing.unit})
    if len(sizing.looks) > 1:
        told = ", ".join(f"{bound:.3f}" for bound in sizing.bounds)
        yield Disclosure("looks", {"naive": f"{100 * sizing.naive_alpha:.1f}", "bounds": told})
    if plan.margin is None:
        yield Disclosure("no_margin")
    if not plan.population:
        yield Disclosure("population_missing")
    if plan.design in ("parallel", "crossover") and "ethics" not in plan.raw:
        yield Disclosure("no_ethics")


def _number(raw: Mapping[str, Any], name: str, default: float = math.nan) -> float:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExperimentError(f"the plan's {name!r} must be a number: {value!r}")
    return float(value)
