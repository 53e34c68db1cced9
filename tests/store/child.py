"""A process that writes to a house: run by tests that need several, or that kill one.

`python -m tests.store.child DIRECTORY ROOTS load COUNT` writes COUNT requests (0: for ever), many at a time, and prints
the id of each once it is acknowledged. `... full BYTES` lets no file grow beyond BYTES until the log is unavailable,
then lifts the limit and writes again.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from pathlib import Path

from tests.store.conftest import BIG, SystemRandom, Talk

from ambos.errors import LogUnavailableError
from ambos.store import Store, StoreSettings, open_store


class WallClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def load(store: Store, count: int) -> None:
    talk = Talk()
    left = count or 10**9

    async def stream() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            asked = talk.asked(b"x" * 700)
            await store.log.permit(asked, talk.outbound(b"y" * 700), talk.decision(), BIG)
            say(f"permitted {asked.id}")
            await store.log.ended(asked, BIG, talk.answered())
            say(f"ended {asked.id}")

    await asyncio.gather(*(stream() for _ in range(8)))


async def fill(store: Store, limit: int) -> None:
    talk = Talk()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        while True:
            say(f"ended {(await talk.whole(store, b'x' * 20_000)).id}")
    except LogUnavailableError:
        say(f"unavailable ready={store.is_ready}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    for _ in range(100):
        if store.is_ready:
            break
        await asyncio.sleep(0.1)
    say(f"ended {(await talk.whole(store)).id}")
    say(f"recovered ready={store.is_ready}")


def main() -> None:
    directory, roots, what, number = sys.argv[1:]
    settings = StoreSettings(Path(directory), Path(roots), may_create=True)
    with open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _asked: content) as store:
        asyncio.run((load if what == "load" else fill)(store, int(number)))


if __name__ == "__main__":
    main()
