"""From scores of labels to probabilities of labels: the forward-backward algorithm, many lines at once.

Pure arrays: T is the token axis of a block, L the label axis. The lines of a block go step by step together, the longest
first, forward and backward in one, so that one small matrix product serves them all.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

F32: TypeAlias = npt.NDArray[np.float32]
F64: TypeAlias = npt.NDArray[np.float64]
BOOL: TypeAlias = npt.NDArray[np.bool_]
# Steps between two scalings: no weight of a step is below exp(-60), so eight of them stay inside double precision.
_RESCALE = 8


def gains(transitions: F32) -> F64:
    """The transitions of a model, (L, L) log weights, as `marginals` takes them."""
    return np.exp(transitions.astype(np.float64))


def marginals(scores: F32, begins: BOOL, gain: F64) -> F32:
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
    run = np.repeat(np.arange(len(first)), length)
    step = np.arange(len(run)) - np.repeat(np.cumsum(length) - length, length)
    back = np.repeat(length, length) - 1 - step
    tokens = first[run] + step
    own = scores[tokens]
    weight = np.exp(own - own.max(axis=1, keepdims=True))
    local = np.empty((int(length[0]), 2, len(first), scores.shape[1]))
    local[step, 0, run] = weight
    local[back, 1, run] = weight
    before = _both_ways(local, length, np.stack([gain, gain.T]))
    both = before[step, 0, run] * weight * before[back, 1, run]
    result = np.empty(scores.shape, dtype=np.float32)
    result[tokens] = both / both.sum(axis=1, keepdims=True)
    return result


def _both_ways(local: F64, length: npt.NDArray[np.int64], gain: F64) -> F64:
    """For each step from either end of each line, what the tokens already passed say of the label there."""
    # How many lines are still going at each step.
    going = np.searchsorted(-length, -np.arange(1, int(length[0]) + 1), side="right").tolist()
    before = np.empty_like(local)
    before[0] = 1
    passed = local[0]
    for step in range(1, len(going)):
        n = going[step]
        here = before[step, :, :n]
        np.matmul(passed[:, :n], gain, out=here)
        if step % _RESCALE == 0:
            here /= here.sum(axis=2, keepdims=True)
        passed = here * local[step, :, :n]
    return before
