"""A small convolutional network on recordings, in plain arithmetic: windows to numbers that a linear head reads.

EEGNet's shape (Lawhern et al. 2018, table 2): filters over channels, filters over time, pooling; then time and maps apart,
pooling. The two linear filters of the first block commute, so that space comes first: the same function, and half the work.
Batch normalisation is folded into the filters. Training is `adapt`'s; what it trained is what this evaluates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.errors import IntegrityError

Floats: TypeAlias = NDArray[np.float32]

_AXES: Final = {"spatial": 2, "temporal": 2, "first": 1, "second": 2, "points": 2, "last": 1}
_MOST: Final = 4096  # of any axis: no published network of this kind comes near it
_PIECE: Final = 128  # windows at once, so that an hour of recording does not fill the memory


@dataclass(frozen=True, slots=True)
class Network:
    """Filters with normalisation folded in.

    Attributes:
        pools: how many points each of the two poolings joins.
        spatial_KH: mixes channels (map, channel).
        temporal_KL, first_K: a filter over time for each map, and its offset.
        second_KM: a second filter over time for each pooled map.
        points_JK, last_J: mixes maps (output, map), and its offset.
    """

    pools: tuple[int, int]
    spatial_KH: Floats = field(repr=False)
    temporal_KL: Floats = field(repr=False)
    first_K: Floats = field(repr=False)
    second_KM: Floats = field(repr=False)
    points_JK: Floats = field(repr=False)
    last_J: Floats = field(repr=False)

    def embedded(self, x_NHT: Floats) -> Floats:
        """Numbers of each window (window, output · time) from aligned windows (window, channel, point)."""
        parts = [self._piece(x_NHT[at : at + _PIECE]) for at in range(0, len(x_NHT), _PIECE)]
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)

    def _piece(self, x_NHT: Floats) -> Floats:
        mixed = np.matmul(self.spatial_KH, x_NHT)
        first = _elu(_along(mixed, self.temporal_KL) + self.first_K[:, None])
        second = _along(_pooled(first, self.pools[0]), self.second_KM)
        last = _elu(np.matmul(self.points_JK, second) + self.last_J[:, None])
        return _pooled(last, self.pools[1]).reshape(len(x_NHT), -1)

    def arrays(self) -> dict[str, Floats]:
        """By name, for an artefact."""
        found = (self.spatial_KH, self.temporal_KL, self.first_K, self.second_KM, self.points_JK, self.last_J)
        return {f"network.{name}": one for name, one in zip(_AXES, found, strict=True)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.generic]], pools: tuple[int, int]) -> Network:
        """From an artefact's arrays.

        Raises:
            IntegrityError: one is missing, or they do not fit one another.
        """
        try:
            parts = {name: np.asarray(arrays[f"network.{name}"], dtype=np.float32) for name in _AXES}
        except (KeyError, ValueError):
            raise IntegrityError("this classifier lacks a filter of its network", place="network") from None
        if not _fits(parts) or not all(1 <= one <= _MOST for one in pools):
            raise IntegrityError("the filters of this network do not fit one another", place="network")
        return cls(pools, *parts.values())


def _fits(parts: Mapping[str, Floats]) -> bool:
    if any(one.ndim != _AXES[name] or not 0 < max(one.shape) <= _MOST for name, one in parts.items()):
        return False
    maps, outputs = len(parts["spatial"]), len(parts["points"])
    is_right = all(len(parts[name]) == maps for name in ("temporal", "first", "second"))
    is_right = is_right and parts["points"].shape[1] == maps and len(parts["last"]) == outputs
    return is_right and all(one.size and bool(np.isfinite(one).all()) for one in parts.values())


def _along(x_NKT: Floats, filters_KL: Floats) -> Floats:
    """Each map filtered over time, as long as before: correlation, zeros beyond both ends."""
    length, points = filters_KL.shape[1], x_NKT.shape[2]
    left = (length - 1) // 2
    padded = np.pad(x_NKT, ((0, 0), (0, 0), (left, length - 1 - left)))
    size = points + length - 1
    product = np.fft.rfft(padded, axis=2) * np.conj(np.fft.rfft(filters_KL, n=size, axis=1))
    return np.asarray(np.fft.irfft(product, n=size, axis=2)[:, :, :points], dtype=np.float32)


def _pooled(x_NKT: Floats, size: int) -> Floats:
    count = x_NKT.shape[2] // size
    return np.asarray(x_NKT[:, :, : count * size].reshape(*x_NKT.shape[:2], count, size).mean(axis=3))


def _elu(x: Floats) -> Floats:
    return np.asarray(np.where(x > 0, x, np.expm1(np.minimum(x, 0))), dtype=np.float32)
