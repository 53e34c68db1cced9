"""The learned numbers of the tagger and their one form in bytes.

Written by training, read by serving. A NumPy archive of plain arrays: nothing in it can run.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ambos.errors import IntegrityError
from ambos.privacy.features import REACH, SLOTS

FORMAT = 3
F32: TypeAlias = npt.NDArray[np.float32]
F16: TypeAlias = npt.NDArray[np.float16]
# A layer sees one token to either side, so many tokens away; lines lie REACH rows apart.
MOST_DILATION = REACH


@dataclass(frozen=True, slots=True)
class Network:
    """A small convolutional network whose output is added to the scores of the field (Collobert et al. 2011).

    Attributes:
        values: the observed values that have an embedding, in the order of `table`.
        table, scales: (V, D) and (V,): the embedding of a value is its row times its scale.
        words, clusters: (W,), sorted digests of folded words (`gazetteer.digest`), and the row of each in `meanings`.
        meanings, meaning_scales: (C, D) and (C,): what words of like use have in common.
        glue: (4, D), for a token that touches the next (bit 0), the one before (bit 1).
        layers: (N, 3, D, D), for the token before, the token and the token after.
        biases: (N, D).
        dilations: (N,), how far away "before" and "after" are.
        out, out_bias: (D, L) and (L,).
    """

    values: tuple[str, ...]
    table: npt.NDArray[np.int8]
    scales: F16
    words: npt.NDArray[np.uint32]
    clusters: npt.NDArray[np.uint16]
    meanings: npt.NDArray[np.int8]
    meaning_scales: F16
    glue: F16
    layers: F16
    biases: F16
    dilations: npt.NDArray[np.uint8]
    out: F16
    out_bias: F16


NETWORK_ARRAYS = tuple(name for name in Network.__slots__ if name != "values")


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
        network: what adds to the scores, if anything does.
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
    network: Network | None = None


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
        **_network_arrays(weights.network),
    )
    return buffer.getvalue()


def _network_arrays(network: Network | None) -> dict[str, Any]:  # arrays of several types
    if network is None:
        return {}
    arrays = {f"net_{name}": getattr(network, name) for name in NETWORK_ARRAYS}
    return arrays | {"net_values": _packed(network.values)}


def _network(archive: Mapping[str, Any]) -> Network | None:  # as NumPy types it
    if "net_values" not in archive:
        return None
    arrays = {name: archive[f"net_{name}"] for name in NETWORK_ARRAYS}
    return Network(values=_unpacked(archive["net_values"].astype(np.uint8)), **arrays)


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
                _network(archive),
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
    if not fits or (weights.network is not None and not _is_whole(weights.network, size)):
        raise IntegrityError("the parts of the tagger's model file do not fit together: install it again")


def _is_whole(net: Network, labels: int) -> bool:
    depth, size = net.biases.shape if net.biases.ndim == 2 else (-1, -1)
    return (
        net.table.shape == (len(net.values), size)
        and net.scales.shape == (len(net.values),)
        and net.words.shape == net.clusters.shape == (len(net.words),)
        and net.meanings.shape == (len(net.meaning_scales), size)
        and (not len(net.clusters) or int(net.clusters.max()) < len(net.meanings))
        and bool(np.all(net.words[1:] > net.words[:-1]))
        and net.glue.shape == (4, size)
        and net.layers.shape == (depth, 3, size, size)
        and net.dilations.shape == (depth,)
        and (not depth or 1 <= int(net.dilations.min()) <= int(net.dilations.max()) <= MOST_DILATION)
        and net.out.shape == (size, labels)
        and net.out_bias.shape == (labels,)
        and all(np.isfinite(getattr(net, name)).all() for name in NETWORK_ARRAYS)
        and all(getattr(net, name).dtype == kind for name, kind in _NETWORK_KINDS.items())
    )


_NETWORK_KINDS = {
    "table": np.int8,
    "words": np.uint32,
    "clusters": np.uint16,
    "meanings": np.int8,
    "dilations": np.uint8,
    **dict.fromkeys(("scales", "meaning_scales", "glue", "layers", "biases", "out", "out_bias"), np.float16),
}


def _packed(strings: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(strings).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _unpacked(array: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(array.tobytes().decode("utf-8", "surrogatepass").split("\n"))
