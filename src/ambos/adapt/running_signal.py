"""One run of the signal family: arms on the same folds of subjects, the finished head, its card.

The Fourier baseline (band powers) always stands beside what is trained, and the interval is over subjects.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.adapt import signal as family
from ambos.adapt.fitting import temperature
from ambos.adapt.metrics import Counts, calibration_error, gained, measured
from ambos.adapt.running import Arm, Run
from ambos.adapt.signal import Recordings
from ambos.corpus import Corpus, Recipe
from ambos.corpus.artefact import Artefact, Facts
from ambos.corpus.head import Head
from ambos.errors import AdaptError

Floats: TypeAlias = NDArray[np.float32]
BASELINE: Final = "bands"
LEAST_SUBJECTS: Final = 6  # a t over fewer subjects has hardly any degrees of freedom


def recordings_of(corpus: Corpus, side: str) -> Recordings:
    """The windows of one side.

    Raises:
        AdaptError: a window has no subject.
    """
    rows = [row for row in corpus.rows if row.split == side]
    labels = tuple(sorted({label for row in corpus.rows for label in row.labels}))
    if not all(row.group for row in rows):
        raise AdaptError("a window has no subject: models of signals are judged on subjects that they have not seen")
    at = np.array([row.signal for row in rows], dtype=np.int64)
    true = np.array([[label in row.labels for label in labels] for row in rows])
    x = np.asarray(corpus.arrays["x"][at], dtype=np.float32)
    return Recordings(x, true, labels, [row.group for row in rows], float(corpus.arrays["rate_hz"][0]))


def run(corpus: Corpus, recipe: Recipe, told: Callable[[str, int, int], None]) -> Run:
    """Train by a recipe and measure everything on the training subjects, `seeds` times.

    Raises:
        AdaptError: too few subjects, or features that are not known.
    """
    started, cpu = time.monotonic(), time.process_time()
    recordings = recordings_of(corpus, "train")
    if len(set(recordings.groups)) < max(LEAST_SUBJECTS, recipe.folds):
        raise AdaptError(
            f"there are {len(set(recordings.groups))} subjects that train; at least {LEAST_SUBJECTS} are needed"
        )
    arms, scores = [], {}
    for name in dict.fromkeys((recipe.features, BASELINE)):
        scores[name] = _scores(recordings, name, recipe, told)
        arms.append(_arm(name, scores[name], recordings))
    arms.append(
        _arm(
            "prevalence",
            np.tile(np.log(recordings.true_NC.mean(axis=0) + 1e-6), (len(recordings.groups), 1)),
            recordings,
        )
    )
    control = BASELINE if recipe.features != BASELINE else "prevalence"
    artefact = _finished(recordings, recipe, corpus, scores[recipe.features])
    card = _card(corpus, recipe, recordings, arms, control)
    card["run"] = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return Run(artefact, card, control)


def _scores(recordings: Recordings, name: str, recipe: Recipe, told: Callable[[str, int, int], None]) -> Floats:
    features = family.features_of(recordings, name.split("+"))
    total = np.zeros(recordings.true_NC.shape, dtype=np.float32)
    for seed in range(recipe.seeds):
        found, _ = family.cross_validate(features, recordings, count=recipe.folds, seed=recipe.seed + seed)
        total += found / recipe.seeds
        told(f"{name} seed", seed + 1, recipe.seeds)
    return total


def _arm(name: str, scores: Floats, recordings: Recordings) -> Arm:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances = np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)
    chosen = np.arange(scores.shape[1])[None, :] == scores.argmax(axis=1)[:, None]
    return Arm(name, Counts.of(chosen, recordings.true_NC), chances)


def _finished(recordings: Recordings, recipe: Recipe, corpus: Corpus, scores: Floats) -> Artefact:
    features = family.features_of(recordings, recipe.features.split("+"))
    c = family.choose(features, recordings.true_NC, recordings.groups, recipe.seed)
    fitted = family.fit_scaled(features, recordings.true_NC, c)
    width = len(recordings.labels)
    factor = temperature(scores, recordings.true_NC.astype(np.float32))
    head = Head(
        recordings.labels, False, fitted.weights_FC, fitted.bias_C, np.full(width, factor, dtype=np.float32),
        np.zeros(width, dtype=np.float32), np.full(width, 0.5, dtype=np.float32),
    )  # fmt: skip
    names = tuple(bytes(corpus.arrays["channels"]).decode().split("\n"))
    facts = Facts(
        "signal", recipe.features, recordings.labels, False, corpus.hash, recipe.hash(), channels=names,
        rate_hz=recordings.rate_hz, points=recordings.x_NCT.shape[2],
    )  # fmt: skip
    return Artefact(facts, head, None, fitted.mean_F.astype(np.float32), fitted.spread_F.astype(np.float32))


def held_back(corpus: Corpus, artefact: Artefact, control: str, recipe: Recipe) -> tuple[list[float], list[float]]:
    """Right or wrong for each window that judges, of the model and of its control."""
    train, judging = recordings_of(corpus, "train"), recordings_of(corpus, "evaluate")
    own = artefact.signal_scores(judging.x_NCT, judging.groups).argmax(axis=1)
    if control == "prevalence":
        other = np.full(len(own), int(train.true_NC.sum(axis=0).argmax()))
    else:
        names = control.split("+")
        features = family.features_of(train, names)
        c = family.choose(features, train.true_NC, train.groups, recipe.seed)
        other = family.fit_scaled(features, train.true_NC, c).scores(family.features_of(judging, names)).argmax(axis=1)
    true = judging.true_NC.argmax(axis=1)
    return [float(one) for one in own == true], [float(one) for one in other == true]


def _card(corpus: Corpus, recipe: Recipe, recordings: Recordings, arms: list[Arm], control: str) -> dict[str, Any]:
    rng = np.random.default_rng(recipe.seed)
    metrics = {}
    for arm in arms:
        found: dict[str, Any] = {
            name: one.to_json() for name, one in measured(arm.counts, recordings.groups, rng).items()
        }
        found["calibration_error"] = round(calibration_error(arm.chances_NC.astype(np.float64), recordings.true_NC), 4)
        metrics[arm.name] = found
    other = next(arm for arm in arms if arm.name == control)
    points, relative = gained(arms[0].counts, other.counts, recordings.groups, recipe.metric, rng)
    sources: Any = corpus.manifest["sources"]
    return {
        "name": recipe.name, "purpose": recipe.purpose, "family": "signal", "base": "", "features": recipe.features,
        "labels": [*recordings.labels], "rows": len(recordings.groups), "subjects": len(set(recordings.groups)),
        "folds": recipe.folds, "seeds": recipe.seeds, "metric": recipe.metric, "metrics": metrics, "control": control,
        "gain": {
            "points": points.to_json(), "relative": relative.to_json(),
            "against": "weak_generic" if control == "prevalence" else "baseline",
        },
        "licences": sorted({str(one["licence"]) for one in sources}), "corpus": corpus.hash, "recipe": recipe.hash(),
        "fitness": "unproven",
    }  # fmt: skip
