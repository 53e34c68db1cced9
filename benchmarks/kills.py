"""Kill -9 at random moments, again and again: how many kills, and whether anything acknowledged was lost or falsely told.

`python -m benchmarks.kills [--kills N] [--minutes M] [--json FILE]`: the whole program. Each turn a process erases, blocks, writes and
changes keys until it is killed a random number of words, and of microseconds, after it began; then the store is verified
with every sealed part opened, read-only as the crash left it and again after the start that settles it, and what the
process had said is compared with what is there. It is the long form of `tests/store/test_erasure_kills.py`.

`... --forked` is the cheaper form (`tests/store/killing.py`): two forked writers of the real store, of which one is killed at a
random moment, or kills itself just before or after a named step, under load or amid an erasure or a change of keys.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from tests.store.child import WallClock
from tests.store.conftest import SystemRandom
from tests.store.killing import Toll, survive
from tests.store.test_erasure_kills import killed, states

from ambos.store import Store, StoreSettings, open_store


def reopen(settings: StoreSettings, *, read_only: bool = False) -> Store:
    return open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _: content, read_only=read_only)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=1_000)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=9)
    options.add_argument("--forked", action="store_true")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    told = forked(given) if given.forked else whole(given)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    told = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit.strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        **told,
        "seed": given.seed,
    }
    print(json.dumps(told))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n")


def forked(given: argparse.Namespace) -> dict[str, object]:
    """Kills of forked writers, until there are enough or the time is over."""
    toll, ends = Toll(), time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory() as place:
        for part in itertools.count():
            if toll.kills >= given.kills or time.monotonic() > ends:
                break
            folder = Path(place) / str(part)
            toll.add(survive(folder, seed=given.seed + part, kills=min(20, given.kills - toll.kills)))
            shutil.rmtree(folder)
            print(f"{toll.kills} kills, lost {len(toll.lost)}, alarms {len(toll.alarms)}", file=sys.stderr, flush=True)
    return {
        "kills": toll.kills,
        "kills_at_named_steps": toll.at_steps,
        "acknowledged": toll.acknowledged,
        "acknowledged_lost_or_undone": len(toll.lost),
        "false_tamper_alarms": len(toll.alarms),
        "lost": toll.lost,
        "alarms": toll.alarms,
    }


def whole(given: argparse.Namespace) -> dict[str, object]:
    """Kills of a process that was started for it."""
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
    return {
        "kills": done,
        "acknowledged": {"records": len(kept), "erasures": len(gone)},
        "acknowledged_lost_or_undone": lost,
        "false_tamper_alarms": len(alarms),
        "alarms": alarms,
    }


if __name__ == "__main__":
    main()
