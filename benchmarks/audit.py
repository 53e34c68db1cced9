"""What verification of a long log costs: everything, and what came after an anchor, beside bare reading in the same run.

`python benchmarks/audit.py [--entries N] [--new N]`. The log is of real requests outside (`decided`, `egress`,
`completed`, each with its record; no sealed content, which verification does not open), written by the store's own
sequencer over several minutes of log time. The bare counterpart reads the same leaves in the same order and hashes
each once, and does nothing else. Each is done three times in turn; the median is the figure.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import store as parts  # this folder's own: the same requests
from ambos.messages import Level, Treatment, Zone
from ambos.privacy import Outbound
from ambos.store import Store, StoreSettings, Trusted, open_store
from ambos.store.batch import Job

ROUNDS = 3
BATCH = 1500
OUT = Outbound(body=b"m" * 1024, treatment=Treatment.MASKED, zone=Zone.OUTSIDE, level=Level.CONFIDENTIAL)


class LogClock:
    """Ten batches a minute."""

    time_ms = 1_790_000_000_000

    def now_ms(self) -> int:
        self.time_ms += 6_000
        return self.time_ms


def write(store: Store, entries: int) -> None:
    """About so many entries, three to a request."""
    sequencer, left = store._writer._sequencer, entries // 3
    while left > 0:
        requests = [parts.asked() for _ in range(min(left, BATCH))]
        left -= len(requests)
        permits: list[Job] = [
            lambda draft, one=one: store.log._permit(draft, one, OUT, parts.DECISION, parts.BIG) for one in requests
        ]
        ends: list[Job] = [
            lambda draft, one=one: store.log._end(draft, one, parts.BIG, parts.ANSWERED) for one in requests
        ]
        parts.keeping(store, sequencer, requests)(permits)
        sequencer.commit(ends)
        store.log._open.clear()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def bare(store: Store) -> None:
    with store._foundation.content.reading() as connection:
        rows = connection.exec_driver_sql("SELECT leaf FROM log_entries ORDER BY seq")
        for (leaf,) in rows.yield_per(2000):
            sha256(b"\0" + leaf).digest()


def right(store: Store, trusted: Trusted | None = None) -> None:
    report = store.verify(trusted=trusted)
    if report.fault is not None:
        raise SystemExit(f"a right log was not found right: {report.fault}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=100_000)
    options.add_argument("--new", type=int, default=3_000, help="entries after the anchor")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        settings = StoreSettings(Path(place) / "data", Path(place) / "roots", may_create=True, content_days=0)
        with open_store(settings, LogClock(), parts.SystemRandom(), scrub=lambda content, _asked: content) as store:
            write(store, given.entries - given.new)
            anchor = store.verify().anchor
            write(store, given.new)
            size = store.head().size
            jobs: dict[str, Callable[[], object]] = {
                "full": lambda: right(store),
                "after the anchor": lambda: right(store, Trusted(start=anchor)),
                "bare reading": lambda: bare(store),
                "pages of the file": lambda: store._foundation.content.damage(deep=False),
            }
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
            for _ in range(ROUNDS):
                for name, work in jobs.items():
                    found[name].append(timed(work))
            medians = {
                name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in found.items()
            }
            print(f"{size} entries, {size - (anchor.size if anchor else 0)} of them after the anchor")
            for name, (wall, cpu) in medians.items():
                print(f"{name:18s} {wall:8.2f} s wall {cpu:8.2f} s CPU {cpu / size * 1e6:7.2f} us CPU an entry")
            full, new, plain = (medians[name][1] for name in ("full", "after the anchor", "bare reading"))
            print(f"full / bare {full / plain:.1f}; full / after the anchor {full / new:.0f}")
            print(f"a million entries at this rate: {full / size * 1e6:.1f} s CPU")


if __name__ == "__main__":
    main()
