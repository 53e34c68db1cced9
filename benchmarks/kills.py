"""Kill -9 at random moments, again and again: how many kills, and whether anything acknowledged was lost or falsely told.

`python -m benchmarks.kills [--kills N] [--minutes M] [--json FILE]`. Each turn a process erases, blocks, writes and
changes keys until it is killed a random number of words, and of microseconds, after it began; then the store is verified
with every sealed part opened, read-only as the crash left it and again after the start that settles it, and what the
process had said is compared with what is there. It is the long form of `tests/store/test_erasure_kills.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.store.child import WallClock
from tests.store.conftest import SystemRandom
from tests.store.test_erasure_kills import killed, states

from ambos.store import Store, StoreSettings, open_store


def reopen(settings: StoreSettings, *, read_only: bool = False) -> Store:
    return open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _: content, read_only=read_only)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=1_000)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=9)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    chance, ends = random.Random(given.seed), time.monotonic() + given.minutes * 60
    done = lost = 0
    alarms = list[str]()
    kept, gone = set[str](), set[str]()
    with tempfile.TemporaryDirectory() as place:
        settings = StoreSettings(Path(place) / "data", Path(place) / "roots", may_create=True)
        reopen(settings).close()
        while done < given.kills and time.monotonic() < ends:
            said = killed(settings, chance)
            kept |= set(said["kept"])
            gone |= set(said["gone"])
            with closing(reopen(settings, read_only=True)) as store:
                report = store.verify(deep=True)
                alarms += [f"as the crash left it: {report.fault}"] if report.fault else []
            with reopen(settings) as store:  # which settles what was cut off
                report = store.verify(deep=True)
                alarms += (
                    [f"once settled: {report.fault or 'unfinished'}"] if report.fault or report.is_unfinished else []
                )
                found = states(store)
            blocked = set(said["blocked"]) - gone
            lost += sum(found.get(one) != "open" for one in kept) + sum(found.get(one) != "gone" for one in gone)
            lost += sum(found.get(one) not in ("blocked", "gone") for one in blocked)
            done += 1
    told = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "kills": done,
        "acknowledged": {"records": len(kept), "erasures": len(gone)},
        "acknowledged_lost_or_undone": lost,
        "false_tamper_alarms": len(alarms),
        "alarms": alarms,
        "seed": given.seed,
    }
    print(json.dumps(told))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
