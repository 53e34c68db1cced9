"""From scores of labels to probabilities of labels (the forward-backward algorithm, many lines at once), and to one label
for each token.

Pure arrays: T is the token axis of a block, L the label axis. The lines of a block go step by step together, the longest
first, forward and backward in one, so that one small matrix product serves them all.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

F32: TypeAlias = npt.NDArray[np.float32]
F64: TypeAlias = npt.NDArray[np.float64]
BOOL: TypeAlias = npt.NDArray[np.bool_]
# A token whose best label is less likely than this makes its line one to be read as a whole.
_DOUBT = 0.8
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


def best_labels(chances: F32, scores: F32, begins: BOOL, gain: F64) -> npt.NDArray[np.int64]:
    """One label for each token, (T,): the most probable one, in doubtful lines that of the most probable sequence.

    Where two readings compete ("Hospital de Alcalá" and a hospital in Alcalá), the best label of each token by itself mixes
    them. Lines without doubt are not searched: there both ways agree.

    Args:
        chances: (T, L), from `marginals`.
        scores, begins, gain: what they were computed from.
    """
    best: npt.NDArray[np.int64] = chances.argmax(axis=1)
    doubtful = chances.max(axis=1, initial=0) < _DOUBT
    if doubtful.any():
        with np.errstate(divide="ignore"):  # a step of no weight is none
            links = np.log(gain)
        firsts = np.append(np.flatnonzero(begins), len(begins)).tolist()
        for first, last in pairwise(firsts):
            if doubtful[first:last].any():
                best[first:last] = _path(scores[first:last], links)
    return best


def _path(scores: F32, links: F64) -> list[int]:
    """The most probable sequence of labels of one line (Viterbi 1967)."""
    came: list[npt.NDArray[np.int64]] = []
    reached = scores[0].astype(np.float64)
    every = np.arange(len(reached))
    for here in scores[1:]:
        ways = reached[:, None] + links
        came.append(ways.argmax(axis=0))
        reached = ways[came[-1], every] + here
    path = [int(reached.argmax())]
    for step in reversed(came):
        path.append(int(step[path[-1]]))
    return path[::-1]


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
