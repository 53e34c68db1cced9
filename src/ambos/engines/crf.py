"""Evaluates the tagger's weights: from observed values to scores of labels, in NumPy.

What a token says of itself and its neighbours is one dense row for each word. Words of the model's own vocabulary keep
their rows, computed at first use. Other words (people's names, mostly) are computed anew for each block and never kept:
what others wrote shows neither in memory nor in time. Forms (shape, length, lists) are few and hold no word.

Arrays: a block is laid out with REACH rows of edge between its lines; P counts its rows, L the labels, F the forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.engines.crf_network import Net
from ambos.engines.crf_tables import Growing, Pairs, Values
from ambos.privacy.features import (
    EDGE,
    HERE,
    REACH,
    SHORT_LINE_TOKENS,
    Observed,
    Word,
    key_values,
    small_values,
    word_of,
)
from ambos.privacy.tag_weights import Weights

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]
_SLOTS = 2 * REACH + 1
# Rows kept for known words: 50 labels in 9 slots take 1.8 kB a row, so at most 15 MB.
MOST_ROWS = 8192
# Words of one text that are described once and not again: 2 MB at most, however long the text.
MOST_OWN_WORDS = 2000
# Numbers of a word that has no row: for one text only, and for good from its first block on.
_UNKNOWN, _NEW = -1, -2


class Words(dict[str, Word]):
    """Describes the tokens of one text; forgets the text's own words when it goes."""

    def __init__(self, scorer: Scorer) -> None:
        super().__init__()
        self._scorer = scorer

    def __missing__(self, token: str) -> Word:
        if len(self) >= MOST_OWN_WORDS:
            self.clear()
        word = self[token] = self._scorer.described(token)
        return word


