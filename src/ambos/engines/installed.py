"""Which models are installed at home: reads the cards that the catalogue wrote, fetches nothing.

`serve` must not import the catalogue, so the card's few fields that an engine needs are read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from ambos.engines.settings import ModelFile
from ambos.errors import ConfigError


class _Card(msgspec.Struct, frozen=True):
    name: str
    file: str
    sha256: str
    size_bytes: int
    fitness: str = "unproven"


@dataclass(frozen=True, slots=True)
class Installed:
    """A chat model on the shelf."""

    name: str
    model: ModelFile


def installed(cache: Path) -> list[Installed]:
    """Every GGUF model of the cache whose card and file are there; the demo models last, else the largest first."""
    found = []
    for card_path in sorted(cache.glob("*/model.json")):
        try:
            card = msgspec.json.decode(card_path.read_bytes(), type=_Card)
        except (OSError, msgspec.MsgspecError):
            continue
        path = card_path.parent / Path(card.file).name
        if path.suffix == ".gguf" and path.is_file():
            found.append(Installed(card.name, ModelFile(path, card.sha256, card.size_bytes, card.fitness)))
    return sorted(found, key=lambda one: (one.model.fitness == "demo", -one.model.size_bytes))


def pick(cache: Path, wanted: str, *, demo_allowed: bool) -> Installed | None:
    """The model that the engine is to serve: `wanted` is a name, "auto" or "none".

    Raises:
        ConfigError: a name that is not installed.
    """
    if wanted == "none":
        return None
    models = installed(cache)
    if wanted == "auto":
        return next((one for one in models if demo_allowed or one.model.fitness != "demo"), None)
    for one in models:
        if wanted in (one.name, f"ambos/{one.name}"):
            return one
    raise ConfigError(f"inside.model names {wanted[:60]!r}, which is not installed; see `ambos models list`")
