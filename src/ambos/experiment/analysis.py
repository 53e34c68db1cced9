"""From a plan and scores to everything a report says. docs/spec/experiment-plan.md, section 5."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import stats

from ambos.experiment import comparison, deciding, family, validity, verdict
from ambos.experiment.beside import scorer_of
from ambos.experiment.comparison import Comparison, Figures
from ambos.experiment.costs import cost_per_point
from ambos.experiment.deciding import Rule
from ambos.experiment.disclosure import Disclosure
from ambos.experiment.flow import flow_of
from ambos.experiment.further import Further, further
from ambos.experiment.looking import looks_of
from ambos.experiment.planning import Plan
from ambos.experiment.result import Result
from ambos.experiment.scores import Columns, Table, tabulate
from ambos.experiment.standing import Standing, disclose, first_words, promotes
from ambos.experiment.validity import Validity

SRM_ALARM: Final = 0.001  # p below which unequal arms are called a fault, reference (b)
SKEWED: Final = 25.0  # n < 25·skewness² : Boos and Hughes-Oliver 2000 put the t's coverage below 94 % about there

FEW_DISCORDANT: Final = 10  # pairs; with about 3, 95 % intervals of the t held 90 % (benchmarks/experiment.py)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found, and what was said about it."""

    plan: Plan
    table: Table
    comparisons: tuple[Comparison, ...]
    holm: tuple[float, ...]
    disclosures: tuple[Disclosure, ...]
    strata: tuple[dict[str, Any], ...]  # Any: plain JSON values
    standing: Standing | None = None
    also: tuple[Further, ...] = ()
    validity: Validity | None = None

    @property
    def provenance(self) -> str:
        """Where the outcomes come from: only the log knows of others than imported ones."""
        return self.standing.provenance if self.standing else "imported"

    @property
    def status(self) -> str:
        """ "confirmatory", "interim" or "exploratory"."""
        if self.standing is None or (self.validity is not None and self.validity.failures):
            return "exploratory"
        return self.standing.status

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """The keys of docs/spec/experiment-plan.md, section 5."""
        first = self.comparisons[0]
        figures = _figures(self.plan, first)
        return {
            "arms": {"control": self.plan.control, "treatment": first.treatment},
            **figures,
            "missing": self._missing(first),
            "flow": flow_of(self.plan, self.table, self.standing.ineligible if self.standing else 0).to_json(),
            "sensitivity": [one.to_json() for one in first.sensitivity],
            "also": [one.to_json() for one in self.also],
            "strata": [*self.strata],
            "cost": cost_per_point(self.table, 1 - self.plan.alpha),
            "disclosures": [one.text() for one in self.disclosures],
            "disclosure_codes": [one.code for one in self.disclosures],
            "status": self.status,
            "promotable": self.status == "confirmatory" and promotes(str(figures["verdict"])),
            "provenance": self.provenance,
            "peeks": self.peeks,
            "seal": self._seal(),
            "validity": self.validity.to_json() if self.validity else None,
            "population": self.plan.population or f"not stated; {first.figures.iid.n} units like these",
            "comparisons": self._several() if len(self.comparisons) > 1 else [],
            "plan": self.plan.hash(),
            "scores": self.table.digest,
        }

    @property
    def peeks(self) -> int | None:
        """Looks before this one that the interval does not allow for; None where no log was read."""
        if self.standing is None:
            return None
        is_allowed = bool(looks_of(self.plan)) or self.plan.raw.get("stopping") == "always-valid"
        return 0 if is_allowed else self.standing.looks

    def _seal(self) -> dict[str, Any] | None:
        one = self.standing
        if one is None:
            return None
        kept = ("experiment", "has_beacon", "is_complete", "looks", "ineligible", "others", "uses", "departures")
        told = one.to_json() | {"departures": [*one.departed]}
        outside = {"evaluations": told["evaluations"]} if one.evaluations else {}
        return {**{name: told[name] for name in kept}, **outside, "expires": one.expires(self.plan)}

    def _several(self) -> list[dict[str, Any]]:
        return [
            {"treatment_arm": one.treatment, **_figures(self.plan, one), "pvalue_holm": _number(p)}
            for one, p in zip(self.comparisons, self.holm, strict=True)
        ]

    def _missing(self, first: Comparison) -> dict[str, Any]:
        worst, best = first.worst, first.best
        effects = sorted((worst.iid.estimate, best.iid.estimate))
        return {
            "how": self.plan.missing,
            "by_arm": dict(zip(self.table.arms, _lost(self.table).sum(axis=0).tolist(), strict=True)),
            "by_stratum": _missing_by_stratum(self.table),
            "bounds": {
                "lower": effects[0],
                "upper": effects[1],
                "worst": _bound(self.plan, worst, first.rule, first.verdict_worst),
                "best": _bound(self.plan, best, first.rule, first.verdict_best),
            },
        }


