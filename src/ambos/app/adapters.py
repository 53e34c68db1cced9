"""Promoted chat models, from the registry to the engine and to what callers may ask for.

The first worker sees what is promoted and asks the supervisor for an engine that holds it; the supervisor warms that engine
beside the one that serves, then writes down which socket serves which adapters (`Standing`). Every worker follows that
file: its next request goes to the new engine, and what runs ends at the old one, which is stopped when it is idle.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ambos.app.child import ADAPTERS
from ambos.errors import IntegrityError, StoreError
from ambos.messages import ServedModel, Zone
from ambos.ports import Random
from ambos.store.spool import put

if TYPE_CHECKING:
    from ambos.engines.llama import LlamaEngine
    from ambos.store import Adapted, Store

_log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 1.0
STANDING: Final = "engine.json"


class Wanted(msgspec.Struct, frozen=True):
    """One adapter that the supervisor is asked for: `file` and `secret` open its content (`ambos.store.spool`)."""

    name: str
    artefact: str
    file: str = ""
    secret: str = ""


class Standing(msgspec.Struct, frozen=True):
    """Which socket serves, with which adapters in which order."""

    socket: str
    adapters: tuple[Wanted, ...] = ()


Ask = Callable[[Sequence[Wanted]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Serving:
    """What the engine is.

    Attributes:
        base: SHA-256 of its model; an adapter of another is left out, with a word in the log.
        standing: the file that tells which socket serves.
    """

    provider: str
    base: str
    standing: Path
    tenant: str


async def print_wanted(wanted: Sequence[Wanted]) -> None:
    """A worker's way to ask: one line on its standard output, which is the supervisor's pipe."""
    sys.stdout.write(ADAPTERS + msgspec.json.encode(list(wanted)).decode() + "\n")
    sys.stdout.flush()


def read_standing(path: Path) -> Standing | None:
    """What the supervisor wrote last; None before it wrote anything."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Standing)
    except (OSError, msgspec.MsgspecError):
        return None


class Adapters:
    """The promoted chat models of one worker.

    Args:
        ask: asks for an engine with these adapters; None for a worker that only follows.
        served: hears the models that callers may ask for from now on.
    """

    def __init__(
        self,
        store: Store,
        engine: LlamaEngine,
        about: Serving,
        *,
        directory: Path,
        rng: Random,
        now_ms: Callable[[], int],
        ask: Ask | None,
        served: Callable[[tuple[ServedModel, ...]], None],
    ) -> None:
        self._store, self._engine, self._about, self._directory = store, engine, about, directory
        self._rng, self._now_ms, self._ask, self._served = rng, now_ms, ask, served
        self._asked: tuple[str, ...] = ()
        self._followed: Standing | None = None
        self._foreign: set[str] = set()

    async def watch(self) -> None:
        """Look for as long as the house stands."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Ask for what is newly promoted, and follow what the supervisor has made of it."""
        try:
            promoted = await asyncio.to_thread(self._promoted)
            wanted = tuple(one.artefact for one in promoted)
            if self._ask is not None and wanted not in (self._asked, self._serving()):
                self._asked = wanted
                await self._ask(await asyncio.to_thread(self._handed, promoted))
            self._follow({one.name: str(one.card["fitness"]) for one in promoted})
        except (StoreError, IntegrityError, OSError) as error:
            _log.error("the promoted chat models could not be read: %s", type(error).__name__)

    def _serving(self) -> tuple[str, ...]:
        told = read_standing(self._about.standing)
        return () if told is None else tuple(one.artefact for one in told.adapters)

    def _promoted(self) -> list[Adapted]:
        found = self._store.registry.list(tenant=self._about.tenant)
        now = self._now_ms()
        chats = [one for one in found if one.family == "chat" and one.state == "promoted"]
        chats = [one for one in chats if not one.marked or now < one.due_ms]
        for one in chats:
            if one.card.get("base_sha256") != self._about.base and one.artefact not in self._foreign:
                self._foreign.add(one.artefact)
                _log.error("ambos/%s is promoted but belongs to another base than the one that serves", one.name)
        return [one for one in chats if one.card.get("base_sha256") == self._about.base]

    def _handed(self, promoted: Sequence[Adapted]) -> list[Wanted]:
        from ambos.corpus.adapter import Adapter  # numpy comes with it; the supervisor never needs it

        made = []
        for one in promoted:
            content = self._store.registry.content(one.artefact, tenant=self._about.tenant)
            Adapter.from_bytes(content)  # what is not whole never reaches the engine
            name, secret = put(self._directory, content, self._rng)
            made.append(Wanted(one.name, one.artefact, name, secret))
        return made

    def _follow(self, promoted: Mapping[str, str]) -> None:
        told = read_standing(self._about.standing)
        if told is None:
            return
        if told != self._followed:
            self._followed = told
            self._engine.use(Path(told.socket), tuple(one.name for one in told.adapters))
        # A name that is retired is not offered any more; one whose successor is being warmed is answered by the former.
        names = [one.name for one in told.adapters if one.name in promoted]
        self._served(tuple(self._model(name, promoted[name]) for name in names))

    def _model(self, name: str, fitness: str) -> ServedModel:
        return ServedModel(
            f"ambos/{name}", self._about.provider, name, Zone.INSIDE, region="here", retention_days=0, trains_on_data=False,
            fitness=fitness, is_for_one_task=True,
        )  # fmt: skip
