"""What durable, sealed records cost: CPU and rate by batch size, beside bare inserts of the same size in the same run.

`python benchmarks/store.py [--records N]`. A *record* here is what one call of the log writes: for `permit` outside two
entries (`decided`, `egress`), a record with its key, three sealed parts (request and outgoing text of 1 KiB each,
findings) and the state of the conversation; for `ended` one entry and the sealed answer of 1 KiB. The bare counterpart
inserts one row with as many bytes as the call grew the database by, in the same batches, into the same kind of database
with the same durability, and does nothing else. They run in turn; the median of the rounds is the figure.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from ambos.identity import Principal, Role
from ambos.identity.handles import new_handle
from ambos.messages import Assessment, Kind, Level, Reason, Route, Treatment, Usage, Zone
from ambos.policy import Decision
from ambos.ports import Asked, Attempt, Outcome
from ambos.privacy import Outbound
from ambos.store import Store, StoreSettings, open_store
from ambos.store.batch import Job, Sequencer
from ambos.store.database import Database, open_sqlite
from ambos.store.lock import FileLock

T = TypeVar("T")
ROUNDS = 5
WHO = Principal("p_ana", "house", "k_ana", frozenset({Role.USER}))
BIG = Attempt(0, "acme/big-1", "acme", Zone.OUTSIDE)
HASH = "sha256:" + "ab" * 32
DECISION = Decision(
    Level.CONFIDENTIAL, {BIG.model: Treatment.MASKED}, HASH, (Reason("level_matrix", Level.CONFIDENTIAL),)
)
ANSWERED = Outcome(
    "completed", Route.MASKED, b"a" * 1024, Usage(300, 200), "stop", 0.01, "EUR", {"find": 2.0, "total": 9.0}
)
NUMBERS = itertools.count()


class WallClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class SystemRandom:
    def token(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)


@dataclass(frozen=True)
class Cost:
    """Microseconds of one record."""

    wall: float
    cpu: float


def asked() -> Asked:
    number = next(NUMBERS)
    found = Assessment(
        Level.CONFIDENTIAL, frozenset({"PERSON", "EMAIL"}), (Reason("person", Level.CONFIDENTIAL, (Kind.PERSON,)),)
    )
    # Handles as the gateway makes them: where a row lies in an index decides how many pages a batch writes.
    name = new_handle("r", os.urandom(10), at_ms=time.time_ns() // 1_000_000)
    conversation = f"c_{sha256(b'%d' % (number // 4)).hexdigest()[:32]}"
    return Asked(name, WHO, conversation, BIG.model, b"q" * 1024, found, HASH, {"stream": True})


def cost(work: Callable[[Sequence[T]], object], jobs: Sequence[T], batch: int) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(0, len(jobs), batch):
        work(jobs[at : at + batch])
    count = len(jobs) / 1e6
    return Cost((time.perf_counter() - wall) / count, (time.process_time() - cpu) / count)


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))


class Bare:
    """Rows of one size, committed in batches, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.turn = FileLock(folder / "bare.lock")
        self.database: Database = open_sqlite(
            folder / "bare.db", bytes(32), turn=self.turn, busy_timeout_ms=5000, read_only=False
        )
        with self.database.writing() as connection:
            connection.execute(text("CREATE TABLE bare (seq INTEGER PRIMARY KEY, row BLOB NOT NULL)"))

    def insert(self, rows: Sequence[bytes]) -> None:
        with self.database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO bare (row) VALUES (?)", [(row,) for row in rows])


def size(store: Store) -> int:
    with store._foundation.content.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * 8192


def measure(store: Store, bare: Bare, batch: int, count: int) -> dict[str, Cost]:
    sequencer = store._writer._sequencer
    found: dict[str, list[Cost]] = {}
    out = Outbound(body=b"m" * 1024, treatment=Treatment.MASKED, zone=Zone.OUTSIDE, level=Level.CONFIDENTIAL)
    for round_ in range(ROUNDS + 1):
        requests = [asked() for _ in range(count)]
        permits: list[Job] = [
            lambda draft, one=one: store.log._permit(draft, one, out, DECISION, BIG) for one in requests
        ]
        ends: list[Job] = [lambda draft, one=one: store.log._end(draft, one, BIG, ANSWERED) for one in requests]
        for what, jobs in (("permit", permits), ("ended", ends)):
            before = size(store)
            spent = cost(keeping(store, sequencer, requests), jobs, batch)
            row = bytes(max((size(store) - before) // count, 64))
            plain = cost(bare.insert, [row] * count, batch)
            if round_:  # the first round warms up
                found.setdefault(what, []).append(spent)
                found.setdefault(f"bare {what}", []).append(plain)
    return {name: median(costs) for name, costs in found.items()}


def keeping(store: Store, sequencer: Sequencer, requests: Sequence[Asked]) -> Callable[[Sequence[Job]], object]:
    """Commit, and remember the open records as `AuditLog` does for those that wait."""
    left = iter(requests)

    def work(jobs: Sequence[Job]) -> None:
        # In this order: `zip` takes one too many from its first argument.
        for opened, one in zip(sequencer.commit(jobs), left, strict=False):
            store.log._open[one.id] = opened  # type: ignore[assignment]

    return work


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1024)
    options.add_argument("--directory", type=Path, help="on the disk that is to be measured")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as place:
        folder = Path(place)
        settings = StoreSettings(folder / "data", folder / "roots", may_create=True)
        with open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _asked: content) as store:
            bare = Bare(folder)
            print("batch  call      us CPU  records/s   bare us CPU  bare rows/s   of bare rate")
            for batch in (1, 16, 64, 256):
                costs = measure(store, bare, batch, max(given.records if batch > 1 else given.records // 8, batch))
                for what in ("permit", "ended"):
                    mine, plain = costs[what], costs[f"bare {what}"]
                    print(
                        f"{batch:5d}  {what:8s}{mine.cpu:8.1f}{1e6 / mine.wall:11.0f}{plain.cpu:14.1f}"
                        f"{1e6 / plain.wall:13.0f}{plain.wall / mine.wall:14.0%}"
                    )
            started = time.perf_counter()
            report = store.verify()
            each = (time.perf_counter() - started) / report.size * 1e6
            print(f"verify: {report.size} entries, {each:.0f} us each, fault: {report.fault}")
            bare.database.dispose()


if __name__ == "__main__":
    main()
