"""Bytes of a recording to windows: EDF, and NPZ in two layouts (docs/spec/corpus.md section 5). Hostile bytes are refused.

EDF is read by its description (Kemp et al. 1992): a header of 256 bytes, 256 more a channel, then records of 16-bit
numbers. Annotations of EDF+ are left out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.corpus import signals
from ambos.errors import CorpusError

Floats: TypeAlias = NDArray[np.float32]

MAX_BYTES: Final = 2 << 30  # unpacked, of one file: an archive of zeros must not fill the memory


@dataclass(frozen=True, slots=True)
class Recording:
    """Windows with what is known of each: label and subject."""

    x_NCT: Floats = field(repr=False)
    labels: tuple[str, ...]
    groups: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: float


def read_npz(content: bytes, *, window_s: float, wanted: Sequence[str] = (), unlabelled: str = "") -> Recording:
    """Windows of an NPZ file: one array `x` with a label and a subject a window, or one array a subject and condition.

    Args:
        window_s: length of a window in the second layout.
        wanted: channels to keep, in this order; none keeps all.
        unlabelled: a recording that is to be labelled: whose it is where the file does not say; its labels are left out.

    Raises:
        CorpusError: not such a file, or pickled objects in it.
    """
    arrays = _npz(content)
    if not {"fs", "channels"} <= set(arrays):
        raise CorpusError("an NPZ of signals holds `fs`, `channels`, and `x` or SUBJECT/CONDITION arrays")
    try:
        rate_hz, names = float(arrays["fs"]), tuple(str(name) for name in arrays["channels"].tolist())
        scale = float(arrays.get("scale_uv", np.float32(1.0)))
        made = _whole(arrays, scale, unlabelled) if "x" in arrays else _apart(arrays, scale, round(window_s * rate_hz))
    except (TypeError, ValueError, OverflowError):
        raise CorpusError("an array of this NPZ has another shape or type than its name says") from None
    x, labels, groups = made
    labels = ("",) * len(labels) if unlabelled else labels
    return _chosen(Recording(x, labels, groups, names, rate_hz), wanted)


def _npz(content: bytes) -> dict[str, NDArray[np.generic]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_BYTES:
                raise CorpusError(f"this NPZ unpacks to more than {MAX_BYTES >> 30} GiB")
        with np.load(io.BytesIO(content), allow_pickle=False) as read:
            return {name: read[name] for name in read.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, KeyError, NotImplementedError, SyntaxError):
        raise CorpusError("this is not an NPZ file of plain arrays") from None


_Made: TypeAlias = tuple[Floats, tuple[str, ...], tuple[str, ...]]


def _whole(arrays: Mapping[str, NDArray[np.generic]], scale: float, unlabelled: str) -> _Made:
    label = next((name for name in ("condition", "label", "labels") if name in arrays), "")
    group = next((name for name in ("subject", "group", "patient") if name in arrays), "")
    if not unlabelled and (not label or not group):
        raise CorpusError("an NPZ with `x` needs `condition` and `subject`, one a window")
    x = np.asarray(arrays["x"], dtype=np.float32) * np.float32(scale)
    labels, groups = (
        tuple(str(one) for one in arrays[name].tolist()) if name else (unlabelled,) * len(x) for name in (label, group)
    )
    if x.ndim != 3 or not len(x) == len(labels) == len(groups):
        raise CorpusError("`x`, its labels and its subjects are not as many")
    return x, labels, groups


def _apart(arrays: Mapping[str, NDArray[np.generic]], scale: float, points: int) -> _Made:
    if points < 2:
        raise CorpusError("say how long a window is: `window_s`")
    parts, labels, groups = [], [], []
    for name, array in sorted(arrays.items()):
        subject, slash, condition = name.partition("/")
        if slash and array.ndim == 2:
            part = signals.windows(np.asarray(array, dtype=np.float32) * np.float32(scale), points)
            parts.append(part)
            labels += [condition] * len(part)
            groups += [subject] * len(part)
    if not parts or len({part.shape[1] for part in parts}) != 1:
        raise CorpusError("there are no SUBJECT/CONDITION arrays of (channel, point), or their channels differ")
    return np.concatenate(parts), tuple(labels), tuple(groups)


def read_edf(content: bytes, *, label: str, group: str, window_s: float, wanted: Sequence[str] = ()) -> Recording:
    """Windows of one EDF recording, which has one label and one subject.

    Raises:
        CorpusError: not EDF, cut short, channels of several rates, or a unit that is no voltage.
    """
    try:
        names, units, x, rate_hz = _edf(content, wanted)
    except (ValueError, UnicodeDecodeError, ZeroDivisionError, IndexError, OverflowError):
        raise CorpusError("this is not an EDF recording: a number of its header cannot be read") from None
    for row, unit in enumerate(units):
        if unit not in signals.UNITS:
            raise CorpusError(f"channel {names[row][:16]} is in {unit[:8]!r}, not in volts")
        x[row] *= signals.UNITS[unit]
    windows = signals.windows(x.astype(np.float32), max(1, round(window_s * rate_hz)))
    count = len(windows)
    return Recording(windows, (label,) * count, (group,) * count, tuple(names), rate_hz)


def _edf(content: bytes, wanted: Sequence[str]) -> tuple[list[str], list[str], NDArray[np.float64], float]:
    head = content[:256]
    if len(head) < 256 or head[:8].strip() != b"0":
        raise CorpusError("this is not an EDF recording")
    if head[192:197] == b"EDF+D":
        raise CorpusError("this EDF+ recording has gaps (EDF+D), which a window must not hold: export it without them")
    records, seconds, count = int(head[236:244]), float(head[244:252]), int(head[252:256])
    if not 0 < count <= 512 or not 0 < records <= 10_000_000 or not seconds > 0:
        raise CorpusError("the header of this EDF recording is cut short or says nothing")
    fields = content[256 : 256 + 256 * count]

    def column(start: int, size: int) -> list[str]:
        at = start * count
        return [fields[at + k * size : at + (k + 1) * size].decode("latin-1").strip() for k in range(count)]

    names, units = column(0, 16), column(96, 8)
    low_p, high_p, low_d, high_d = ([float(v) for v in column(at, 8)] for at in (104, 112, 120, 128))
    points = [int(v) for v in column(216, 8)]
    total = sum(points)
    if min(points) < 1 or len(content) < 256 * (count + 1) + records * total * 2:
        raise CorpusError("this EDF recording is cut short")
    data = np.frombuffer(content, dtype="<i2", count=records * total, offset=256 * (count + 1)).reshape(records, total)
    kept = [at for at, name in enumerate(names) if "Annotations" not in name and (not wanted or name in wanted)]
    if not kept or (wanted and {names[at] for at in kept} != set(wanted)):
        raise CorpusError(f"this recording has other channels: {', '.join(names[:8])}")
    kept.sort(key=lambda at: wanted.index(names[at]) if wanted else at)
    if len({points[at] for at in kept}) != 1:
        raise CorpusError("the channels have several rates: name those of one rate with `channels`")
    rows = []
    for at in kept:
        start = sum(points[:at])
        plain = data[:, start : start + points[at]].reshape(-1).astype(np.float64)
        rows.append((plain - low_d[at]) * (high_p[at] - low_p[at]) / (high_d[at] - low_d[at]) + low_p[at])
    return [names[at] for at in kept], [units[at] for at in kept], np.stack(rows), points[kept[0]] / seconds


def in_unit(recording: Recording, unit: str) -> Recording:
    """A recording whose file says no unit, from the one that its owner tells to microvolts; "" leaves it as it is.

    Raises:
        CorpusError: no voltage.
    """
    if not unit or unit == "uV":
        return recording
    if unit not in signals.UNITS:
        raise CorpusError(f"the unit {unit[:10]!r} is not one of {', '.join(signals.UNITS)}")
    return replace(recording, x_NCT=recording.x_NCT * np.float32(signals.UNITS[unit]))


def at_rate(recording: Recording, rate_hz: float) -> Recording:
    """A recording at the rate that its corpus is to have; 0 leaves it as it is.

    Raises:
        CorpusError: it was recorded at a lower one: what it did not hear cannot be added.
    """
    if not rate_hz or abs(recording.rate_hz - rate_hz) < 1e-6:
        return recording
    if not 0 < rate_hz < recording.rate_hz:
        raise CorpusError(f"this recording has {recording.rate_hz:g} Hz, which does not give {rate_hz:g} Hz")
    return replace(recording, x_NCT=signals.resampled(recording.x_NCT, recording.rate_hz, rate_hz), rate_hz=rate_hz)


def joined(recordings: Sequence[Recording]) -> Recording:
    """Several recordings of one device as one.

    Raises:
        CorpusError: they have other channels, rates or lengths of a window.
    """
    first = recordings[0]
    for one in recordings[1:]:
        signals.same_device(one.channels, one.rate_hz, first.channels, first.rate_hz)
        if one.x_NCT.shape[2] != first.x_NCT.shape[2]:
            raise CorpusError("windows of several lengths do not go together")
    return Recording(
        np.concatenate([one.x_NCT for one in recordings]),
        tuple(label for one in recordings for label in one.labels),
        tuple(group for one in recordings for group in one.groups),
        first.channels,
        first.rate_hz,
    )


def _chosen(recording: Recording, wanted: Sequence[str]) -> Recording:
    if not wanted:
        return recording
    missing = [name for name in wanted if name not in recording.channels]
    if missing:
        raise CorpusError(f"this recording has no channel {', '.join(missing)[:80]}")
    at = [recording.channels.index(name) for name in wanted]
    return Recording(recording.x_NCT[:, at], recording.labels, recording.groups, tuple(wanted), recording.rate_hz)
