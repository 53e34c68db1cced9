"""What the console starts: looks at a table that was sent, or trains by a recipe, in a process of its own.

The order comes as one JSON line on standard input, which stays open as long as the worker lives. How far it is goes into a
sealed file (`ambos.store.runs`); nothing is printed. A table is read here and not in a worker: its bytes are a stranger's.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final  # Any: JSON of our own

import msgspec

from ambos.errors import AdaptError, AmbosError, CorpusError
from ambos.messages import Json

MOST_ROWS: Final = 200_000
_MOST_MEMORY: Final = 4 << 30  # while a stranger's bytes are read: a workbook of zeros must not fill the machine
_EVERY_S: Final = 0.5  # between two writings of how far it is
_POINTS: Final = 200  # of a curve of losses; a longer one is thinned


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do.

    Attributes:
        run: the handle under which it is told.
        key: of whoever asked: their session.
        file, name, secret: the table's own name; what the sealed upload is called, and its key. "" for training.
    """

    data: str
    run: str
    key: str
    file: str = ""
    name: str = ""
    secret: str = ""


class Told:
    """Writes down how far it is, not too often, and ends when somebody asks for it."""

    def __init__(self, order: Order, stack: ExitStack) -> None:
        from ambos.app.system import SystemRandom
        from ambos.cli.reading import open_reading
        from ambos.config import load
        from ambos.store.runs import Runs
        from ambos.store.sealing import Nonces, Sealer

        self._store, self._run = stack.enter_context(open_reading(Path(order.data))), order.run
        self._tenant = load(Path(order.data)).tenant
        sealer = Sealer(self._store.secrets.run_key(self._tenant), Nonces(SystemRandom()))
        self._runs = Runs(load(Path(order.data)).directory, self._tenant, sealer)
        found = self._runs.load(order.run)
        if found is None:
            raise AdaptError("there is no such run")
        self.state: dict[str, Any] = dict(found)
        self._written = 0.0

    def now(self, **facts: Json) -> None:
        """Write this down at once."""
        self.state |= {**facts, "pid": os.getpid(), "seen_ms": time.time_ns() // 1_000_000}
        self._runs.save(self._run, self.state)
        self._written = time.monotonic()

    def told(self, stage: str, done: int, total: int) -> None:
        """A stage is so far.

        Raises:
            AdaptError: somebody asked the run to end.
        """
        self.state["stages"] = {**self.state.get("stages", {}), stage: [done, total]}
        self._soon()

    def step(self, name: str) -> None:
        """The turn has come to this step."""
        self.told(name, 0, 0)

    def loss(self, of: str, step: int, value: float) -> None:
        """The loss after a step."""
        curve: list[list[float]] = self.state.setdefault("losses", {}).setdefault(of, [])
        if math.isfinite(value):
            curve.append([step, round(value, 6)])
        if len(curve) > 2 * _POINTS:
            del curve[1::2]
        self._soon()

    def rows(self, rows: Sequence[Json]) -> None:
        """Rows that only whoever started the run sees; under the corpus' own key."""
        self._runs.save_rows(self._run, rows, self._store.corpora.sealer(self.state["corpus"], tenant=self._tenant))

    def _soon(self) -> None:
        if time.monotonic() - self._written < _EVERY_S:
            return
        if self._runs.is_stopped(self._run):
            raise AdaptError("it was stopped; nothing was kept")
        self.now()


def look(order: Order, told: Told) -> None:
    """Read the table, say what can be learnt, build its corpus and write the recipe.

    Raises:
        CorpusError, AdaptError: the table cannot be read, or be a corpus.
    """
    from ambos.catalogue.sources import table_of
    from ambos.cli.starting import About, cost_of, kept, looked_at, seen, spent_on, write_recipe
    from ambos.config import load
    from ambos.store.spool import take

    data, form = Path(order.data), told.state["form"]
    directory = load(data).directory
    content = take(directory, order.name, order.secret)
    with _little_memory():
        lines = table_of(order.file, content)
        if len(lines) > MOST_ROWS:
            raise CorpusError(f"the console takes {MOST_ROWS} rows; more go by `ambos corpus build`")
        found = looked_at(lines)
    told.now(looked={**seen(found), "groups": bool(found.columns.group), "enough": found.is_enough})
    if not found.is_enough:
        told.now(state="too_few")
        return
    about = About(form["basis"], form["licence"], form["origin"], mask=form["mask"])
    corpus = kept(found, order.file, content, about, data, order.key, told.told)
    path = _recipe(directory, told)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_recipe(path, found, corpus, form["base"], form["purpose"])
    told.now(
        corpus=corpus,
        recipe=str(path.relative_to(directory)),
        cost=cost_of(path, data),
        spent=dict(spent_on(data)),
        state="ready",
        stages={},
    )


def train(order: Order, told: Told) -> None:
    """One turn of the loop by the run's recipe; ends in refused, recommended or promoted.

    Raises:
        AdaptError, CorpusError: what ends a turn before it has begun.
    """
    from ambos.adapt.watching import Watch
    from ambos.cli.iterating import Turn
    from ambos.config import load
    from ambos.iteration import iterate

    data = Path(order.data)
    path = _recipe(load(data).directory, told)
    watch = Watch(told.told, told.loss, told.rows)
    outcome = iterate(Turn(path, data, order.key, quiet=True, watch=watch), told.step)
    told.now(state="done", outcome=_plain(asdict(outcome)))


def _recipe(directory: Path, told: Told) -> Path:
    """In a folder of the run's own: a later run of the same name must not change what an earlier one trains by."""
    return directory / "recipes" / str(told.state["run"]) / f"{told.state['name']}.recipe.toml"


def _plain(found: Mapping[str, Any]) -> dict[str, Json]:
    """Without numbers that are none, which JSON has not."""
    made: dict[str, Json] = {}
    for name, value in found.items():
        inner = _plain(value) if isinstance(value, dict) else value
        made[name] = None if isinstance(value, float) and not math.isfinite(value) else inner
    return made


class _little_memory:  # noqa: N801  a context manager, used as a function is
    def __enter__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, self._before[1]))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_AS, self._before)
        if kind is MemoryError:
            raise CorpusError("this table unpacks to more than the console takes: use the command") from None


def main() -> None:
    """Do what the line on standard input says."""
    from ambos.app.child import keep_memory_private, tie_to_parent

    tie_to_parent()
    keep_memory_private()
    os.nice(10)  # whoever asks a model goes first
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    with ExitStack() as stack:
        told = Told(order, stack)
        try:
            told.now()
            (look if order.secret else train)(order, told)
        except AmbosError as error:
            told.now(state="failed", error=str(error))
        except Exception as error:  # noqa: BLE001  its message may hold a person's text
            told.now(state="failed", error=f"it failed ({type(error).__name__}); nothing was kept")


if __name__ == "__main__":
    main()
