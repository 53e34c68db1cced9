"""The text family: features and a linear head, chosen, calibrated and thresholded inside the training rows.

An arm is a way to classify: terms (the honest baseline), embeddings, both, or the untuned base that only compares a text
with the names of the labels. Every figure comes from rows that the head had not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.adapt.fitting import Curve, fit, matrix, platt, temperature
from ambos.corpus.artefact import BLEND, Artefact, Facts
from ambos.corpus.head import Head, squashed
from ambos.corpus.splits import folds
from ambos.corpus.terms import Vocabulary
from ambos.errors import AdaptError

Floats: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]
Told: TypeAlias = Callable[[str, int, int], None]

GRID = {"terms": (10.0, 30.0, 100.0), "embedding": (3.0, 10.0, 30.0), "both": (10.0, 30.0, 100.0)}

NAMED_BELOW = 20  # rows a label: with fewer, a label's name is one more example of it (1.7 points at 5 rows a label)


class Embedder(Protocol):
    """What turns texts into vectors; `ambos.engines.encoder` is one."""

    name: str
    version: str
    width: int

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row for each text."""
        ...


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts with what is true of them; `vectors` and `named` are embeddings where an arm needs them."""

    texts: Sequence[str] = field(repr=False)
    true_NC: Bools = field(repr=False)
    labels: tuple[str, ...]
    groups: Sequence[str] = field(repr=False)
    is_multiple: bool  # a row may have several labels, or none
    vectors: Floats | None = field(default=None, repr=False)
    named: Floats | None = field(default=None, repr=False)  # embeddings of the labels' names

    def some(self, rows: NDArray[np.int64]) -> Examples:
        """These rows only."""
        vectors = None if self.vectors is None else self.vectors[rows]
        return replace(
            self,
            texts=[self.texts[int(at)] for at in rows],
            true_NC=self.true_NC[rows],
            groups=[self.groups[int(at)] for at in rows],
            vectors=vectors,
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head with the vocabulary it needs; `vocabulary` is None for embeddings alone."""

    head: Head
    features: str
    vocabulary: Vocabulary | None
    c: float

    def scores(self, texts: Sequence[str], vectors: Floats | None) -> Floats:
        """Uncalibrated scores (row, class)."""
        sparse = self.vocabulary.features(texts) if self.vocabulary is not None else None
        dense = vectors if self.features != "terms" else None
        weight = BLEND if self.features == "both" else 1.0
        made = matrix(sparse, dense, weight=weight) @ self.head.weights_FC
        return np.asarray(made, dtype=np.float32) + self.head.bias_C

    def artefact(self, *, corpus: str, recipe: str, encoder: Embedder | None) -> Artefact:
        """What is kept and served."""
        facts = Facts(
            family="text",
            features=self.features,
            labels=self.head.labels,
            is_multiple=self.head.is_multiple,
            corpus=corpus,
            recipe=recipe,
            encoder=encoder.name if encoder is not None else "",
            encoder_version=encoder.version if encoder is not None else "",
        )
        return Artefact(facts, self.head, self.vocabulary)


@dataclass(frozen=True, slots=True)
class Validated:
    """What cross-validation gave: scores of rows by heads that had not seen them, and the fold of each row."""

    scores_NC: Floats = field(repr=False)
    fold_N: NDArray[np.int64] = field(repr=False)
    c: float


def fit_arm(examples: Examples, features: str, c: float, curve: Curve | None = None) -> Fitted:
    """One head on all of these rows; `curve` hears how its loss falls.

    Raises:
        AdaptError: fewer than two labels, a label without a row, or embeddings that were not made.
    """
    if len(examples.labels) < 2 or not examples.true_NC.any(axis=0).all():
        raise AdaptError("a head needs at least two labels, each with at least one row")
    if features != "terms" and examples.vectors is None:
        raise AdaptError("this recipe needs an encoder: name one as `base`")
    if features != "terms" and not examples.is_multiple and len(examples.texts) < NAMED_BELOW * len(examples.labels):
        examples = _with_names(examples)
    vocabulary = None
    if features != "embedding":
        vocabulary = Vocabulary.learn(examples.texts, least=2 if len(examples.texts) > 1000 else 1)
    sparse = vocabulary.features(examples.texts) if vocabulary is not None else None
    dense = examples.vectors if features != "terms" else None
    table = matrix(sparse, dense, weight=BLEND if features == "both" else 1.0)
    is_multiple = examples.is_multiple
    weights, bias = fit(table, examples.true_NC.astype(np.float32), c=c, is_multiple=is_multiple, curve=curve)
    ones, zeros = np.ones_like(bias), np.zeros_like(bias)
    head = Head(examples.labels, is_multiple, weights, bias, ones, zeros, np.full_like(bias, 0.5))
    return Fitted(head, features, vocabulary, c)


def cross_validate(examples: Examples, features: str, *, c: float, count: int, seed: int, told: Told) -> Validated:
    """Scores of every row by a head that saw neither it nor its group; `c` = 0 chooses it inside the training rows."""
    fold_N = fold_numbers(examples, count, seed)
    scores = np.zeros(examples.true_NC.shape, dtype=np.float32)
    chosen = []
    for fold in range(count):
        inside, outside = np.flatnonzero(fold_N != fold), np.flatnonzero(fold_N == fold)
        training = _with_all_labels(examples.some(inside))
        strength = c or choose(training[0], features, seed=seed)
        fitted = fit_arm(training[0], features, strength)
        part = examples.some(outside)
        scores[np.ix_(outside, training[1])] = fitted.scores(part.texts, part.vectors)
        absent = np.setdiff1d(np.arange(len(examples.labels)), training[1])
        scores[np.ix_(outside, absent)] = -30.0  # a label that no training row had cannot be chosen
        chosen.append(strength)
        told(f"{features} fold", fold + 1, count)
    return Validated(scores, fold_N, float(np.median(chosen)))


