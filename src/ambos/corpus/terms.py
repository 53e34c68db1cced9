"""Words and letters of a text as weighted counts (TF-IDF): the honest baseline beside sentence embeddings.

A term is kept by its hash, so that no word of a training text can be read out of a model (hashes of guessed words can
still be tried: a model is sealed like the data it comes from). Training and serving call the same functions.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LETTERS: Final = (3, 4, 5)  # lengths of letter runs inside a word: endings and stems, robust to slips of typing
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ divided by the golden ratio: pairs keep the order of their words
_NONE: Final = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows of a matrix that is mostly 0: row `r` has `values[at]` in `columns[at]` for `starts[r] <= at < starts[r+1]`."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]
    width: int

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.starts) - 1

    def dot(self, weights_FC: NDArray[np.float32]) -> NDArray[np.float32]:
        """The product with a dense matrix, row by row: for serving, one text at a time."""
        out = np.zeros((self.rows, weights_FC.shape[1]), dtype=np.float32)
        for row in range(self.rows):
            some = slice(self.starts[row], self.starts[row + 1])
            out[row] = self.values[some] @ weights_FC[self.columns[some]]
        return out


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by hash, ascending, with how telling each is (inverse document frequency)."""

    hashes: NDArray[np.uint64]
    rarity: NDArray[np.float32]

    @classmethod
    def learn(cls, texts: Sequence[str], *, least: int = 2, most: int = 60_000) -> Vocabulary:
        """Of terms in at least `least` texts, the `most` that are in the most texts.

        The rarity is ln((1 + n)/(1 + df)) + 1, as in scikit-learn, so that figures can be compared.
        """
        seen = [terms_of(text)[0] for text in texts]
        terms, counts = np.unique(np.concatenate([*seen, _NONE]), return_counts=True)
        common = np.flatnonzero(counts >= least)
        kept = np.sort(common[np.argsort(-counts[common], kind="stable")][:most])
        rarity = np.log((1 + len(texts)) / (1 + counts[kept])) + 1
        return cls(terms[kept], rarity.astype(np.float32))

    def features(self, texts: Sequence[str]) -> Sparse:
        """One row of length 1 for each text: (1 + ln count) · rarity; all 0 where no term is known."""
        starts, columns, values = [0], [], []
        for text in texts:
            terms, amounts = terms_of(text)
            at = np.searchsorted(self.hashes, terms)
            at[at == len(self.hashes)] = 0
            known = self.hashes[at] == terms if len(self.hashes) else np.zeros(len(terms), dtype=bool)
            weights = (1 + np.log(amounts[known]).astype(np.float32)) * self.rarity[at[known]]
            columns.append(at[known])
            values.append(weights / max(float(np.linalg.norm(weights)), 1e-12))
            starts.append(starts[-1] + len(weights))
        empty = [np.zeros(0)]
        return Sparse(
            np.array(starts, dtype=np.int64),
            np.concatenate(columns or empty).astype(np.int64),
            np.concatenate(values or empty).astype(np.float32),
            len(self.hashes),
        )


def terms_of(text: str) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of words, pairs of words, and runs of 3 to 5 letters within words, ascending, with their counts."""
    words = simple(text).split()
    whole = np.array([_word(word)[0] for word in words], dtype=np.uint64)
    pairs = (whole[:-1] * _MIX) ^ (whole[1:] + _MIX)
    found = np.unique(np.concatenate([_NONE, pairs, *map(_word, words)]), return_counts=True)
    return found[0], found[1]


@lru_cache(maxsize=100_000)
def _word(word: str) -> NDArray[np.uint64]:
    edged = f" {word} "
    runs = [edged[at : at + size] for size in _LETTERS for at in range(len(edged) - size + 1)]
    return np.array([_hash("w" + word), *(_hash("c" + run) for run in runs)], dtype=np.uint64)


def simple(text: str) -> str:
    """Case, accents, punctuation and runs of spaces taken away: what two people would call the same text."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (" " if not letter.isalnum() else letter for letter in plain if unicodedata.category(letter) != "Mn")
    return " ".join("".join(kept).split())


def _hash(term: str) -> int:
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
