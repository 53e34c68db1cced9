"""The chat family's part of a turn: the base from the shelf, sealed snapshots, the engine of one's own that proves and judges."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ambos.config import models_directory
from ambos.corpus import Corpus, Recipe
from ambos.engines.settings import ModelFile
from ambos.errors import AdaptError, CatalogueError, IntegrityError
from ambos.store.sealing import Sealer, place

if TYPE_CHECKING:
    from ambos.adapt.chat.base import BaseFile
    from ambos.adapt.chat.running import ChatRun
    from ambos.engines.trial import Trial

_WORK: Final = "work"


@dataclass(frozen=True, slots=True)
class SealedSnapshots:
    """One snapshot in the data directory, sealed with the corpus' own key: it is gone when the corpus is erased."""

    path: Path
    sealer: Sealer

    def save(self, content: bytes) -> None:
        """In place of the former; whole or not at all."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        try:
            fresh.touch(mode=0o600)
            with fresh.open("wb") as file:
                file.write(self.sealer.seal(content, place(_WORK, self.path.name)))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise

    def load(self) -> bytes | None:
        """The last one.

        Raises:
            AdaptError: it is damaged.
        """
        try:
            return self.sealer.open(self.path.read_bytes(), place(_WORK, self.path.name))
        except FileNotFoundError:
            return None
        except IntegrityError:
            raise AdaptError("the snapshot of this run is damaged: run it again with `--fresh`") from None

    def drop(self) -> None:
        """The run is over, or begins anew."""
        self.path.unlink(missing_ok=True)


def snapshots(directory: Path, recipe: Recipe, sealer: Sealer) -> SealedSnapshots:
    """Where the run of this recipe keeps how far it is."""
    return SealedSnapshots(directory / _WORK / f"{recipe.hash()[7:39]}.snapshot", sealer)


def base_file(name: str) -> BaseFile:
    """The base of this name for the trainer.

    Raises:
        AdaptError: it is not on the shelf, or of another form.
    """
    return _on_shelf(name)[0]


def base_of(recipe: Recipe) -> tuple[BaseFile, ModelFile]:
    """The base that a recipe names, for the trainer and for the engine.

    Raises:
        AdaptError: it is not on the shelf, or of another form.
    """
    return _on_shelf(recipe.base)


def _on_shelf(name: str) -> tuple[BaseFile, ModelFile]:
    from ambos.adapt.chat.base import BaseFile
    from ambos.catalogue.shelf import hash_file, show

    try:
        found = show(models_directory(), name)
    except (CatalogueError, IntegrityError) as error:
        raise AdaptError(f"the chat model {name} is not on the shelf ({error}): `ambos models pull`") from None  # fmt: skip
    card = found.card
    path = found.path
    if path.suffix not in (".gguf", ".safetensors"):
        raise AdaptError(f"{name} is neither GGUF nor safetensors: nothing else is trained")
    for beside, sha256 in card.beside.items():
        if not path.with_name(beside).is_file() or hash_file(path.with_name(beside)) != sha256:
            raise AdaptError(f"the file of {name} is not the one that was pulled (SHA-256 differs)")
    return BaseFile(card.name, path, card.sha256, card.licence), ModelFile(
        path, card.sha256, card.size_bytes, card.fitness
    )


def train(
    corpus: Corpus,
    recipe: Recipe,
    kept: SealedSnapshots,
    told: Callable[[str, int, int], None],
    shown: Callable[[str], None],
    loss: Callable[[str, int, float], None] = lambda *_: None,
) -> ChatRun:
    """Train; the snapshot goes when the run is whole."""
    from ambos.adapt.chat.running import Doors, run
    from ambos.engines.prompt import system_message

    file, model = base_of(recipe)

    @contextlib.contextmanager
    def serve(content: bytes) -> Iterator[Trial]:
        from ambos.engines.trial import trial

        with trial(model, [content], threads=threads(), context_tokens=max(2048, recipe.length + 64)) as served:
            yield served

    return run(corpus, recipe, Doors(file, system_message, kept, None if file.is_plain else serve, shown, loss), told)


def chat_models() -> list[tuple[str, ModelFile]]:
    """The chat models that were pulled, the strongest first: no demo before another, then the larger."""
    from ambos.catalogue.shelf import list_models

    found = [
        one for one in list_models(models_directory()) if one.path.suffix == ".gguf" and one.card.has_chat_template
    ]
    found.sort(key=lambda one: (one.card.fitness == "demo", -one.card.parameters))
    return [
        (one.card.name, ModelFile(one.path, one.card.sha256, one.card.size_bytes, one.card.fitness)) for one in found
    ]


def threads() -> int:
    """As many as training uses: `OMP_NUM_THREADS`, one by default."""
    import torch

    return int(torch.get_num_threads())


def lines(card: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What is told of a chat model's card: names of words with their values."""
    told: list[tuple[str, dict[str, Any]]] = [
        (
            "chat_run",
            {
                "rows": card["rows"],
                "tokens": card["tokens"],
                "seconds": card["run"]["seconds"],
                "loss": card["losses"][-1],
            },
        )
    ]
    told.append(("chat_parity", card["parity"]) if card["parity"] else ("chat_unserved", {}))
    told.append(("chat_forgetting", card["forgetting"]))
    told.append(("chat_memorisation", card["memorisation"]) if card["memorisation"] else ("chat_unaudited", {}))
    for one in card.get("judged", {}).get("arms", []):
        if one["lower"] is None:
            told.append(("chat_unanswered", one))
            continue
        points = {name: 100 * one[name] for name in ("effect", "lower", "upper")}
        told.append(("chat_against" if one["decides"] else "chat_against_shown", {**one, **points}))
    if card["gain"]["against"] == "weak_generic":
        told.append(("adapt_weak", {}))
    return told
