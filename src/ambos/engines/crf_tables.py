"""Tables of the tagger's weights: by value, by pair of neighbours, and arrays that grow by rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.privacy.features import HERE, shapes_value
from ambos.privacy.tag_weights import Weights

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]
_PAIR_SLOT = 9
# Two shapes of a value "q=": letters, digits or one sign; a space or its absence; letters, digits or one sign.
_TWO_SHAPES = re.compile(r"([^\W\d_]+|.)([ _])(.+)", re.DOTALL)


class Growing:
    """Rows of one width that are appended and never changed."""

    def __init__(self, width: int, most: int = 0, kind: type[np.generic] = np.float32) -> None:
        """`most` reserves address space, which is not memory until it is written."""
        # Any: the type of a row is the type of the table.
        self.rows: npt.NDArray[Any] = np.zeros((most or 64, width), dtype=kind)
        self._size = 0

    def add(self, row: npt.NDArray[Any]) -> int:
        """Append; the number of the new row."""
        if self._size == len(self.rows):
            self.rows = np.concatenate([self.rows, np.zeros_like(self.rows)])
        self.rows[self._size] = row
        self._size += 1
        return self._size - 1


class Values:
    """The weights by the value that carries them."""

    def __init__(self, weights: Weights) -> None:
        self.width = len(weights.labels)
        self.values = weights.values
        self._number = {value: number for number, value in enumerate(weights.values)}
        self._begins = weights.begins.astype(np.int64)
        self._amounts = weights.amounts.astype(np.float32)
        self._cells = weights.cells.astype(np.int64)
        self.keys = frozenset(value[2:].partition("|")[0] for value in weights.values if value[0] in "kK")

    def dense(self, values: Sequence[str], slots: Sequence[int]) -> F32:
        """The summed weights of `values` in `slots`, neighbours in one row of len(slots) * L."""
        row = np.zeros((slots[-1] + 1) * self.width, dtype=np.float32)
        for value in values:
            number = self._number.get(value)
            if number is not None:
                begin, end = self._begins[number], self._begins[number + 1]
                np.add.at(row, self._cells[begin:end], self._amounts[begin:end])
        return row[slots[0] * self.width :]

    def dense_rows(self, rows: Sequence[Iterable[str]], slots: int) -> F32:
        """`dense` in the first `slots`, for many rows at once."""
        number = self._number
        known = [[number[value] for value in row if value in number] for row in rows]
        lengths = np.array([len(row) for row in known], dtype=np.int64)
        values = np.fromiter(chain.from_iterable(known), np.int64, int(lengths.sum()))
        owner, entries = self.entries(values, np.repeat(np.arange(len(rows)), lengths))
        width = slots * self.width
        sums = np.bincount(owner * width + self._cells[entries], self._amounts[entries], len(rows) * width)
        return sums.astype(np.float32).reshape(len(rows), width)

    def entries(self, values: I64, owner: I64) -> tuple[I64, I64]:
        """All weights of the numbered `values`: which owner each belongs to, and its index."""
        counts = self._begins[values + 1] - self._begins[values]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        entries = np.arange(total) + np.repeat(self._begins[values] - ends + counts, counts)
        return np.repeat(owner, counts), entries

    def rows_of(self, kind: str) -> tuple[F32, dict[str, int]]:
        """One row in slot HERE for each value of a class; row 0 is for values that carry nothing."""
        values = [value for value in self.values if value[0] == kind]
        rows = np.zeros((len(values) + 1, self.width), dtype=np.float32)
        for number, value in enumerate(values, 1):
            rows[number] = self.dense([value], [HERE])
        return rows, {value: number for number, value in enumerate(values, 1)}


class Pairs:
    """What two neighbours say together: their folded letters ("b="), and their shapes ("q=").

    Attributes:
        shapes: the shapes that some weight knows; number 0 is every other.
        shape_of, fold_of: number of each shape, and of each folded word that some pair holds; 0 is every other.
    """

    def __init__(self, values: Values) -> None:
        of_shapes = [value for value in values.values if value[0] == "q"]
        shapes = {value[2:] for value in values.values if value[0] == "s"}
        shapes |= {value.partition("|")[2] for value in values.values if value[0] == "K"}
        shapes |= {value.partition("|")[2] for value in values.values if re.match(r"c\d\|", value)}
        for value in of_shapes:
            if match := _TWO_SHAPES.fullmatch(value, 2):
                shapes |= {match.group(1), match.group(3)}
        self.shapes = ("", *sorted(shapes - {""}))
        self.shape_of = {shape: number for number, shape in enumerate(self.shapes) if shape}
        self._width = values.width
        self._fill_shapes(values)
        self._fill_letters(values)

    def _fill_shapes(self, values: Values) -> None:
        self._shape_rows, number = values_of(values, "q", slots=2)
        size = len(self.shapes)
        self._shape_row = np.zeros((size, 2, size), dtype=np.int64)
        for left, one in enumerate(self.shapes):
            for right, other in enumerate(self.shapes):
                for spaced in (False, True):
                    row = number.get(shapes_value(one, other, is_spaced=spaced), 0) if one and other else 0
                    self._shape_row[left, int(spaced), right] = row

    def _fill_letters(self, values: Values) -> None:
        self._letter_rows, number = values_of(values, "b", slots=3)
        pairs = [(value[2:].partition(" "), row) for value, row in number.items()]
        folds = sorted({fold for (left, _, right), _ in pairs for fold in (left, right)})
        self.fold_of = {fold: place for place, fold in enumerate(folds, 1)}
        self._base = len(folds) + 1
        coded = sorted((self.fold_of[left] * self._base + self.fold_of[right], row) for (left, _, right), row in pairs)
        self._codes = np.array([code for code, _ in coded], dtype=np.int64)
        self._code_row = np.array([row for _, row in coded], dtype=np.int64)

    def add(self, padded: F32, places: I64, shapes: I64, folds: I64, is_spaced: npt.NDArray[np.bool_]) -> None:
        """Adds what pairs say to the rows of their tokens.

        Args:
            padded: (P, L), changed in place.
            places: (T,), row of each token.
            shapes, folds: (T,), numbers of each token.
            is_spaced: (T,), whether a space follows.
        """
        beside = places[1:] == places[:-1] + 1
        rows = self._shape_row[shapes[:-1], is_spaced[:-1].astype(np.int64), shapes[1:]]
        at = np.flatnonzero(beside & (rows > 0))
        said = self._shape_rows[rows[at]]
        padded[places[at]] += said[:, : self._width]
        padded[places[at] + 1] += said[:, self._width :]
        if not len(self._codes):
            return
        both = np.flatnonzero(beside & (folds[:-1] > 0) & (folds[1:] > 0))
        codes = folds[both] * self._base + folds[both + 1]
        found = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        is_known = self._codes[found] == codes
        both, said = places[both[is_known]], self._letter_rows[self._code_row[found[is_known]]]
        for slot in range(3):
            # The third may reach into the gap after the line, which is dropped.
            padded[both + slot] += said[:, slot * self._width : (slot + 1) * self._width]


def values_of(values: Values, kind: str, *, slots: int) -> tuple[F32, dict[str, int]]:
    """One row for each pair value of a class, its slots side by side; row 0 says nothing."""
    names = [value for value in values.values if value[0] == kind]
    rows = np.zeros((len(names) + 1, slots * values.width), dtype=np.float32)
    for number, value in enumerate(names, 1):
        rows[number] = values.dense([value], range(_PAIR_SLOT, _PAIR_SLOT + slots))
    return rows, {value: number for number, value in enumerate(names, 1)}
