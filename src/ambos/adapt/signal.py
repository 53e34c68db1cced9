"""The signal family: features of recordings and a linear head, judged on subjects it has never seen.

Folds keep a subject whole; the strength of the ridge is chosen among the training subjects only; classes weigh alike.
The network is in `network`, which needs the extra `[adapt]`; all of this does not. What many subjects share is carried to a
new one by calibration without labels, and by tuning the head on a few labelled windows of that subject.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.adapt.fitting import fit
from ambos.corpus.head import squashed
from ambos.corpus.signals import FEATURES, calibrated
from ambos.corpus.splits import folds
from ambos.errors import AdaptError

Floats: TypeAlias = NDArray[np.float32]
Bools: TypeAlias = NDArray[np.bool_]

GRID = (0.001, 0.01, 0.1, 1.0)
TUNING = (0.001, 0.01, 0.1, 1.0)  # of the ridge that holds a head near the one of many subjects


@dataclass(frozen=True, slots=True)
class Recordings:
    """Windows (window, channel, point) in µV, what is true of them, and whose they are."""

    x_NCT: Floats = field(repr=False)
    true_NC: Bools = field(repr=False)
    labels: tuple[str, ...]
    groups: Sequence[str] = field(repr=False)
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Scaled:
    """A linear head on standardised features."""

    mean_F: Floats = field(repr=False)
    spread_F: Floats = field(repr=False)
    weights_FC: Floats = field(repr=False)
    bias_C: Floats = field(repr=False)
    c: float

    def scores(self, features_NF: Floats) -> Floats:
        """Uncalibrated scores (window, class)."""
        return np.asarray((features_NF - self.mean_F) / self.spread_F @ self.weights_FC + self.bias_C, dtype=np.float32)


def features_of(recordings: Recordings, names: Sequence[str], *, is_calibrated: bool = True) -> Floats:
    """The named features side by side, each subject calibrated by itself.

    Raises:
        AdaptError: a feature that is not known.
    """
    if not names or not set(names) <= set(FEATURES):
        raise AdaptError(f"features of signals are {', '.join(FEATURES)}")
    made = np.concatenate([FEATURES[name](recordings.x_NCT, recordings.rate_hz) for name in names], axis=1)
    return calibrated(made, recordings.groups) if is_calibrated else made


def fit_scaled(features_NF: Floats, true_NC: Bools, c: float) -> Scaled:
    """One head, all classes weighing alike."""
    mean, spread = features_NF.mean(axis=0), features_NF.std(axis=0) + np.float32(1e-6)
    weight = (true_NC / true_NC.sum(axis=0) * (len(true_NC) / true_NC.shape[1])).sum(axis=1).astype(np.float32)
    table = np.asarray((features_NF - mean) / spread, dtype=np.float32)
    weights, bias = fit(table, true_NC.astype(np.float32), c=c, is_multiple=False, weight_N=weight)
    return Scaled(mean, spread, weights, bias, c)


def tuned(head: Scaled, features_NF: Floats, true_NC: Bools, c: float) -> Scaled:
    """The head of many subjects moved towards one: a ridge holds it near where it was.

    Args:
        features_NF: calibrated numbers of the subject's labelled windows, of every class at least one.
        c: inverse strength of the ridge on what is changed.

    Raises:
        AdaptError: a class without a window.
    """
    if not true_NC.any(axis=0).all():
        raise AdaptError("tuning on a new subject needs windows of every label")
    table = np.asarray((features_NF - head.mean_F) / head.spread_F, dtype=np.float32)
    weight = (true_NC / true_NC.sum(axis=0) * (len(true_NC) / true_NC.shape[1])).sum(axis=1).astype(np.float32)
    before = head.scores(features_NF)
    weights, bias = fit(table, true_NC.astype(np.float32), c=c, is_multiple=False, weight_N=weight, offset_NC=before)
    return Scaled(head.mean_F, head.spread_F, head.weights_FC + weights, head.bias_C + bias, c)


def choose_tuning(
    features_NF: Floats, true_NC: Bools, groups: Sequence[str], *, c: float, first: float, seed: int
) -> float:
    """How far to tune on a new subject, chosen on the training subjects as if each were new; 0 where tuning does not help.

    Args:
        c: of the head of the other subjects.
        first: share of each class's windows that a subject has labelled, in their order; the later ones judge.
    """
    fold_N = np.array(folds([str(int(row.argmax())) for row in true_NC], groups, 3, np.random.default_rng(seed)))
    names = np.asarray(groups)
    losses = dict.fromkeys((0.0, *TUNING), 0.0)
    for fold in range(3):
        head = fit_scaled(features_NF[fold_N != fold], true_NC[fold_N != fold], c)
        for name in np.unique(names[fold_N == fold]):
            own = np.flatnonzero(names == name)
            known = earliest(true_NC[own], first)
            if not true_NC[own[known]].any(axis=0).all() or known.all():
                continue
            some, later = own[known], own[~known]
            for strength in losses:
                moved = tuned(head, features_NF[some], true_NC[some], strength) if strength else head
                # Wrong windows, not likelihood: a head of so many features is too sure, and tuning repairs only that.
                losses[strength] += float(
                    (moved.scores(features_NF[later]).argmax(1) != true_NC[later].argmax(1)).mean()
                )
    return min((loss, strength) for strength, loss in losses.items())[1]


def earliest(true_NC: Bools, share: float) -> Bools:
    """Which windows are among the first of their class, in the order given; at least one of each class."""
    place = np.where(true_NC, np.cumsum(true_NC, axis=0), 0).sum(axis=1)
    most = (true_NC * np.maximum(1, np.round(share * true_NC.sum(axis=0)))).sum(axis=1)
    return np.asarray((place > 0) & (place <= most))


def cross_validate(
    features_NF: Floats,
    recordings: Recordings,
    *,
    count: int,
    seed: int,
    mode: str = "grouped",
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Floats, NDArray[np.int64]]:
    """Scores of windows by heads that have not seen their subject, and the fold of each window.

    Raises:
        CorpusError: a random split of subjects, or fewer subjects than folds.
    """
    true_NC, groups = recordings.true_NC, recordings.groups
    fold_N = fold_numbers(recordings, count, seed, mode=mode)
    scores = np.zeros(true_NC.shape, dtype=np.float32)
    for fold in range(count):
        inside, outside = fold_N != fold, fold_N == fold
        c = choose(
            features_NF[inside], true_NC[inside], [g for g, one in zip(groups, inside, strict=True) if one], seed
        )
        scores[outside] = fit_scaled(features_NF[inside], true_NC[inside], c).scores(features_NF[outside])
        told("fold", fold + 1, count)
    return scores, fold_N


def fold_numbers(recordings: Recordings, count: int, seed: int, *, mode: str = "grouped") -> NDArray[np.int64]:
    """A fold for each window; a subject is never cut."""
    strata = [recordings.labels[int(row.argmax())] for row in recordings.true_NC]
    chosen = folds(strata, recordings.groups, count, np.random.default_rng(seed), mode=mode)
    return np.array(chosen, dtype=np.int64)


def choose(features_NF: Floats, true_NC: Bools, groups: Sequence[str], seed: int) -> float:
    """The strength under which held-back subjects of the training part are likeliest, classes weighing alike."""
    strata = [str(int(row.argmax())) for row in true_NC]
    inner = np.array(folds(strata, groups, 3, np.random.default_rng(seed)), dtype=np.int64)
    losses = []
    for c in GRID:
        loss = 0.0
        for fold in range(3):
            head = fit_scaled(features_NF[inner != fold], true_NC[inner != fold], c)
            held = inner == fold
            chance = (squashed(head.scores(features_NF[held]), is_multiple=False) * true_NC[held]).sum(axis=1)
            weight = (true_NC[held] / np.maximum(true_NC[held].sum(axis=0), 1)).sum(axis=1)
            loss += float((-np.log(np.maximum(chance, 1e-9)) * weight).sum())
        losses.append((loss, c))
    return min(losses)[1]


def balanced_by_subject(chosen_N: NDArray[np.int64], true_NC: Bools, groups: Sequence[str]) -> dict[str, float]:
    """Balanced accuracy of each subject, for an interval over subjects."""
    true_N, names = true_NC.argmax(axis=1), np.asarray(groups)
    out = {}
    for name in np.unique(names):
        some = names == name
        recalls = [
            float((chosen_N[some & (true_N == label)] == label).mean())
            for label in range(true_NC.shape[1])
            if (some & (true_N == label)).any()
        ]
        out[str(name)] = float(np.mean(recalls))
    return out