class Scorer:
    """Scores of labels for blocks of lines. Not for use by two threads at once."""

    def __init__(self, weights: Weights) -> None:
        width = len(weights.labels)
        self._width = width
        self._wide = _SLOTS * width
        self._net = Net(weights.network) if weights.network else None
        self._values = values = Values(weights)
        self._pairs = Pairs(values)
        self._long_lists = dict(zip(weights.digests.tolist(), weights.lists.tolist(), strict=True))
        self._vocabulary = frozenset(weights.vocabulary)
        self._known: dict[str, Word] = {}
        # A row: what a word says in each slot, then its embedding for the network.
        depth = self._net.width if self._net else 0
        self._rows = Growing(self._wide + depth, MOST_ROWS + 1)
        self._rows.add(np.append(values.dense([EDGE], range(_SLOTS)), np.zeros(depth, np.float32)))
        self._forms = Growing(self._wide + depth)
        self._form_of: dict[tuple[str, ...], int] = {}
        # For each form: the number of its shape; what it says in a line of each case; and in one of so few tokens.
        self._shape_of = Growing(1, kind=np.int64)
        self._by_case = Growing(4 * width)
        self._by_size = Growing((SHORT_LINE_TOKENS + 1) * width)
        self._by_key: dict[str, F32] = {}
        self._whole, self._whole_of = values.rows_of("L")

    def words(self) -> Words:
        """A describer of tokens for one text."""
        return Words(self)

    def described(self, token: str) -> Word:
        """One token, with the numbers of its row, of its form and of its folded letters."""
        word = self._known.get(token)
        if word is not None:
            return word
        word = word_of(token, self._long_lists)
        form = self._form(word)
        fold = self._pairs.fold_of.get(word.folded, 0)
        is_kept = word.folded in self._vocabulary and word.shape != "xXx" and len(self._known) < MOST_ROWS
        if is_kept:
            self._known[token] = word
        word.numbers.extend((_NEW if is_kept else _UNKNOWN, form, fold))
        return word

    def _form(self, word: Word) -> int:
        # A shape that no weight knows is no key: an odd sign would make a form of its own.
        shape = self._pairs.shape_of.get(word.shape, 0)
        is_known = shape or (self._net and word.form[0] in self._net)
        key = (word.shape if is_known else "", *word.form[1:])
        number = self._form_of.get(key)
        if number is None:
            said = self._values.dense(word.form, range(_SLOTS))
            if self._net:
                said = np.append(said, self._net.embedded([word.form]))
            number = self._form_of[key] = self._forms.add(said)
            self._shape_of.add(np.array([shape]))
            # In a line of SHORT_LINE_TOKENS + 1 tokens only the lists speak.
            by_case = [self._here(small_values(SHORT_LINE_TOKENS + 1, case, word)) for case in range(4)]
            self._by_case.add(np.concatenate(by_case))
            of_shape = [self._here([f"c{size}|{word.shape}"]) for size in range(SHORT_LINE_TOKENS + 1)]
            self._by_size.add(np.concatenate(of_shape))
        return number

    def _here(self, values: Sequence[str]) -> F32:
        return self._values.dense(values, [HERE])

    def scores(self, lines: Sequence[Observed]) -> tuple[F32, npt.NDArray[np.bool_]]:
        """Scores (T, L) of every label at every token of `lines`, one after the other, and where the lines begin."""
        sizes = np.array([len(line.words) for line in lines], dtype=np.int64)
        ends = np.cumsum(sizes)
        total = int(ends[-1])
        firsts = ends - sizes + REACH * np.arange(1, len(lines) + 1)
        places = np.arange(total) + np.repeat(firsts - ends + sizes, sizes)
        words = list(chain.from_iterable([line.words for line in lines]))
        numbers = np.fromiter(chain.from_iterable([word.numbers for word in words]), np.int64, 3 * total)
        rows, forms, folds = numbers.reshape(total, 3).T
        shapes = self._shape_of.rows[forms, 0]
        laid = self._laid(words, rows, forms, places, total + REACH * (len(lines) + 1))
        is_spaced = _spaced(lines, total)
        padded = self._windows(laid)
        self._pairs.add(padded, places, shapes, folds, is_spaced)
        scores = padded[places]
        if self._net:
            scores += self._net.scores(laid[places, self._wide :], lines, places, len(laid), is_spaced)
        cases = np.repeat(np.array([line.case for line in lines]), sizes)
        scores += self._by_case.rows.reshape(-1, self._width)[4 * forms + cases]
        self._add_lines(scores, lines, (ends - sizes).tolist(), shapes, forms)
        scores += np.repeat(self._of_lines(lines), sizes, axis=0)
        begins = np.zeros(total, dtype=np.bool_)
        begins[ends - sizes] = True
        return scores, begins

    def _laid(self, words: Sequence[Word], rows: I64, forms: I64, places: I64, size: int) -> F32:
        """The row of each token in the layout, (P, 9 L + D); rows of edge between lines."""
        laid_rows = np.zeros(size, dtype=np.int64)
        laid_rows[places] = np.maximum(rows, 0)
        laid: F32 = self._rows.rows[laid_rows]
        if len(unknown := np.flatnonzero(rows < 0)):
            fresh = [words[place] for place in unknown.tolist()]
            own = self._fresh(fresh)
            own += self._forms.rows[forms[unknown]]
            laid[places[unknown]] = own
            for word, row in zip(fresh, own, strict=True):
                if word.numbers[0] == _NEW:
                    word.numbers[0] = self._rows.add(row)
        return laid

    def _fresh(self, words: Sequence[Word]) -> F32:
        """What the letters of words say, computed anew."""
        letters = [word.letters for word in words]
        said = self._values.dense_rows(letters, _SLOTS)
        if self._net is None:
            return said
        return np.concatenate([said, self._net.embedded(letters) + self._net.meanings(words)], axis=1)

    def _windows(self, laid: F32) -> F32:
        """What each token says of itself and its eight neighbours."""
        size = len(laid)
        slots = laid[:, : self._wide].reshape(size, _SLOTS, self._width)
        result = slots[:, HERE].copy()
        for distance in range(1, REACH + 1):
            # Slot HERE - d holds what a token says of the one d places after it.
            result[distance:] += slots[:-distance, HERE - distance]
            result[:-distance] += slots[distance:, HERE + distance]
        return result

    def _add_lines(
        self, scores: F32, lines: Sequence[Observed], firsts: Sequence[int], shapes: I64, forms: I64
    ) -> None:
        """What field names and very short lines say of single tokens."""
        by_size = self._by_size.rows.reshape(-1, SHORT_LINE_TOKENS + 1, self._width)
        for first, line in zip(firsts, lines, strict=True):
            size = len(line.words)
            if size <= SHORT_LINE_TOKENS:
                scores[first : first + size] += by_size[forms[first : first + size], size]
            for (begin, key), (end, _) in pairwise([*line.keys, (size, "")]):
                if (said := self._said(key)) is not None:
                    scores[first + begin : first + end] += said[shapes[first + begin : first + end]]

    def _said(self, key: str) -> F32 | None:
        """What a field name says of tokens of each shape; None when the model does not know it."""
        if key not in self._values.keys:
            return None
        said = self._by_key.get(key)
        if said is None:
            said = np.stack([self._here(key_values(key, shape)) for shape in self._pairs.shapes])
            self._by_key[key] = said
        return said

    def _of_lines(self, lines: Sequence[Observed]) -> F32:
        number = self._whole_of
        numbers = [number.get(value, 0) for line in lines for value in line.whole]
        rows: F32 = self._whole[np.array(numbers).reshape(len(lines), -1)].sum(axis=1)
        return rows


def _spaced(lines: Sequence[Observed], total: int) -> npt.NDArray[np.bool_]:
    """For each token whether a space parts it from the next."""
    starts = np.fromiter(chain.from_iterable([line.line.starts for line in lines]), np.int64, total)
    ends = np.fromiter(chain.from_iterable([line.line.ends for line in lines]), np.int64, total)
    return np.append(starts[1:] > ends[:-1], False)
