"""The embedded model behind its door, with the real engine and the real SmolLM2."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ambos.app import Child
from ambos.engines.llama import LlamaEngine
from ambos.engines.probe import Line
from ambos.engines.settings import EngineSettings
from ambos.errors import DispatchError, EngineError, OverloadedError, RequestError
from ambos.messages import Batch, Delta, Finished, Text, Usage, Zone
from ambos.ports import Attempt, Dispatch

Ask = Callable[..., Dispatch]
KEY = "test-key-7d1f0c"


async def hear(engine: LlamaEngine, dispatch: Dispatch) -> list[Delta]:
    return [delta async for batch in engine.stream(dispatch) for delta in batch]


def words(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, Text))


async def running_requests(socket_folder: Path) -> int:
    line = Line(socket_folder / "engine.sock", api_key=KEY, idle_timeout_s=5)
    async with await line.get("/metrics") as response:
        text = (await response.read()).decode()
    await line.close()
    found = next(row for row in text.splitlines() if row.startswith("llamacpp:requests_processing "))
    return int(float(found.split()[1]))


# --- without the child -----------------------------------------------------------------------------------------------


async def test_without_a_child_the_error_says_so(socket_folder: Path, ask: Ask) -> None:
    engine = LlamaEngine(EngineSettings(), socket_path=socket_folder / "none.sock", api_key=KEY)
    with pytest.raises(EngineError, match="not running"):
        await hear(engine, ask())
    await engine.close()


async def test_a_dispatch_is_good_for_one_call_and_for_this_engine_only(socket_folder: Path, ask: Ask) -> None:
    engine = LlamaEngine(EngineSettings(), socket_path=socket_folder / "none.sock", api_key=KEY)
    dispatch = ask()
    with pytest.raises(EngineError):
        await hear(engine, dispatch)
    with pytest.raises(DispatchError):
        await hear(engine, dispatch)
    foreign = ask()
    foreign.attempt = Attempt(1, "acme/big-1", "acme", Zone.OUTSIDE)
    with pytest.raises(DispatchError):
        await hear(engine, foreign)
    await engine.close()


# --- answers ---------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.shell


async def test_an_answer_streams_and_ends_with_reason_and_usage(engine: LlamaEngine, ask: Ask) -> None:
    batches: list[Batch] = [batch async for batch in engine.stream(ask(max_tokens=20))]
    deltas = [delta for batch in batches for delta in batch]
    assert len(batches) > 3
    assert "Paris" in words(deltas)
    assert [delta.reason for delta in deltas if isinstance(delta, Finished)] == ["stop"]
    usage = next(delta for delta in deltas if isinstance(delta, Usage))
    assert usage.completion_tokens >= 7
    assert usage.prompt_tokens > 20  # the system message that the caller did not send is counted
    assert usage.cached_tokens == 0


async def test_prompts_of_others_are_never_reused_from_a_cache(engine: LlamaEngine, ask: Ask) -> None:
    for _ in range(2):
        deltas = await hear(engine, ask(max_tokens=1))
        assert next(delta for delta in deltas if isinstance(delta, Usage)).cached_tokens == 0


async def test_max_tokens_bounds_the_answer(engine: LlamaEngine, ask: Ask) -> None:
    deltas = await hear(engine, ask("Write a long story.", max_tokens=5))
    assert Finished("length") in deltas
    assert next(delta for delta in deltas if isinstance(delta, Usage)).completion_tokens == 5


async def test_json_is_forced_by_a_schema(engine: LlamaEngine, ask: Ask) -> None:
    of = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 12}, "level": {"enum": ["low", "high"]}},
        "required": ["name", "level"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": of}}
    answer = json.loads(words(await hear(engine, ask("Tell me a story.", response_format=form, max_tokens=200))))
    assert set(answer) == {"name", "level"}
    assert answer["level"] in ("low", "high")


@pytest.mark.parametrize("bad", [{"type": "nonsense"}, {"$ref": "http://x/y"}, {"type": "string", "pattern": "^(ab$"}])
async def test_a_schema_that_cannot_be_enforced_is_refused(engine: LlamaEngine, ask: Ask, bad: dict[str, Any]) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": bad}}
    with pytest.raises(RequestError) as caught:
        await hear(engine, ask(response_format=form, max_tokens=3))
    assert caught.value.code == "invalid_json_schema"
    assert "Paris" in words(await hear(engine, ask(max_tokens=20)))  # and the engine is unharmed


async def test_a_prompt_over_its_bound_is_refused_by_tokens_not_by_bytes(engine: LlamaEngine, ask: Ask) -> None:
    just_under = "hello " * 900  # 5,400 bytes, some 900 tokens of the 1,024 allowed
    with pytest.raises(RequestError) as caught:
        await hear(engine, ask("hello " * 1200))
    assert caught.value.code == "context_length_exceeded"
    assert await hear(engine, ask(just_under, max_tokens=1))


async def test_a_request_that_the_engine_cannot_read_is_the_callers_fault(engine: LlamaEngine, ask: Ask) -> None:
    with pytest.raises(RequestError, match="types of its fields"):
        await hear(engine, ask(temperature="hot"))


async def test_unknown_fields_never_reach_the_engine(engine: LlamaEngine, ask: Ask) -> None:
    # each would fail or change the answer if llama.cpp saw it
    deltas = await hear(
        engine, ask(max_tokens=20, grammar='root ::= "x"', n_predict=1, stream=False, lora=[{"id": 9}], id_slot=77)
    )
    assert "Paris" in words(deltas)


# --- stopping --------------------------------------------------------------------------------------------------------


async def test_closing_the_iterator_frees_the_slot_within_a_second(
    engine: LlamaEngine, ask: Ask, socket_folder: Path
) -> None:
    answer = engine.stream(ask("Write a very long story.", max_tokens=500))
    await anext(answer)
    assert await running_requests(socket_folder) == 1
    await answer.aclose()
    began = time.monotonic()
    while await running_requests(socket_folder):
        await asyncio.sleep(0.01)
    assert time.monotonic() - began < 1


async def test_a_cancelled_request_frees_its_turn_and_its_slot(engine: LlamaEngine, ask: Ask) -> None:
    long = asyncio.create_task(hear(engine, ask("Write a very long story.", max_tokens=500)))
    await asyncio.sleep(0.3)
    waiting = asyncio.create_task(hear(engine, ask(max_tokens=2)))
    await asyncio.sleep(0.05)
    assert engine.waiting == 1
    long.cancel()
    async with asyncio.timeout(2):
        assert await waiting
    assert engine.waiting == 0


async def test_a_killed_child_fails_the_answer_and_the_next_one_works_after_the_restart(
    engine: LlamaEngine, process: Child, ask: Ask
) -> None:
    answer = engine.stream(ask("Write a very long story.", max_tokens=500))
    await anext(answer)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(EngineError):
        async for _ in answer:
            pass
    with pytest.raises(EngineError):
        await hear(engine, ask())
    async with asyncio.timeout(60):
        while process.restarts == 0:
            await asyncio.sleep(0.02)
        await process.is_ready.wait()
    assert "Paris" in words(await hear(engine, ask(max_tokens=20)))


async def test_too_many_waiting_requests_are_refused(process: Child, socket_folder: Path, ask: Ask) -> None:
    settings = EngineSettings(parallel=1, max_waiting=1)
    engine = LlamaEngine(settings, socket_path=socket_folder / "engine.sock", api_key=KEY)
    first = engine.stream(ask("Write a very long story.", max_tokens=300), principal="a")
    await anext(first)
    second = asyncio.create_task(hear(engine, ask(max_tokens=1)))
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await anext(engine.stream(ask(max_tokens=1), principal="a"))
    await first.aclose()
    assert await second
    await engine.close()


@pytest.mark.parametrize(
    "said",
    [
        b'data: {"choices": [{"index": 0, "delta": {"content": "half"}}]}\n\n',
        b'data: {"error": {"message": "secret"}}\n\n',
        b"data: {]\n\n",
        b"",
    ],
)
async def test_a_broken_stream_is_an_error_that_repeats_nothing(socket_folder: Path, ask: Ask, said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + said)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, socket_folder / "fake.sock")
    engine = LlamaEngine(EngineSettings(), socket_path=socket_folder / "fake.sock", api_key=KEY)
    with pytest.raises(EngineError) as caught:
        await hear(engine, ask())
    assert "secret" not in str(caught.value)
    await engine.close()
    server.close()
    await server.wait_closed()
