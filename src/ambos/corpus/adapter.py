"""An adapter of a chat model as bytes and back: a GGUF file that llama.cpp loads (docs/spec/recipe.md section 7).

Trained arrays are `blk.N.MODULE.weight.lora_a` (rank, in) and `.lora_b` (out, rank), named and ordered as llama.cpp has
them. What the adapter is stands in `ambos.facts`, so that the one file is artefact and served file.

Source: the GGUF specification of ggml (docs/gguf.md), version 3, little-endian; adapters: llama.cpp, src/llama-adapter.cpp.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from ambos.errors import IntegrityError

Floats: TypeAlias = NDArray[np.float32]

FORMAT: Final = "ambos/adapter/v1"
_ALIGNMENT: Final = 32  # general.alignment of the specification
_STRING, _FLOAT, _F32 = 8, 6, 0
_MAX_BYTES: Final = 1 << 31
_MAX_ARRAYS, _MAX_PAIRS, _MAX_STRING = 20_000, 64, 1 << 20


class AdapterFacts(msgspec.Struct, frozen=True):
    """What the arrays are.

    Attributes:
        base: 64 hex digits, SHA-256 of the GGUF file they belong to; base_name: its name on the shelf.
        template, mask: hashes of the chat template and of the tokens with their loss mask.
        heads, key_heads: of attention; rows of q and k are ordered by them.
    """

    corpus: str
    recipe: str
    base: str
    base_name: str
    template: str
    mask: str
    rank: int
    alpha: float
    heads: int
    key_heads: int
    architecture: str = "llama"


@dataclass(frozen=True, slots=True)
class Adapter:
    """LoRA weights with what they belong to; names are llama.cpp's."""

    facts: AdapterFacts
    arrays: Mapping[str, Floats] = field(repr=False)

    def to_bytes(self) -> bytes:
        """The same adapter gives the same bytes."""
        facts = self.facts
        pairs: list[tuple[str, str | float]] = [
            ("general.architecture", facts.architecture),
            ("general.type", "adapter"),
            ("adapter.type", "lora"),
            ("adapter.lora.alpha", facts.alpha),
            ("ambos.format", FORMAT),
            ("ambos.facts", msgspec.json.encode(facts).decode()),
        ]
        head = [struct.pack("<4sIQQ", b"GGUF", 3, len(self.arrays), len(pairs))]
        for name, value in pairs:
            head.append(_text(name))
            is_text = isinstance(value, str)
            head.append(struct.pack("<I", _STRING if is_text else _FLOAT))
            head.append(_text(value) if isinstance(value, str) else struct.pack("<f", value))
        body, at = [], 0
        for name, array in sorted(self.arrays.items()):
            shape = array.shape[::-1]  # ggml names the fastest axis first
            head.append(_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, _F32, at))
            data = np.ascontiguousarray(array, dtype="<f4").tobytes()
            data += bytes(-len(data) % _ALIGNMENT)
            body.append(data)
            at += len(data)
        start = b"".join(head)
        return b"".join([start, bytes(-len(start) % _ALIGNMENT), *body])

    @classmethod
    def from_bytes(cls, content: bytes) -> Adapter:
        """Read an adapter.

        Raises:
            IntegrityError: not this format, or arrays that are no pairs of one rank, or numbers that are not finite.
        """
        if len(content) > _MAX_BYTES:
            raise IntegrityError("this adapter is larger than 2 GiB", place="size")
        try:
            pairs, arrays = _read(content)
            facts = msgspec.json.decode(str(pairs["ambos.facts"]), type=AdapterFacts)
        except (struct.error, KeyError, ValueError, msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
            raise IntegrityError("this is no adapter of Ambos, or it is cut off", place="header") from None
        if pairs.get("ambos.format") != FORMAT:
            raise IntegrityError("this is no adapter of Ambos", place="format")
        _fits(facts, arrays)
        return cls(facts, arrays)


def permuted(rows_OR: Floats, heads: int) -> Floats:
    """Rows of q or k in llama.cpp's order: halves of a head become neighbours (its rotary embedding turns pairs).

    Source: llama.cpp, convert_hf_to_gguf.py, LlamaModel.permute.
    """
    rows, width = rows_OR.shape
    return rows_OR.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)


def unpermuted(rows_OR: Floats, heads: int) -> Floats:
    """Undo `permuted`."""
    rows, width = rows_OR.shape
    return rows_OR.reshape(heads, rows // heads // 2, 2, width).swapaxes(1, 2).reshape(rows, width)


def _text(value: str) -> bytes:
    told = value.encode()
    return struct.pack("<Q", len(told)) + told


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0

    def take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from(form, self._content, self.at)
        self.at += struct.calcsize(form)
        return found

    def text(self) -> str:
        (size,) = self.take("<Q")
        if size > _MAX_STRING or self.at + size > len(self._content):
            raise ValueError("a text ends after the file")
        self.at += size
        return self._content[self.at - size : self.at].decode()


def _read(content: bytes) -> tuple[dict[str, str | float], dict[str, Floats]]:
    cursor = _Cursor(content)
    magic, version, count, many = struct.unpack_from("<4sIQQ", content, 0)
    cursor.at = 24
    if magic != b"GGUF" or version != 3 or count > _MAX_ARRAYS or many > _MAX_PAIRS:
        raise ValueError("not an adapter")
    pairs: dict[str, str | float] = {}
    for _ in range(many):
        name = cursor.text()
        (kind,) = cursor.take("<I")
        if kind not in (_STRING, _FLOAT):
            raise ValueError("a value of another kind")
        pairs[name] = cursor.text() if kind == _STRING else float(cursor.take("<f")[0])
    told = []
    for _ in range(count):
        name = cursor.text()
        (axes,) = cursor.take("<I")
        if axes != 2:
            raise ValueError("LoRA arrays have two axes")
        wide, high, kind, offset = cursor.take("<QQIQ")
        told.append((name, high, wide, kind, offset))
    start = cursor.at + -cursor.at % _ALIGNMENT
    arrays = {name: _array(content, start + offset, high, wide, kind) for name, high, wide, kind, offset in told}
    if len(arrays) != count:
        raise ValueError("a name stands twice")
    return pairs, arrays


def _array(content: bytes, at: int, high: int, wide: int, kind: int) -> Floats:
    if kind != _F32 or high * wide * 4 > len(content) or at + high * wide * 4 > len(content):
        raise ValueError("an array ends after the file")
    return np.frombuffer(content, dtype="<f4", count=high * wide, offset=at).reshape(high, wide)


def _fits(facts: AdapterFacts, arrays: Mapping[str, Floats]) -> None:
    names: Sequence[str] = sorted({name.rpartition(".lora_")[0] for name in arrays})
    is_right = bool(names) and len(arrays) == 2 * len(names) and facts.rank > 0 and np.isfinite(facts.alpha)
    for name in names:
        a, b = arrays.get(f"{name}.lora_a"), arrays.get(f"{name}.lora_b")
        is_right = is_right and a is not None and b is not None and a.shape[0] == b.shape[1] == facts.rank
    if not is_right or not all(np.isfinite(one).all() for one in arrays.values()):
        raise IntegrityError("the arrays of this adapter do not fit one another", place="arrays")
