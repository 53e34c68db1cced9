"""Arrays as bytes and back, in the safetensors format: a table of contents as JSON, then the numbers. Never a pickle.

Source: the format's own description: eight bytes of length (little-endian), a JSON header, then the data.
Reading takes hostile bytes: what comes back is our error or arrays that lie wholly within what was given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ambos.errors import IntegrityError

Array = NDArray[np.generic]

_TYPES: Final = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "U64": "<u8", "U8": "|u1",
}  # fmt: skip
_NAMES: Final = {np.dtype(code): name for name, code in _TYPES.items()}
_MAX_HEADER_BYTES: Final = 100_000_000  # the limit of the reference implementation
_MAX_AXES: Final = 8


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def write_tensors(arrays: Mapping[str, Array], facts: Mapping[str, str]) -> bytes:
    """The bytes of these arrays and facts; the same input gives the same bytes.

    Raises:
        KeyError: an array of a type that the format does not have.
    """
    header: dict[str, object] = {"__metadata__": dict(sorted(facts.items()))}
    body, at = [], 0
    for name, array in sorted(arrays.items()):
        plain = np.ascontiguousarray(array)
        kind = _NAMES[plain.dtype.newbyteorder("<")]
        data = plain.astype(_TYPES[kind], copy=False).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(data)]}
        body.append(data)
        at += len(data)
    told = msgspec.json.encode(header)
    told += b" " * (-len(told) % 8)
    return len(told).to_bytes(8, "little") + told + b"".join(body)


def read_tensors(content: bytes | memoryview) -> tuple[dict[str, Array], dict[str, str]]:
    """Arrays and facts; the arrays are views of `content` and cannot be written.

    Raises:
        IntegrityError: not this format, cut short, or a table that does not fit its data.
    """
    view = memoryview(content)
    length = int.from_bytes(view[:8], "little")
    if len(view) < 8 or not 2 <= length <= min(_MAX_HEADER_BYTES, len(view) - 8):
        raise IntegrityError("these are not whole safetensors: the header does not fit", place="header")
    try:
        header = msgspec.json.decode(view[8 : 8 + length], type=dict[str, msgspec.Raw])
        facts = msgspec.json.decode(header.pop("__metadata__", msgspec.Raw(b"{}")), type=dict[str, str])
        told = {name: msgspec.json.decode(raw, type=_Tensor) for name, raw in header.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise IntegrityError("these are not safetensors: the header cannot be read", place="header") from None
    data = view[8 + length :]
    return {name: _array(one, data) for name, one in told.items()}, facts


def _array(told: _Tensor, data: memoryview) -> Array:
    begin, end = told.data_offsets
    if told.dtype not in _TYPES or len(told.shape) > _MAX_AXES or not all(0 <= n < 2**40 for n in told.shape):
        raise IntegrityError("a tensor has a type or shape that is not read here", place="tensors")
    kind = np.dtype(_TYPES[told.dtype])
    if not 0 <= begin <= end <= len(data) or end - begin != math.prod(told.shape) * kind.itemsize:
        raise IntegrityError("the table of tensors does not fit the data", place="tensors")
    return np.frombuffer(data[begin:end], dtype=kind).reshape(told.shape)
