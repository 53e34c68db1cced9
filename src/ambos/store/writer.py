"""The one writer thread of a process: a bounded queue, group commit, and the truth about whether it still writes.

While one batch is being made durable the next one gathers. A lone job is written at once; while jobs come in company the
thread waits a moment for more of them (PostgreSQL's `commit_delay`), since a commit costs as much as several jobs. Nothing
is told as done before the commit has returned. A failed batch is told to every waiter, and the next one starts afresh.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import Final

from ambos.errors import LogUnavailableError
from ambos.store.batch import Job, Sequencer
from ambos.store.database import ConstraintError

_PROBE_S: Final = 1.0  # after a failure an idle writer tries by itself whether it can write again
GATHER_S: Final = 0.004  # measured with eight callers: 1 ms gathers half as many jobs, 4 ms none more
_log = logging.getLogger("ambos.store")


class _Waiting:
    """A job and who waits for it. `is_abandoned` is set by the loop, read by the thread: a lost race logs an entry
    for something that was not sent, which is seen and harmless."""

    __slots__ = ("future", "is_abandoned", "job", "loop", "may_abandon")

    def __init__(self, job: Job, loop: asyncio.AbstractEventLoop, *, may_abandon: bool) -> None:
        self.job = job
        self.loop = loop
        self.future: asyncio.Future[object] = loop.create_future()
        self.may_abandon = may_abandon
        self.is_abandoned = False

    def give_up(self) -> None:
        """Nobody waits any more; the job is taken back if it may be and has not begun."""
        self.is_abandoned = self.may_abandon


class _Watch:
    """Gives up who has waited too long, on one event loop: one timer for all costs less than one for each."""

    __slots__ = ("_is_ticking", "_wait_s", "_waiting", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop, wait_s: float) -> None:
        self.loop = loop
        self._wait_s = wait_s
        self._waiting: dict[_Waiting, float] = {}  # since when, the oldest first
        self._is_ticking = False

    def add(self, one: _Waiting) -> None:
        self._waiting[one] = self.loop.time()
        if not self._is_ticking:
            self._is_ticking = True
            self.loop.call_later(self._wait_s / 8, self._tick)

    def remove(self, one: _Waiting) -> None:
        self._waiting.pop(one, None)

    def _tick(self) -> None:
        limit = self.loop.time() - self._wait_s
        for one, since in self._waiting.items():
            if since > limit:
                break
            if not one.future.done():
                one.give_up()
                one.future.set_exception(LogUnavailableError("the log did not become durable in time"))
        self._is_ticking = bool(self._waiting)
        if self._is_ticking:
            self.loop.call_later(self._wait_s / 8, self._tick)


class Writer:
    """Takes jobs from the event loop and writes them in batches."""

    def __init__(self, sequencer: Sequencer, *, queue_size: int, batch_size: int, wait_s: float) -> None:
        self._sequencer = sequencer
        # SimpleQueue is written in C: a put costs a tenth of Queue's, on the event loop of every request. It has no bound of
        # its own, so `submit`, which only one thread calls, asks how long it is.
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._queue_size = queue_size
        self._batch_size = batch_size
        self._wait_s = wait_s
        self._thread: threading.Thread | None = None
        self._has_failed = False
        self._is_over = True
        self._busy_since: float | None = None
        self._has_company = False
        self._watch: _Watch | None = None

    @property
    def is_ready(self) -> bool:
        """The thread lives, its last batch succeeded, and none hangs."""
        since = self._busy_since
        is_hanging = since is not None and time.monotonic() - since > self._wait_s
        return not (self._is_over or self._has_failed or is_hanging)

    def start(self) -> None:
        """Start the thread."""
        if self._thread is None or not self._thread.is_alive():
            self._has_failed = self._is_over = False
            self._thread = threading.Thread(target=self._run, name="ambos-writer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what waits, then end the thread."""
        if self._thread is not None and self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._thread = None

    async def submit(self, job: Job, *, may_abandon: bool) -> object:
        """The job's result, once it is durable.

        Args:
            job: what is to be written.
            may_abandon: a caller that stops waiting takes the job back if it has not begun.

        Raises:
            LogUnavailableError: the queue is full, the writer is dead, the batch failed or took too long.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(job, loop, may_abandon=may_abandon)
        if self._queue.qsize() >= self._queue_size:
            raise LogUnavailableError("too much waits to be written to the log: try again in a moment")
        self._queue.put(waiting)
        # Asked after the job is in the queue: a thread that ends says so first and empties the queue then.
        if self._is_over:
            waiting.is_abandoned = True
            raise LogUnavailableError("the writer of the log is not running: nothing can be written down")
        watch = self._watch
        if watch is None or watch.loop is not loop:
            watch = self._watch = _Watch(loop, self._wait_s)
        watch.add(waiting)
        try:
            return await waiting.future
        except asyncio.CancelledError:
            waiting.give_up()
            raise
        finally:
            watch.remove(waiting)

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            self._is_over = True
            self._drain()

    def _turn(self) -> bool:
        """One batch; False when the writer is to end."""
        try:
            first = self._queue.get(timeout=_PROBE_S if self._has_failed else None)
        except queue.Empty:
            self._probe()
            return True
        batch, is_last = self._gather(first)
        self._has_company = len(batch) > 1
        self._busy_since = time.monotonic()
        self._write([one for one in batch if not one.is_abandoned])
        self._busy_since = None
        return not is_last

    def _gather(self, first: _Waiting | None) -> tuple[list[_Waiting], bool]:
        if self._has_company and first is not None:
            time.sleep(GATHER_S)
        batch: list[_Waiting] = []
        one = first
        while one is not None:
            batch.append(one)
            if len(batch) == self._batch_size:
                return batch, False
            try:
                one = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _probe(self) -> None:
        try:
            self._sequencer.probe()
        except Exception as error:  # noqa: BLE001  whatever it is, the writer is not ready and tries again
            _log.warning("the log still cannot be written: %s", type(error).__name__)
        else:
            self._has_failed = False

    def _write(self, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        try:
            results = self._sequencer.commit([one.job for one in batch])
        except ConstraintError as error:
            if len(batch) == 1:
                _settle(batch, [error])
            else:  # one of them is at fault: the others must not suffer for it
                for one in batch:
                    self._write([one])
            return
        except Exception as error:  # noqa: BLE001  told to every waiter; the thread lives on
            self._has_failed = True
            _log.error("a batch of %d could not be written: %s", len(batch), type(error).__name__)
            told = (
                error
                if isinstance(error, LogUnavailableError)
                else LogUnavailableError(
                    f"the log cannot be written ({type(error).__name__}): run `ambos audit verify`"
                )
            )
            _settle(batch, [told] * len(batch))
            return
        except BaseException:  # the thread ends with this batch: its waiters are told too
            _settle(batch, [LogUnavailableError("the writer of the log has ended")] * len(batch))
            raise
        self._has_failed = False
        _settle(batch, results)

    def _drain(self) -> None:
        """The thread ends: nobody is left waiting."""
        left: list[_Waiting] = []
        while True:
            try:
                one = self._queue.get_nowait()
            except queue.Empty:
                break
            if one is not None:
                left.append(one)
        _settle(left, [LogUnavailableError("the writer of the log has ended")] * len(left))


def _settle(batch: Sequence[_Waiting], results: Sequence[object]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[object], object]]] = {}
    for one, result in zip(batch, results, strict=True):
        by_loop.setdefault(one.loop, []).append((one.future, result))
    for loop, outcomes in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, outcomes)
        except RuntimeError:  # the loop is closed: its waiters are gone
            _log.warning("%d results had nobody left to hear them", len(outcomes))


def _resolve(outcomes: Sequence[tuple[asyncio.Future[object], object]]) -> None:
    for future, result in outcomes:
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
