"""Access: whether the time of a refused log-in tells which accounts exist, and how soon a revocation holds elsewhere.

python benchmarks/access.py [--json FILE]

Log-ins of accounts that exist and of names that do not take turns, on one SQLite house; told are medians, and the
difference with its 95 % interval by bootstrap over pairs. The bar: an interval that holds 0, or a difference under 1 % of
the time of a log-in, which no network shows. A revocation is asked for in a second store on the same house.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ambos.app.system import SystemClock, SystemRandom
from ambos.errors import AuthenticationError
from ambos.identity import Role
from ambos.store import NewUser, Store, StoreSettings, open_store

PAIRS, ACCOUNTS, REVOCATIONS = 120, 6, 20
RIGHT, WRONG = "la cigüeña vuelve en febrero", "el erizo duerme en diciembre"


async def refused_ms(store: Store, login: str, address: str) -> float:
    started = time.perf_counter()
    try:
        await store.log_ins.log_in(login, WRONG, tenant="house", address=address)
    except AuthenticationError:
        return (time.perf_counter() - started) * 1e3
    raise AssertionError("a wrong password was taken")


async def enumeration(store: Store) -> dict[str, float | bool]:
    for number in range(ACCOUNTS):
        new = NewUser(f"user{number}", frozenset({Role.USER}), password=RIGHT)
        await store.users.create(new, tenant="house")
    known, unknown = [], []
    for pair in range(PAIRS):
        order = [(known, f"user{pair % ACCOUNTS}"), (unknown, f"nobody{pair}")]
        for kept, login in order if pair % 2 else reversed(order):
            kept.append(await refused_ms(store, login, f"192.0.2.{len(known)}-{len(unknown)}"))
    differences = np.array(known) - np.array(unknown)
    drawn = np.random.default_rng(1).choice(differences, (10_000, PAIRS))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    median = float(np.median(known + unknown))
    told = float(np.median(differences))
    return {
        "log_in_ms": round(median, 2),
        "difference_ms": round(told, 3),
        "low_ms": round(float(low), 3),
        "high_ms": round(float(high), 3),
        "pass": bool(low <= 0 <= high or abs(told) < 0.01 * median),
    }


async def revocation(store: Store, other: Store) -> dict[str, float | bool]:
    took = []
    for number in range(REVOCATIONS):
        login = f"leaver{number}"
        user = await store.users.create(NewUser(login, frozenset({Role.USER}), password=RIGHT), tenant="house")
        token = await store.log_ins.log_in(login, RIGHT, tenant="house", address=f"198.51.100.{number}")
        assert await other.keys.find(token) is not None
        await store.users.disable(user)
        started = time.perf_counter()
        while await other.keys.find(token) is not None:
            await asyncio.sleep(0.005)
        took.append((time.perf_counter() - started) * 1e3)
    return {"median_ms": round(float(np.median(took)), 1), "worst_ms": round(max(took), 1), "pass": max(took) < 1000}


async def measured() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = StoreSettings(directory=place / "data", roots=place / "roots", may_create=True)
        with (
            open_store(settings, SystemClock(), SystemRandom()) as store,
            open_store(settings, SystemClock(), SystemRandom()) as other,
        ):
            return {"enumeration": await enumeration(store), "revocation": await revocation(store, other)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = asyncio.run(measured())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "commit": commit.stdout.strip(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "pairs": PAIRS,
    }
    for name, told in result.items():
        print(name, told)
    if arguments.json:
        arguments.json.write_text(json.dumps({**about, **result}, indent=1) + "\n")
    return 0 if all(told["pass"] for told in result.values()) else 1  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
