"""One run of training: arms on the same folds, the finished model, and its card with everything that was measured.

Checks that training happened (weights moved) and that the kept model answers as the trained one does (parity).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.adapt import memorisation
from ambos.adapt import text as family
from ambos.adapt.metrics import Counts, calibration_error, gained, measured
from ambos.adapt.parts import by_group, by_label
from ambos.adapt.text import Embedder, Examples, Fitted
from ambos.adapt.watching import Watch, telling
from ambos.corpus import Corpus, Recipe, Row
from ambos.corpus.artefact import Artefact
from ambos.corpus.head import Head, squashed
from ambos.errors import AdaptError
from ambos.messages import Json

Floats: TypeAlias = NDArray[np.float32]
Told: TypeAlias = Callable[[str, int, int], None]

_NOBODY: Final = Watch()
LEAST_ROWS: Final = 5  # of a label: below, a fold of five trains on hardly any
_WATTS_A_CORE: Final = 15.0  # declared where nothing measures: a server core under load, board and memory included
_RAPL: Final = Path("/sys/class/powercap/intel-rapl:0/energy_uj")


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to classify, judged by cross-validation."""

    name: str
    counts: Counts = field(repr=False)
    chances_NC: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run gave. `control` is the strongest arm beside the trained one."""

    artefact: Artefact
    card: Mapping[str, Json]
    control: str


def examples_of(corpus: Corpus, side: str, embedder: Embedder | None) -> Examples:
    """The rows of one side, with embeddings where an encoder is given."""
    rows = [row for row in corpus.rows if row.split == side]
    labels = tuple(sorted({label for row in corpus.rows for label in row.labels}))
    place = {label: at for at, label in enumerate(labels)}
    true = np.zeros((len(rows), len(labels)), dtype=bool)
    for number, row in enumerate(rows):
        true[number, [place[label] for label in row.labels]] = True
    texts = [row.text for row in rows]
    vectors = embedder.embed(texts) if embedder is not None and texts else None
    is_multiple = any(len(row.labels) != 1 for row in corpus.rows)
    named = embedder.embed(family.spoken(labels)) if embedder is not None else None
    return Examples(texts, true, labels, groups_of(rows), is_multiple, vectors, named)


def groups_of(rows: Sequence[Row]) -> list[str]:
    """Whom each row belongs to."""
    return [row.group for row in rows]


def check(examples: Examples) -> None:
    """Refuse what cannot be cross-validated.

    Raises:
        AdaptError: too few rows of a label.
    """
    counts = examples.true_NC.sum(axis=0)
    few = [label for label, count in zip(examples.labels, counts, strict=True) if count < LEAST_ROWS]
    if few:
        raise AdaptError(
            f"{len(few)} labels have fewer than {LEAST_ROWS} rows that train ({few[0][:40]}): add rows, join labels, or "
            "put similar examples into the prompt of a chat model instead"
        )


def run(
    corpus: Corpus, recipe: Recipe, embedder: Embedder | None, champion: str, told: Told, watch: Watch = _NOBODY
) -> Run:
    """Train by a recipe and measure everything on the training rows.

    Args:
        champion: features of the promoted model, trained again on the same folds; "" without one.
        watch: hears the loss of the finished head, and some rows.

    Raises:
        AdaptError: too few rows, or a run that did not train.
    """
    started, cpu, before = time.monotonic(), time.process_time(), energy_uj()
    if embedder is not None:
        told("embed", 0, 1)
    examples = examples_of(corpus, "train", embedder)
    if embedder is not None:
        told("embed", 1, 1)
    check(examples)
    arms: list[Arm] = []
    names = dict.fromkeys(
        [recipe.features, *(["terms"] if recipe.features != "terms" else []), *([champion] if champion else [])]
    )
    validated = {}
    for name in names:
        validated[name] = family.cross_validate(
            examples,
            name,
            c=recipe.c if name == recipe.features else 0.0,
            count=recipe.folds,
            seed=recipe.seed,
            told=told,
        )
        arms.append(_arm(name, examples, validated[name].scores_NC))
    arms.append(_untuned(examples, embedder))
    watch.rows(telling(examples.texts, examples.true_NC, arms[0].chances_NC, examples.labels))
    fitted = family.finished(
        examples,
        recipe.features,
        validated[recipe.features],
        lambda step, loss: watch.loss(recipe.features, step, loss),
    )
    _moved(fitted.head)
    remembered = _remembered(examples, recipe, fitted, embedder, told)
    artefact = fitted.artefact(corpus=corpus.hash, recipe=recipe.hash(), encoder=embedder)
    _parity(fitted, artefact, examples)
    rng = np.random.default_rng(recipe.seed)
    control = strongest(arms[1:], examples.groups, recipe.metric, rng)
    card = _card(corpus, recipe, examples, arms, control, fitted.c, rng)
    card["memorisation"] = remembered
    card["remembered"] = recipe.most_remembered
    card["run"] = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **energy(before, time.process_time() - cpu),
    }
    return Run(artefact, card, control)


def _arm(name: str, examples: Examples, scores: Floats) -> Arm:
    width = len(examples.labels)
    ones, zeros = np.ones(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
    plain = Head(
        examples.labels, examples.is_multiple, np.zeros((0, width), np.float32), zeros, ones, zeros, zeros + 0.5
    )
    head = family.calibrated(plain, scores, examples.true_NC)
    chances = head.probabilities(scores)
    return Arm(name, Counts.of(head.chosen(chances), examples.true_NC), chances)


def _untuned(examples: Examples, embedder: Embedder | None) -> Arm:
    if embedder is None or examples.vectors is None:
        return _arm("prevalence", examples, family.prevalence(examples))
    return _arm("untuned", examples, family.untuned(embedder, examples.labels, examples.vectors))


def _moved(head: Head) -> None:
    if not np.isfinite(head.weights_FC).all() or (np.abs(head.weights_FC).sum(axis=0) == 0).any():
        raise AdaptError("the run did not train: a label's weights have not moved, or are not numbers")


def _parity(fitted: Fitted, artefact: Artefact, examples: Examples) -> None:
    again = Artefact.from_bytes(artefact.to_bytes())
    texts = examples.texts[:100]
    vectors = None if examples.vectors is None else examples.vectors[:100]
    trained, served = fitted.scores(texts, vectors), again.scores(texts, vectors)
    if not np.allclose(trained, served, atol=1e-3) or (trained.argmax(1) != served.argmax(1)).mean() > 0.01:
        raise AdaptError("the kept model does not answer as the trained one does: nothing was kept")


def _remembered(
    examples: Examples, recipe: Recipe, fitted: Fitted, embedder: Embedder | None, told: Told
) -> dict[str, Json]:
    """Of a twin that is trained with canaries, against the model itself, which has seen none."""
    rng = np.random.default_rng(recipe.seed)
    told("memorisation", 0, 1)
    try:
        texts = memorisation.canaries(examples.texts, 2 * memorisation.LEAST, rng)
    except AdaptError as error:
        return {"audited": False, "reason": str(error)}
    given = rng.integers(0, len(examples.labels), len(texts))
    true = np.eye(len(examples.labels), dtype=bool)[given]
    vectors = embedder.embed(texts) if embedder is not None else None
    half = memorisation.LEAST
    twin = family.fit_arm(
        family.more(examples, texts[:half], true[:half], vectors[:half] if vectors is not None else None),
        recipe.features,
        fitted.c,
    )
    chances = [
        squashed(one.scores(texts, vectors), is_multiple=examples.is_multiple)[np.arange(len(texts)), given]
        for one in (twin, fitted)
    ]
    raised = np.log(np.maximum(chances[0], 1e-12)) - np.log(np.maximum(chances[1], 1e-12))
    found = memorisation.audited(raised[:half], raised[half:])
    told("memorisation", 1, 1)
    return {"audited": True, **found.to_json()}


def strongest(arms: Sequence[Arm], groups: Sequence[str], metric: str, rng: np.random.Generator) -> str:
    """The arm that is best by this metric."""
    found = [(measured(one.counts, groups, rng)[metric].estimate, one.name) for one in arms]
    return max(found)[1]


def _card(
    corpus: Corpus,
    recipe: Recipe,
    examples: Examples,
    arms: list[Arm],
    control: str,
    c: float,
    rng: np.random.Generator,
) -> dict[str, Json]:
    metrics: dict[str, Json] = {}
    for arm in arms:
        told: dict[str, Json] = {
            name: dict(one.to_json()) for name, one in measured(arm.counts, examples.groups, rng).items()
        }
        told["calibration_error"] = round(calibration_error(arm.chances_NC.astype(np.float64), examples.true_NC), 4)
        metrics[arm.name] = told
    other = next(arm for arm in arms if arm.name == control)
    points, relative = gained(arms[0].counts, other.counts, examples.groups, recipe.metric, rng)
    against = "weak_generic" if control in ("untuned", "prevalence") else "baseline"
    sources = corpus.manifest["sources"]
    return {
        "name": recipe.name,
        "purpose": recipe.purpose,
        "family": recipe.family,
        "is_multiple": examples.is_multiple,
        "base": recipe.base,
        "features": recipe.features,
        "labels": [*examples.labels],
        "rows": len(examples.texts),
        "c": c,
        "folds": recipe.folds,
        "metric": recipe.metric,
        "metrics": metrics,
        "control": control,
        "by_label": by_label(arms[0].counts, examples.labels),
        "by_group": by_group(arms[0].counts, examples.groups),
        "gain": {"points": dict(points.to_json()), "relative": dict(relative.to_json()), "against": against},
        "licences": [*sorted({str(one["licence"]) for one in sources})],  # type: ignore[index,union-attr,call-overload]  # our own manifest
        "corpus": corpus.hash,
        "recipe": recipe.hash(),
        "fitness": "unproven",
    }


def energy_uj() -> int | None:
    """What the processor's own counter says, None where it has none."""
    try:
        return int(_RAPL.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def energy(before: int | None, cpu_s: float) -> dict[str, Json]:
    """Watt-hours since `before`: measured where the machine can, else an estimate that says so."""
    after = energy_uj()
    if before is not None and after is not None and after >= before:
        return {"watt_hours": round((after - before) / 3.6e9, 4), "energy": "measured"}
    return {"watt_hours": round(cpu_s * _WATTS_A_CORE / 3600, 4), "energy": "estimated"}


def control_scores(
    name: str, train: Examples, judging: Examples, embedder: Embedder | None, recipe: Recipe
) -> NDArray[np.bool_]:
    """What the control chooses on the rows that judge; it is trained on the same rows as the treatment."""
    if name in ("untuned", "prevalence"):
        if name == "untuned" and embedder is not None and judging.vectors is not None and train.vectors is not None:
            seen, new = (family.untuned(embedder, train.labels, one) for one in (train.vectors, judging.vectors))
        else:
            seen = family.prevalence(train)
            new = np.tile(seen[:1], (len(judging.texts), 1))
        width = len(train.labels)
        ones, zeros = np.ones(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
        plain = Head(train.labels, train.is_multiple, np.zeros((0, width), np.float32), zeros, ones, zeros, zeros + 0.5)
        head = family.calibrated(plain, seen, train.true_NC)
        return head.chosen(head.probabilities(new))
    validated = family.cross_validate(train, name, c=0.0, count=recipe.folds, seed=recipe.seed, told=lambda *_: None)
    fitted = family.finished(train, name, validated)
    return fitted.head.chosen(fitted.head.probabilities(fitted.scores(judging.texts, judging.vectors)))


def row_scores(chosen_NC: NDArray[np.bool_], true_NC: NDArray[np.bool_]) -> list[float]:
    """1 or 0 for each row; F1 of the row's labels where there may be several."""
    hits = (chosen_NC & true_NC).sum(axis=1)
    below = chosen_NC.sum(axis=1) + true_NC.sum(axis=1)
    return [float(2 * hit / both) if both else 1.0 for hit, both in zip(hits, below, strict=True)]
