"""From rows to what the report says; each expected number is computed here anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment import Columns, analyse, folds, matched, proportions, read_plan

BASE: dict[str, Any] = {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired"}
Row = tuple[str, str, float | None]


def columns(rows: Sequence[Row], **more: Sequence[Any]) -> Columns:
    scores = [math.nan if one[2] is None else float(one[2]) for one in rows]
    labels: dict[str, Sequence[str]] = {
        name: more[name] for name in ("cluster", "stratum", "trial", "participant") if name in more
    }
    return Columns(
        [one[0] for one in rows], [one[1] for one in rows], scores, labels, more.get("cost"), more.get("weight")
    )


def told(plan: dict[str, Any], rows: Sequence[Row], **more: Sequence[Any]) -> dict[str, Any]:
    return analyse(read_plan({**BASE, **plan}), columns(rows, **more)).to_json()


def pairs(control: Sequence[float | None], treatment: Sequence[float | None]) -> list[Row]:
    return [
        row
        for at, (c, t) in enumerate(zip(control, treatment, strict=True))
        for row in ((f"i{at}", "c", c), (f"i{at}", "t", t))
    ]


C = [0.2, 0.5, 0.4, 0.9, 0.1, 0.6, 0.7, 0.3]
T = [0.4, 0.6, 0.4, 1.0, 0.3, 0.5, 0.9, 0.6]


def test_paired_figures_are_the_paired_t() -> None:
    found, oracle = told({}, pairs(C, T)), stats.ttest_rel(T, C)
    assert (found["n"], found["n_missing"], found["method"]) == (8, 0, "paired t")
    assert (found["control"], found["treatment"]) == pytest.approx((np.mean(C), np.mean(T)))
    assert (found["statistic"], found["pvalue"]) == pytest.approx((oracle.statistic, oracle.pvalue))
    assert (found["ci_lower"], found["ci_upper"]) == pytest.approx(tuple(oracle.confidence_interval()))
    assert (found["status"], found["promotable"], found["provenance"]) == ("exploratory", False, "imported")
    assert found["disclosure_codes"][0] == "exploratory"
    assert found["verdict"] == "superior"


def test_lower_is_better_turns_the_verdict_but_not_the_effect() -> None:
    found = told({"direction": "lower", "margin": 0.4, "margin_reason": "r"}, pairs(C, T))
    assert found["effect"] > 0
    assert found["verdict"] == "non-inferior, lower"
    d = np.array(T) - np.array(C)
    assert found["noninferiority"]["pvalue"] == pytest.approx(stats.ttest_1samp(-d, -0.4, alternative="greater").pvalue)


def test_parallel_figures_are_welch_s() -> None:
    rows: list[Row] = [(f"u{at}", "c" if at % 2 else "t", value) for at, value in enumerate([*C, *T[:5]])]
    found = told({"design": "parallel"}, rows)
    t, c = [one[2] for one in rows if one[1] == "t"], [one[2] for one in rows if one[1] == "c"]
    oracle = stats.ttest_ind(t, c, equal_var=False)
    assert (found["n"], found["pvalue"], found["df"]) == pytest.approx((13, oracle.pvalue, oracle.df))


def test_participants_are_the_units_of_parallel_groups() -> None:
    rows: list[Row] = [(f"i{at % 3}", "c" if at < 12 else "t", float(at % 5)) for at in range(24)]
    people = [f"p{at // 3}" for at in range(24)]
    assert told({"design": "parallel"}, rows, participant=people)["n"] == 8
    with pytest.raises(ExperimentError, match="more than one arm"):
        told({"design": "parallel"}, rows, participant=[f"p{at % 4}" for at in range(24)])


def test_crossover_pairs_within_participants() -> None:
    rows: list[Row] = [(f"i{at}", "ct"[at % 2], float(at % 7)) for at in range(20)]
    people = [f"p{at // 4}" for at in range(20)]
    found = told({"design": "crossover"}, rows, participant=people)
    assert (found["n"], "crossover" in found["disclosure_codes"]) == (5, True)


def test_folds_use_the_corrected_variance() -> None:
    d = [0.02, 0.01, 0.03, 0.0, 0.02]
    found = told({"design": "cv"}, pairs([0.5] * 5, [0.5 + one for one in d]))
    assert found["se"] == pytest.approx(np.std(d, ddof=1) * math.sqrt(1 / 5 + 1 / 4))
    assert found["clustered"] is None


def test_five_repetitions_of_two_folds_get_their_own_tests() -> None:
    d = np.array([[0.02, 0.01], [0.03, 0.0], [0.01, 0.01], [0.02, 0.03], [0.0, 0.01]])
    rows: list[Row] = []
    trial: list[str] = []
    for fold in (0, 1):
        for time in range(5):
            rows += [(f"f{fold}", "c", 0.5), (f"f{fold}", "t", 0.5 + d[time, fold])]
            trial += [str(time)] * 2
    found = {one["method"]: one for one in told({"design": "cv"}, rows, trial=trial)["sensitivity"]}
    assert found["5x2cv t"]["statistic"] == pytest.approx(folds.five_by_two_t(d).statistic)
    assert found["5x2cv F"]["pvalue"] == pytest.approx(folds.five_by_two_f(d).pvalue)
    assert told({"design": "cv"}, pairs([0.5] * 4, [0.5, 0.6, 0.7, 0.6]))["sensitivity"] == []


def test_equivalence_is_two_tests_by_the_figures_that_decide(rng: np.random.Generator) -> None:
    plan = {"margin": 0.5, "margin_reason": "r"}
    found = told(plan, pairs(C, T))["noninferiority"]["pvalue_equivalence"]
    d = np.array(T) - np.array(C)
    below = stats.ttest_1samp(d, -0.5, alternative="greater").pvalue
    assert found == pytest.approx(max(below, stats.ttest_1samp(d, 0.5, alternative="less").pvalue))
    control, treatment = [1.0] * 70 + [0.0] * 30, [1.0] * 66 + [0.0] * 30 + [1.0] * 4
    found = told({**plan, "margin": 0.1}, pairs(control, treatment))["noninferiority"]
    assert found["pvalue_equivalence"] == pytest.approx(found["pvalue_tango"])
    names = [f"g{at // 2}" for at in range(16)]
    clustered = told({**plan, "cluster": "cluster"}, pairs(C, T), cluster=names)
    assert clustered["noninferiority"]["pvalue_equivalence"] > below
    assert "cluster bootstrap" in [one["method"] for one in clustered["sensitivity"]]


def test_named_clusters_decide(rng: np.random.Generator) -> None:
    shift = np.repeat(rng.normal(0.3, 0.5, 12), 20)
    rows = pairs([0.0] * 240, list(shift + rng.normal(0, 0.1, 240)))
    names = [f"g{at // 40}" for at in range(480)]
    found = told({"cluster": "cluster"}, rows, cluster=names)
    assert found["verdict_basis"] == "clustered"
    assert found["clustered"]["n_clusters"] == 12
    assert found["clustered"]["se"] > 2 * found["se"]
    beside = told({}, rows, cluster=names)
    assert beside["verdict_basis"] == "iid"
    assert "clusters_not_planned" in beside["disclosure_codes"]
    assert told({"cluster": "ward"}, rows, cluster=names)["clustered"] == found["clustered"]
    fixed = told({"cluster": "cluster", "clusters": "all"}, rows, cluster=names)
    assert (fixed["verdict_basis"], "clusters_fixed" in fixed["disclosure_codes"]) == ("iid", True)


def test_clusters_of_unequal_size_are_decided_by_their_own_interval(rng: np.random.Generator) -> None:
    sizes = [2, 2, 3, 3, 4, 5, 6, 60]
    group = np.repeat(np.arange(8), sizes)
    rows = pairs([0.0] * len(group), list(rng.normal(0.4, 0.4, 8)[group] + rng.normal(0, 0.1, len(group))))
    found = told({"cluster": "cluster"}, rows, cluster=[f"g{at}" for at in group for _ in "ct"])
    usual, decides = found["clustered"], found["deciding"]
    assert usual["df"] == 7
    assert decides["method"] == "cluster-robust t, CR2"
    assert decides["ci_upper"] - decides["ci_lower"] > 1.5 * (usual["ci_upper"] - usual["ci_lower"])
    assert "clusters_unequal" in found["disclosure_codes"]
    even = told({"cluster": "cluster"}, pairs(C, T), cluster=[f"g{at // 2}" for at in range(16)])
    assert "clusters_unequal" not in even["disclosure_codes"]


def test_fewer_than_six_clusters_give_no_clustered_verdict() -> None:
    names = [f"g{at // 4}" for at in range(16)]
    found = told({"cluster": "cluster"}, pairs(C, T), cluster=names)
    assert found["verdict"] == "inconclusive: fewer than 6 clusters"
    assert found["verdict_iid"] == "superior"


def test_missing_answers_can_decide() -> None:
    control, treatment = [1.0, 0, 1, 0, 1, 0, 1, 0] * 5, [1.0, 1, 1, 0, 1, 1, 1, 1] * 5
    few: list[float | None] = [*treatment[:-1], None]
    found = told({}, pairs(control, few))
    assert (found["n"], found["n_missing"], found["missing"]["by_arm"]) == (39, 1, {"c": 0, "t": 1})
    assert found["verdict"] == "superior"
    assert found["missing"]["bounds"]["lower"] < found["effect"] < found["missing"]["bounds"]["upper"]
    many: list[float | None] = [None if at % 3 == 0 else one for at, one in enumerate(treatment)]
    assert told({}, pairs(control, many))["verdict"] == "inconclusive: missing answers decide"


def test_an_absent_row_is_a_missing_answer() -> None:
    rows = pairs(C, T)
    found = told({}, rows[:-1])
    assert (found["n"], found["n_missing"]) == (7, 1)
    zero = told({"missing": "zero"}, rows[:-1])
    assert (zero["n"], zero["treatment"]) == pytest.approx((8, (sum(T) - T[-1]) / 8))
    worst = told({"missing": "worst", "direction": "lower"}, rows[:-1])
    assert worst["treatment"] == pytest.approx((sum(T) - T[-1] + 1) / 8)


def test_missing_answers_are_counted_by_stratum() -> None:
    names = ["a"] * 8 + ["b"] * 8
    found = told({"stratum": "stratum"}, pairs(C, [*T[:-1], None]), stratum=names)
    assert found["missing"]["by_stratum"] == {"a": {"c": 0, "t": 0}, "b": {"c": 0, "t": 1}}
    assert [row["n"] for row in found["strata"]] == [4, 3]


def test_without_variance_nothing_is_claimed() -> None:
    found = told({}, pairs([0.1] * 5, [0.3] * 5))
    assert (found["ci_lower"], found["pvalue"], found["verdict"]) == (None, None, "inconclusive: zero variance")
    assert "zero_variance" in found["disclosure_codes"]


def test_few_differing_pairs_are_told_with_the_interval_made_for_them() -> None:
    control, treatment = [1.0] * 57 + [0.0] * 3, [1.0] * 59 + [0.0]
    found = told({"margin": 0.1, "margin_reason": "r"}, pairs(control, treatment))
    assert "Only 2 pairs differ" in found["disclosures"][found["disclosure_codes"].index("few_discordant")]
    assert found["deciding"]["method"].startswith("Tango")
    assert found["deciding"]["ci_lower"] < found["ci_lower"] < found["ci_upper"] < found["deciding"]["ci_upper"]
    assert found["verdict"] == "non-inferior"


def test_yes_or_no_pairs_get_tango_s_non_inferiority_too() -> None:
    control, treatment = [1.0] * 70 + [0.0] * 30, [1.0] * 66 + [0.0] * 30 + [1.0] * 4
    plan = {"margin": 0.1, "margin_reason": "r"}
    found = told(plan, pairs(control, treatment))["noninferiority"]["pvalue_tango"]
    assert found == pytest.approx(matched.non_inferiority(proportions.Pairs(66, 4, 4, 26), 0.1))
    turned = told({**plan, "direction": "lower"}, pairs(treatment, control))["noninferiority"]["pvalue_tango"]
    assert turned == pytest.approx(found)
    assert told(plan, pairs(C, T))["noninferiority"]["pvalue_tango"] is None


def test_trials_are_averaged_and_disclosed() -> None:
    rows = [row for row in pairs(C, T) for _ in range(2)]
    trial = ["1", "2"] * 16
    found = told({}, rows, trial=trial)
    assert (found["n"], "trials" in found["disclosure_codes"]) == (8, True)


def test_equal_duplicates_count_once_and_different_ones_are_refused() -> None:
    rows = pairs(C, T)
    assert told({}, [*rows, rows[0]])["statistic"] == told({}, rows)["statistic"]
    assert "duplicates" in told({}, [*rows, rows[0]])["disclosure_codes"]
    with pytest.raises(ExperimentError, match="two different scores"):
        told({}, [*rows, ("i0", "c", 0.99)])


def test_the_order_of_rows_changes_nothing() -> None:
    rows = pairs(C, T)
    one, other = told({}, rows), told({}, rows[::-1])
    assert one["scores"] == other["scores"]
    assert one["pvalue"] == pytest.approx(other["pvalue"])
    assert told({}, rows) == one


def test_costs_are_told_per_point() -> None:
    found = told({}, pairs(C, T), cost=[0.01, 0.002] * 8)
    assert found["cost"]["c"]["estimate"] == pytest.approx(0.08 / sum(C))


def test_weights_weigh() -> None:
    weight = [one for at in range(8) for one in (1.0 + at, 1.0 + at)]
    found = told({}, pairs(C, T), weight=weight)
    assert found["effect"] == pytest.approx(np.average(np.array(T) - np.array(C), weights=weight[::2]))
    assert found["effect"] == pytest.approx(found["treatment"] - found["control"])


def test_weights_weigh_parallel_groups_and_their_clusters() -> None:
    rows: list[Row] = [(f"u{at}", "c" if at % 2 else "t", float(at % 5)) for at in range(28)]
    weight = [1.0 + at % 3 for at in range(28)]
    found = told(
        {"design": "parallel", "cluster": "cluster"}, rows, weight=weight, cluster=[f"g{at // 4}" for at in range(28)]
    )
    score = np.array([one[2] for one in rows], dtype=float)
    t, c = np.average(score[::2], weights=weight[::2]), np.average(score[1::2], weights=weight[1::2])
    assert (found["effect"], found["treatment"] - found["control"]) == pytest.approx((t - c, t - c))
    assert found["clustered"]["statistic"] == pytest.approx((t - c) / found["clustered"]["se"])


def test_several_treatments_share_alpha() -> None:
    rows: list[Row] = [*pairs(C, T), *[(f"i{at}", "u", one) for at, one in enumerate(C[::-1])]]
    found = told({"treatment": ["t", "u"]}, rows)
    assert [one["treatment_arm"] for one in found["comparisons"]] == ["t", "u"]
    assert found["level"] == pytest.approx(0.975)
    assert found["comparisons"][0]["pvalue_holm"] == pytest.approx(2 * found["pvalue"])


def test_unequal_groups_are_noticed() -> None:
    rows: list[Row] = [(f"u{at}", "c" if at < 200 else "t", float(at % 3)) for at in range(300)]
    assert "allocation" in told({"design": "parallel"}, rows)["disclosure_codes"]


@pytest.mark.parametrize(
    ("plan", "rows", "more", "word"),
    [
        ({}, [], {}, "no rows"),
        ({}, [("i", "c", 1.0)], {}, "no row of the arm 't'"),
        ({}, pairs([1.0, None], [1.0, 0.0]), {}, "at least 2"),
        ({}, pairs([None, None], [1.0, 0.0]), {}, "at least 2"),
        ({}, pairs([math.inf, 1.0], [1.0, 0.0]), {}, "infinite"),
        ({"cluster": "ward"}, pairs(C, T), {}, "no such column"),
        ({"cluster": "cluster"}, pairs(C, T), {"cluster": [str(at) for at in range(16)]}, "two values"),
        ({"cluster": "cluster"}, pairs(C, T), {"cluster": ["a"] * 14 + [""] * 2}, "no value"),
        ({}, pairs(C, T), {"weight": [0.0] * 16}, "weight"),
        ({}, pairs(C, T), {"weight": [1.0 + at for at in range(16)]}, "two weights"),
        ({}, pairs(C, T), {"cluster": ["a"]}, "differ in length"),
        ({"design": "parallel"}, pairs(C, T), {}, "more than one arm"),
    ],
)  # fmt: skip
def test_scores_that_do_not_fit_are_refused(
    plan: dict[str, Any], rows: list[Row], more: dict[str, Any], word: str
) -> None:
    with pytest.raises(ExperimentError, match=word):
        told(plan, rows, **more)


def test_a_cluster_in_both_arms_is_refused_where_clusters_were_randomised() -> None:
    rows: list[Row] = [(f"u{at}", "ct"[at % 2], float(at % 3)) for at in range(12)]
    plan = {"design": "parallel", "cluster": "cluster", "randomised_by": "cluster"}
    with pytest.raises(ExperimentError, match="more than one arm, but the plan randomised by cluster"):
        told(plan, rows, cluster=[f"g{at // 4}" for at in range(12)])


def test_every_disclosure_speaks_both_languages() -> None:
    found = analyse(read_plan(BASE), columns(pairs(C, T)))
    for one in found.disclosures:
        assert one.text("en") != one.text("es")
