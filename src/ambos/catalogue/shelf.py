"""The shelf: one folder for each model in a cache that all data directories share, with a `model.json` beside the file.

A folder appears by one rename, so that a model is there whole or not at all. Nothing here fetches.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_cache_path

from ambos.errors import CatalogueError, IntegrityError

CARD: Final = "model.json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_CHUNK_BYTES: Final = 1 << 20


class Card(msgspec.Struct, frozen=True):
    """What is recorded of a model when it is pulled.

    Attributes:
        name: its folder, and `ambos/NAME` for callers.
        source: where it came from, as `models pull` takes it; `revision` is the hub's commit.
        file: name of the model file beside the card.
        sha256, size_bytes: of that file; the engine checks the hash before each start.
        licence: as the source or the file declares it, or "unknown".
        architecture, context_tokens, has_chat_template, parameters: from the file's own header (GGUF), else empty.
        fitness: "demo", or "unproven" until an evaluation says more.
        pulled_on: the caller's date.
        beside: settings and tokeniser of a safetensors model, SHA-256 by name.
    """

    name: str
    source: str
    file: str
    sha256: str
    size_bytes: int
    licence: str
    fitness: str
    pulled_on: str
    revision: str = ""
    title: str = ""
    architecture: str = ""
    context_tokens: int = 0
    has_chat_template: bool = False
    parameters: int = 0
    beside: dict[str, str] = {}


class Pulled(msgspec.Struct, frozen=True):
    """A model on the shelf."""

    card: Card
    path: Path


def cache_directory(environment: Mapping[str, str]) -> Path:
    """`AMBOS_MODELS`, or `ambos/models` in the user's cache directory."""
    chosen = environment.get("AMBOS_MODELS")
    return Path(chosen).expanduser() if chosen else user_cache_path("ambos") / "models"


def list_models(cache: Path) -> list[Pulled]:
    """Every model on the shelf by name. A folder whose card cannot be read is left out: `show` says why."""
    found = []
    for folder in sorted(cache.iterdir()) if cache.is_dir() else ():
        if _NAME.fullmatch(folder.name) and (folder / CARD).is_file():
            try:
                found.append(show(cache, folder.name))
            except IntegrityError:
                continue
    return found


def show(cache: Path, name: str) -> Pulled:
    """The model called `name`.

    Raises:
        CatalogueError: there is none.
        IntegrityError: its card is damaged, or its file is missing or not of the recorded size.
    """
    folder = _folder(cache, name)
    try:
        card = msgspec.json.decode((folder / CARD).read_bytes(), type=Card)
    except FileNotFoundError as error:
        raise CatalogueError(f"no model {name} is installed here; see `ambos models list`") from error
    except (msgspec.MsgspecError, OSError) as error:
        raise IntegrityError(f"the card of {name} cannot be read; remove the model and pull it again") from error
    path = folder / Path(card.file).name
    if not path.is_file() or path.stat().st_size != card.size_bytes:
        raise IntegrityError(
            f"the file of {name} is missing or not of its recorded size; pull it again", place=card.file
        )
    return Pulled(card, path)


def verify(model: Pulled) -> None:
    """Recompute the hash of a model's file.

    Raises:
        IntegrityError: it is not what was pulled.
    """
    if hash_file(model.path) != model.card.sha256:
        raise IntegrityError(f"the file of {model.card.name} is not the one that was pulled", place=model.card.file)


def remove(cache: Path, name: str) -> int:
    """Delete a model, whole or damaged; returns the bytes that became free."""
    folder = _folder(cache, name)
    if not folder.is_dir():
        raise CatalogueError(f"no model {name} is installed here; see `ambos models list`")
    freed = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    doomed = folder.with_name(f".removed-{name}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)  # gone for everybody in one step, before the slow part
    shutil.rmtree(doomed)
    return freed


def put(cache: Path, card: Card, staged: Path) -> Pulled:
    """Move the folder `staged`, which holds the model file, to its place on the shelf."""
    folder = _folder(cache, card.name)
    (staged / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    for file in (staged / CARD, staged / card.file):
        _sync(file)
    if folder.exists():
        remove(cache, card.name)
    staged.rename(folder)
    _sync(cache)
    return show(cache, card.name)


def name_for(title: str) -> str:
    """A folder name made of a file's or package's name."""
    name = re.sub(r"[^a-z0-9._-]+", "-", title.lower()).strip("-._")[:80]
    if not _NAME.fullmatch(name):
        raise CatalogueError("this source gives no usable name; choose one of lower-case letters, digits, . _ -")
    return name


def hash_file(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _folder(cache: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise CatalogueError("a model's name has lower-case letters, digits, dots, hyphens and underscores only")
    return cache / name


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
