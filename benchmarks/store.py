"""What durable, sealed records cost: CPU and rate by batch size, beside bare inserts of the same size in the same run.

`python benchmarks/store.py [--records N] [--json FILE]`. A *record* here is what one call of the log writes: for `permit` outside two
entries (`decided`, `egress`), a record with its key, three sealed parts (request and outgoing text of 1 KiB each,
findings) and the state of the conversation; for `ended` one entry and the sealed answer of 1 KiB. The bare counterpart
inserts one row with as many bytes as the call grew the database by, in the same batches, into the same kind of database
with the same durability, and does nothing else. *The same rows* are the very rows that the call wrote, written again by
the same statements into a twin of the database: what is left without policy, sealing, hashing and signing. They run in
turn; the median of the rounds is the figure. Then sealing of 1 KiB beside `openssl speed`, where there is one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

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
from ambos.store.sealing import Nonces, Sealer

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


class Twin:
    """A second database with the same tables; takes the very rows that the first one took."""

    def __init__(self, store: Store, twin: Store) -> None:
        self.kept: list[list[tuple[str, Sequence[Any]]]] = []
        self._from, self._to = store._foundation.content, twin._foundation.content
        with self._to.batch() as cursor:  # the log of the twin begins with an entry of its own
            for table in ("log_entries", "checkpoints"):
                cursor.execute(f"DELETE FROM {table}")
        with self._from.reading() as connection:
            rows = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM log_entries")]
        with self._to.batch() as cursor:
            cursor.executemany("INSERT INTO log_entries VALUES (?, ?, ?, ?, ?, ?)", rows)

    @contextmanager
    def batch(self) -> Iterator[Any]:
        """What the sequencer asks its database for: the same, and what is written is kept."""
        self.kept.append([])
        with self._from.batch() as cursor:
            yield _Heard(cursor, self.kept[-1])

    def again(self, batches: Sequence[Sequence[tuple[str, Sequence[Any]]]]) -> None:
        for statements in batches:
            with self._to.batch() as cursor:
                for statement, rows in statements:
                    cursor.executemany(statement, rows)


class _Heard:
    def __init__(self, cursor: Any, kept: list[tuple[str, Sequence[Any]]]) -> None:
        self.execute, self.fetchone, self._cursor, self._kept = cursor.execute, cursor.fetchone, cursor, kept

    def executemany(self, statement: str, rows: Sequence[Any]) -> None:
        self._kept.append((statement, rows))
        self._cursor.executemany(statement, rows)


def size(store: Store) -> int:
    with store._foundation.content.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * 8192


def measure(store: Store, bare: Bare, twin: Twin, batch: int, count: int) -> dict[str, Cost]:
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
            twin.kept.clear()
            spent = cost(keeping(store, sequencer, requests), jobs, batch)
            row = bytes(max((size(store) - before) // count, 64))
            plain = cost(bare.insert, [row] * count, batch)
            again = cost(twin.again, twin.kept, 1)
            share = len(twin.kept) / count
            if round_:  # the first round warms up
                found.setdefault(what, []).append(spent)
                found.setdefault(f"bare {what}", []).append(plain)
                found.setdefault(f"rows {what}", []).append(Cost(again.wall * share, again.cpu * share))
    return {name: median(costs) for name, costs in found.items()}


def keeping(store: Store, sequencer: Sequencer, requests: Sequence[Asked]) -> Callable[[Sequence[Job]], object]:
    """Commit, and remember the open records as `AuditLog` does for those that wait."""
    left = iter(requests)

    def work(jobs: Sequence[Job]) -> None:
        # In this order: `zip` takes one too many from its first argument.
        for opened, one in zip(sequencer.commit(jobs), left, strict=False):
            store.log._open[one.id] = opened  # type: ignore[assignment]

    return work


def sealing() -> dict[str, float]:
    """Microseconds of sealing 1 KiB under one key, and of `openssl speed` for as much, in turn."""
    sealer, content, where = Sealer(bytes(32), Nonces(SystemRandom())), b"q" * 1024, b"w" * 64
    mine, theirs = list[float](), list[float]()
    for _ in range(3):
        started = time.process_time()
        for _ in range(200_000):
            sealer.seal(content, where)
        mine.append((time.process_time() - started) * 5)
        if program := shutil.which("openssl"):
            words = [program, "speed", "-seconds", "1", "-bytes", "1024", "-evp", "aes-256-gcm"]
            said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            rate = re.search(r"(?i)aes-256-gcm\s+([\d.]+)k", said)
            theirs.append(1024 / float(rate[1]) * 1000 if rate else float("nan"))
    found = {"us": statistics.median(mine)}
    return found | ({"openssl_us": statistics.median(theirs)} if theirs else {})


def told(batch: int, what: str, costs: dict[str, Cost]) -> dict[str, Any]:
    mine, plain, rows = costs[what], costs[f"bare {what}"], costs[f"rows {what}"]
    print(
        f"{batch:5d}  {what:8s}{mine.cpu:8.1f}{1e6 / mine.wall:11.0f}{1e6 / plain.wall:13.0f}"
        f"{plain.wall / mine.wall:14.0%}{rows.wall / mine.wall:14.0%}{plain.cpu / mine.cpu:10.0%}{rows.cpu / mine.cpu:8.0%}"
    )
    return {
        "batch": batch,
        "call": what,
        "cpu_us": round(mine.cpu, 1),
        "per_second": round(1e6 / mine.wall),
        "bare_per_second": round(1e6 / plain.wall),
        "of_bare_rate": round(plain.wall / mine.wall, 3),
        "of_same_rows_rate": round(rows.wall / mine.wall, 3),
        "bare_cpu_us": round(plain.cpu, 1),
        "same_rows_cpu_us": round(rows.cpu, 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1024)
    options.add_argument("--directory", type=Path, help="on the disk that is to be measured")
    options.add_argument("--json", type=Path, help="where the figures are kept")
    given = options.parse_args()
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
        ).stdout.strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 1),
        "rates": [],
    }
    with tempfile.TemporaryDirectory(dir=given.directory) as place:
        folder = Path(place)
        with (
            open_store(
                settings(folder, "data"), WallClock(), SystemRandom(), scrub=lambda content, _: content
            ) as store,
            open_store(
                settings(folder, "twin"), WallClock(), SystemRandom(), scrub=lambda content, _: content
            ) as other,
        ):
            bare, twin = Bare(folder), Twin(store, other)
            store._writer._sequencer._database = twin  # type: ignore[assignment]  # it asks for `batch` alone
            print("batch  call      us CPU  records/s  bare rows/s  of bare rate  of same rows  CPU: bare  rows")
            for batch in (1, 16, 64, 256):
                count = max(given.records if batch > 1 else given.records // 8, batch)
                costs = measure(store, bare, twin, batch, count)
                found["rates"] += [told(batch, what, costs) for what in ("permit", "ended")]
            started = time.perf_counter()
            report = store.verify()
            each = (time.perf_counter() - started) / report.size * 1e6
            print(f"verify: {report.size} entries, {each:.0f} us each, fault: {report.fault}")
            bare.database.dispose()
    found["sealing_1kib"] = sealing()
    print("sealing 1 KiB:", found["sealing_1kib"])
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


def settings(folder: Path, name: str) -> StoreSettings:
    return StoreSettings(folder / name, folder / f"{name}-roots", may_create=True)


if __name__ == "__main__":
    main()
