"""Intake check of what lies beside a safetensors model: its settings and its tokeniser. JSON and a template, no program.

Loading them is left to the training packages; here is said whether they are what they must be, and belong to the weights.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ambos.catalogue.safetensors import shape_of
from ambos.errors import IntegrityError
from ambos.messages import Json

NAMES: Final = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
    "chat_template.jinja",
)  # fmt: skip
MOST_BYTES: Final = 64 << 20  # of one; the largest tokenisers have 33 MB
_WORDS: Final = "model.embed_tokens.weight"  # (vocabulary, width) of every llama


@dataclass(frozen=True, slots=True)
class Beside:
    """What came with the weights: SHA-256 by name, and what the settings say."""

    files: dict[str, str]
    architecture: str
    context_tokens: int
    has_chat_template: bool


def check_beside(weights: Path) -> Beside:
    """Read the files beside `weights`; none at all is no error, for a model may be no language model.

    Raises:
        IntegrityError: one is no JSON object, brings a program of its own, or belongs to other weights.
    """
    found = {name: weights.with_name(name) for name in NAMES if weights.with_name(name).is_file()}
    read = {name: _object(path) for name, path in found.items() if name.endswith(".json")}
    settings, tokeniser = read.get("config.json", {}), read.get("tokenizer_config.json", {})
    if any("auto_map" in told for told in read.values()):
        raise IntegrityError("this model brings a program of its own, which is never run", place="auto_map")
    shape = shape_of(weights, _WORDS)
    wanted = [settings.get("vocab_size"), settings.get("hidden_size")]
    if settings and shape and shape != wanted:
        raise IntegrityError("the settings beside these weights are of another model", place="config.json")
    context = settings.get("max_position_embeddings")
    return Beside(
        {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()},
        str(settings.get("model_type") or ""),
        context if isinstance(context, int) else 0,
        "chat_template" in tokeniser or "chat_template.jinja" in found,
    )


def _object(path: Path) -> dict[str, Json]:
    try:
        told: Json = msgspec.json.decode(path.read_bytes())
    except msgspec.MsgspecError:
        told = None
    if not isinstance(told, dict):
        raise IntegrityError("a file beside the weights is no JSON object", place=path.name)
    return told
