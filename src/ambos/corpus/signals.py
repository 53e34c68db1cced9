"""Recordings to numbers: band powers, event-related amplitudes, covariances; calibration without labels; and checks.

Arrays are (window, channel, point), in microvolts. Training and serving call the same functions. Sources: Welch 1967
(band powers); Barachant et al. 2012 (logarithm of covariances); standardising each subject by itself is the calibration
of the device and of the person, and needs no label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.errors import CorpusError

Floats: TypeAlias = NDArray[np.float32]

BANDS: Final = ((1.0, 4.0), (4.0, 8.0), (8.0, 13.0), (13.0, 30.0), (30.0, 45.0))  # Hz: delta to low gamma
BIN_S: Final = 1 / 16  # of event-related amplitudes: shorter than the components that follow a picture
_SEGMENT_S: Final = 2.0  # of Welch's method: resolves 0.5 Hz
UNITS: Final = {"V": 1e6, "mV": 1e3, "uV": 1.0, "µV": 1.0, "nV": 1e-3}
_QUIET_UV, _LOUD_UV = 0.1, 1000.0  # a scalp recording has a spread of 1 to 100 µV; beyond these the unit is wrong
_SHRUNK: Final = 0.1  # of the mean power: joined electrodes leave directions of hardly anything but noise
REJECT_UV: Final = 500.0  # peak to peak: blinks stay below, a moved electrode does not


def check(x_NCT: Floats, rate_hz: float, channels: Sequence[str], unit: str) -> None:
    """Refuse what cannot be a recording as it is described.

    Raises:
        CorpusError: no window, numbers that are not finite, an unknown unit, a spread that no scalp has, a rate below
            twice the highest band, or another number of channels than names.
    """
    if x_NCT.ndim != 3 or 0 in x_NCT.shape:
        raise CorpusError(f"a recording is (window, channel, point), none of them empty; this is {x_NCT.shape}")
    if x_NCT.shape[1] != len(channels) or len(set(channels)) != len(channels):
        raise CorpusError(f"{x_NCT.shape[1]} channels have {len(set(channels))} different names")
    if unit not in UNITS:
        raise CorpusError(f"the unit {unit[:10]!r} is not one of {', '.join(UNITS)}")
    if not np.isfinite(x_NCT).all():
        raise CorpusError("a recording holds NaN or infinity: take those windows out")
    if not 90.0 <= rate_hz <= 20_000.0:
        raise CorpusError(f"{rate_hz:g} Hz is not a rate that bands up to 45 Hz can be read at")
    spread = float(np.median(x_NCT.std(axis=2)))
    if not _QUIET_UV <= spread <= _LOUD_UV:
        raise CorpusError(f"the usual spread is {spread:.3g} µV, which no scalp shows: is the unit {unit} right?")


def same_device(channels: Sequence[str], rate_hz: float, known: Sequence[str], known_rate_hz: float) -> None:
    """Refuse a recording of another device than the model was trained for.

    Raises:
        CorpusError: other channels, another order of them, or another rate.
    """
    if list(channels) != list(known):
        raise CorpusError(f"this recording has other channels than the model: {', '.join(known[:8])}, …")
    if abs(rate_hz - known_rate_hz) > 0.5:
        raise CorpusError(f"this recording has {rate_hz:g} Hz, the model {known_rate_hz:g} Hz: resample it first")


def is_artefact(x_NCT: Floats, most_uv: float = REJECT_UV) -> NDArray[np.bool_]:
    """Windows in which a channel is flat or swings by more than `most_uv`."""
    swing = x_NCT.max(axis=2) - x_NCT.min(axis=2)
    return np.asarray((swing > most_uv).any(axis=1) | (swing < 1e-6).any(axis=1))


def windows(x_CT: Floats, points: int) -> Floats:
    """A long recording in windows side by side; what is left at the end is dropped."""
    count = x_CT.shape[1] // points
    return np.ascontiguousarray(x_CT[:, : count * points].reshape(x_CT.shape[0], count, points).transpose(1, 0, 2))


def resampled(x_NCT: Floats, rate_hz: float, to_hz: float) -> Floats:
    """At another rate, by the spectrum: nothing above the new half rate is folded back."""
    points = round(x_NCT.shape[2] * to_hz / rate_hz)
    spectrum = np.fft.rfft(x_NCT, axis=2)[:, :, : points // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, n=points, axis=2) * (points / x_NCT.shape[2]), dtype=np.float32)


def filtered(x_NCT: Floats, rate_hz: float, low_hz: float, high_hz: float) -> Floats:
    """Only what lies between two frequencies, without a shift in time."""
    spectrum = np.fft.rfft(x_NCT, axis=2)
    at = np.fft.rfftfreq(x_NCT.shape[2], 1 / rate_hz)
    spectrum[:, :, (at < low_hz) | (at > high_hz)] = 0
    return np.asarray(np.fft.irfft(spectrum, n=x_NCT.shape[2], axis=2), dtype=np.float32)


def bands(x_NCT: Floats, rate_hz: float) -> Floats:
    """Logarithm of Welch's power in each band and channel: (window, channel · band)."""
    size = min(x_NCT.shape[2], round(_SEGMENT_S * rate_hz))
    starts = range(0, x_NCT.shape[2] - size + 1, max(1, size // 2))
    taper = np.hanning(size).astype(np.float32)
    power = np.zeros((*x_NCT.shape[:2], size // 2 + 1))
    for start in starts:
        part = x_NCT[:, :, start : start + size]
        part = (part - part.mean(axis=2, keepdims=True)) * taper
        power += np.abs(np.fft.rfft(part, axis=2)) ** 2
    power /= len(starts) * rate_hz * float((taper**2).sum())
    at = np.fft.rfftfreq(size, 1 / rate_hz)
    found = [power[:, :, (at >= low) & (at < high)].sum(axis=2) for low, high in BANDS if high <= rate_hz / 2]
    return np.log(np.stack(found, axis=2) + 1e-12).reshape(len(x_NCT), -1).astype(np.float32)


def amplitudes(x_NCT: Floats, rate_hz: float) -> Floats:
    """Mean amplitude in bins of 62 ms, each channel less its own mean: (window, channel · bin)."""
    size = max(1, round(BIN_S * rate_hz))
    count = x_NCT.shape[2] // size
    centred = x_NCT - x_NCT.mean(axis=2, keepdims=True)
    binned = centred[:, :, : count * size].reshape(*x_NCT.shape[:2], count, size).mean(axis=3)
    return np.asarray(binned.reshape(len(x_NCT), -1), dtype=np.float32)


def covariances(x_NCT: Floats, rate_hz: float) -> Floats:
    """Logarithm of the covariance of channels in each band, upper half: (window, band · pair)."""
    upper = np.triu_indices(x_NCT.shape[1])
    parts = []
    for low, high in BANDS:
        if high <= rate_hz / 2:
            x = filtered(x_NCT, rate_hz, low, high).astype(np.float64)
            products = x @ x.transpose(0, 2, 1) / x.shape[2]
            scale = np.trace(products, axis1=1, axis2=2)[:, None, None] / x.shape[1]
            products += 1e-2 * scale * np.eye(x.shape[1])  # shrunk towards a sphere: few points, or joined electrodes
            size, direction = np.linalg.eigh(products)
            logarithm = (direction * np.log(np.maximum(size, 1e-12))[:, None, :]) @ direction.transpose(0, 2, 1)
            parts.append(logarithm[:, upper[0], upper[1]])
    return np.concatenate(parts, axis=1).astype(np.float32)


def aligned(x_NCT: Floats, groups: Sequence[str]) -> Floats:
    """Each subject's windows turned so that its channels are uncorrelated and alike in strength: no label is used.

    Euclidean alignment (He and Wu 2020): the mean covariance of a subject becomes the identity. Offsets, gains and where
    exactly the electrodes lay are taken away; a device in use needs a first minute.
    """
    out = np.zeros_like(x_NCT, dtype=np.float32)
    names = np.asarray(groups)
    for name in np.unique(names):
        x = x_NCT[names == name].astype(np.float64)
        x -= x.mean(axis=2, keepdims=True)
        mean = (x @ x.transpose(0, 2, 1)).mean(axis=0) / x.shape[2]
        size, direction = np.linalg.eigh(mean + _SHRUNK * np.trace(mean) / len(mean) * np.eye(len(mean)))
        root = direction / np.sqrt(np.maximum(size, 1e-12)) @ direction.T
        out[names == name] = root @ x
    return out


FEATURES: Final = {"bands": bands, "amplitudes": amplitudes, "covariances": covariances}


def calibrated(features_NF: Floats, groups: Sequence[str]) -> Floats:
    """Each subject's features less their mean, in units of their spread: no label is used.

    It takes the subject's unlabelled windows; a device in use needs a first minute of them.
    """
    out = np.zeros_like(features_NF)
    names = np.asarray(groups)
    for name in np.unique(names):
        some = features_NF[names == name]
        out[names == name] = (some - some.mean(axis=0)) / (some.std(axis=0) + 1e-6)
    return out
