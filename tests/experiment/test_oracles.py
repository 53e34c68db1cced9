"""What `ambos experiment analyse --json` says of small files, next to pandas, scipy and statsmodels on the same files.

Every expected number is computed from the file anew, by another library than the one under test where there is one.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from ambos.cli.score_files import plan_values, read_scores
from ambos.experiment import analyse, read_plan

KEYS: Final = {
    "n", "n_missing", "control", "treatment", "effect", "se", "ci_lower", "ci_upper", "pvalue", "statistic", "method",
    "clustered", "noninferiority", "missing", "disclosures", "status", "promotable", "provenance", "verdict",
    "verdict_basis", "population",
}  # fmt: skip
MARGIN: Final = 0.1


def told(folder: Path, scores: pd.DataFrame, **plan: Any) -> dict[str, Any]:
    """What the command prints with `--json` of a plan and of these scores as CSV."""
    values: dict[str, Any] = {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired"}
    values |= {"margin": MARGIN, "margin_reason": "r", **plan}
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    (folder / "plan.toml").write_text(lines, encoding="utf-8")
    scores.to_csv(folder / "scores.csv", index=False, float_format="%.17g")
    checked = read_plan(plan_values(folder / "plan.toml"))
    found = analyse(checked, read_scores(folder / "scores.csv", checked)).to_json()
    read: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    assert set(read) >= KEYS
    return read


def table(rng: np.random.Generator, *, units: int = 40, arms: str = "ct", lost: int = 0) -> pd.DataFrame:
    """Scores of each unit by each arm, with clusters of unequal size that share a shift; some without a score."""
    rows = []
    shift = rng.normal(0, 0.2, 9)
    for unit in range(units):
        group = min(unit // 3, 8)
        for at, arm in enumerate(arms):
            score = shift[group] * at + rng.normal(0.5 + 0.1 * at, 0.3)
            rows.append((f"i{unit}", arm, score, f"g{group}", "ab"[unit % 2]))
    found = pd.DataFrame(rows, columns=["item", "arm", "score", "cluster", "stratum"])
    found.loc[rng.choice(len(found), lost, replace=False), "score"] = np.nan
    return found


def wide(scores: pd.DataFrame, by: str = "item") -> pd.DataFrame:
    return scores.pivot_table(index=by, columns="arm", values="score", aggfunc="mean", dropna=False)


def agrees(found: dict[str, Any], expected: dict[str, float]) -> None:
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def of_t(result: Any) -> dict[str, float]:  # Any: scipy's result
    low, high = result.confidence_interval(0.95)
    figures = {"statistic": result.statistic, "pvalue": result.pvalue, "df": result.df, "ci_lower": low}
    return {key: float(value) for key, value in (figures | {"ci_upper": high}).items()}


def of_paired(d: pd.Series) -> dict[str, float]:
    figures = {"n": len(d), "effect": d.mean(), "se": stats.sem(d)}
    return {key: float(value) for key, value in figures.items()} | of_t(stats.ttest_1samp(d, 0))


def of_clusters(y: pd.Series, x: Any, groups: pd.Series, *, margin: float = MARGIN, sign: int = 1) -> dict[str, float]:
    """Sandwich of statsmodels; its correction is G/(G−1)·(n−1)/(n−k), its t has G−1 degrees of freedom."""
    codes = pd.factorize(groups)[0]
    fit = sm.OLS(y.to_numpy(), x).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    low, high = fit.conf_int(0.05)[-1]
    figures = {"se": fit.bse[-1], "ci_lower": low, "ci_upper": high, "pvalue": fit.pvalues[-1]}
    figures |= {"statistic": fit.tvalues[-1], "n_clusters": len(set(codes))}
    told = {key: float(value) for key, value in figures.items()}
    tail = stats.t.sf((sign * fit.params[-1] + margin) / fit.bse[-1], len(set(codes)) - 1)
    return {**told, "noninferiority": float(tail)}


def of_tail(d: pd.Series, sign: int = 1) -> float:
    return float(stats.ttest_1samp(sign * d, -MARGIN, alternative="greater").pvalue)


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_paired_items_with_clusters(tmp_path: Path, rng: np.random.Generator, direction: str) -> None:
    scores, sign = table(rng), 1 if direction == "higher" else -1
    found = told(tmp_path, scores, cluster="cluster", direction=direction)
    both = wide(scores)
    d = both["t"] - both["c"]
    agrees(found, of_paired(d) | {"control": both["c"].mean(), "treatment": both["t"].mean(), "n_missing": 0})
    groups = scores.groupby("item")["cluster"].first().loc[d.index]
    expected = of_clusters(d, np.ones((len(d), 1)), groups, sign=sign)
    tail = expected.pop("noninferiority")
    agrees(found["clustered"], expected)
    agrees(found["noninferiority"], {"margin": MARGIN, "pvalue": of_tail(d, sign), "pvalue_clustered": tail})
    assert found["verdict_basis"] == "clustered"


def test_what_is_missing_is_left_out_of_the_pairs(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng, lost=9)
    found = told(tmp_path, scores, cluster="cluster", stratum="stratum")
    both = wide(scores)
    d = (both["t"] - both["c"]).dropna()
    complete = both.loc[d.index]
    agrees(found, of_paired(d) | {"control": complete["c"].mean(), "treatment": complete["t"].mean(), "n_missing": 9})
    groups = scores.groupby("item")["cluster"].first().loc[d.index]
    expected = of_clusters(d, np.ones((len(d), 1)), groups)
    agrees(found["noninferiority"], {"pvalue": of_tail(d), "pvalue_clustered": expected.pop("noninferiority")})
    agrees(found["clustered"], expected)
    lost = scores[scores["score"].isna()]
    assert found["missing"]["by_arm"] == {arm: int((lost["arm"] == arm).sum()) for arm in "ct"}
    by_stratum = {
        name: {arm: int(((lost["arm"] == arm) & (lost["stratum"] == name)).sum()) for arm in "ct"} for name in "ab"
    }
    assert found["missing"]["by_stratum"] == by_stratum


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("how", ["zero", "worst"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_missing_answers_are_filled_as_the_plan_says(
    tmp_path: Path, rng: np.random.Generator, how: str, direction: str, absent: bool
) -> None:
    """An absent row is an empty score; the range is the plan's."""
    scores = table(rng, lost=9)
    given = scores.dropna(subset="score") if absent else scores
    found = told(tmp_path, given, missing=how, direction=direction, range=[-2, 3])
    bad, good = (-2.0, 3.0) if direction == "higher" else (3.0, -2.0)
    both = wide(scores)
    fills = {"zero": {"c": 0.0, "t": 0.0}, "worst": {"c": good, "t": bad}, "best": {"c": bad, "t": good}}
    filled = both.fillna(fills[how])
    d = filled["t"] - filled["c"]
    agrees(found, of_paired(d) | {"control": filled["c"].mean(), "treatment": filled["t"].mean(), "n_missing": 9})
    for case in ("worst", "best"):
        other = both.fillna(fills[case])
        expected = of_paired(other["t"] - other["c"])
        agrees(found["missing"]["bounds"][case], {key: expected[key] for key in ("effect", "ci_lower", "ci_upper")})
    ends = sorted(found["missing"]["bounds"][case]["effect"] for case in ("worst", "best"))
    agrees(found["missing"]["bounds"], {"lower": ends[0], "upper": ends[1]})


