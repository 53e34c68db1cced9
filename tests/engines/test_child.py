"""The child: what it refuses and says, what it leaves closed, and that it dies when it must. With the real engine."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ambos.app import Child
from ambos.engines.child import check_model
from ambos.engines.llama import LlamaEngine
from ambos.engines.probe import Line, is_healthy
from ambos.engines.settings import ADVICE, ChildExit, ModelFile, default_threads
from ambos.ports import Dispatch

NewProcess = Callable[..., Child]
KEY = "test-key-7d1f0c"


def order_line(**changed: object) -> bytes:
    order = {
        "api_key": KEY,
        "sha256": "0" * 64,
        "size_bytes": 4,
        "alias": "x",
        "threads": 1,
        "context_tokens": 512,
        "parallel": 1,
        "parent": os.getpid(),
    }
    return json.dumps(order | changed).encode() + b"\n"


def run_child(socket_path: Path, model: Path, line: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-P", "-m", "ambos.engines.child", "--socket", str(socket_path), "--model", str(model)]
    return subprocess.run(command, input=line, capture_output=True, timeout=60, check=False)


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


# --- what it refuses -------------------------------------------------------------------------------------------------


def test_a_missing_model_is_named(socket_folder: Path) -> None:
    done = run_child(socket_folder / "e.sock", socket_folder / "none.gguf", order_line())
    assert (done.returncode, done.stdout) == (ChildExit.MODEL_MISSING, b"FAILED MODEL_MISSING\n")


@pytest.mark.parametrize(
    ("content", "size_bytes", "expected"),
    [
        (b"GGUF and not much more", 1000, ChildExit.MODEL_TRUNCATED),
        (b"", 10, ChildExit.MODEL_TRUNCATED),
        (b"PK\x03\x04 a zip file", 4, ChildExit.MODEL_NOT_GGUF),
        (b"GGUF but another one", 4, ChildExit.MODEL_WRONG_HASH),
    ],
)
def test_a_wrong_model_is_named(socket_folder: Path, content: bytes, size_bytes: int, expected: ChildExit) -> None:
    model = socket_folder / "m.gguf"
    model.write_bytes(content)
    done = run_child(socket_folder / "e.sock", model, order_line(size_bytes=size_bytes))
    assert done.returncode == expected
    assert done.stdout == f"FAILED {expected.name}\n".encode()


@pytest.mark.parametrize("line", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"api_key": 3}\n'])
def test_orders_that_cannot_be_read_are_refused_without_repeating_them(socket_folder: Path, line: bytes) -> None:
    done = run_child(socket_folder / "e.sock", socket_folder / "none.gguf", line)
    assert done.returncode == ChildExit.BAD_SETTINGS
    assert KEY.encode() not in done.stderr


def test_a_socket_path_that_the_system_cannot_hold_is_named(socket_folder: Path) -> None:
    model = socket_folder / "m.gguf"
    model.write_bytes(b"GGUF")
    done = run_child(socket_folder / ("x" * 120 + ".sock"), model, order_line(sha256=hash_of(model)))
    assert done.returncode == ChildExit.SOCKET_PATH


def test_a_gguf_that_llama_cpp_refuses_is_named(socket_folder: Path) -> None:
    model = socket_folder / "m.gguf"
    model.write_bytes(b"GGUF")
    done = run_child(socket_folder / "e.sock", model, order_line(sha256=hash_of(model)))
    assert done.returncode == ChildExit.ENGINE_REFUSED
    assert done.stdout == b"FAILED ENGINE_REFUSED\n"  # llama.cpp's own words are elsewhere


def test_every_refusal_comes_with_advice() -> None:
    assert set(ADVICE) == set(ChildExit)


def test_the_check_takes_the_recorded_file(tmp_path: Path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    check_model(model, sha256=hash_of(model), size_bytes=4)  # raises otherwise


def test_a_core_is_left_free() -> None:
    assert [default_threads(cores) for cores in (1, 2, 8)] == [1, 1, 7]


SHUT = [
    ("GET", "/slots"),
    ("POST", "/slots/0?action=save"),
    ("POST", "/props"),
    ("GET", "/"),
    ("GET", "/tools"),
    ("POST", "/tools"),
    ("GET", "/cors-proxy?url=http://127.0.0.1"),
]


# --- a running child -------------------------------------------------------------------------------------------------


@pytest.mark.shell
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; runs on Linux")
async def test_it_listens_on_its_socket_and_nowhere_else(process: Child, socket_folder: Path) -> None:
    links = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    mine = {link[8:-1] for link in links if link.startswith("socket:[")}
    listening = [Path("/proc/net/tcp"), Path("/proc/net/tcp6"), Path("/proc/net/udp"), Path("/proc/net/udp6")]
    inet = {line.split()[9] for table in listening for line in table.read_text().splitlines()[1:]}
    assert mine
    assert not mine & inet
    assert (socket_folder / "engine.sock").stat().st_mode & 0o077 == 0


@pytest.mark.shell
async def test_the_doors_of_llama_cpp_that_we_do_not_use_are_shut(process: Child, socket_folder: Path) -> None:
    stranger = Line(socket_folder / "engine.sock", api_key="wrong", idle_timeout_s=5)
    async with await stranger.post("/v1/chat/completions", {"messages": []}) as response:
        assert response.status == 401
    await stranger.close()
    line = Line(socket_folder / "engine.sock", api_key=KEY, idle_timeout_s=5)
    for method, route in SHUT:
        async with await (line.post(route, {}) if method == "POST" else line.get(route)) as response:
            assert response.status in {400, 403, 404, 501}, route
            assert not response.headers.get("access-control-allow-origin")
    await line.close()


@pytest.mark.shell
async def test_neither_arguments_nor_environment_nor_log_hold_key_or_prompt(
    process: Child, engine: LlamaEngine, socket_folder: Path, ask: Callable[..., Dispatch]
) -> None:
    async for _ in engine.stream(ask("My name is Zebedee Quixworth, remember it.", max_tokens=4)):
        pass
    with pytest.raises(Exception, match="schema"):
        await anext(engine.stream(ask("x", response_format=schema({"type": "Quixworth"}))))
    log = (socket_folder / "engine.log").read_text("utf-8", "replace")
    assert "llama" in log or "srv" in log  # it is the right file
    for secret in (KEY, "Zebedee", "Quixworth"):
        assert secret not in log
    if sys.platform == "linux":
        for name in ("cmdline", "environ"):
            assert KEY.encode() not in Path(f"/proc/{process.pid}/{name}").read_bytes()
    assert (socket_folder / "engine.log").stat().st_mode & 0o077 == 0


def schema(of: dict[str, object]) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": of}}


@pytest.mark.shell
async def test_a_second_engine_on_the_same_socket_is_refused(
    process: Child, new_process: NewProcess, smollm2: ModelFile, socket_folder: Path
) -> None:
    second = new_process(smollm2)
    second.start()
    await until(lambda: second.restarts > 0)
    assert second.last_words == "FAILED ENGINE_RUNNING"
    assert not second.is_ready.is_set()
    await second.stop(5)
    assert await is_healthy(socket_folder / "engine.sock")  # the first is unharmed


@pytest.mark.shell
async def test_a_stale_socket_does_not_stand_in_the_way(
    new_process: NewProcess, smollm2: ModelFile, socket_folder: Path
) -> None:
    (socket_folder / "engine.sock").write_bytes(b"")
    process = new_process(smollm2)
    process.start()
    await until(process.is_ready.is_set, 60)
    await process.stop(5)
    assert not (socket_folder / "engine.sock").exists()
    assert process.pid is None


@pytest.mark.shell
async def test_it_dies_with_its_parent(smollm2: ModelFile, socket_folder: Path) -> None:
    script = f"""