def analyse(
    plan: Plan, columns: Columns, *, standing: Standing | None = None, scored: Validity | None = None
) -> Analysis:
    """Everything the plan asks of these scores.

    Args:
        plan: checked.
        columns: rows in long form.
        standing: what the log says of a sealed plan; without it the result is exploratory.
        scored: what is known of people or a judge who scored.

    Raises:
        ExperimentError: the scores do not fit the plan.
    """
    table = tabulate(plan, columns)
    bounds, assumed = _bounds(plan, table)
    # The seed is plan and data: the same files give the same resamples, and nobody chooses it.
    rng = np.random.default_rng([int(plan.hash()[7:39], 16), int(table.digest[7:39], 16)])
    is_final = standing.is_complete if standing else None
    looked = standing.looked if standing else None
    found = tuple(
        comparison.compare(plan, table, at, bounds=bounds, rng=rng, is_final=is_final, looked=looked)
        for at in range(1, len(table.arms))
    )
    told = tuple(_disclose(plan, table, columns, found[0], assumed, standing, scored))
    also = tuple(further(plan, table, found[0].figures.adjusted or found[0].figures.iid))
    pvalues = [_deciding(plan, one.figures, one.rule).pvalue for one in found]
    holm = family.holm(pvalues) if all(map(math.isfinite, pvalues)) else pvalues
    strata = tuple(_strata(plan, table, bounds))
    return Analysis(plan, table, found, tuple(holm), told, strata, standing, also, scored)


def _deciding(plan: Plan, figures: Figures, rule: Rule) -> Result:
    """What decides, or would if there were clusters enough."""
    if plan.has_sampled_clusters and figures.adjusted:
        return deciding.decided(rule, figures.adjusted, None)
    return deciding.decided(rule, figures.iid, figures.pairs)


def _bounds(plan: Plan, table: Table) -> tuple[tuple[float, float], tuple[float, float] | None]:
    """Lowest and highest score that a missing answer could have had; and whether they were only seen."""
    if plan.score_range:
        return plan.score_range, None
    seen = table.score_UA[~np.isnan(table.score_UA)]
    if not len(seen):
        return (0.0, 1.0), None
    low, high = float(seen.min()), float(seen.max())
    return ((0.0, 1.0), None) if low >= 0 and high <= 1 else ((low, high), (low, high))


def _figures(plan: Plan, one: Comparison) -> dict[str, Any]:
    iid, clustered = one.figures.iid, one.figures.clustered
    return {
        "n": iid.n,
        "n_missing": one.n_missing,
        "control": one.figures.control_mean,
        "treatment": one.figures.treatment_mean,
        "effect": iid.estimate,
        **{key: value for key, value in iid.to_json().items() if key not in ("n", "estimate")},
        "clustered": None if clustered is None else _clustered(clustered, one),
        "noninferiority": None if plan.margin is None else {
            "margin": plan.margin,
            "margin_reason": plan.margin_reason,
            "pvalue": _number(one.noninferiority),
            "pvalue_clustered": _number(one.noninferiority_clustered),
            "pvalue_tango": _number(one.noninferiority_tango),
            "pvalue_equivalence": _number(one.equivalence),
        },
        "deciding": None if one.deciding is None else _told(one.deciding),
        "sequential": one.rule.to_json(),
        "verdict": one.verdict,
        "verdict_basis": one.basis,
        "verdict_iid": one.verdict_iid,
    }  # fmt: skip


def _told(found: Result) -> dict[str, Any]:
    told = found.to_json()
    return {key: told[key] for key in ("method", "level", "ci_lower", "ci_upper", "pvalue")}


def _clustered(found: Result, one: Comparison) -> dict[str, Any]:
    told = found.to_json()
    return {
        **{key: told[key] for key in ("se", "ci_lower", "ci_upper", "pvalue", "statistic", "df", "method")},
        "n_clusters": one.figures.n_clusters,
        "intraclass": _number(one.intraclass),
    }


