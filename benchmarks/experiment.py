"""Calibration and speed of the statistics: false alarms, coverage, size at the margin, seconds.

    python benchmarks/experiment.py [--parts speed ...] [--runs 10000] [--rows 10000000] [--json FILE]

Draws from a fixed seed; over 10,000 runs a share near 0.05 has a Monte Carlo error of 0.002. Yes-or-no pairs are summed
exactly (benchmarks/experiment_pairs.py).
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import experiment_pairs
from benchmarks.origin import origin

from ambos.cli.score_files import read_scores
from ambos.experiment import (
    Columns,
    Result,
    analyse,
    clusters,
    matched,
    means,
    proportions,
    ranks,
    read_plan,
    render,
    resample,
    sequential,
    unequal,
)
from ambos.experiment.proportions import Pairs

Rng = np.random.Generator
Floats = NDArray[np.float64]
CLUSTERS = [(g, icc) for g in (10, 14, 30) for icc in (0.1, 0.3)]


def binary_pair(rng: Rng, n: int, p: float, q: float, shared: float = 0.5) -> tuple[Floats, Floats]:
    """Two yes-or-no columns with chances p (treatment) and q; `shared` of the units answer by one draw."""
    u, v = rng.random(n), rng.random(n)
    return (u < p).astype(float), (np.where(rng.random(n) < shared, u, v) < q).astype(float)


Test = Callable[[Rng], float]
Interval = Callable[[Rng], Result]


def groups(rng: Rng, n: int, p: float) -> tuple[Floats, Floats]:
    return (rng.random(n) < p).astype(float), (rng.random(n) < p).astype(float)


def clustered(rng: Rng, g: int, icc: float, size: int = 10) -> tuple[Floats, NDArray[np.int64]]:
    group = np.repeat(np.arange(g), size)
    return rng.normal(0, math.sqrt(icc), g)[group] + rng.normal(0, math.sqrt(1 - icc), g * size), group


def unequal_clusters(rng: Rng, g: int, icc: float, sigma: float) -> tuple[Floats, NDArray[np.int64]]:
    """Clusters of lognormal size, ten units on average."""
    size = np.maximum(1, np.rint(10 * rng.lognormal(-sigma * sigma / 2, sigma, g))).astype(np.int64)
    group = np.repeat(np.arange(g), size)
    return rng.normal(0, math.sqrt(icc), g)[group] + rng.normal(0, math.sqrt(1 - icc), len(group)), group


def tests_of(n: int) -> dict[str, Test]:
    return {
        f"A/A paired t, lognormal(0.5), n={n}": lambda r: means.paired_t(*r.lognormal(0, 0.5, (2, n))).pvalue,
        f"A/A Welch, binary 0.8, n={n} an arm": lambda r: means.welch_t(*groups(r, n, 0.8)).pvalue,
        f"A/A Mann-Whitney, lognormal(0.5), n={n} an arm": lambda r: (
            ranks.mann_whitney(*r.lognormal(0, 0.5, (2, n))).pvalue
        ),
        f"A/A Brunner-Munzel, normal, n={n} an arm": lambda r: ranks.brunner_munzel(*r.normal(size=(2, n))).pvalue,
        f"A/A Wilcoxon, normal, n={n}": lambda r: ranks.wilcoxon(*r.normal(size=(2, n))).pvalue,
    }


def clustered_test(g: int, icc: float) -> dict[str, Test]:
    return {
        f"A/A clustered t, ICC {icc}, {g} clusters": lambda r: clusters.clustered_mean(*clustered(r, g, icc)).pvalue
    }


def alarms(runs: int) -> Iterator[tuple[str, float]]:
    """A/A: two equal arms, share of p <= 0.05."""
    tests = {**tests_of(54), **tests_of(100)}
    for g, icc in CLUSTERS:
        tests |= clustered_test(g, icc)
    for name, test in tests.items():
        rng = np.random.default_rng(1)
        yield name, sum(test(rng) <= 0.05 for _ in range(runs)) / runs


def binary_intervals(n: int, p: float) -> dict[str, tuple[Interval, float]]:
    return {f"coverage Welch, binary {p}, n={n} an arm": (lambda r: means.welch_t(*groups(r, n, p)), 0.0)}


def skewed_intervals(n: int, s: float) -> dict[str, tuple[Interval, float]]:
    truth = math.exp(s * s / 2)
    return {
        f"coverage one-sample t, lognormal({s}), n={n}": (lambda r: means.one_sample_t(r.lognormal(0, s, n)), truth),
        f"coverage bootstrap BCa, lognormal({s}), n={n}": (
            lambda r: resample.bootstrap_mean(r.lognormal(0, s, n), rng=r, draws=999),
            truth,
        ),
        f"coverage bootstrap t, lognormal({s}), n={n}": (
            lambda r: resample.bootstrap_mean(r.lognormal(0, s, n), rng=r, draws=999, way="t"),
            truth,
        ),
        f"coverage Hall's skew-corrected t, lognormal({s}), n={n}": (
            lambda r: means.hall_t(r.lognormal(0, s, n)),
            truth,
        ),
        f"coverage paired t, lognormal({s}), n={n}": (lambda r: means.paired_t(*r.lognormal(0, s, (2, n))), 0.0),
    }


def clustered_interval(g: int, icc: float) -> dict[str, tuple[Interval, float]]:
    return {
        f"coverage clustered t, ICC {icc}, {g} clusters": (
            lambda r: clusters.clustered_mean(*clustered(r, g, icc)),
            0.0,
        )
    }


def skewed_cases() -> dict[str, tuple[Interval, float]]:
    return {name: case for n in (54, 100) for s in (0.5, 1.0) for name, case in skewed_intervals(n, s).items()}


def other_cases() -> dict[str, tuple[Interval, float]]:
    cases = {name: case for n in (54, 100) for p in (0.5, 0.8, 0.95) for name, case in binary_intervals(n, p).items()}
    for g, icc in CLUSTERS:
        cases |= clustered_interval(g, icc)
    return cases


def coverage(runs: int, cases: dict[str, tuple[Interval, float]]) -> Iterator[tuple[str, float]]:
    """Share of 95 % intervals that hold the truth; without an interval it is not held."""
    for name, (find, truth) in cases.items():
        rng, held = np.random.default_rng(2), 0
        for _ in range(runs):
            found = find(rng)
            held += found.ci_lower <= truth <= found.ci_upper
        yield name, held / runs


def unequal_coverage(runs: int) -> Iterator[tuple[str, float]]:
    """95 % intervals of a mean over clusters of lognormal size: what decides, and the usual clustered t; sums are drawn whole."""
    for sigma in (0.5, 1.0):
        for g, icc in CLUSTERS:
            rng, decided, usual = np.random.default_rng(2), 0, 0
            reach = float(stats.t.ppf(0.975, g - 1))
            for _ in range(runs):
                size = np.maximum(1, np.rint(10 * rng.lognormal(-sigma * sigma / 2, sigma, g)))
                sums = size * rng.normal(0, math.sqrt(icc), g) + np.sqrt(size * (1 - icc)) * rng.normal(size=g)
                mean = abs(float(sums.sum() / size.sum()))
                rest = sums - size * sums.sum() / size.sum()
                variance, df = unequal.satterthwaite(rest[None], size[None])
                decided += mean <= special.stdtrit(df, 0.975) * math.sqrt(variance)
                usual += mean <= reach * math.sqrt(g / (g - 1) * float(rest @ rest)) / size.sum()
            where = f"sizes lognormal({sigma}), ICC {icc}, {g} clusters"
            yield f"coverage what decides, {where}", decided / runs
            yield f"coverage clustered t, {where}", usual / runs


def sequences(runs: int) -> Iterator[tuple[str, float]]:
    """Any false alarm over 100,000 peeks, from the 50th value on; width against the fixed interval at the horizon."""
    n, rng, wrong = 100_000, np.random.default_rng(4), 0
    counts = np.arange(1, n + 1)
    radius = np.array([sequential.sequence_radius(float(k), alpha=0.05, horizon=10_000) for k in counts])
    for _ in range(runs):
        x = rng.normal(size=n)
        mean = x.cumsum() / counts
        sd = np.sqrt(np.maximum((x * x).cumsum() / counts - mean**2, 1e-12))
        wrong += bool((np.abs(mean) > sd * radius)[49:].any())
    yield "confidence sequence, any false alarm over 100,000 peeks", wrong / runs
    yield (
        "confidence sequence, width at the horizon / fixed width",
        float(radius[9_999] / (stats.norm.ppf(0.975) / 100)),
    )


def speed() -> Iterator[tuple[str, float]]:
    """Seconds of one core: what a crowded machine does not change."""
    rng = np.random.default_rng(5)
    few, many = rng.integers(-1, 2, 14_000).astype(float), rng.normal(size=1_000_000)
    for name, run in (
        (
            "seconds, 10,000 resamples, 14,000 paired binary items, percentile",
            lambda: resample.bootstrap_mean(few, rng=rng, way="percentile"),
        ),
        ("seconds, 10,000 resamples, 14,000 paired binary items, BCa", lambda: resample.bootstrap_mean(few, rng=rng)),
        ("seconds, 10,000 resamples, 1,000,000 rows of a mean", lambda: resample.bootstrap_mean(many, rng=rng)),
        ("seconds, group-sequential bounds, 5 looks", lambda: sequential.bounds([0.2, 0.4, 0.6, 0.8, 1.0])),
        (
            "seconds, exact test at the margin, 200 pairs",
            lambda: matched.upper_tail.__wrapped__(Pairs(100, 20, 15, 65), -0.1),
        ),
        ("seconds, Tango interval", lambda: proportions.tango(Pairs(5000, 300, 280, 8000))),
    ):
        best = math.inf
        for _ in range(3):
            started = time.process_time()
            run()
            best = min(best, time.process_time() - started)
        yield name, best
    monitor = sequential.Monitor()
    values = [float(x) for x in many[:200_000]]
    started = time.process_time()
    for value in values:
        monitor.feed(value)
    yield "microseconds of one core, one event of the live monitor", (time.process_time() - started) / len(values) * 1e6
    tracemalloc.start()
    for value in values[:10_000]:
        monitor.feed(value)
    yield "bytes more after 10,000 further events of the live monitor", float(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()


def reports(rng: Rng, n: int = 12_032, k: int = 29) -> Iterator[tuple[str, float]]:
    """Seconds of one core from columns in memory to the page: 29 models, 14 strata, with Friedman's figure."""
    base, arms = rng.normal(size=n), [f"model {at}" for at in range(k)]
    item, stratum = [str(at) for at in range(n)] * k, [f"s{at % 14}" for at in range(n)] * k
    score = np.concatenate([base + rng.lognormal(size=n) for _ in arms])
    arm = [name for name in arms for _ in range(n)]
    plan = read_plan({
        "question": "q", "control": arms[0], "treatment": arms[1:], "metric": "m", "design": "paired", "stratum": "stratum",
        "margin": 0.02, "margin_reason": "r", "also": ["friedman"],
    })  # fmt: skip
    for name, values in (("yes-or-no", (score > 1).astype(float)), ("many-valued", score)):
        columns = Columns(item, arm, values.tolist(), {"stratum": stratum})
        started = time.process_time()
        render(analyse(plan, columns))
        yield f"seconds of one core, full report, {n:,} items x {k} models, {name}", time.process_time() - started