import os, subprocess, sys, time
command = [sys.executable, "-P", "-m", "ambos.engines.child"]
command += ["--socket", {str(socket_folder / "e.sock")!r}, "--model", {str(smollm2.path)!r}]
child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write({order_line(sha256=smollm2.sha256, size_bytes=smollm2.size_bytes)!r}.replace(
    b'"parent": {os.getpid()}', b'"parent": %d' % os.getpid()))
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.kill()
    await until(lambda: not is_alive(pid), 5)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.shell
async def test_the_end_of_its_input_ends_it(smollm2: ModelFile, socket_folder: Path) -> None:
    line = order_line(sha256=smollm2.sha256, size_bytes=smollm2.size_bytes)
    began = time.monotonic()
    done = await asyncio.to_thread(run_child, socket_folder / "e.sock", smollm2.path, line)
    assert (done.returncode, done.stdout) == (0, b"READY\n")
    assert time.monotonic() - began < 30
    assert not (socket_folder / "e.sock").exists()


@pytest.mark.shell
async def test_a_killed_child_is_started_again(
    new_process: NewProcess, smollm2: ModelFile, socket_folder: Path
) -> None:
    process = new_process(smollm2)
    process.start()
    await until(process.is_ready.is_set, 60)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: process.restarts == 1)
    await until(process.is_ready.is_set, 60)
    assert process.pid not in (None, first)
    assert await is_healthy(socket_folder / "engine.sock")
    await process.stop(5)
    assert not await is_healthy(socket_folder / "engine.sock")


async def test_a_lasting_fault_ends_the_restarts(
    new_process: NewProcess, socket_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process = new_process(ModelFile(socket_folder / "none.gguf", "0" * 64, 1))
    process.start()
    await until(lambda: "ambos models pull" in caplog.text)
    assert process.last_words == "FAILED MODEL_MISSING"
    assert process.restarts == 0
    await process.stop(5)


async def test_nobody_on_the_socket_is_not_healthy(socket_folder: Path) -> None:
    assert not await is_healthy(socket_folder / "none.sock")