def test_parallel_groups_whose_clusters_cross_the_arms(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng, units=60)
    scores = scores[[("t" if at % 3 else "c") == arm for at, arm in zip(scores.index // 2, scores["arm"], strict=True)]]
    found = told(tmp_path, scores, design="parallel", cluster="cluster")
    t, c = (scores.loc[scores["arm"] == arm, "score"] for arm in "tc")
    welch = stats.ttest_ind(t, c, equal_var=False)
    se = CompareMeans(DescrStatsW(t), DescrStatsW(c)).std_meandiff_separatevar
    agrees(found, of_t(welch) | {"n": len(scores), "effect": t.mean() - c.mean(), "se": float(se)})
    tail = stats.ttest_ind(t + MARGIN, c, equal_var=False, alternative="greater").pvalue
    x = sm.add_constant((scores["arm"] == "t").to_numpy(dtype=float))
    expected = of_clusters(scores["score"], x, scores["cluster"])
    figures = {"pvalue": float(tail), "pvalue_clustered": expected.pop("noninferiority")}
    agrees(found["noninferiority"], figures)
    agrees(found["clustered"], expected)


def test_crossover_of_participants(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = (
        table(rng).assign(participant=lambda all_: "p" + (all_.index // 2 % 13).astype(str)).drop(columns="cluster")
    )
    found = told(tmp_path, scores.drop(columns="stratum"), design="crossover")
    both = wide(scores, by="participant")
    agrees(found, of_paired(both["t"] - both["c"]) | {"control": both["c"].mean(), "treatment": both["t"].mean()})


def test_folds_are_corrected_for_their_overlap(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng, units=10).drop(columns=["cluster", "stratum"])
    found = told(tmp_path, scores, design="cv")
    both = wide(scores)
    d = both["t"] - both["c"]
    se = math.sqrt((1 / 10 + 1 / 9) * d.var())  # Nadeau and Bengio 2003, test/train 1 to 9
    low, high = stats.t.interval(0.95, 9, d.mean(), se)
    figures = {"effect": d.mean(), "se": se, "statistic": d.mean() / se, "ci_lower": low, "ci_upper": high}
    agrees(found, {**figures, "pvalue": 2 * float(stats.t.sf(abs(d.mean()) / se, 9)), "n": 10})


def test_strata_are_the_paired_t_of_each(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng)
    found = told(tmp_path, scores, stratum="stratum")
    assert [row["stratum"] for row in found["strata"]] == ["a", "b"]
    for row in found["strata"]:
        both = wide(scores[scores["stratum"] == row["stratum"]])
        expected = of_paired(both["t"] - both["c"])
        agrees(row, {key: expected[key] for key in ("n", "effect", "ci_lower", "ci_upper")})


def test_trials_are_averaged_and_duplicates_count_once(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = pd.concat([table(rng).assign(trial=one) for one in range(3)])
    twice = pd.concat([scores, scores.head(11)])
    both = wide(scores)
    for given in (scores, twice):
        agrees(told(tmp_path, given), of_paired(both["t"] - both["c"]))
    found = told(tmp_path, twice)
    assert "duplicates" in found["disclosure_codes"]


def test_weights_weigh_as_a_weighted_regression_does(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng).assign(weight=lambda all_: 1.0 + all_.index // 2 % 4)
    found = told(tmp_path, scores)
    both = wide(scores)
    d, weight = both["t"] - both["c"], scores.groupby("item")["weight"].first().loc[both.index]
    fit = sm.WLS(d.to_numpy(), np.ones(len(d)), weights=weight.to_numpy()).fit(cov_type="HC1", use_t=True)
    agrees(found, {"effect": float(fit.params[0]), "se": float(fit.bse[0]), "pvalue": float(fit.pvalues[0])})


def test_several_treatments_share_alpha(tmp_path: Path, rng: np.random.Generator) -> None:
    scores = table(rng, arms="ctuv")
    found = told(tmp_path, scores, treatment=["t", "u", "v"])
    both = wide(scores)
    pvalues = [stats.ttest_rel(both[arm], both["c"]).pvalue for arm in "tuv"]
    holm = multipletests(pvalues, method="holm")[1]
    for arm, one, p, adjusted in zip("tuv", found["comparisons"], pvalues, holm, strict=True):
        low, high = stats.ttest_rel(both[arm], both["c"]).confidence_interval(1 - 0.05 / 3)
        agrees(one, {"pvalue": p, "pvalue_holm": adjusted, "ci_lower": low, "ci_upper": high})


def test_zero_variance_is_no_number(tmp_path: Path) -> None:
    scores = pd.DataFrame([(f"i{at}", arm, float(arm == "t")) for at in range(9) for arm in "ct"])
    found = told(tmp_path, scores.set_axis(["item", "arm", "score"], axis=1))
    assert (found["effect"], found["se"]) == (1.0, 0.0)
    assert [found[key] for key in ("ci_lower", "ci_upper", "pvalue", "statistic")] == [None] * 4
    assert found["verdict"] == "inconclusive: zero variance"
