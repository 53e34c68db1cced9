"""A process that writes to a house: run by tests that need several, or that kill one.

`python -m tests.store.child DIRECTORY ROOTS load COUNT` writes COUNT requests (0: for ever), many at a time, and prints
the id of each once it is acknowledged. `... full BYTES` lets no file grow beyond BYTES until the log is unavailable,
then lifts the limit and writes again. `... orders COUNT` does again and again what the rights of a subject and a change
of keys do, and says each thing once it is done.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.store.conftest import BIG, SystemRandom, Talk

from ambos.errors import LogUnavailableError
from ambos.store import Store, StoreSettings, open_store

LUCIA = ("id", "12345678Z")


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


async def orders(store: Store, count: int) -> None:
    """Two people ask; one is blocked and erased; keys change. COUNT times, 0: for ever."""
    talk, left = Talk(), count or 10**9
    while left > 0:
        left -= 1
        kept, gone = talk.asked(b"kept"), replace(talk.asked(b"gone"), identifiers=frozenset([LUCIA]))
        for asked in (kept, gone):
            await store.log.permit(asked, talk.outbound(b"masked"), talk.decision(), BIG)
        say(f"kept {kept.id}")
        joins = store.subjects.search("house", [LUCIA])
        order = await store.erasures.block(joins, tenant="house", basis="GDPR-17", by="p_dpo")
        say(f"blocked {gone.id}")
        await store.erasures.destroy(order, lambda content, _: content, by="p_dpo")
        say(f"gone {gone.id}")
        await (store.rotation.root if left % 2 else store.rotation.tenants)(tenant="house", by="p_owner")
        say(f"rotated {left}")


def main() -> None:
    directory, roots, what, number = sys.argv[1:]
    settings = StoreSettings(Path(directory), Path(roots), may_create=True)
    with open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _asked: content) as store:
        asyncio.run({"load": load, "full": fill, "orders": orders}[what](store, int(number)))


if __name__ == "__main__":
    main()
