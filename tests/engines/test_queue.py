"""The queue is bounded and fair by principal."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.engines.queue import FairQueue
from ambos.errors import OverloadedError


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Bench:
    """Requests that enter one after another and leave when told."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.served: list[str] = []
        self.running = 0
        self.most_running = 0
        self._leave: list[asyncio.Event] = []

    async def request(self, principal: str) -> None:
        async with self.queue.turn(principal):
            self.served.append(principal)
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            done = asyncio.Event()
            self._leave.append(done)
            try:
                await done.wait()
            finally:
                self.running -= 1

    async def finish_one(self) -> None:
        if self._leave:
            self._leave.pop(0).set()
        await settle()


async def start(bench: Bench, *principals: str) -> list[asyncio.Task[None]]:
    tasks = []
    for principal in principals:
        tasks.append(asyncio.create_task(bench.request(principal)))
        await settle()
    return tasks


async def finish(bench: Bench, tasks: list[asyncio.Task[None]]) -> list[object]:
    while not all(task.done() for task in tasks):
        await bench.finish_one()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_turns_go_round_the_principals() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=20))
    tasks = await start(bench, "a", "a", "a", "a", "b", "c", "b")
    await finish(bench, tasks)
    assert bench.served == ["a", "a", "b", "c", "a", "b", "a"]


async def test_a_quiet_principal_waits_behind_one_request_of_each_other() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=1000))
    crowd = [f"p{number}" for number in range(20) for _ in range(10)]
    tasks = await start(bench, *crowd, "quiet")
    await finish(bench, tasks)
    # the first principal's oldest request runs at once, so that one round holds each of the 20 once
    assert bench.served.index("quiet") <= 1 + 20
    assert sorted(bench.served) == sorted([*crowd, "quiet"])


async def test_no_more_than_the_bound_run_at_once() -> None:
    bench = Bench(FairQueue(running=3, max_waiting=50))
    await finish(bench, await start(bench, *("abcd" * 5)))
    assert bench.most_running == 3


async def test_a_full_queue_refuses_who_already_waits_most() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=2))
    tasks = await start(bench, "a", "a", "a")
    with pytest.raises(OverloadedError):
        await bench.request("a")
    await finish(bench, tasks)


async def test_a_full_queue_gives_a_place_of_the_loudest_to_a_quiet_newcomer() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=3))
    tasks = await start(bench, "loud", "loud", "loud", "loud", "quiet")
    outcomes = await finish(bench, tasks)
    assert [type(outcome) for outcome in outcomes] == [type(None)] * 3 + [OverloadedError, type(None)]
    assert bench.served == ["loud", "loud", "quiet", "loud"]


async def test_a_full_queue_of_equals_refuses_the_newcomer() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=2))
    tasks = await start(bench, "a", "b", "c")
    with pytest.raises(OverloadedError):
        await bench.request("d")
    await finish(bench, tasks)


async def test_a_queue_without_places_refuses_what_cannot_run_at_once() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=0))
    tasks = await start(bench, "a")
    with pytest.raises(OverloadedError):
        await bench.request("b")
    await finish(bench, tasks)


async def test_who_gives_up_leaves_no_trace() -> None:
    bench = Bench(FairQueue(running=1, max_waiting=5))
    tasks = await start(bench, "a", "b", "c")
    tasks[1].cancel()
    await settle()
    assert bench.queue.waiting == 1
    await finish(bench, tasks)
    assert bench.served == ["a", "c"]


async def test_a_turn_granted_to_one_who_gives_up_at_that_moment_goes_on() -> None:
    queue = FairQueue(running=1, max_waiting=5)
    bench = Bench(queue)
    first, second, third = await start(bench, "a", "b", "c")
    bench._leave.pop(0).set()
    for _ in range(2):  # the first leaves and grants; the second has not run yet
        await asyncio.sleep(0)
    second.cancel()
    await settle()
    assert bench.served[-1] == "c"
    await finish(bench, [first, second, third])


async def test_an_error_inside_a_turn_frees_it() -> None:
    queue = FairQueue(running=1, max_waiting=1)
    with pytest.raises(ValueError, match="x"):
        async with queue.turn("a"):
            raise ValueError("x")
    async with asyncio.timeout(1), queue.turn("a"):
        pass


Action = tuple[str, int]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["enter", "finish", "cancel"]), st.integers(0, 4)), max_size=60))
def test_every_request_is_served_refused_or_cancelled_and_all_turns_come_back(actions: list[Action]) -> None:
    async def play() -> None:
        bench = Bench(FairQueue(running=2, max_waiting=6))
        tasks: list[asyncio.Task[None]] = []
        for action, number in actions:
            if action == "enter":
                tasks += await start(bench, f"p{number}")
            elif action == "cancel" and tasks:
                tasks[number % len(tasks)].cancel()
                await settle()
            else:
                await bench.finish_one()
            assert bench.running <= 2
            assert bench.queue.waiting <= 6
            if bench.queue.waiting:
                assert bench.running == 2  # nobody waits beside a free turn
        await finish(bench, tasks)
        assert bench.running == 0
        assert bench.queue.waiting == 0
        two = await start(bench, "x", "y")
        assert bench.running == 2
        await finish(bench, two)

    asyncio.run(play())
