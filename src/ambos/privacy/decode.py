"""From scores of labels to probabilities of labels: the forward-backward algorithm, many lines at once.

Pure arrays: T is the token axis of a block, L the label axis. A token that can only be "O" parts its line in two
independent problems, so that plain prose costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]

# "O" ahead of every other label by this much (natural log) counts as certain. The transitions of a trained model span
# less than half of it on each side, so what is cut off has a probability below about exp(-10).
CERTAIN = 16.0
_FLOOR = np.float32(1e-30)


@dataclass(frozen=True, slots=True)
class Chain:
    """The transitions of the model, ready for use. `certain` is the lead that makes "O" certain."""

    gain: F32
    certain: float

    @classmethod
    def of(cls, transitions: npt.NDArray[np.float32], certain: float = CERTAIN) -> Chain:
        """From log weights (L, L)."""
        return cls(np.exp(transitions, dtype=np.float32), certain)


def marginals(scores: F32, begins: npt.NDArray[np.bool_], chain: Chain) -> F32:
    """Probability of each label at each token (Rabiner 1989, scaled forward-backward).

    Args:
        scores: (T, L), log weight of each label at each token; label 0 is "O".
        begins: (T,), True at the first token of a line.
        chain: transitions between labels.

    Returns:
        (T, L); each row adds up to 1.
    """
    size, width = scores.shape
    result = np.zeros((size, width), dtype=np.float32)
    if not size:
        return result
    open_tokens = scores[:, 1:].max(axis=1) > scores[:, 0] - chain.certain
    result[:, 0] = 1.0
    runs = _runs(open_tokens, begins)
    if not len(runs[0]):
        return result
    first, length, after_line, before_line = runs
    local = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.maximum(local, _FLOOR, out=local)
    longest = int(length[0])
    # How many runs are still going at each step; the runs stand in falling order of length.
    going = np.searchsorted(-length, -np.arange(1, longest + 1), side="right")
    forward = np.empty((longest, len(first), width), dtype=np.float32)
    for step in range(longest):
        n = int(going[step])
        here = local[first[:n] + step]
        if step:
            here = here * (forward[step - 1, :n] @ chain.gain)
        else:
            here = np.where(after_line[:, None], here, here * chain.gain[0])
        forward[step, :n] = here / here.sum(axis=1, keepdims=True)
    _backward(result, local, forward, (first, length, before_line), going, chain)
    return result


def _backward(
    result: F32, local: F32, forward: F32, runs: tuple[I64, I64, npt.NDArray[np.bool_]], going: I64, chain: Chain
) -> None:
    first, _, before_line = runs
    width = local.shape[1]
    back = np.where(before_line[:, None], np.float32(1), chain.gain[:, 0][None, :]).astype(np.float32)
    gain = np.ascontiguousarray(chain.gain.T)
    for step in range(len(going) - 1, -1, -1):
        n = int(going[step])
        more = int(going[step + 1]) if step + 1 < len(going) else 0
        if more:
            ahead = (back[:more] * local[first[:more] + step + 1]) @ gain
            back[:more] = ahead / ahead.sum(axis=1, keepdims=True) * width
        both = forward[step, :n] * back[:n]
        result[first[:n] + step] = both / both.sum(axis=1, keepdims=True)


def _runs(
    open_tokens: npt.NDArray[np.bool_], begins: npt.NDArray[np.bool_]
) -> tuple[I64, I64, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Runs of open tokens inside lines, longest first: first token, length, touches line begin, touches line end."""
    size = len(open_tokens)
    starts = open_tokens.copy()
    starts[1:] &= ~open_tokens[:-1] | begins[1:]
    stops = open_tokens.copy()
    stops[:-1] &= ~open_tokens[1:] | begins[1:]
    first = np.flatnonzero(starts)
    last = np.flatnonzero(stops)
    order = np.argsort(first - last, kind="stable")
    first, last = first[order], last[order]
    line_ends = np.ones(size, dtype=np.bool_)
    line_ends[:-1] = begins[1:]
    return first, last - first + 1, begins[first], line_ends[last]