def _bound(plan: Plan, figures: Figures, rule: Rule, said: str) -> dict[str, Any]:
    found = _deciding(plan, figures, rule)
    return {
        "effect": found.estimate,
        "ci_lower": _number(found.ci_lower),
        "ci_upper": _number(found.ci_upper),
        "verdict": said,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _lost(table: Table) -> np.ndarray:
    return np.isnan(table.score_UA) & table.is_in_UA


def _missing_by_stratum(table: Table) -> dict[str, dict[str, int]]:
    codes, names = (table.stratum, table.stratum_names) if table.stratum is not None else (None, ())
    if codes is None:
        return {}
    lost = _lost(table)
    return {
        names[code]: dict(zip(table.arms, lost[codes == code].sum(axis=0).tolist(), strict=True))
        for code in np.unique(codes)
    }


def _strata(plan: Plan, table: Table, bounds: tuple[float, float]) -> Iterator[dict[str, Any]]:
    if table.stratum is None:
        return
    pair = comparison.pair_of(table, 1)
    used = table.is_in_UA[:, 0] | table.is_in_UA[:, 1]
    codes = table.stratum[used]
    for code in np.unique(codes):
        part = comparison.filled(plan, pair.chosen(codes == code), plan.missing, bounds)
        row: dict[str, Any] = {"stratum": table.stratum_names[code], "n": len(part.control)}
        if min(int(part.is_in_control.sum()), int(part.is_in_treatment.sum())) >= 2:
            found = comparison.estimate(plan, table, part, level=1 - plan.alpha)
            row |= {"control": found.control_mean, "treatment": found.treatment_mean, "effect": found.iid.estimate}
            row |= {"ci_lower": _number(found.iid.ci_lower), "ci_upper": _number(found.iid.ci_upper)}
        yield row


def _disclose(
    plan: Plan,
    table: Table,
    columns: Columns,
    one: Comparison,
    assumed: tuple[float, float] | None,
    standing: Standing | None,
    scored: Validity | None,
) -> Iterator[Disclosure]:
    yield validity.first_words(scored) if scored and scored.failures else first_words(standing)
    n = one.figures.iid.n
    unit = str(plan.raw.get("unit", "")) or "item"
    if plan.population:
        yield Disclosure("population", {"population": plan.population})
    else:
        yield Disclosure("population_not_stated", {"n": n, "unit": unit})
    yield from _of_clusters(plan, one)
    yield from _of_missing(plan, table, one, assumed)
    yield Disclosure("trials", {"k": table.most_trials}) if table.most_trials > 1 else Disclosure("one_trial")
    yield Disclosure("duplicates", {"k": table.duplicates}) if table.duplicates else Disclosure("no_duplicates")
    if scored is not None:
        yield from validity.disclose(scored)
    elif plan.scorer == "judge":
        yield Disclosure("judge")
    elif not plan.scorer and scorer_of(plan) == "exact" and "scoring" not in plan.raw:
        yield Disclosure("scorer_not_stated")
    yield from _of_assumptions(plan, table, one)
    k = len(plan.treatments)
    yield Disclosure("multiplicity", {"k": k}) if k > 1 else Disclosure("one_comparison")
    yield from disclose(plan, standing, units=len({*columns.item})) if standing else (Disclosure("peeks"),)
    if plan.margin is None:
        yield Disclosure("no_margin")
    if table.left_out_arms:
        yield Disclosure("arms_left_out", {"k": len(table.left_out_arms)})
    if columns.unknown:
        yield Disclosure("columns_left_out", {"names": ", ".join(columns.unknown)})
    if plan.unknown:
        yield Disclosure("plan_keys_unknown", {"names": ", ".join(plan.unknown)})
    yield from _of_change(plan, one)


def _of_clusters(plan: Plan, one: Comparison) -> Iterator[Disclosure]:
    g = one.figures.n_clusters
    if plan.has_sampled_clusters:
        yield Disclosure("clustered_decides", {"g": g})
        if (one.figures.clustered, one.deciding) != (None, None) and one.figures.adjusted != one.figures.clustered:
            yield _of_unequal(plan, one)
        if one.verdict not in (one.verdict_iid, verdict.MISSING_DECIDES):
            yield Disclosure("clustered_differs", {"iid": one.verdict_iid, "verdict": one.verdict})
    elif plan.cluster is not None:
        yield Disclosure("clusters_fixed")
    elif one.figures.clustered is not None:
        found = one.figures.adjusted or one.figures.clustered
        said = verdict.judge(found.ci_lower, found.ci_upper, margin=plan.margin, is_higher_better=plan.is_higher_better)
        yield Disclosure("clusters_not_planned", {"g": g, "verdict": said})
    else:
        yield Disclosure("no_clusters")
    if 0 < g < 30:
        yield Disclosure("few_clusters", {"g": g, "df": g - 1})


def _of_unequal(plan: Plan, one: Comparison) -> Disclosure:
    usual, adjusted = one.figures.clustered, one.figures.adjusted
    assert usual is not None and adjusted is not None  # noqa: S101, PT018  the caller has looked
    said = verdict.judge(usual.ci_lower, usual.ci_upper, margin=plan.margin, is_higher_better=plan.is_higher_better)
    return Disclosure("clusters_unequal", {"df": f"{adjusted.df:.1f}", "verdict": said})


def _of_missing(plan: Plan, table: Table, one: Comparison, assumed: tuple[float, float] | None) -> Iterator[Disclosure]:
    lost = _lost(table).sum(axis=0)
    if not lost.any():
        yield Disclosure("none_missing")
        return
    by_arm = ", ".join(f"{arm} {count}" for arm, count in zip(table.arms, lost, strict=True))
    values = {"by_arm": by_arm, "how": plan.missing, "worst": one.verdict_worst, "best": one.verdict_best}
    yield Disclosure("missing", values)
    if assumed:
        yield Disclosure("range_assumed", {"low": assumed[0], "high": assumed[1]})
    if one.verdict == verdict.MISSING_DECIDES:
        yield Disclosure("missing_decides")


def _of_assumptions(plan: Plan, table: Table, one: Comparison) -> Iterator[Disclosure]:
    iid = one.figures.iid
    if not iid.se > 0:
        yield Disclosure("zero_variance")
    is_found = iid.pvalue <= plan.alpha
    # What ignores clusters is compared with what ignores them.
    others = [other for other in one.sensitivity if math.isfinite(other.pvalue)]
    differing = [other.method for other in others if (other.pvalue <= plan.alpha) != is_found]
    if differing and math.isfinite(iid.pvalue):
        yield Disclosure("other_tests_differ", {"names": ", ".join(differing)})
    elif others and math.isfinite(iid.pvalue):
        yield Disclosure("other_tests_agree", {"names": ", ".join(other.method for other in others)})
    if iid.n < SKEWED * one.skewness**2:
        yield Disclosure("skewed", {"skew": f"{one.skewness:.2g}", "n": iid.n})
    yield from _of_interval(plan, one)
    if table.weight is not None:
        yield Disclosure("weights")
    if plan.design == "crossover":
        yield Disclosure("crossover")
    if plan.design == "parallel":
        a, b = int(table.is_in_UA[:, 0].sum()), int(table.is_in_UA[:, 1].sum())
        p = float(stats.chisquare([a, b]).pvalue)
        if p < SRM_ALARM:
            yield Disclosure("allocation", {"a": a, "b": b, "p": f"{p:.2g}"})


def _of_interval(plan: Plan, one: Comparison) -> Iterator[Disclosure]:
    """Where another interval than the t's decides, what the t's would have said."""
    iid, found = one.figures.iid, one.deciding
    if one.rule.name == "group-sequential":
        told = {"k": one.rule.look, "of": one.rule.of, "share": f"{100 * one.rule.fraction:.0f}"}
        yield Disclosure(
            "look_bound", {**told, "bound": f"{one.rule.bound:.3f}", "level": f"{100 * one.rule.level:.2f}"}
        )
    elif one.rule.name == deciding.ALWAYS:
        yield Disclosure("always_valid", {"n": f"{one.rule.horizon:g}", "least": deciding.BURN_IN})
    elif one.figures.pairs is not None and found is not None and found.method != iid.method and iid.se > 0:
        said = verdict.judge(iid.ci_lower, iid.ci_upper, margin=plan.margin, is_higher_better=plan.is_higher_better)
        interval = f"{found.ci_lower:.4g} … {found.ci_upper:.4g}"
        yield Disclosure("score_decides", {"method": found.method, "interval": interval, "verdict": said})
    if one.discordant is not None and one.discordant < FEW_DISCORDANT and one.figures.iid.se > 0:
        yield Disclosure("few_discordant", {"k": one.discordant})
    if found is not None and plan.margin and one.verdict == verdict.INCONCLUSIVE:
        low = found.ci_lower if plan.is_higher_better else -found.ci_upper
        if low > -plan.margin:
            yield Disclosure("margin_not_shown", {"p": f"{one.noninferiority_tango:.3g}"})


def _of_change(plan: Plan, one: Comparison) -> Iterator[Disclosure]:
    found = _deciding(plan, one.figures, one.rule)
    base = one.figures.adjusted if plan.has_sampled_clusters and one.figures.adjusted else one.figures.iid
    if not base.se > 0 or not math.isfinite(found.ci_lower):
        return
    away = [abs(found.ci_lower), abs(found.ci_upper)]
    if plan.margin:
        away += [abs(found.ci_lower + plan.margin), abs(found.ci_upper + plan.margin)]
    shift = min(away)
    yield Disclosure("change", {"shift": f"{shift:.4g}", "errors": f"{shift / base.se:.2g}"})
