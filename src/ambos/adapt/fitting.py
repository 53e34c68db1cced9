"""Fits linear heads: logistic regression with a ridge, by L-BFGS; the same numbers on every run.

The loss is the mean negative log-likelihood plus |w|²/(2·c·n), so that `c` means what it does in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias  # Any: scipy's own result

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from ambos.corpus.head import squashed
from ambos.corpus.terms import Sparse

Floats: TypeAlias = NDArray[np.float32]
Curve: TypeAlias = Callable[[int, float], None]
"""Hears the loss after each step."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Sparse terms and a dense embedding side by side, never copied together: three times as fast as one sparse table."""

    terms: csr_matrix
    dense: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, features."""
        return self.terms.shape[0], self.terms.shape[1] + self.dense.shape[1]

    def __matmul__(self, weights: Floats) -> Floats:
        width = self.terms.shape[1]
        return np.asarray(self.terms @ weights[:width] + self.dense @ weights[width:])

    def back(self, errors: Floats) -> Floats:
        """The transpose times `errors`."""
        return np.concatenate([np.asarray(self.terms.T @ errors), self.dense.T @ errors])


Matrix: TypeAlias = Floats | csr_matrix | Beside

_FEW_ROWS = 2000  # up to here the products of all rows with one another are cheaper than the steps that they save


def matrix(sparse: Sparse | None, dense: Floats | None, *, weight: float = 1.0) -> Matrix:
    """Features side by side: terms, then `weight` times the embedding; either may be absent.

    Raises:
        ValueError: both are absent.
    """
    if sparse is None and dense is None:
        raise ValueError("a head needs terms, an embedding or both")
    scaled = None if dense is None else np.asarray(dense, dtype=np.float32) * np.float32(weight)
    if sparse is None:
        return scaled
    shape = (sparse.rows, sparse.width)
    terms = csr_matrix((sparse.values, sparse.columns, sparse.starts), shape=shape, dtype=np.float32)
    return terms if scaled is None else Beside(terms, scaled)


def _back(features: Matrix, errors: Floats) -> Floats:
    return features.back(errors) if isinstance(features, Beside) else np.asarray(features.T @ errors)


def _gram(features: Matrix) -> NDArray[np.float64]:
    if isinstance(features, Beside):
        return _gram(features.terms) + _gram(features.dense)
    products = features @ features.T
    return np.asarray(products.toarray() if isinstance(products, csr_matrix) else products, dtype=np.float64)


def fit(
    features: Matrix,
    target_NC: NDArray[np.float32],
    *,
    c: float,
    is_multiple: bool,
    steps: int = 200,
    weight_N: Floats | None = None,
    offset_NC: Floats | None = None,
    curve: Curve | None = None,
) -> tuple[Floats, Floats]:
    """Weights (feature, class) and biases (class).

    With fewer rows than features the best weights are a mixture of the rows, so that as many unknowns as rows do: the
    same optimum, some hundred times sooner (representer theorem, Kimeldorf and Wahba 1971).

    Args:
        features: one row a text.
        target_NC: 1 where the label holds.
        c: inverse strength of the ridge.
        is_multiple: logistic by label instead of softmax.
        steps: iterations at most.
        weight_N: of each row, 1 on average; None weighs all alike.
        offset_NC: scores that another head gives already; what is fitted is added to them.
        curve: hears how the loss falls.
    """
    weights = np.ones(len(target_NC), dtype=np.float32) if weight_N is None else weight_N.astype(np.float32)
    offset = np.zeros((1, target_NC.shape[1]), dtype=np.float32) if offset_NC is None else offset_NC
    rows, width = features.shape
    if rows >= width or rows > _FEW_ROWS:
        return _fitted(features, target_NC, weights, offset, c=c, is_multiple=is_multiple, steps=steps, curve=curve)
    size, direction = np.linalg.eigh(_gram(features))
    kept = size > size.max(initial=0.0) * 1e-9
    root = np.sqrt(size[kept])
    short = (direction[:, kept] * root).astype(np.float32)
    mixed, bias = _fitted(short, target_NC, weights, offset, c=c, is_multiple=is_multiple, steps=steps, curve=curve)
    shares = (direction[:, kept] / root) @ mixed.astype(np.float64)
    return _back(features, shares.astype(np.float32)), bias


def _fitted(
    features: Matrix,
    target_NC: Floats,
    weight_N: Floats,
    offset_NC: Floats,
    *,
    c: float,
    is_multiple: bool,
    steps: int = 200,
    curve: Curve | None = None,
) -> tuple[Floats, Floats]:
    rows, classes = target_NC.shape
    width = features.shape[1]
    ridge = 1 / (c * rows)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat[: width * classes].reshape(width, classes)
        w32 = weights.astype(np.float32)
        scores = np.asarray(features @ w32) + flat[width * classes :].astype(np.float32) + offset_NC
        chances = squashed(scores, is_multiple=is_multiple)
        if is_multiple:
            softplus = np.logaddexp(0, scores.astype(np.float64))
            value = float((weight_N[:, None] * (softplus - target_NC * scores)).sum()) / rows
        else:
            top = scores.max(axis=1)
            normal = top + np.log(np.exp(scores - top[:, None]).sum(axis=1, dtype=np.float64))
            value = float((weight_N * (normal - (target_NC * scores).sum(axis=1))).sum()) / rows
        error = np.asarray(weight_N[:, None] * (chances - target_NC) / np.float32(rows), dtype=np.float32)
        slope = _back(features, error).astype(np.float64) + ridge * weights
        value += 0.5 * ridge * float((weights * weights).sum())
        return value, np.concatenate((slope.ravel(), error.sum(axis=0, dtype=np.float64)))

    step = 0

    def heard(intermediate_result: Any) -> None:  # scipy looks at the name
        nonlocal step
        step += 1
        if curve is not None:
            curve(step, float(intermediate_result.fun))

    start = np.zeros((width + 1) * classes)
    options = {"maxiter": steps, "ftol": 1e-7, "gtol": 1e-6}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options, callback=heard)
    flat = found.x.astype(np.float32)
    return flat[: width * classes].reshape(width, classes), flat[width * classes :]


def temperature(scores_NC: Floats, target_NC: Floats) -> float:
    """The factor on the scores under which held-back labels are likeliest (Guo et al. 2017)."""

    def loss(at: NDArray[np.float64]) -> float:
        chances = squashed(scores_NC * np.float32(np.exp(at[0])), is_multiple=False)
        return float(-np.log(np.maximum((chances * target_NC).sum(axis=1), 1e-12)).mean())

    found = minimize(loss, np.zeros(1), method="Nelder-Mead", options={"maxiter": 80, "xatol": 1e-3})
    return float(np.exp(np.clip(found.x[0], -3, 3)))


def platt(scores_N: Floats, is_true_N: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of one label (Platt 1999, with his smoothed targets)."""
    hits, misses = int(is_true_N.sum()), int((~is_true_N).sum())
    target = np.where(is_true_N, (hits + 1) / (hits + 2), 1 / (misses + 2))
    x = scores_N.astype(np.float64)

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = at[0] * x + at[1]
        error = 1 / (1 + np.exp(-np.clip(z, -60, 60))) - target
        value = float((np.logaddexp(0, z) - target * z).mean())
        return value, np.array([(error * x).mean(), error.mean()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.01, 20), (-20, 20)])
    return float(found.x[0]), float(found.x[1])
