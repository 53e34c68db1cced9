"""A sentence encoder in plain numpy: the mean of the last layer of a BERT or MPNet, length 1.

Weights come as safetensors, pieces from `vocab.txt`; no training library is loaded, so that what was trained on these
embeddings is served with the base install. Sources: Devlin et al. 2019; Song et al. 2020 (MPNet: one table of relative
positions for all layers, as in Raffel et al. 2020 section 2.1); Reimers and Gurevych 2019 (mean of the pieces).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ambos.corpus.tensors import read_tensors
from ambos.engines.wordpiece import WordPiece
from ambos.errors import IntegrityError

Floats = NDArray[np.float32]

_BATCH_PIECES: Final = 2048  # pieces in one pass: larger ones leave the cache of one core
_MOST_PIECES: Final = 256  # of one text; the published encoders were trained on 128 to 384
_BUCKETS, _FAR = 32, 128  # MPNet's relative positions


class _Settings(msgspec.Struct, frozen=True):
    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    layer_norm_eps: float = 1e-12
    max_position_embeddings: int = 512


class Encoder:
    """Texts to vectors.

    Attributes:
        name: as on the shelf.
        version: SHA-256 over weights, vocabulary and settings: what was trained on it names it.
        width: of a vector.
    """

    def __init__(self, name: str, settings: _Settings, weights: Mapping[str, Floats], pieces: WordPiece) -> None:
        self.name, self.version = name, ""
        self.width = settings.hidden_size
        self._settings, self._pieces = settings, pieces
        self._is_mpnet = settings.model_type == "mpnet"
        self._weights = {key.removeprefix(f"{settings.model_type}."): value for key, value in weights.items()}
        try:
            self._layers = [self._layer(number) for number in range(settings.num_hidden_layers)]
            self.embed(["probe"])
        except (KeyError, ValueError, IndexError):
            raise IntegrityError("the encoder's weights do not fit its settings", place=name) from None

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """The encoder in `folder`: `model.safetensors`, `config.json`, `vocab.txt`.

        Raises:
            IntegrityError: a file is missing, is not what it should be, or belongs to another kind of network.
        """
        try:
            told = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors", "vocab.txt")}
            settings = msgspec.json.decode(told["config.json"], type=_Settings)
            pieces = WordPiece.read(told["vocab.txt"].decode())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, KeyError):
            raise IntegrityError(
                "an encoder is model.safetensors, config.json and vocab.txt", place=folder.name
            ) from None
        if settings.model_type not in ("bert", "mpnet"):
            raise IntegrityError("only encoders of the kinds bert and mpnet are read here", place=folder.name)
        arrays, _ = read_tensors(told["model.safetensors"])
        weights = {name: np.asarray(one, dtype=np.float32) for name, one in arrays.items() if one.dtype.kind == "f"}
        made = cls(folder.name, settings, weights, pieces)
        made.version = hashlib.sha256(
            b"".join(hashlib.sha256(told[name]).digest() for name in sorted(told))
        ).hexdigest()
        return made

    def embed(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each text."""
        most = min(_MOST_PIECES, self._settings.max_position_embeddings - 2)
        cut = [self._pieces.pieces(text, most) for text in texts]
        order = sorted(range(len(cut)), key=lambda at: len(cut[at]))
        out = np.zeros((len(cut), self.width), dtype=np.float32)
        start = 0
        while start < len(order):
            longest, end = len(cut[order[start]]), start + 1
            while end < len(order) and (end + 1 - start) * len(cut[order[end]]) <= _BATCH_PIECES:
                longest, end = len(cut[order[end]]), end + 1
            longest = max(longest, len(cut[order[end - 1]]))
            some = order[start:end]
            ids = np.full((len(some), longest), self._pieces.pad, dtype=np.int64)
            for row, at in enumerate(some):
                ids[row, : len(cut[at])] = cut[at]
            out[some] = self._pooled(ids, np.array([len(cut[at]) for at in some]))
            start = end
        return out

    def _pooled(self, ids_BT: NDArray[np.int64], lengths: NDArray[np.int64]) -> Floats:
        is_there = np.arange(ids_BT.shape[1])[None, :] < lengths[:, None]
        hidden = self._hidden(ids_BT, is_there)
        mean = (hidden * is_there[:, :, None]).sum(axis=1) / lengths[:, None]
        pooled: Floats = (mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)).astype(np.float32)
        return pooled

    def _hidden(self, ids_BT: NDArray[np.int64], is_there: NDArray[np.bool_]) -> Floats:
        weight, tokens = self._weights, ids_BT.shape[1]
        # MPNet counts positions from 2, after the place of the padding.
        begin = 2 if self._is_mpnet else 0
        x = weight["embeddings.word_embeddings.weight"][ids_BT]
        x = x + weight["embeddings.position_embeddings.weight"][begin : begin + tokens]
        if not self._is_mpnet:
            x = x + weight["embeddings.token_type_embeddings.weight"][0]
        x = self._normed(x, "embeddings.LayerNorm")
        bias = np.where(is_there, np.float32(0), np.float32(-1e9))[:, None, None, :]
        if self._is_mpnet:
            bias = bias + weight["encoder.relative_attention_bias.weight"][_buckets(tokens)].transpose(2, 0, 1)[None]
        for layer in self._layers:
            x = self._passed(x, bias, layer)
        return x

    def _passed(self, x: Floats, bias: Floats, layer: Mapping[str, str]) -> Floats:
        batch, tokens, width = x.shape
        heads = self._settings.num_attention_heads
        size = width // heads
        q, k, v = (
            self._linear(x, layer[one]).reshape(batch, tokens, heads, size).transpose(0, 2, 1, 3) for one in "qkv"
        )
        scores = np.asarray(q @ k.transpose(0, 1, 3, 2) / np.float32(size**0.5) + bias, dtype=np.float32)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = np.asarray(scores @ v, dtype=np.float32).transpose(0, 2, 1, 3).reshape(batch, tokens, width)
        x = self._normed(x + self._linear(mixed, layer["o"]), layer["normed"])
        wide = _gelu(self._linear(x, layer["up"]))
        return self._normed(x + self._linear(wide, layer["down"]), layer["last"])

    def _layer(self, number: int) -> dict[str, str]:
        at = f"encoder.layer.{number}."
        if self._is_mpnet:
            names = {one: f"{at}attention.attn.{one}" for one in "qkvo"} | {"normed": f"{at}attention.LayerNorm"}
        else:
            long = {"q": "self.query", "k": "self.key", "v": "self.value", "o": "output.dense"}
            names = {one: f"{at}attention.{word}" for one, word in long.items()}
            names["normed"] = f"{at}attention.output.LayerNorm"
        names |= {"up": f"{at}intermediate.dense", "down": f"{at}output.dense", "last": f"{at}output.LayerNorm"}
        return names

    def _linear(self, x: Floats, name: str) -> Floats:
        weight, flat = self._weights[f"{name}.weight"], x.reshape(-1, x.shape[-1])
        made: Floats = (flat @ weight.T + self._weights[f"{name}.bias"]).reshape(*x.shape[:-1], weight.shape[0])
        return made

    def _normed(self, x: Floats, name: str) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(self._settings.layer_norm_eps))
        made: Floats = x / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return made


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution function, by the rational approximation of erf, 1.5e-7 off at most.

    Source: Abramowitz and Stegun 1964, 7.1.26.
    """
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    below = 0.5 * polynomial * np.exp(-z * z)  # the distribution function at −|x|
    made: Floats = (x * np.where(x < 0, below, 1 - below)).astype(np.float32)
    return made


def _buckets(tokens: int) -> NDArray[np.int64]:
    distance = np.arange(tokens)[None, :] - np.arange(tokens)[:, None]
    half, near = _BUCKETS // 2, _BUCKETS // 4
    size = np.abs(distance)
    far = near + (np.log(np.maximum(size, 1) / near) / np.log(_FAR / near) * (half - near)).astype(np.int64)
    return np.asarray((distance > 0) * half + np.where(size < near, size, np.minimum(far, half - 1)), dtype=np.int64)
