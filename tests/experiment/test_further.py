"""Analyses that a plan asks for besides, each against an independent computation or a simulated truth."""

from __future__ import annotations

import math
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from tests.experiment.test_analysis import pairs

from ambos.errors import ExperimentError
from ambos.experiment import Columns, adjusting, analyse, columns_of, costs, means, mixed, ranking, read_plan, render
from ambos.experiment.adaptive import Adaptive
from ambos.experiment.further import ANALYSES
from ambos.experiment.planning import ALSO

BASE: dict[str, Any] = {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired"}
Numbers = Any


def also(plan: dict[str, Any], rows: list[Any], **more: Any) -> list[dict[str, Any]]:
    labels = {name: values for name, values in more.items() if name in ("cluster", "participant")}
    extra = {name: values for name, values in more.items() if name not in labels}
    scores = [math.nan if one[2] is None else float(one[2]) for one in rows]
    columns = Columns([one[0] for one in rows], [one[1] for one in rows], scores, labels, extra=extra)
    found: list[dict[str, Any]] = analyse(read_plan({**BASE, **plan}), columns).to_json()["also"]
    return found


def groups(control: Numbers, treatment: Numbers) -> list[Any]:
    return [(f"c{at}", "c", float(one)) for at, one in enumerate(control)] + [
        (f"t{at}", "t", float(one)) for at, one in enumerate(treatment)
    ]


def interleaved(control: Numbers, treatment: Numbers) -> list[float]:
    return [float(x) for pair in zip(control, treatment, strict=True) for x in pair]


def test_every_name_of_a_plan_is_an_analysis() -> None:
    assert set(ALSO) == set(ANALYSES)


def test_the_mixed_model_of_pairs_is_the_paired_t_s_estimate(rng: np.random.Generator) -> None:
    unit = rng.normal(size=80)
    c, t = unit + rng.normal(size=80), unit + 0.3 + rng.normal(size=80)
    (found,) = also({"also": ["mixed"]}, pairs(list(c), list(t)))
    oracle = means.paired_t(t, c)
    assert (found["estimate"], found["se"]) == pytest.approx((oracle.estimate, oracle.se), rel=1e-3)
    lacking = [None if at % 4 == 0 else float(one) for at, one in enumerate(t)]
    (found,) = also({"also": ["mixed"]}, pairs(list(c), lacking))
    assert found["n"] == 140  # units that lack an arm still tell of the spread between units


def test_the_mixed_model_of_clusters_widens_as_the_clustered_t_does(rng: np.random.Generator) -> None:
    group = np.repeat(np.arange(40), 5)
    arm = np.repeat(np.arange(40) % 2, 5)
    y = rng.normal(size=40)[group] + rng.normal(size=200)
    rows = [(f"i{at}", "ct"[one], float(value)) for at, (one, value) in enumerate(zip(arm, y, strict=True))]
    names = [f"g{one}" for one in group]
    (found,) = also({"design": "parallel", "also": ["mixed"]}, rows, cluster=names)
    assert found["se"] > 1.5 * means.welch_t(y[arm == 1], y[arm == 0]).se
    nested = mixed.mixed(
        np.concatenate((y, y + 0.2 + rng.normal(size=200))),
        np.repeat([0.0, 1.0], 200),
        np.tile(group, 2),
        inner=np.tile(np.arange(200), 2),
    )
    assert nested.estimate == pytest.approx(0.2, abs=4 * nested.se)


def test_cuped_reads_what_was_before(rng: np.random.Generator) -> None:
    before = rng.normal(size=120)
    score = before + 0.3 * rng.normal(size=120)
    rows = groups(score[:60], score[60:])
    (found,) = also({"design": "parallel", "also": ["cuped"]}, rows, before=[*before])
    oracle = adjusting.cuped(score[60:], score[:60], before[60:], before[:60])
    assert (found["estimate"], found["se"]) == pytest.approx((oracle.estimate, oracle.se))


def test_ratios_are_those_of_their_definition(rng: np.random.Generator) -> None:
    cost, tokens = rng.gamma(2, 1, (2, 200)), rng.gamma(5, 1, (2, 200))
    found = also({"also": ["ratio"]}, pairs(*map(list, cost)), denominator=interleaved(*tokens))
    values = cost.mean(axis=1) / tokens.mean(axis=1)
    assert [one["estimate"] for one in found] == pytest.approx([*values, values[1] - values[0]])
    # The delta method's error is that of many redrawings of the units.
    drawn = rng.integers(0, 200, (4000, 200))
    redrawn = [(cost[:, one].mean(axis=1) / tokens[:, one].mean(axis=1)) for one in drawn]
    assert found[2]["se"] == pytest.approx(float(np.std([b - a for a, b in redrawn])), rel=0.08)
    apart = also({"design": "parallel", "also": ["ratio"]}, groups(*cost), denominator=[*tokens[0], *tokens[1]])
    assert apart[2]["estimate"] == pytest.approx(values[1] - values[0])


def test_a_lift_of_two_groups_is_fiellers(rng: np.random.Generator) -> None:
    t, c = rng.normal(3, 1, 90), rng.normal(2, 1, 80)
    found = costs.lift(t, c, is_paired=False)
    for bound in (found.ci_lower, found.ci_upper):
        z = (t.mean() - bound * c.mean()) / math.sqrt(t.var(ddof=1) / 90 + bound**2 * c.var(ddof=1) / 80)
        assert abs(z) == pytest.approx(stats.t.ppf(0.975, found.df), rel=1e-9)
    (told,) = also({"also": ["ratio"]}, pairs(list(c), list(t[:80])))
    assert told["estimate"] == pytest.approx(t[:80].mean() / c.mean())


def test_friedman_tells_ranks_and_who_is_not_told_apart() -> None:
    x = np.random.default_rng(2).random((14, 4)) + np.array([0, 0, 1, 1])
    rows = [(f"i{at}", arm, float(value)) for at, row in enumerate(x) for arm, value in zip("ctuv", row, strict=True)]
    (found,) = also({"treatment": ["t", "u", "v"], "also": ["friedman"]}, rows)
    oracle = stats.friedmanchisquare(*x.T)
    assert (found["statistic"], found["pvalue"]) == pytest.approx((oracle.statistic, oracle.pvalue))
    assert found["detail"]["critical"] == pytest.approx(2.569 * math.sqrt(20 / 84), abs=1e-3)
    assert {frozenset(one) for one in found["detail"]["groups"]} == {frozenset("uv"), frozenset("ct")}


def test_demsars_four_classifiers_are_not_told_apart() -> None:
    # Demšar 2006, section 3.2.2: Nemenyi's CD of 1.25 is more than the best and the worst mean rank differ.
    ranks = {"C4.5": 3.143, "C4.5+m": 2.000, "C4.5+cf": 2.893, "C4.5+m+cf": 1.964}
    critical = 2.569 * math.sqrt(4 * 5 / (6 * 14))
    assert critical == pytest.approx(1.25, abs=5e-3)
    assert ranking.groups(ranks, critical) == [["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]]
    assert ranking.groups(ranks, 0.5) == [["C4.5+m+cf", "C4.5+m"], ["C4.5+cf", "C4.5"]]
    assert ranking.groups({"a": 1.0, "b": 3.0}, 1.0) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_report_draws_the_critical_difference(language: str) -> None:
    x = np.random.default_rng(2).random((14, 4)) + np.array([0, 0, 1, 1])
    rows = [(f"i{at}", arm, float(value)) for at, row in enumerate(x) for arm, value in zip("c<tu", row, strict=True)]
    columns = Columns([one[0] for one in rows], [one[1] for one in rows], [one[2] for one in rows], {})
    page = render(
        analyse(read_plan({**BASE, "treatment": ["<", "t", "u"], "also": ["friedman"]}), columns), language=language
    )
    figure = ElementTree.fromstring(
        next(one for one in re.findall(r"<svg.*?</svg>", page) if "#a33" in one and "<path" in one)
    )
    texts = [one.text or "" for one in figure.iter("text")]
    assert any(one.startswith("< ") for one in texts)
    assert any(one.startswith("critical" if language == "en" else "diferencia crítica") for one in texts)


def test_areas_under_the_curve_read_the_truth(rng: np.random.Generator) -> None:
    y = (rng.random(70) < 0.4).astype(float)
    c, t = y + rng.normal(size=70), 2 * y + rng.normal(size=70)
    found = also({"also": ["auc"]}, pairs(list(c), list(t)), truth=interleaved(y, y))
    assert found[2]["estimate"] == pytest.approx(ranking.auc(t, y).estimate - ranking.auc(c, y).estimate)
    assert found[2]["se"] == pytest.approx(ranking.auc_difference(t, c, y).se)


def test_detectors_get_precision_recall_and_f1(rng: np.random.Generator) -> None:
    y = (rng.random(90) < 0.5).astype(float)
    c, t = (np.where(rng.random(90) < right, y, 1 - y) for right in (0.7, 0.9))
    found = also({"also": ["detection"]}, pairs(list(c), list(t)), truth=interleaved(y, y))
    tp, fp, fn = (t * y).sum(), (t * (1 - y)).sum(), ((1 - t) * y).sum()
    assert [one["estimate"] for one in found[3:]] == pytest.approx(
        [tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)]
    )
    texts = [f"d{at // 10}" for at in range(180)]
    assert also({"also": ["detection"]}, pairs(list(c), list(t)), truth=interleaved(y, y), cluster=texts)[5]["df"] == 17
    with pytest.raises(ExperimentError, match="0 and 1"):
        also({"also": ["detection"]}, pairs(list(c + 1), list(t)), truth=interleaved(y, y))
    with pytest.raises(ExperimentError, match="not defined"):
        also({"also": ["detection"]}, pairs([0.0] * 90, list(t)), truth=interleaved(y, y))


def test_judges_are_corrected_by_what_people_said(rng: np.random.Generator) -> None:
    true_c, true_t = (rng.random((2, 600)) < [[0.5], [0.6]]).astype(float)
    judged_c, judged_t = (np.where(rng.random(600) < 0.8, one, 1.0) for one in (true_c, true_t))
    known = np.arange(600) < 200
    truth = interleaved(np.where(known, true_c, math.nan), np.where(known, true_t, math.nan))
    (found,) = also({"also": ["prediction-powered"]}, pairs(list(judged_c), list(judged_t)), truth=truth)
    d, f = true_t - true_c, judged_t - judged_c
    oracle = adjusting.prediction_powered_mean(d[known], f[known], f[~known])
    assert (found["estimate"], found["ci_lower"]) == pytest.approx((oracle.estimate, oracle.ci_lower))
    (kappa,) = also({"also": ["agreement"]}, pairs(list(judged_c), list(judged_t)), truth=truth)
    a, b = np.array(interleaved(judged_c[known], judged_t[known])), np.array(interleaved(true_c[known], true_t[known]))
    table = [[int(((a == i) & (b == j)).sum()) for j in (0, 1)] for i in (0, 1)]
    assert kappa["estimate"] == pytest.approx(cohens_kappa(table).kappa)
    flat = [*np.where(known, true_c, math.nan), *np.where(known, true_t, math.nan)]
    (apart,) = also({"design": "parallel", "also": ["prediction-powered"]}, groups(judged_c, judged_t), truth=flat)
    assert apart["estimate"] == pytest.approx(found["estimate"], abs=0.1)


def test_agreement_on_numbers_is_an_intraclass_correlation(rng: np.random.Generator) -> None:
    c, t = rng.normal(size=(2, 40))
    truth = interleaved(c + 0.1 * rng.normal(size=40), t + 0.1 * rng.normal(size=40))
    (found,) = also({"also": ["agreement"]}, pairs(list(c), list(t)), truth=truth)
    assert found["method"] == "ICC(2,1)"
    assert found["estimate"] > 0.95


def test_replications_are_put_together_with_this_one() -> None:
    c, t = [0.2, 0.5, 0.4, 0.9, 0.1, 0.6], [0.4, 0.6, 0.4, 1.0, 0.3, 0.5]
    earlier = [{"effect": 0.2, "se": 0.1}, {"effect": 0.0, "se": 0.05}]
    (found,) = also({"also": ["replications"], "earlier": earlier}, pairs(c, t))
    here = means.paired_t(t, c)
    oracle = adjusting.combine([0.2, 0.0, here.estimate], [0.1, 0.05, here.se])
    assert (found["estimate"], found["se"], found["detail"]["studies"]) == pytest.approx(
        (oracle.estimate, oracle.se, 3)
    )


def trial(rng: np.random.Generator, effect: float, n: int) -> tuple[Adaptive, bool, int]:
    one, was_found, treated = Adaptive(horizon=n), False, 0
    for at in range(n):
        share = one.share()
        is_treatment = bool(rng.random() < share)
        treated += is_treatment
        one.feed(is_treatment=is_treatment, share=share, value=float(rng.normal() + effect * is_treatment))
        if at >= 100 and at % 10 == 0:
            found = one.result()
            was_found |= found.ci_lower > 0 or found.ci_upper < 0
    return one, was_found, treated


def test_adaptive_allocation_finds_nothing_where_nothing_is(rng: np.random.Generator) -> None:
    runs = 150
    alarms = sum(trial(rng, 0, 500)[1] for _ in range(runs))
    assert alarms / runs <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def test_adaptive_allocation_gives_more_to_the_better_arm(rng: np.random.Generator) -> None:
    one, was_found, treated = trial(rng, 0.8, 1000)
    assert was_found
    assert treated > 750
    assert one.result().estimate == pytest.approx(0.8, abs=0.5)


def test_an_adaptive_trial_is_analysed_from_its_shares(rng: np.random.Generator) -> None:
    rows, shares, replay = [], [], Adaptive(horizon=300, floor=0.2)
    for at in range(300):
        share = min(max(replay.share(), 0.2), 0.8)
        arm = bool(rng.random() < share)
        value = float(rng.normal() + arm)
        replay.feed(is_treatment=arm, share=share, value=value)
        rows.append((f"u{at}", "ct"[arm], value))
        shares.append(share)
    (found,) = also({"design": "parallel", "also": ["adaptive"], "n": 300}, rows, probability=shares)
    assert found["estimate"] == pytest.approx(replay.result().estimate)
    assert found["ci_lower"] > 0
    with pytest.raises(ExperimentError, match="share"):
        replay.feed(is_treatment=True, share=0.01, value=1.0)
    with pytest.raises(ExperimentError, match="lowest share"):
        Adaptive(floor=0)


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({"also": ["cuped"]}, "column 'before'"),
        ({"also": ["auc"]}, "column 'truth'"),
        ({"also": ["adaptive"]}, "column 'probability'"),
        ({"also": ["friedman"]}, "three arms"),
        ({"also": ["replications"]}, "'earlier'"),
        ({"also": ["replications"], "earlier": [{"effect": "big", "se": 1}]}, "'earlier'"),
    ],
)
def test_what_an_analysis_lacks_is_named(plan: dict[str, Any], word: str) -> None:
    with pytest.raises(ExperimentError, match=word):
        also(plan, pairs([0.1, 0.5, 0.3, 0.2], [0.3, 0.4, 0.6, 0.3]))


def test_designs_that_do_not_fit_are_refused(rng: np.random.Generator) -> None:
    values = list(rng.normal(size=8))
    with pytest.raises(ExperimentError, match="parallel"):
        also({"also": ["cuped"]}, pairs(values, values[::-1]), before=[0.1] * 16)
    for name in ("mixed", "friedman"):
        with pytest.raises(ExperimentError, match="parallel groups"):
            also({"design": "parallel", "also": [name]}, groups(values, values[::-1]))


def test_a_table_in_memory_brings_its_columns() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(
        {"item": [1, 1], "arm": ["c", "t"], "score": [1.0, 0.0], "before": [1, 2], "truth": ["yes", "no"]}
    )
    found = columns_of(table)
    assert (dict(found.extra), found.unknown) == ({"before": [1.0, 2.0]}, ("truth",))
