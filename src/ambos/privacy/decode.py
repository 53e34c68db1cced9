"""From scores of labels to probabilities of labels: the forward-backward algorithm, many lines at once.

Pure arrays: T is the token axis of a block, L the label axis. The lines of a block go step by step together, the
longest first, so that one small matrix product serves them all.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

F32: TypeAlias = npt.NDArray[np.float32]
F64: TypeAlias = npt.NDArray[np.float64]


def gains(transitions: F32) -> F64:
    """The transitions of a model, (L, L) log weights, as `marginals` takes them."""
    return np.exp(transitions.astype(np.float64))


def marginals(scores: F32, begins: npt.NDArray[np.bool_], gain: F64) -> F32:
    """Probability of each label at each token (Rabiner 1989, scaled forward-backward).

    Args:
        scores: (T, L), log weight of each label at each token.
        begins: (T,), True at the first token of a line.
        gain: (L, L), from `gains`.

    Returns:
        (T, L); each row adds up to 1.
    """
    if not len(scores):
        return np.zeros(scores.shape, dtype=np.float32)
    first = np.flatnonzero(begins)
    length = np.diff(np.append(first, len(begins)))
    order = np.argsort(-length, kind="stable")
    first, length = first[order], length[order]
    # How many lines are still going at each step.
    going = np.searchsorted(-length, -np.arange(1, int(length[0]) + 1), side="right").tolist()
    run = np.repeat(np.arange(len(first)), length)
    step = np.arange(len(run)) - np.repeat(np.cumsum(length) - length, length)
    tokens = first[run] + step
    own = scores[tokens]
    local = np.zeros((len(going), len(first), scores.shape[1]))
    local[step, run] = np.exp(own - own.max(axis=1, keepdims=True))
    both = _forward(local, going, gain)[step, run] * _backward(local, going, gain)[step, run]
    result = np.empty(scores.shape, dtype=np.float32)
    result[tokens] = both / both.sum(axis=1, keepdims=True)
    return result


# Steps between two scalings: no weight of a step is below exp(-60), so eight of them stay inside double precision.
_RESCALE = 8


def _forward(local: F64, going: list[int], gain: F64) -> F64:
    forward = np.empty_like(local)
    forward[0] = local[0]
    for step in range(1, len(going)):
        n = going[step]
        here = forward[step, :n]
        np.matmul(forward[step - 1, :n], gain, out=here)
        here *= local[step, :n]
        if step % _RESCALE == 0:
            here /= here.sum(axis=1, keepdims=True)
    return forward


def _backward(local: F64, going: list[int], gain: F64) -> F64:
    backward = np.empty_like(local)
    backward[:] = 1.0
    turned = np.ascontiguousarray(gain.T)
    for step in range(len(going) - 2, -1, -1):
        n = going[step + 1]
        here = backward[step, :n]
        np.matmul(backward[step + 1, :n] * local[step + 1, :n], turned, out=here)
        if step % _RESCALE == 0:
            here /= here.sum(axis=1, keepdims=True)
    return backward
