"""The chat family's part of a turn: the base from the shelf, sealed snapshots, the engine of one's own that proves and judges."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ambos.config import models_directory
from ambos.corpus import Corpus, Recipe, Row
from ambos.corpus.adapter import Adapter
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


def base_of(recipe: Recipe) -> tuple[BaseFile, ModelFile]:
    """The base that a recipe names, for the trainer and for the engine.

    Raises:
        AdaptError: it is not on the shelf, or no GGUF.
    """
    from ambos.adapt.chat.base import BaseFile
    from ambos.catalogue.shelf import show

    try:
        found = show(models_directory(), recipe.base)
    except (CatalogueError, IntegrityError) as error:
        raise AdaptError(f"the chat model {recipe.base} is not on the shelf ({error}): `ambos models pull`") from None
    card = found.card
    path = found.path if found.path.suffix == ".gguf" else found.path / card.file
    if path.suffix != ".gguf":
        raise AdaptError(f"{recipe.base} is no GGUF file: chat models are trained from the file that is served")
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

        with trial(model, [content], context_tokens=max(2048, recipe.length + 64)) as served:
            yield served

    return run(corpus, recipe, Doors(file, system_message, kept, serve, shown, loss), told)


def answers(content: bytes, recipe: Recipe, rows: Sequence[Row]) -> tuple[list[float], list[float]]:
    """Scores of adapter and base on these rows, both through one served engine.

    Raises:
        AdaptError: the adapter belongs to another base than the one on the shelf.
    """
    from ambos.adapt.chat.running import exact
    from ambos.engines.trial import trial

    _, model = base_of(recipe)
    if Adapter.from_bytes(content).facts.base != model.sha256:
        raise AdaptError(f"this adapter belongs to another file than the {recipe.base} on the shelf: train it again")
    with trial(model, [content]) as served:
        said = [[served.answer(row.text, adapter=number) for row in rows] for number in (0, -1)]
    return exact(said[0], rows), exact(said[1], rows)


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
    told.append(("chat_parity", card["parity"]))
    told.append(("chat_forgetting", card["forgetting"]))
    told.append(("chat_memorisation", card["memorisation"]) if card["memorisation"] else ("chat_unaudited", {}))
    return told
