"""Small real foreign detectors, made where they are needed: an ONNX model with its tokeniser, a package with an entry point."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

LABELS = ("O", "B-GIVEN_NAME", "I-GIVEN_NAME", "B-PHONE")
# Word -> logits of the labels; every other word is harmless.
WORDS = {
    "[UNK]": (6.0, 0.0, 0.0, 0.0),
    "zorblax": (0.0, 6.0, 0.0, 0.0),
    "quentor": (0.0, 0.0, 6.0, 0.0),
    "maybe": (2.0, 0.0, 0.0, 0.0),
}


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def value_info(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(message(1, number(1, one) if isinstance(one, int) else message(2, one)) for one in shape)
    return message(1, name) + message(2, message(1, number(1, kind) + message(2, dims)))


def onnx_model(rows: Sequence[Sequence[float]]) -> bytes:
    """logits = Gather(rows, input_ids): the ONNX format by hand (onnx.proto3)."""
    width = len(rows[0])
    raw = struct.pack(f"<{len(rows) * width}f", *(x for row in rows for x in row))
    tensor = number(1, len(rows)) + number(1, width) + number(2, 1) + message(8, "rows") + message(9, raw)
    node = message(1, "rows") + message(1, "input_ids") + message(2, "logits") + message(4, "Gather")
    graph = (
        message(1, node)
        + message(2, "g")
        + message(5, tensor)
        + message(11, value_info("input_ids", 7, (1, "T")))
        + message(12, value_info("logits", 1, (1, "T", width)))
    )
    return number(1, 8) + message(7, graph) + message(8, message(1, "") + number(2, 13))


def write_model(folder: Path) -> Path:
    """A model that knows two names; needs `tokenizers`."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(onnx_model([*WORDS.values()]))
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": dict(enumerate(LABELS))}))
    return folder


PACKAGE = """
import time
from ambos.ports import Spotted


class Badges:
    version = "1"
    labels = {"BADGE": "GOV_ID", "NOISE": None}

    def __init__(self, argument):
        self.name = "badges"
        self.argument = argument

    def find(self, text):
        if self.argument == "slow":
            time.sleep(60)
        if self.argument == "raises":
            raise RuntimeError(text)
        place = text.find("ZQ-")
        if self.argument == "outside":
            yield Spotted(0, len(text) + 5, "BADGE")
        elif self.argument == "unknown":
            yield Spotted(0, 1, "ELSE")
        elif place >= 0:
            yield Spotted(place, place + 6, "BADGE", 0.1 if self.argument == "doubtful" else 0.9)
            yield Spotted(0, 1, "NOISE", 1.0)
"""
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "ambos-badges-for-tests"
version = "0.1"

[project.entry-points."ambos.detectors"]
badges = "ambos_badges_for_tests:Badges"

[tool.hatch.build.targets.wheel]
packages = ["ambos_badges_for_tests"]
"""


def write_package(folder: Path) -> Path:
    """The source of a package that offers a plug-in."""
    (folder / "ambos_badges_for_tests").mkdir(parents=True)
    (folder / "ambos_badges_for_tests" / "__init__.py").write_text(PACKAGE)
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder
