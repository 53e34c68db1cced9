"""The writer thread: bounded, honest about failure, and alive after it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from ambos.errors import LogUnavailableError
from ambos.store.batch import Draft, Job
from ambos.store.database import ConstraintError
from ambos.store.writer import Writer


class Slow:
    """A sequencer that does what a test tells it: waits for a gate, then fails as long as `error` is set."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.batches: list[int] = []
        self.probes = 0

    def commit(self, jobs: Sequence[Job]) -> list[object]:
        self.gate.wait(10)
        self.batches.append(len(jobs))
        if self.error is not None:
            raise self.error
        return [job(None) for job in jobs]  # type: ignore[arg-type]  # these jobs look at no draft

    def probe(self) -> None:
        self.probes += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def make(slow: Slow, request: pytest.FixtureRequest) -> Callable[..., Writer]:
    def made(*, queue_size: int = 100, wait_s: float = 5.0) -> Writer:
        writer = Writer(slow, queue_size=queue_size, batch_size=10, wait_s=wait_s)  # type: ignore[arg-type]  # the fake
        writer.start()
        request.addfinalizer(writer.close)
        request.addfinalizer(slow.gate.set)
        return writer

    return made


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_jobs_gather_while_a_batch_is_written(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    slow.gate.clear()
    waiting = [asyncio.create_task(writer.submit(lambda _draft, n=n: n, may_abandon=False)) for n in range(15)]
    await asyncio.sleep(0.05)
    slow.gate.set()
    assert await asyncio.gather(*waiting) == list(range(15))
    assert len(slow.batches) < 5
    assert max(slow.batches) <= 10


async def test_full_queue_refuses_at_once(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make(queue_size=2)
    slow.gate.clear()
    first = asyncio.create_task(writer.submit(lambda _draft: 1, may_abandon=False))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(writer.submit(lambda _draft: 1, may_abandon=False)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(LogUnavailableError, match="too much waits"):
        await writer.submit(lambda _draft: 1, may_abandon=False)
    slow.gate.set()
    assert await asyncio.gather(first, *others) == [1, 1, 1]


async def test_failure_is_told_to_all_and_healed_by_the_next(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    slow.error = LogUnavailableError("disk full")
    results = await asyncio.gather(
        *(writer.submit(lambda _draft: 1, may_abandon=False) for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in results] == [LogUnavailableError] * 3
    assert not writer.is_ready
    slow.error = None
    assert await writer.submit(lambda _draft: 2, may_abandon=False) == 2
    assert writer.is_ready


async def test_unready_writer_tries_by_itself(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    slow.error = LogUnavailableError("disk full")
    with pytest.raises(LogUnavailableError):
        await writer.submit(lambda _draft: 1, may_abandon=False)
    slow.error = None
    await settled(lambda: writer.is_ready)
    assert slow.probes >= 1


async def test_foreign_error_of_the_sequencer_is_unavailability(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    slow.error = MemoryError()
    with pytest.raises(LogUnavailableError, match="MemoryError"):
        await writer.submit(lambda _draft: 1, may_abandon=False)


async def test_refused_row_harms_its_own_job_only(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    slow.gate.clear()
    good = [asyncio.create_task(writer.submit(lambda _draft: 1, may_abandon=False)) for _ in range(3)]
    await asyncio.sleep(0.05)

    def commit(jobs: Sequence[Job]) -> list[object]:
        if len(jobs) > 1:
            raise ConstraintError("one of them")
        return [job(None) for job in jobs]  # type: ignore[arg-type]  # these jobs look at no draft

    slow.commit = commit  # type: ignore[method-assign]  # the fake changes its mind
    slow.gate.set()
    assert await asyncio.gather(*good) == [1, 1, 1]


async def test_hanging_writer_is_unready_and_gives_up_waiters(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make(wait_s=0.2)
    slow.gate.clear()
    with pytest.raises(LogUnavailableError, match="in time"):
        await writer.submit(lambda _draft: 1, may_abandon=False)
    await settled(lambda: not writer.is_ready)


async def test_abandoned_job_is_not_written(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make(wait_s=0.2)
    written: list[str] = []

    def job(name: str) -> Callable[[Draft], None]:
        return lambda _draft: written.append(name)

    slow.gate.clear()
    first = asyncio.create_task(writer.submit(job("first"), may_abandon=False))
    await asyncio.sleep(0.05)
    with pytest.raises(LogUnavailableError):
        await writer.submit(job("abandoned"), may_abandon=True)
    with pytest.raises(LogUnavailableError):
        await writer.submit(job("kept"), may_abandon=False)
    slow.gate.set()
    await asyncio.gather(first, return_exceptions=True)
    await settled(lambda: "kept" in written)
    assert written == ["first", "kept"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_dead_writer_is_unready_and_refuses(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()

    def die(jobs: Sequence[Job]) -> list[object]:
        raise SystemExit

    slow.commit = die  # type: ignore[method-assign]  # the fake changes its mind
    with pytest.raises(LogUnavailableError):
        await writer.submit(lambda _draft: 1, may_abandon=False)
    await settled(lambda: not writer.is_ready)
    with pytest.raises(LogUnavailableError, match="not running"):
        await writer.submit(lambda _draft: 1, may_abandon=False)


def test_close_writes_what_waits(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()
    done: list[int] = []

    async def go() -> None:
        slow.gate.clear()
        tasks = [
            asyncio.create_task(writer.submit(lambda _draft, n=n: done.append(n), may_abandon=False)) for n in (1, 2)
        ]
        await asyncio.sleep(0.05)
        slow.gate.set()
        await asyncio.to_thread(writer.close)
        await asyncio.gather(*tasks)

    asyncio.run(go())
    assert done == [1, 2]
    assert not writer.is_ready


def test_loop_that_is_gone_does_not_kill_the_writer(make: Callable[..., Writer], slow: Slow) -> None:
    writer = make()

    async def leave() -> None:
        slow.gate.clear()
        task = asyncio.create_task(writer.submit(lambda _draft: 1, may_abandon=False))
        await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(leave())
    slow.gate.set()
    time.sleep(0.05)
    assert asyncio.run(writer.submit(lambda _draft: 3, may_abandon=False)) == 3
