"""Evaluates the tagger's weights: from observed values to scores of labels, in NumPy.

Words of the model's own vocabulary keep their weights as one dense row, computed at first use. Words that the model
does not know (people's names, mostly) are computed anew for each block and never kept: what others wrote shows
neither in memory nor in time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.privacy.features import EDGE, HERE, REACH, SHIFT, Observed, Word, word_of
from ambos.privacy.tag_weights import Weights

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]
_WINDOW_SLOTS = 2 * REACH + 1
# Rows kept for known words: 45 labels in 9 slots take 1.6 kB a row, so at most 10 MB.
MOST_ROWS = 6000
# Words of one text that are described once and not again: 2 MB at most, however long the text.
MOST_OWN_WORDS = 2000


class Scorer:
    """Scores of labels for blocks of lines. Not for use by two threads at once."""

    def __init__(self, weights: Weights) -> None:
        self._width = len(weights.labels)
        self._row_width = _WINDOW_SLOTS * self._width
        self._number = {value: index for index, value in enumerate(weights.values)}
        self._begins = weights.begins.astype(np.int64)
        self._amounts = weights.amounts.astype(np.float32)
        self._cells = weights.cells.astype(np.int64)
        # Where a weight lands, counted in labels from the first label of the token that holds the value.
        shift = np.array(SHIFT, dtype=np.int64)
        self._offsets = shift[self._cells // self._width] * self._width + self._cells % self._width
        self._long_lists = dict(zip(weights.digests.tolist(), weights.lists.tolist(), strict=True))
        self._known: dict[str, Word] = {}
        self._row_of: dict[int, int] = {}
        self._rows = np.zeros((MOST_ROWS, self._row_width), dtype=np.float32)
        edge = self._number.get(EDGE)
        self._edge = self._dense([[] if edge is None else [edge]])[0]

    def words(self) -> Callable[[str], Word]:
        """A describer of tokens for one text; it forgets the text's own words when it goes."""
        known, own, lists = self._known, dict[str, Word](), self._long_lists

        def describe(token: str) -> Word:
            word = known.get(token) or own.get(token)
            if word is None:
                word = word_of(token, lists)
                if word.values[0] in self._number and len(known) < MOST_ROWS:
                    known[token] = word
                else:
                    if len(own) >= MOST_OWN_WORDS:
                        own.clear()
                    own[token] = word
            return word

        return describe

    def scores(self, lines: Sequence[Observed]) -> tuple[F32, npt.NDArray[np.bool_]]:
        """Scores (T, L) of every label at every token of `lines`, one after the other, and where the lines begin."""
        sizes = np.array([len(line.words) for line in lines], dtype=np.int64)
        ends = np.cumsum(sizes)
        # Between two lines stand REACH rows of edge, so that no window looks into a neighbour.
        gaps = REACH * np.arange(1, len(lines) + 1)
        firsts = ends - sizes + gaps
        places = np.arange(int(ends[-1])) + np.repeat(gaps, sizes)
        padded = self._windows(lines, places, int(ends[-1]) + REACH * (len(lines) + 1))
        self._add_singles(padded, lines, firsts)
        scores = padded[places]
        scores += np.repeat(self._whole(lines), sizes, axis=0)
        begins = np.zeros(len(places), dtype=np.bool_)
        begins[ends - sizes] = True
        return scores, begins

    def _windows(self, lines: Sequence[Observed], places: I64, total: int) -> F32:
        """What each token says of itself and its eight neighbours."""
        numbers: dict[int, int] = {}
        distinct: list[Word] = []
        column = []
        for word in chain.from_iterable(line.words for line in lines):
            number = numbers.get(id(word))
            if number is None:
                number = numbers[id(word)] = len(distinct)
                distinct.append(word)
            column.append(number)
        rows = np.full(total, len(distinct), dtype=np.int64)
        rows[places] = column
        laid = self._table(distinct)[rows].reshape(total, _WINDOW_SLOTS, self._width)
        result = laid[:, HERE].copy()
        for distance in range(1, REACH + 1):
            # Slot HERE - d holds what a token says of the one d places after it.
            result[distance:] += laid[:-distance, HERE - distance]
            result[:-distance] += laid[distance:, HERE + distance]
        return result

    def _table(self, words: Sequence[Word]) -> F32:
        """One dense row for each word, and the edge's row at the end."""
        table = np.empty((len(words) + 1, self._row_width), dtype=np.float32)
        table[-1] = self._edge
        kept, at, absent = [], [], []
        for index, word in enumerate(words):
            row = self._row_of.get(id(word))
            if row is None:
                absent.append(index)
            else:
                kept.append(row)
                at.append(index)
        table[at] = self._rows[kept]
        if absent:
            fresh = [words[index] for index in absent]
            dense = self._dense([self._numbers(word.values) for word in fresh])
            table[absent] = dense
            self._keep(fresh, dense)
        return table

    def _keep(self, words: Sequence[Word], dense: F32) -> None:
        for word, row in zip(words, dense, strict=True):
            # `_known` never drops a word, so its identity stays its own.
            if word.values[0] in self._number and len(self._row_of) < MOST_ROWS and self._is_known(word):
                place = len(self._row_of)
                self._rows[place] = row
                self._row_of[id(word)] = place

    def _is_known(self, word: Word) -> bool:
        return self._known.get(word.token) is word

    def _numbers(self, values: Sequence[str]) -> list[int]:
        number = self._number
        return [number[value] for value in values if value in number]

    def _dense(self, rows: Sequence[Sequence[int]]) -> F32:
        owner, entries = self._entries(rows)
        flat = owner * self._row_width + self._cells[entries]
        size = len(rows) * self._row_width
        return np.bincount(flat, self._amounts[entries], size).astype(np.float32).reshape(len(rows), self._row_width)

    def _entries(self, rows: Sequence[Sequence[int]]) -> tuple[I64, I64]:
        """All weights of the values in `rows`: which row each belongs to, and its index."""
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        values = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(lengths.sum()))
        return self._weights_of(values, np.repeat(np.arange(len(rows)), lengths))

    def _weights_of(self, values: I64, owner: I64) -> tuple[I64, I64]:
        counts = self._begins[values + 1] - self._begins[values]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        entries = np.arange(total) + np.repeat(self._begins[values] - ends + counts, counts)
        return np.repeat(owner, counts), entries

    def _add_singles(self, padded: F32, lines: Sequence[Observed], firsts: I64) -> None:
        """Values of single tokens and pairs. A pair's last slot may reach into the gap, which is dropped."""
        number = self._number
        places: list[int] = []
        values: list[int] = []
        for first, line in zip(firsts.tolist(), lines, strict=True):
            for at, value in zip(line.at, line.values, strict=True):
                known = number.get(value)
                if known is not None:
                    places.append(first + at)
                    values.append(known)
        owner, entries = self._weights_of(np.array(values, dtype=np.int64), np.array(places, dtype=np.int64))
        flat = owner * self._width + self._offsets[entries]
        padded += np.bincount(flat, self._amounts[entries], padded.size).reshape(padded.shape).astype(np.float32)

    def _whole(self, lines: Sequence[Observed]) -> F32:
        """Values that speak to every token of a line. They have one slot, the token itself."""
        owner, entries = self._entries([self._numbers(line.whole) for line in lines])
        flat = owner * self._width + self._cells[entries] - HERE * self._width
        size = len(lines) * self._width
        return np.bincount(flat, self._amounts[entries], size).astype(np.float32).reshape(len(lines), self._width)
