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

from ambos.adapt import memorisation, network
from ambos.adapt import signal as family
from ambos.adapt.fitting import temperature
from ambos.adapt.metrics import Counts, calibration_error, gained, measured
from ambos.adapt.parts import by_group, by_label
from ambos.adapt.running import Arm, Run, strongest
from ambos.adapt.signal import Recordings, Scaled
from ambos.adapt.watching import Watch
from ambos.corpus import Corpus, Recipe, signals
from ambos.corpus.artefact import NETWORK, Artefact, Facts
from ambos.corpus.head import Head, squashed
from ambos.corpus.network import Network
from ambos.errors import AdaptError
from ambos.messages import Json

Floats: TypeAlias = NDArray[np.float32]
Told: TypeAlias = Callable[[str, int, int], None]
_NOBODY: Final = Watch()
BASELINE: Final = "bands"
ERP: Final = "bands+amplitudes"  # beside a network: what follows an event is often read better by plain bins
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


def run(corpus: Corpus, recipe: Recipe, told: Told, champion: str = "", watch: Watch = _NOBODY) -> Run:
    """Train by a recipe and measure everything on the training subjects, `seeds` times.

    Args:
        champion: features of the promoted model, trained again on the same folds; "" without one.
        watch: hears the loss of the finished network.

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
    for name in _arms(recipe.features, champion):
        scores[name] = _scores(recordings, name, recipe, told)
        arms.append(_arm(name, scores[name], recordings))
    arms.append(
        _arm(
            "prevalence",
            np.tile(np.log(recordings.true_NC.mean(axis=0) + 1e-6), (len(recordings.groups), 1)),
            recordings,
        )
    )
    control = strongest(arms[1:], recordings.groups, recipe.metric, np.random.default_rng(recipe.seed))
    artefact = _finished(recordings, recipe, corpus, scores[recipe.features], watch)
    card = _card(corpus, recipe, recordings, arms, control)
    card["memorisation"] = _remembered(recordings, recipe)
    card["remembered"] = recipe.most_remembered
    card["run"] = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return Run(artefact, card, control)


def _arms(features: str, champion: str) -> list[str]:
    beside = [BASELINE, *([ERP] if features == NETWORK else []), *([champion] if champion else [])]
    return [*dict.fromkeys((features, *beside))]


def _scores(recordings: Recordings, name: str, recipe: Recipe, told: Told) -> Floats:
    if name == NETWORK:
        each = [
            network.cross_validate(recordings, count=recipe.folds, seed=recipe.seed + seed, told=told)
            for seed in range(recipe.seeds)
        ]
        return np.asarray(np.mean(each, axis=0), dtype=np.float32)
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


def _finished(recordings: Recordings, recipe: Recipe, corpus: Corpus, scores: Floats, watch: Watch) -> Artefact:
    fitted, net = _fitted(recordings, recipe.features, recipe.seed, watch)
    width = len(recordings.labels)
    factor = temperature(scores, recordings.true_NC.astype(np.float32))
    head = Head(
        recordings.labels, False, fitted.weights_FC, fitted.bias_C, np.full(width, factor, dtype=np.float32),
        np.zeros(width, dtype=np.float32), np.full(width, 0.5, dtype=np.float32),
    )  # fmt: skip
    names = tuple(bytes(corpus.arrays["channels"]).decode().split("\n"))
    facts = Facts(
        "signal", recipe.features, recordings.labels, False, corpus.hash, recipe.hash(), channels=names,
        rate_hz=recordings.rate_hz, points=recordings.x_NCT.shape[2], pools=net.pools if net is not None else (1, 1),
    )  # fmt: skip
    return Artefact(facts, head, None, fitted.mean_F.astype(np.float32), fitted.spread_F.astype(np.float32), net)


def _fitted(recordings: Recordings, features: str, seed: int, watch: Watch = _NOBODY) -> tuple[Scaled, Network | None]:
    if features == NETWORK:
        x = signals.aligned(recordings.x_NCT, recordings.groups)
        made = network.fit_network(
            x, recordings.true_NC, recordings.groups, recordings.rate_hz, seed=seed, loss=watch.loss
        )
        width = np.zeros(len(made.weights_FC), dtype=np.float32)
        return Scaled(width, width + 1, made.weights_FC, made.bias_C, 0.0), made.network
    table = family.features_of(recordings, features.split("+"))
    c = family.choose(table, recordings.true_NC, recordings.groups, seed)
    return family.fit_scaled(table, recordings.true_NC, c), None


def _remembered(recordings: Recordings, recipe: Recipe) -> dict[str, Json]:
    """Of a twin that learns from numbers that no window has, each of another window and with a label of chance."""
    if recipe.features == NETWORK:
        return {"audited": False, "reason": "a network is not audited: its twin would be trained for as long again"}
    table, true = family.features_of(recordings, recipe.features.split("+")), recordings.true_NC
    rng, half = np.random.default_rng(recipe.seed), memorisation.LEAST
    made = table[rng.integers(0, len(table), (2 * half, table.shape[1])), np.arange(table.shape[1])]
    given = rng.integers(0, true.shape[1], 2 * half)
    c = family.choose(table, true, recordings.groups, recipe.seed)
    labels = np.eye(true.shape[1], dtype=bool)[given[:half]]
    twin = family.fit_scaled(np.concatenate([table, made[:half]]), np.concatenate([true, labels]), c)
    chances = [
        squashed(one.scores(made), is_multiple=False)[np.arange(2 * half), given]
        for one in (twin, family.fit_scaled(table, true, c))
    ]
    raised = np.log(np.maximum(chances[0], 1e-12)) - np.log(np.maximum(chances[1], 1e-12))
    return {"audited": True, **memorisation.audited(raised[:half], raised[half:]).to_json()}


def held_back(corpus: Corpus, artefact: Artefact, control: str, recipe: Recipe) -> tuple[list[float], list[float]]:
    """Right or wrong for each window that judges, of the model and of its control."""
    train, judging = recordings_of(corpus, "train"), recordings_of(corpus, "evaluate")
    own = artefact.signal_scores(judging.x_NCT, judging.groups).argmax(axis=1)
    if control == "prevalence":
        other = np.full(len(own), int(train.true_NC.sum(axis=0).argmax()))
    else:
        fitted, net = _fitted(train, control, recipe.seed)
        if net is not None:
            numbers = net.embedded(signals.aligned(judging.x_NCT, judging.groups))
        else:
            numbers = family.features_of(judging, control.split("+"))
        other = fitted.scores(numbers).argmax(axis=1)
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
        "by_label": by_label(arms[0].counts, recordings.labels), "by_group": by_group(arms[0].counts, recordings.groups),
        "gain": {
            "points": points.to_json(), "relative": relative.to_json(),
            "against": "weak_generic" if control == "prevalence" else "baseline",
        },
        "licences": sorted({str(one["licence"]) for one in sources}), "corpus": corpus.hash, "recipe": recipe.hash(),
        "fitness": "unproven",
    }  # fmt: skip
