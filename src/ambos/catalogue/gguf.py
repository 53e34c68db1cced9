"""Intake check of a GGUF file: header, metadata and tensor table, read with bounds and without loading a weight.

Source: the GGUF specification of ggml (docs/gguf.md), versions 2 and 3, little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ambos.errors import IntegrityError

MAGIC: Final = b"GGUF"
VERSIONS: Final = (2, 3)
DEMO_PARAMETERS: Final = 400_000_000
"""Below this a chat model is a demonstration: none of that size answered Spanish facts rightly."""

_MAX_TENSORS: Final = 100_000  # the largest open models have some 3,000
_MAX_PAIRS: Final = 10_000
_MAX_STRING_BYTES: Final = 4 << 20  # chat templates reach some 20 kB
_MAX_ARRAY: Final = 4_000_000  # vocabularies reach some 260,000
_MAX_DIMENSIONS: Final = 4  # GGML_MAX_DIMS

_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING: Final = 8
_ARRAY: Final = 9

# ggml type -> (values in a block, bytes of a block), from ggml.c; a type that is not here is only checked by its offset
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What the header says of a model.

    Attributes:
        architecture: for example "llama" or "qwen2".
        name: the model's own name, or "".
        licence: as declared in the file, or "".
        context_tokens: length it was trained for; 0 when the file does not say.
        parameters: number of weights.
    """

    architecture: str
    name: str
    licence: str
    context_tokens: int
    has_chat_template: bool
    parameters: int


class _Cursor:
    """Reads forward; a file that ends too early is an IntegrityError, never a short read."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size

    @property
    def left(self) -> int:
        return self._left

    def take(self, count: int) -> bytes:
        data = self._file.read(count) if count <= self._left else b""
        if len(data) != count:
            raise IntegrityError("the GGUF file is truncated: its header is longer than the file", place="header")
        self._left -= count
        return data

    def number(self, code: str) -> int | float | bool:
        value: int | float | bool = struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]
        return value

    def count(self, code: str, limit: int, what: str) -> int:
        value = int(self.number(code))
        if value > limit:
            raise IntegrityError(f"the GGUF file claims {value} {what}; at most {limit} make sense", place="header")
        return value

    def text(self) -> str:
        return self.take(self.count("Q", _MAX_STRING_BYTES, "bytes in one string")).decode("utf-8", "replace")

    def value(self, kind: int) -> str | int | float | bool | None:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise IntegrityError(f"the GGUF file holds a value of unknown type {kind}", place="header")
        return self.number(_SCALARS[kind])

    def _skip_array(self) -> None:
        kind = int(self.number("I"))
        length = self.count("Q", _MAX_ARRAY, "values in one array")
        if kind == _STRING:
            for _ in range(length):
                self.take(self.count("Q", _MAX_STRING_BYTES, "bytes in one string"))
        elif kind in _SCALARS:
            self.take(length * struct.calcsize("<" + _SCALARS[kind]))
        else:
            raise IntegrityError(f"the GGUF file holds an array of unknown type {kind}", place="header")


def read_gguf(path: Path) -> GgufFacts:
    """Check that `path` is a whole GGUF file and say what it holds.

    Raises:
        IntegrityError: another format or version, a header that makes no sense, or tensors beyond the end of the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        cursor = _Cursor(file, size)
        if size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            raise IntegrityError("this is not a GGUF file: it does not begin with GGUF", place="magic")
        version = int(cursor.number("I"))
        if version not in VERSIONS:
            raise IntegrityError(f"GGUF version {version} is not one of {VERSIONS}", place="version")
        tensors = cursor.count("Q", _MAX_TENSORS, "tensors")
        pairs = cursor.count("Q", _MAX_PAIRS, "metadata pairs")
        metadata = {cursor.text(): cursor.value(int(cursor.number("I"))) for _ in range(pairs)}
        parameters, data_bytes = _read_tensor_table(cursor, tensors)
    alignment = metadata.get("general.alignment", 32)
    _check_data(size - cursor.left, size, data_bytes, alignment if isinstance(alignment, int) else 0)
    return _facts(metadata, parameters)


def _read_tensor_table(cursor: _Cursor, tensors: int) -> tuple[int, int]:
    parameters = 0
    data_bytes = 0
    for _ in range(tensors):
        cursor.text()
        values = 1
        for _ in range(cursor.count("I", _MAX_DIMENSIONS, "dimensions")):
            values *= int(cursor.number("Q"))
        per_block, block_bytes = _BLOCKS.get(int(cursor.number("I")), (values or 1, 1))
        data_bytes = max(data_bytes, int(cursor.number("Q")) + -(-values // per_block) * block_bytes)
        parameters += values
    return parameters, data_bytes


def _check_data(header_bytes: int, size: int, data_bytes: int, alignment: int) -> None:
    if not 1 <= alignment <= 1 << 20:
        raise IntegrityError("the GGUF file names an alignment that makes no sense", place="general.alignment")
    needed = -(-header_bytes // alignment) * alignment + data_bytes
    if data_bytes and size < needed:
        raise IntegrityError(f"the GGUF file is truncated: {size} bytes of at least {needed}", place="tensors")


def _facts(metadata: dict[str, str | int | float | bool | None], parameters: int) -> GgufFacts:
    def text(key: str) -> str:
        value = metadata.get(key)
        return value if isinstance(value, str) else ""

    architecture = text("general.architecture")
    if not architecture:
        raise IntegrityError("the GGUF file does not say its architecture", place="general.architecture")
    context = metadata.get(f"{architecture}.context_length")
    return GgufFacts(
        architecture=architecture,
        name=text("general.name"),
        licence=text("general.license"),
        context_tokens=context if isinstance(context, int) else 0,
        has_chat_template=bool(text("tokenizer.chat_template")),
        parameters=parameters,
    )
