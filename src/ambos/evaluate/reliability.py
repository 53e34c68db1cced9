"""Scores made probabilities: monotone maps from what a detector says to how often it is right. Numbers only, no text.

Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002) and the logistic map (Platt
1999) compete with leaving the score as it is; cross-validation by group chooses. Every map rises or stays, so that an order
of scores is never turned round and a threshold on one scale is a threshold on the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.errors import CalibrationError

F64: TypeAlias = npt.NDArray[np.float64]
Knots: TypeAlias = tuple[tuple[float, float], ...]
FOLDS: Final = 5
LEAST: Final = 50  # fewer observations choose no map
_EDGE: Final = 0.001  # no score is certain: the log loss of a certain error has no end
_GRID: Final = 21
_STEPS: Final = 50


@dataclass(frozen=True, slots=True)
class Map:
    """A monotone map by its knots, straight between them.

    Attributes:
        method: "as it is", "logistic" or "isotonic".
        log_loss: mean, cross-validated; of the score as it is in `before`.
    """

    method: str
    knots: Knots
    log_loss: float
    before: float


def isotonic(scores: F64, hits: F64) -> Knots:
    """The rising step function with the least squared error, as knots at the middle of each step."""
    order = np.argsort(scores, kind="stable")
    blocks: list[list[float]] = []  # sum of scores, sum of hits, number
    for score, hit in zip(scores[order].tolist(), hits[order].tolist(), strict=True):
        blocks.append([score, hit, 1.0])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return _rising([(total / n, _inside((hit + 0.5) / (n + 1))) for total, hit, n in blocks])


def logistic(scores: F64, hits: F64) -> Knots:
    """Chance = sigmoid(a + b logit(score)), b at least 0, by Newton's method, drawn at 21 points."""
    x = np.log(np.clip(scores, _EDGE, 1 - _EDGE) / (1 - np.clip(scores, _EDGE, 1 - _EDGE)))
    design = np.stack([np.ones_like(x), x], axis=1)
    beta = np.array([0.0, 1.0])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        ridge = 1e-3 * np.eye(2)  # keeps the step finite where one score tells hits from misses
        step = np.linalg.solve(
            design.T @ (design * (chance * (1 - chance))[:, None]) + ridge, design.T @ (hits - chance)
        )
        beta = beta + np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-8:
            break
    slope = max(float(beta[1]), 0.0)
    grid = np.linspace(0.0, 1.0, _GRID)
    at = np.log(np.clip(grid, _EDGE, 1 - _EDGE) / (1 - np.clip(grid, _EDGE, 1 - _EDGE)))
    chances = 1 / (1 + np.exp(-np.clip(beta[0] + slope * at, -30, 30)))
    return _rising([(float(a), _inside(float(b))) for a, b in zip(grid, chances, strict=True)])


def as_it_is(scores: F64, hits: F64) -> Knots:
    """The score itself."""
    del scores, hits
    return ((0.0, _EDGE), (1.0, 1 - _EDGE))


METHODS: Final[Mapping[str, Callable[[F64, F64], Knots]]] = {
    "as it is": as_it_is,
    "logistic": logistic,
    "isotonic": isotonic,
}


def choose_map(scores: npt.ArrayLike, hits: npt.ArrayLike, groups: Sequence[str], *, seed: int) -> Map:
    """The map with the least cross-validated log loss; the score as it is where too little is known.

    Args:
        scores: 0 to 1, one for each finding.
        hits: 1 where the finding was right, else 0.
        groups: of each finding, its document: no document stands in two folds.
        seed: of the folds.

    Raises:
        CalibrationError: lengths differ, or a score or hit is none.
    """
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    if x.shape != y.shape or len(groups) != len(x) or not np.isin(y, (0.0, 1.0)).all():
        raise CalibrationError("every finding needs a score, a hit of 0 or 1 and a group")
    if len(x) and (not np.isfinite(x).all() or x.min() < 0 or x.max() > 1):
        raise CalibrationError("a score must be between 0 and 1")
    names = sorted(set(groups))
    if len(x) < LEAST or len(names) < FOLDS:
        return Map("as it is", as_it_is(x, y), math.nan, math.nan)
    place = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % FOLDS, strict=True))
    fold = np.array([place[one] for one in groups])
    losses = {name: _cross_validated(fit, x, y, fold) for name, fit in METHODS.items()}
    best = min(losses, key=losses.__getitem__)
    return Map(best, METHODS[best](x, y), losses[best], losses["as it is"])


def mapped(knots: Knots, scores: npt.ArrayLike) -> F64:
    """Probabilities of these scores."""
    xs, ys = zip(*knots, strict=True)
    made: F64 = np.interp(np.asarray(scores, dtype=np.float64), xs, ys)
    return made


def expected_error(chances: npt.ArrayLike, hits: npt.ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini, Cooper and Hauskrecht 2015)."""
    p, y = np.asarray(chances, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    place = np.minimum((p * bins).astype(int), bins - 1)
    gaps = [abs(p[place == one].sum() - y[place == one].sum()) for one in range(bins)]
    return float(sum(gaps) / max(len(p), 1))


def _cross_validated(fit: Callable[[F64, F64], Knots], x: F64, y: F64, fold: npt.NDArray[np.int64]) -> float:
    total = 0.0
    for one in range(FOLDS):
        held = fold == one
        chances = mapped(fit(x[~held], y[~held]), x[held])
        total -= float((y[held] * np.log(chances) + (1 - y[held]) * np.log(1 - chances)).sum())
    return total / len(x)


def _inside(chance: float) -> float:
    return min(max(chance, _EDGE), 1 - _EDGE)


def _rising(points: Sequence[tuple[float, float]]) -> Knots:
    """Knots in order, each score once, no probability below the one before."""
    made: list[tuple[float, float]] = []
    for score, chance in points:
        floor = made[-1][1] if made else 0.0
        if made and score <= made[-1][0]:
            continue
        made.append((round(score, 6), round(max(chance, floor), 6)))
    return tuple(made)
