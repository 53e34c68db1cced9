"""Evaluates the tagger's network: what convolutions over a line add to the scores of its tokens, in NumPy.

A token is the sum of the embeddings of its values, of words of like use, of its line and of whether it touches its
neighbours. Layers look at one token to either side, some tokens away; rows between lines stay zero.

Arrays: T tokens of a block, P rows of its layout, D the width of an embedding, L the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.privacy.features import Observed, Word
from ambos.privacy.gazetteer import digest
from ambos.privacy.tag_weights import Network

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]


class Net:
    """A network ready to run.

    Attributes:
        width: D.
    """

    def __init__(self, network: Network) -> None:
        self.width = network.out.shape[0]
        self._number = {value: number for number, value in enumerate(network.values)}
        self._table, self._scales = network.table, network.scales.astype(np.float32)
        self._words, self._clusters = network.words, network.clusters
        self._meanings = network.meanings.astype(np.float32) * network.meaning_scales.astype(np.float32)[:, None]
        self._glue = network.glue.astype(np.float32)
        # One product for a layer: (3 D, D).
        self._layers = [_blocks(layer.astype(np.float32).reshape(-1, self.width)) for layer in network.layers]
        self._biases = network.biases.astype(np.float32)
        self._dilations = network.dilations.tolist()
        self._out, self._out_bias = _blocks(network.out.astype(np.float32)), network.out_bias.astype(np.float32)

    def __contains__(self, value: str) -> bool:
        return value in self._number

    def embedded(self, rows: Sequence[Iterable[str]]) -> F32:
        """The summed embeddings of each row of values, (N, D); values without one add nothing."""
        number = self._number
        known = [[number[value] for value in row if value in number] for row in rows]
        flat = np.fromiter(chain.from_iterable(known), np.int64)
        result = np.zeros((len(rows), self.width), dtype=np.float32)
        lengths = np.array([len(row) for row in known], dtype=np.int64)
        filled = np.flatnonzero(lengths)
        if len(filled):
            begins = (np.cumsum(lengths) - lengths)[filled]
            result[filled] = np.add.reduceat(self._table[flat] * self._scales[flat, None], begins, axis=0)
        return result

    def meanings(self, words: Sequence[Word]) -> F32:
        """What words of like use have in common, (N, D); zero for words that are in no list."""
        digests = np.array([digest(word.folded) for word in words], dtype=np.uint32)
        result = np.zeros((len(words), self.width), dtype=np.float32)
        if len(self._words):
            found = np.minimum(np.searchsorted(self._words, digests), len(self._words) - 1)
            known = np.flatnonzero(self._words[found] == digests)
            result[known] = self._meanings[self._clusters[found[known]]]
        return result

    def scores(
        self, tokens: F32, lines: Sequence[Observed], places: I64, size: int, is_spaced: npt.NDArray[np.bool_]
    ) -> F32:
        """What the network adds to the scores, (T, L).

        Args:
            tokens: (T, D), embeddings of the tokens; changed in place.
            lines: the lines of the block.
            places: (T,), row of each token in the layout.
            size: P.
            is_spaced: (T,), whether a space follows the token.
        """
        tokens += self._of_lines(lines)
        tokens += self._glue[_touching(places, is_spaced)]
        hidden = np.zeros((size, self.width), dtype=np.float32)
        hidden[places] = np.maximum(tokens, 0)
        own = hidden[places]
        for layer, bias, away in zip(self._layers, self._biases, self._dilations, strict=True):
            # Token before, token, token after, side by side: (T, 3 D).
            seen = hidden[places[:, None] + np.array([-away, 0, away])].reshape(len(places), -1)
            said = _product(seen, layer)
            said += bias
            own += np.maximum(said, 0, out=said)
            hidden[places] = own
        result = _product(own, self._out)
        result += self._out_bias
        return result

    def _of_lines(self, lines: Sequence[Observed]) -> F32:
        """What lines and the field names in them say, one row for each token."""
        values: list[Sequence[str]] = []
        counts: list[int] = []
        for line in lines:
            for (begin, key), (end, _) in pairwise([(0, ""), *line.keys, (len(line.words), "")]):
                values.append((*line.whole, f"k={key}"))
                counts.append(end - begin)
        return np.repeat(self.embedded(values), counts, axis=0)


# OpenBLAS wakes other threads for larger products: they would spin on a worker's other core.
_MOST_STEPS = 262_144
_PIECE_ROWS = 16


def _blocks(matrix: F32) -> F32:
    """The columns of a matrix in blocks that one thread multiplies with _PIECE_ROWS rows, (N, rows, columns / N)."""
    rows, columns = matrix.shape
    least = max(1, -(-_PIECE_ROWS * matrix.size // _MOST_STEPS))
    count = next((n for n in range(least, columns) if columns % n == 0), columns)
    return np.ascontiguousarray(matrix.reshape(rows, count, -1).transpose(1, 0, 2))


def _product(rows: F32, blocks: F32) -> F32:
    """`rows @ matrix` for the blocks of a matrix, in pieces that one thread computes."""
    whole = len(rows) // _PIECE_ROWS * _PIECE_ROWS
    count, _, columns = blocks.shape
    result = np.empty((len(rows), count, columns), dtype=np.float32)
    pieces = rows[:whole].reshape(-1, 1, _PIECE_ROWS, rows.shape[1])
    split = result[:whole].reshape(-1, _PIECE_ROWS, count, columns)
    np.matmul(pieces, blocks, out=split.transpose(0, 2, 1, 3))
    np.matmul(rows[whole:], blocks, out=result[whole:].transpose(1, 0, 2))
    return result.reshape(len(rows), -1)


def _touching(places: I64, is_spaced: npt.NDArray[np.bool_]) -> I64:
    next_one = np.zeros(len(places), dtype=np.int64)
    next_one[:-1] = (places[1:] == places[:-1] + 1) & ~is_spaced[:-1]
    result = next_one.copy()
    result[1:] += 2 * next_one[:-1]
    return result