def choose(examples: Examples, features: str, *, seed: int) -> float:
    """The strength under which a third of these rows, held back, is likeliest."""
    fold_N = fold_numbers(examples, 3, seed)
    training, present = _with_all_labels(examples.some(np.flatnonzero(fold_N != 0)))
    judging = examples.some(np.flatnonzero(fold_N == 0))
    losses = []
    for c in GRID[features]:
        scores = fit_arm(training, features, c).scores(judging.texts, judging.vectors)
        losses.append((_loss(scores, judging.true_NC[:, present], is_multiple=examples.is_multiple), c))
    return min(losses)[1]


def finished(examples: Examples, features: str, validated: Validated, curve: Curve | None = None) -> Fitted:
    """The head on all rows, with calibration and thresholds from the cross-validated scores."""
    fitted = fit_arm(examples, features, validated.c, curve)
    return replace(fitted, head=calibrated(fitted.head, validated.scores_NC, examples.true_NC))


def calibrated(head: Head, scores_NC: Floats, true_NC: Bools) -> Head:
    """The same head with calibrated chances and, where there are several labels, thresholds of the best micro-F1."""
    width = len(head.labels)
    if not head.is_multiple:
        factor = temperature(scores_NC, true_NC.astype(np.float32))
        return replace(head, slope_C=np.full(width, factor, dtype=np.float32))
    pairs = [platt(scores_NC[:, at], true_NC[:, at]) for at in range(width)]
    slope, offset = (np.array([one[part] for one in pairs], dtype=np.float32) for part in (0, 1))
    head = replace(head, slope_C=slope, offset_C=offset)
    return replace(head, threshold_C=thresholds(head.probabilities(scores_NC), true_NC))


def thresholds(chances_NC: Floats, true_NC: Bools) -> Floats:
    """One threshold for all labels, the one of the best micro-F1.

    Calibrated chances make one threshold optimal for micro-F1 (Lipton, Elkan and Naryanaswamy 2014); one a label fits
    more freely and loses on new rows (tried: see benchmarks/README.md).
    """
    order = np.sort(np.unique(chances_NC.round(3)))
    hits = np.array([(true_NC & (chances_NC >= at)).sum() for at in order], dtype=np.float64)
    chosen = np.array([(chances_NC >= at).sum() for at in order], dtype=np.float64)
    best = int(np.argmax(2 * hits / (chosen + true_NC.sum())))
    return np.full(true_NC.shape[1], order[best], dtype=np.float32)


def untuned(embedder: Embedder, labels: Sequence[str], vectors: Floats) -> Floats:
    """Scores of the base without company data: likeness of a text and the name of a label, times 20."""
    named = embedder.embed(spoken(labels))
    return np.asarray(20.0 * vectors @ named.T, dtype=np.float32)


def spoken(labels: Sequence[str]) -> list[str]:
    """Names of labels as words."""
    return [label.replace("_", " ").replace("-", " ") for label in labels]


def _with_names(examples: Examples) -> Examples:
    if examples.named is None or examples.vectors is None:
        return examples
    return replace(
        examples,
        texts=[*examples.texts, *spoken(examples.labels)],
        true_NC=np.concatenate([examples.true_NC, np.eye(len(examples.labels), dtype=bool)]),
        groups=[*examples.groups, *[""] * len(examples.labels)],
        vectors=np.concatenate([examples.vectors, examples.named]),
    )


def more(examples: Examples, texts: Sequence[str], true_NC: Bools, vectors: Floats | None) -> Examples:
    """These examples with others after them, which belong to no group."""
    joined = None if examples.vectors is None or vectors is None else np.concatenate([examples.vectors, vectors])
    return replace(
        examples,
        texts=[*examples.texts, *texts],
        true_NC=np.concatenate([examples.true_NC, true_NC]),
        groups=[*examples.groups, *[""] * len(texts)],
        vectors=joined,
    )


def prevalence(examples: Examples) -> Floats:
    """Scores of what needs no text at all: how frequent each label is."""
    share = np.clip(examples.true_NC.mean(axis=0), 1e-6, 1 - 1e-6)
    return np.tile(np.log(share / (1 - share)).astype(np.float32), (len(examples.texts), 1))


def fold_numbers(examples: Examples, count: int, seed: int) -> NDArray[np.int64]:
    """Grouped where there are groups, else stratified by the first label."""
    strata = [examples.labels[int(row.argmax())] if row.any() else "" for row in examples.true_NC]
    return np.array(folds(strata, examples.groups, count, np.random.default_rng(seed)), dtype=np.int64)


def _with_all_labels(examples: Examples) -> tuple[Examples, NDArray[np.int64]]:
    present = np.flatnonzero(examples.true_NC.any(axis=0))
    labels = tuple(examples.labels[int(at)] for at in present)
    named = None if examples.named is None else examples.named[present]
    return replace(examples, true_NC=examples.true_NC[:, present], labels=labels, named=named), present


def _loss(scores_NC: Floats, true_NC: Bools, *, is_multiple: bool) -> float:
    chances = squashed(scores_NC, is_multiple=is_multiple)
    if is_multiple:
        return float(-np.log(np.maximum(np.where(true_NC, chances, 1 - chances), 1e-9)).mean())
    return float(-np.log(np.maximum((chances * true_NC).sum(axis=1), 1e-9)).mean())
