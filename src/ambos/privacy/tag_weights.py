"""The learned numbers of the tagger and their one form in bytes.

Written by training, read by serving. A NumPy archive of plain arrays: nothing in it can run.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.errors import IntegrityError
from ambos.privacy.features import SLOTS

FORMAT = 2
F32: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001).

    Attributes:
        labels: "O", "B-X" and "I-X"; their order is the label axis L of all arrays.
        values: the observed values that carry weight, in the order of `begins`.
        begins: where the weights of each value begin in `cells` and `amounts`; one longer than `values`.
        cells: slot * L + label of each weight.
        amounts: the weights (half precision is enough: see the card).
        transitions: (L, L), log weight of going from one label (row) to the next (column).
        digests, lists: the hashed name and place lists (`gazetteer.hashed`), as two columns.
        vocabulary: folded everyday words of the public training texts, outside of what is marked in them: what is
            computed of these may be kept between texts.
    """

    labels: tuple[str, ...]
    values: tuple[str, ...]
    begins: npt.NDArray[np.uint32]
    cells: npt.NDArray[np.uint16]
    amounts: npt.NDArray[np.float16]
    transitions: F32
    digests: npt.NDArray[np.uint32]
    lists: npt.NDArray[np.uint8]
    vocabulary: tuple[str, ...] = ()


def to_bytes(weights: Weights) -> bytes:
    """The model file. The same weights give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        format=np.uint32(FORMAT),
        labels=_packed(weights.labels),
        values=_packed(weights.values),
        begins=weights.begins,
        cells=weights.cells,
        amounts=weights.amounts,
        transitions=weights.transitions,
        digests=weights.digests,
        lists=weights.lists,
        vocabulary=_packed(weights.vocabulary),
    )
    return buffer.getvalue()


def from_bytes(data: bytes) -> Weights:
    """Reads a model file.

    Raises:
        IntegrityError: cut short, of another format, or with parts that do not fit together.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            if int(archive["format"]) != FORMAT:
                raise IntegrityError("the tagger's model file is of another format: install the matching release")
            weights = Weights(
                _unpacked(archive["labels"]),
                _unpacked(archive["values"]),
                archive["begins"],
                archive["cells"],
                archive["amounts"],
                archive["transitions"],
                archive["digests"],
                archive["lists"],
                _unpacked(archive["vocabulary"]),
            )
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        raise IntegrityError("the tagger's model file is damaged: install it again") from fault
    _check(weights)
    return weights


def _check(weights: Weights) -> None:
    size = len(weights.labels)
    fits = (
        size > 1
        and weights.labels[0] == "O"
        and weights.transitions.shape == (size, size)
        and len(weights.begins) == len(weights.values) + 1
        and len(weights.cells) == len(weights.amounts) == int(weights.begins[-1])
        and (not len(weights.cells) or int(weights.cells.max()) < SLOTS * size)
        and bool(np.all(np.diff(weights.begins.astype(np.int64)) >= 0))
        and len(weights.digests) == len(weights.lists)
        and bool(np.isfinite(weights.transitions).all() and np.isfinite(weights.amounts).all())
    )
    if not fits:
        raise IntegrityError("the parts of the tagger's model file do not fit together: install it again")


def _packed(strings: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(strings).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _unpacked(array: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(array.tobytes().decode("utf-8", "surrogatepass").split("\n"))
