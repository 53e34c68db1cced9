"""Whether the bound holds: simulations from a known truth, and one calibration that is checked on documents apart.

    python benchmarks/calibration.py [--runs 4000] [--data DIR --tagger FILE.npz [--train]] [--dev] [--json FILE]

Simulations draw from a fixed seed: how often a bound lies below the truth, how often a setting is chosen that breaks its
promise, how often a quiet watch raises an alarm, how many samples a planted shift needs. With `--data`, MEDDOCAN train is
halved by a hash of the document's name: the model for clinical records is trained on one half (`--train`) and calibrated
on the other, which no training and no choice has seen; with `--dev`, the
promise is compared with what the 250 documents of dev lose. Nothing of a text is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ambos.cli.calibrating import Measured, calibrate, found_in, measure, read_file
from ambos.engines.tagger import Tagger
from ambos.evaluate.reliability import choose_map, expected_error, mapped
from ambos.evaluate.risk import Target, betting, choose, hoeffding_bentkus
from ambos.evaluate.watch import LossWatch, ShiftWatch
from ambos.messages import Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.curve import Point
from ambos.privacy.curve import draw as drawn
from ambos.privacy.labelled import Document
from ambos.privacy.score_map import FORMAT, source_of
from ambos.privacy.thresholds import GRID

ALPHA = 0.05
# Of the network in the model for clinical records (docs/cards/tagger.md).
CLINICAL_SHARE = 0.35
JUDGED = (Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE)  # facts that MEDDOCAN does not label
SHAPES: dict[str, Callable[[np.random.Generator, int, float], np.ndarray]] = {
    "all or nothing": lambda rng, n, mean: (rng.random(n) < mean).astype(float),
    "some leak a part": lambda rng, n, mean: np.where(rng.random(n) < 5 * mean, 0.4 * rng.random(n), 0.0),
    "everywhere a little": lambda rng, n, mean: rng.beta(1, 1 / mean - 1, n),
}


def coverage(runs: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """How often the bound lies below the truth: exactly where the p-value at the truth is at most alpha."""
    for name, bound in (("betting", betting), ("hoeffding-bentkus", hoeffding_bentkus)):
        for shape, draw in SHAPES.items():
            for n in (100, 300, 1000):
                misses = sum(bound(draw(rng, n, 0.02), 0.02) <= ALPHA for _ in range(runs))
                yield {"part": "coverage", "bound": name, "loss": shape, "n": n, **rate(misses, runs)}


def choices(runs: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """How often Learn-then-Test ends at a setting whose true loss is above its promise."""
    truth = np.linspace(0.005, 0.045, 9)
    for n in (250, 1000):
        broken = used = 0
        for _ in range(runs):
            draws = rng.random(n)
            table = (draws[None, :] < truth[:, None]).astype(float)
            place = choose({"direct": table}, [Target("direct", 0.02, "binomial")], confidence=0.95).place
            used += place is not None
            broken += place is not None and truth[place] > 0.02
        yield {"part": "choice", "n": n, "used": round(used / runs, 4), **rate(broken, runs)}


def watches(runs: int, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """False alarms of the watches at the limit of 1 / 0.05, and samples until a planted shift is noticed."""
    runs = max(runs // 4, 1)
    for shape, draw in SHAPES.items():
        alarms = sum(first(LossWatch(0.02), draw(rng, 500, 0.02)) is not None for _ in range(runs))
        yield {"part": "watch of losses, quiet", "loss": shape, "looks": 500, **rate(alarms, runs)}
        for times in (3, 10):
            delays = [first(LossWatch(0.02), draw(rng, 2000, 0.02 * times)) for _ in range(runs)]
            yield {"part": "watch of losses, shifted", "loss": shape, "times": times, **told(delays)}
    alarms = sum(shift(rng, 1.0) is not None for _ in range(runs))
    yield {"part": "watch of scores, quiet", "known": 250, "looks": 500, **rate(alarms, runs)}
    for scale in (1.5, 3.0):
        yield {"part": "watch of scores, shifted", "times": scale, **told([shift(rng, scale) for _ in range(runs)])}


def first(watch: LossWatch, losses: np.ndarray) -> int | None:
    return next((at for at, loss in enumerate(losses, 1) if watch.feed([float(loss)]) >= 1 / ALPHA), None)


def shift(rng: np.random.Generator, scale: float) -> int | None:
    watch = ShiftWatch([float(x) for x in rng.gamma(2, 1, 250)])
    values, ties = rng.gamma(2, scale, 500), rng.random(500)
    for at in range(500):
        if watch.feed([float(values[at])], [float(ties[at])]) >= 1 / ALPHA:
            return at + 1
    return None


def rate(hits: int, runs: int) -> dict[str, object]:
    share = hits / runs
    return {
        "runs": runs,
        "rate": round(share, 4),
        "error": round((share * (1 - share) / runs) ** 0.5, 4),
        "at_most": ALPHA,
    }


def told(delays: list[int | None]) -> dict[str, object]:
    noticed = [one for one in delays if one is not None]
    middle = float(np.median(noticed)) if noticed else None
    return {"runs": len(delays), "noticed": round(len(noticed) / len(delays), 4), "median_samples": middle}


# --- one calibration, checked ----------------------------------------------------------------------------------------


def half(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % 2


def train(data: Path, out: Path) -> None:
    """The model for clinical records, by its card, from half of the documents it is made from."""
    from ambos.adapt.tagger.examples import meddocan
    from ambos.adapt.tagger.lists import ine, long_lists
    from ambos.adapt.tagger.meanings import clinical_texts, learned
    from ambos.adapt.tagger.network import CLINICAL, fit_network, joined
    from ambos.adapt.tagger.training import Recipe, fit
    from ambos.privacy.tag_weights import to_bytes

    documents = list(meddocan(data / "meddocan" / "train.jsonl"))
    seen = [one for one in documents if half(one.group) == 0]
    unseen = frozenset(one.group for one in documents if half(one.group) == 1)
    field = fit(seen, long_lists(ine(data / "gazetteers-es")), Recipe(), verbose=False)
    network, transitions = fit_network(seen, field, CLINICAL, spanish=learned(clinical_texts(data, unseen)))
    weights = to_bytes(joined(field, network, transitions, share=CLINICAL_SHARE))
    out.write_bytes(weights)
    out.with_suffix(".sha256").write_text(f"{hashlib.sha256(weights).hexdigest()}  {out.name}\n", "ascii")


def loaded(tagger: Path) -> Tagger:
    """Reads all records with the model of the half, at the floors that are served."""
    return Tagger.load(tagger, clinical=tagger, caution=GRID[0])


def score_maps(data: Path, tagger: Path) -> Iterator[dict[str, object]]:
    """What scores are worth on the half that the tagger has not seen: a map for each source and kind, chosen by folds."""
    held = [one for one in read_file(data / "meddocan" / "train.jsonl") if half(one.id) == 1]
    detector = Detector(Settings(thresholds=dict.fromkeys(Kind, GRID[0])), [loaded(tagger)])
    seen: dict[str, list[tuple[float, bool, str]]] = {}
    for document in held:
        text, wanted = document.texts[0], bytearray(len(document.texts[0]))
        for gold in document.spans[0]:
            wanted[gold.start : gold.end] = b"\1" * (gold.end - gold.start)
        for one in found_in(detector, document)[0]:
            letters = [at for at in range(one.start, one.end) if text[at].isalnum()]
            if letters and one.kind not in JUDGED:
                hit = 2 * sum(wanted[at] for at in letters) > len(letters)
                for name in (source_of(one), f"{source_of(one)} {one.kind.value}"):
                    seen.setdefault(name, []).append((one.score, hit, document.id))
    # What rules find of other kinds is not like what they find in clinical notes: no map for all of them together.
    seen.pop("rules", None)
    for name, rows in sorted(seen.items()):
        scores, hits, groups = (list(column) for column in zip(*rows, strict=True))
        made = choose_map(scores, [float(one) for one in hits], groups, seed=1)
        if made.method == "as it is":
            continue
        yield {
            "part": "scores",
            "name": name,
            "n": len(rows),
            "method": made.method,
            "log_loss": [round(made.before, 4), round(made.log_loss, 4)],
            "error": [
                round(expected_error(scores, hits), 4),
                round(expected_error(mapped(made.knots, scores), hits), 4),
            ],
            "knots": made.knots,
        }


def write_maps(rows: list[dict[str, object]], out: Path) -> None:
    """For the tagger that is served, of the same recipe as the half that was measured."""
    maps = {str(one["name"]): one["knots"] for one in rows if one["part"] == "scores"}
    tree = {"format": FORMAT, "tagger": Tagger.load().version, "maps": maps}
    out.write_text(json.dumps(tree, sort_keys=True, separators=(",", ":")) + "\n", "utf-8")


def row(part: str, measured: Measured, documents: list[Document]) -> dict[str, object]:
    rng = np.random.default_rng(0)
    table = measured.table("leak")[-1]
    means = [table[rng.integers(0, len(table), len(table))].mean() for _ in range(2000)]
    return {
        "part": part,
        "documents": len(documents),
        "units": len(table),
        "mean_loss": round(float(table.mean()), 5),
        "interval": [round(float(x), 5) for x in np.percentile(means, [2.5, 97.5])],
        "curve": [
            {key: round(float(value), 5) for key, value in asdict(one).items() if key != "is_now"}
            for one in measured.curve()
        ],
    }


def checked(data: Path, tagger: Path, *, dev: bool) -> Iterator[dict[str, object]]:
    """Calibrate on the half that the tagger has not seen, for several promises; then what dev loses."""
    tools = [loaded(tagger)]
    held = [one for one in read_file(data / "meddocan" / "train.jsonl") if half(one.id) == 1]
    found = {}
    for name, settings in (("usual", Settings()), ("hospital", Settings(profile="hospital"))):
        measured = measure(settings, held, lambda: None, tools=tools)
        found[name] = measured
        yield row(f"calibration half, {name}", measured, held)
        for promise in ({"leak": 0.03}, {"leak": 0.02}, {"leak": 0.02, "direct": 0.1}, {"direct": 0.05}):
            for bound in ("betting", "hoeffding-bentkus"):
                made = calibrate(measured, promise, confidence=0.95, bound=bound)
                yield {
                    "part": f"promise, {name}",
                    "asked": promise,
                    "bound": bound,
                    "met": made.is_met,
                    "mildest": made.mildest,
                    "upper": {one.loss: one.upper for one in made.shown},
                    "needed": dict(made.needed),
                    "least": round(made.least, 5),
                }
    if dev:
        documents = read_file(data / "meddocan" / "dev.jsonl")
        for name, settings in (("usual", Settings()), ("hospital", Settings(profile="hospital"))):
            measured = measure(settings, documents, lambda: None, tools=tools)
            yield row(f"dev, {name}", measured, documents)


def draw_curve(rows: list[dict[str, object]], folder: Path) -> None:
    """The curve of the half that the tagger has not seen, in both languages."""
    for one in rows:
        if one["part"] == "calibration half, usual":
            points = [
                Point(p["threshold"], p["leak"], p["direct"], p["harmless"], p["threshold"] == 0.15)
                for p in one["curve"]
            ]
            for language in ("en", "es"):
                (folder / f"leak-curve-{language}.svg").write_text(drawn(points, language=language), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--tagger", type=Path)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--curve", type=Path, help="folder for the drawing of leak against harmless masked")
    parser.add_argument("--scores", type=Path, help="write the maps of scores for the served tagger")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rng = np.random.default_rng(20261126)
    rows: list[dict[str, object]] = []

    def keep(some: Iterator[dict[str, object]]) -> None:
        for one in some:
            rows.append(one)
            print(json.dumps(one), flush=True)

    if chosen.runs:
        keep(coverage(chosen.runs, rng))
        keep(choices(chosen.runs, rng))
        keep(watches(chosen.runs, rng))
    if chosen.data and chosen.tagger:
        if chosen.train:
            train(chosen.data, chosen.tagger)
        keep(checked(chosen.data, chosen.tagger, dev=chosen.dev))
        keep(score_maps(chosen.data, chosen.tagger))
        if chosen.curve:
            draw_curve(rows, chosen.curve)
        if chosen.scores:
            write_maps(rows, chosen.scores)
    if chosen.json:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        about = {
            "commit": commit.stdout.strip(),
            "date": time.strftime("%Y-%m-%d"),
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        }
        chosen.json.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