def rows(count: int) -> Iterator[tuple[str, float]]:
    """A file of this many rows, read and analysed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.csv"
        bits = np.random.default_rng(9).integers(0, 2, count).tolist()
        with path.open("w", encoding="utf-8") as file:
            file.write("item,arm,score\n")
            file.writelines(f"q{at >> 1},{'ct'[at & 1]},{bit}\n" for at, bit in enumerate(bits))
        plan = read_plan({"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired"})
        started = time.process_time()
        analyse(plan, read_scores(path, plan))
        yield f"seconds of one core, {count:,} rows of CSV read and analysed", time.process_time() - started
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield f"GiB at most, {count:,} rows of CSV read and analysed", most


def eligibility(runs: int) -> Iterator[tuple[str, float]]:
    """Sensitivity correlates with difficulty; only units that every arm may have are randomised, analysed as assigned.

    Bias in standard errors of one experiment, against the truth among eligible units; beside it what is found by one who
    compares all answers of the arm at home with the masked ones of the arm outside, and by one who analyses as treated.
    """
    rng, n = np.random.default_rng(7), 400
    ours, everybody, treated, errors = ([0.0] * runs for _ in range(4))
    for at in range(runs):
        hard = rng.random(2 * n)
        is_sensitive = rng.random(2 * n) < 0.1 + 0.8 * hard
        arm = rng.permutation(np.repeat([0, 1], n))
        turns = rng.random(2 * n) < 0.3 * hard  # restricted later: answered at home whatever the arm
        is_outside = (arm == 1) & ~turns
        score = (rng.random(2 * n) < 0.9 - 0.6 * hard + 0.1 * is_outside).astype(float)
        in_one, in_other = ~is_sensitive & (arm == 1), ~is_sensitive & (arm == 0)
        found = means.welch_t(score[in_one], score[in_other])
        ours[at], errors[at] = found.estimate, found.se
        everybody[at] = float(score[in_one].mean() - score[arm == 0].mean())
        treated[at] = float(score[~is_sensitive & is_outside].mean() - score[~is_sensitive & ~is_outside].mean())
    hard = np.linspace(0, 1, 200_001)
    kept = 1 - (0.1 + 0.8 * hard)
    truth = float((0.1 * (1 - 0.3 * hard) * kept).sum() / kept.sum())
    se = float(np.mean(errors))
    yield "eligibility: bias in standard errors, eligible units as assigned", (float(np.mean(ours)) - truth) / se
    yield "eligibility: the same, all units of the arm at home", (float(np.mean(everybody)) - truth) / se
    yield "eligibility: the same, analysed as treated", (float(np.mean(treated)) - truth) / se


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--parts", nargs="+", default=[])
    given = parser.parse_args()
    runs, few = given.runs, max(200, given.runs // 10)
    parts: dict[str, Callable[[], Iterator[tuple[str, float]]]] = {
        "speed": speed,
        "reports": lambda: reports(np.random.default_rng(6)),
        "pairs of 54": lambda: pairs_of(54),
        "pairs of 100": lambda: pairs_of(100),
        "skewed": lambda: coverage(runs, skewed_cases()),
        "alarms": lambda: alarms(runs),
        "coverage": lambda: coverage(runs, other_cases()),
        "unequal clusters": lambda: unequal_coverage(runs),
        "sequences": lambda: sequences(few),
        "eligibility": lambda: eligibility(runs),
        "rows": lambda: rows(given.rows),
    }
    for part in given.parts or parts:
        figures = {}
        for name, value in parts[part]():
            figures[name] = value
            print(f"{value:9.4f}  {name}", flush=True)
        if given.json:
            told = json.loads(given.json.read_text(encoding="utf-8")) if given.json.exists() else {}
            told[part] = {**origin(), "runs": runs, "figures": figures}
            given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def pairs_of(n: int) -> Iterator[tuple[str, float]]:
    """Yes-or-no pairs, summed over all tables."""
    yield from experiment_pairs.coverage(n)
    yield from experiment_pairs.alarms(n)
    yield from experiment_pairs.at_the_margin(n)


if __name__ == "__main__":
    main()
