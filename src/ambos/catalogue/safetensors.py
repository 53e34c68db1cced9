"""Intake check of a safetensors file: its header, and that every tensor lies within the file.

Source: the format's own description: eight bytes of length, a JSON header, then the data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from ambos.errors import IntegrityError

_MAX_HEADER_BYTES: Final = 100_000_000  # the limit of the reference implementation


class _Shape(msgspec.Struct, frozen=True):
    shape: list[int]


class _Tensor(msgspec.Struct, frozen=True):
    data_offsets: tuple[int, int]


def shape_of(path: Path, name: str) -> list[int]:
    """The shape of one tensor of a checked file; [] if it has none of this name."""
    with path.open("rb") as file:
        header = msgspec.json.decode(file.read(int.from_bytes(file.read(8), "little")), type=dict[str, msgspec.Raw])
    return msgspec.json.decode(header[name], type=_Shape).shape if name in header else []


def check_safetensors(path: Path) -> None:
    """Check that `path` is a whole safetensors file.

    Raises:
        IntegrityError: another format, or tensors beyond the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(_MAX_HEADER_BYTES, size - 8):
            raise IntegrityError("this is not a whole safetensors file: its header does not fit", place="header")
        try:
            header = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
            tensors = [msgspec.json.decode(raw, type=_Tensor) for key, raw in header.items() if key != "__metadata__"]
        except msgspec.MsgspecError as error:
            raise IntegrityError("this is not a safetensors file: its header cannot be read", place="header") from error
    if any(not 0 <= begin <= end <= size - 8 - length for begin, end in (tensor.data_offsets for tensor in tensors)):
        raise IntegrityError("the safetensors file is truncated or its table of tensors is wrong", place="tensors")
