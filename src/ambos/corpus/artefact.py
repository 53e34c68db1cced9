"""A trained classifier as bytes and back: plain arrays in safetensors, told what they are (docs/spec/recipe.md section 4).

Training writes it and serving reads it; both call `scores`, so that what was measured is what answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from ambos.corpus import signals
from ambos.corpus.head import Floats, Head
from ambos.corpus.network import Network
from ambos.corpus.tensors import Array, read_tensors, write_tensors
from ambos.corpus.terms import Vocabulary
from ambos.errors import IntegrityError

FORMAT = "ambos/classifier/v1"
NETWORK = "network"  # features of a signal that a network of its own makes
BLEND = 2.0  # weight of an embedding beside terms, both of length 1


class Facts(msgspec.Struct, frozen=True):
    """What the arrays are.

    Attributes:
        family: "text" or "signal".
        features: "terms", "embedding" or "both"; for signals names joined by "+".
        encoder, encoder_version: whose embeddings the weights belong to; "" for none.
        channels, rate_hz, points: the device a signal model was trained for.
        pools: how many points the two poolings of a network join.
    """

    family: str
    features: str
    labels: tuple[str, ...]
    is_multiple: bool
    corpus: str
    recipe: str
    encoder: str = ""
    encoder_version: str = ""
    channels: tuple[str, ...] = ()
    rate_hz: float = 0.0
    points: int = 0
    pools: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A classifier ready to score."""

    facts: Facts
    head: Head
    vocabulary: Vocabulary | None = None
    mean_F: Floats | None = field(default=None, repr=False)
    spread_F: Floats | None = field(default=None, repr=False)
    network: Network | None = None

    def to_bytes(self) -> bytes:
        """The same model gives the same bytes."""
        head = self.head
        arrays: dict[str, Array] = {
            "weights": head.weights_FC, "bias": head.bias_C, "slope": head.slope_C, "offset": head.offset_C,
            "threshold": head.threshold_C,
        }  # fmt: skip
        if self.vocabulary is not None:
            arrays |= {"terms": self.vocabulary.hashes, "rarity": self.vocabulary.rarity}
        if self.mean_F is not None and self.spread_F is not None:
            arrays |= {"mean": self.mean_F, "spread": self.spread_F}
        if self.network is not None:
            arrays |= self.network.arrays()
        return write_tensors(arrays, {"format": FORMAT, "facts": msgspec.json.encode(self.facts).decode()})

    @classmethod
    def from_bytes(cls, content: bytes) -> Artefact:
        """Read a model.

        Raises:
            IntegrityError: not this format, or arrays that do not fit one another.
        """
        arrays, told = read_tensors(content)
        if told.get("format") != FORMAT:
            raise IntegrityError("this is no classifier of Ambos", place="format")
        try:
            facts = msgspec.json.decode(told["facts"], type=Facts)
            names = ("weights", "bias", "slope", "offset", "threshold")
            parts = {name: np.asarray(arrays[name], dtype=np.float32) for name in names}
        except (msgspec.MsgspecError, KeyError, ValueError):
            raise IntegrityError("this classifier lacks an array, or what it says of itself", place="facts") from None
        _fits(facts, parts)
        head = Head(
            facts.labels, facts.is_multiple, parts["weights"], parts["bias"], parts["slope"], parts["offset"],
            parts["threshold"],
        )  # fmt: skip
        if facts.family == "signal":
            width = len(parts["weights"])
            network = _network(facts, arrays, width) if facts.features == NETWORK else None
            mean, spread = (np.asarray(arrays.get(name, np.zeros(0)), dtype=np.float32) for name in ("mean", "spread"))
            if mean.shape != (width,) or spread.shape != (width,):
                raise IntegrityError("this classifier lacks its scale", place="mean")
            return cls(facts, head, None, mean, spread, network)
        return cls(facts, head, _vocabulary(facts, arrays, len(parts["weights"])))

    def scores(self, texts: Sequence[str], vectors: Floats | None) -> Floats:
        """Uncalibrated scores (text, class); `vectors` are the embeddings of the encoder that the facts name."""
        terms = len(self.vocabulary.hashes) if self.vocabulary is not None else 0
        made = np.zeros((len(texts), len(self.facts.labels)), dtype=np.float32) + self.head.bias_C
        if self.vocabulary is not None:
            made += self.vocabulary.features(texts).dot(self.head.weights_FC[:terms])
        if vectors is not None and self.facts.features != "terms":
            weight = np.float32(BLEND if self.facts.features == "both" else 1.0)
            made += weight * vectors @ self.head.weights_FC[terms:]
        return made

    def signal_scores(self, x_NCT: Floats, groups: Sequence[str]) -> Floats:
        """Uncalibrated scores (window, class); each subject is calibrated on its own windows."""
        return np.asarray(
            self.signal_numbers(x_NCT, groups) @ self.head.weights_FC + self.head.bias_C, dtype=np.float32
        )

    def signal_numbers(self, x_NCT: Floats, groups: Sequence[str]) -> Floats:
        """What the head reads (window, feature), each subject calibrated on its own windows."""
        if self.mean_F is None or self.spread_F is None:
            raise IntegrityError("this classifier is not one of signals", place="mean")
        if self.network is not None:
            made = self.network.embedded(signals.aligned(x_NCT, groups))
        else:
            names = self.facts.features.split("+")
            found = [signals.FEATURES[name](x_NCT, self.facts.rate_hz) for name in names]
            made = signals.calibrated(np.concatenate(found, axis=1), groups)
        return np.asarray((made - self.mean_F) / self.spread_F, dtype=np.float32)


def hash_of(content: bytes) -> str:
    """The name of an artefact."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _fits(facts: Facts, parts: Mapping[str, Floats]) -> None:
    classes = len(facts.labels)
    is_right = classes >= 2 and len(set(facts.labels)) == classes and parts["weights"].ndim == 2
    is_right = is_right and parts["weights"].shape[1] == classes
    is_right = is_right and all(parts[name].shape == (classes,) for name in ("bias", "slope", "offset", "threshold"))
    if not is_right or not all(np.isfinite(one).all() for one in parts.values()):
        raise IntegrityError("the arrays of this classifier do not fit one another", place="weights")


def _network(facts: Facts, arrays: Mapping[str, Array], width: int) -> Network:
    network = Network.of(arrays, facts.pools)
    steps = facts.points // facts.pools[0] // facts.pools[1]
    if network.spatial_KH.shape[1] != len(facts.channels) or len(network.last_J) * steps != width:
        raise IntegrityError("the network of this classifier does not fit its head or its device", place="network")
    return network


def _vocabulary(facts: Facts, arrays: Mapping[str, Array], width: int) -> Vocabulary | None:
    if facts.features == "embedding":
        return None
    hashes, rarity = arrays.get("terms"), arrays.get("rarity")
    if hashes is None or rarity is None or hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise IntegrityError("this classifier lacks its terms", place="terms")
    known, telling = np.asarray(hashes, dtype=np.uint64), np.asarray(rarity, dtype=np.float32)
    is_short = facts.features == "terms" and len(known) != width
    if telling.shape != known.shape or len(known) > width or is_short or (known[1:] <= known[:-1]).any():
        raise IntegrityError("the terms of this classifier do not fit its weights", place="terms")
    return Vocabulary(known, telling)
