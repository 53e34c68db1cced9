"""The whole path measured from outside: CPU of the worker per request, streams, lag, memory, start.

    python benchmarks/gateway.py [--seconds 1.5] [--rounds 5] [--json FILE] [--litellm VENV/bin/litellm]

The server runs as a user runs it (one worker, SQLite with sync FULL) on cpu 0 where there are two; an upstream and the
load run on the others. CPU is utime + stime of the worker and of the broker, per completed request: other load on the
machine disturbs it least. Every figure stands beside a bare pass-through of the same run (uvicorn + aiohttp, no framework).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
EVENTS = 100
WORDS = [
    "el",
    "contrato",
    "la",
    "reunión",
    "del",
    "lunes",
    "presupuesto",
    "informe",
    "equipo",
    "cliente",
    "proyecto",
    "entrega",
    "fecha",
    "semana",
    "oficina",
    "documento",
    "please",
    "review",
    "the",
    "attached",
    "plan",
    "for",
    "next",
    "quarter",
    "and",
    "tell",
    "us",
    "which",
    "of",
    "the",
    "options",
    "fits",
    "the",
    "budget",
    "and",
    "the",
    "team",
]
LETTER = "Escriba a laura.gil@example.com o llame al 612 345 678. Atentamente, Laura Gil Moreno. "


def cpu_s(pid: int) -> float:
    """User and system time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> float:
    """Proportional set size; resident pages where the system shows that of another's process to nobody but root."""
    if os.getuid():
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1]) / 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_text(rng: random.Random, size: int = 1000, *, personal: bool = False) -> str:
    """About `size` characters that no cache has seen."""
    words: list[str] = [LETTER] if personal else []
    length = len(words[0]) if words else 0
    while length < size:
        word = rng.choice(WORDS) if rng.random() < 0.93 else str(rng.randrange(10**6))
        words.append(word)
        length += len(word) + 1
    return " ".join(words)


# --- the three servers ----------------------------------------------------------------------------------------------------


class Started:
    """A server process; `pid` is the process whose CPU is measured."""

    def __init__(self, command: list[str], port: int, *, ready: str, environment: dict[str, str] | None = None) -> None:
        self.port, began = port, time.monotonic()
        pin = ["taskset", "-c", "0"] if (os.cpu_count() or 1) > 1 else []
        self.process = subprocess.Popen(
            [*pin, *command],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not answers(port, ready):
            if self.process.poll() is not None or time.monotonic() - began > 90:
                raise SystemExit(f"{command[0]} did not start")
            time.sleep(0.01)
        self.start_s = time.monotonic() - began
        self.pid = self.process.pid

    def cpu_s(self) -> float:
        """User and system time of what answers."""
        return cpu_s(self.pid)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def answers(port: int, path: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as one:
            one.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
            return one.recv(32).startswith(b"HTTP/1.1 2")
    except OSError:
        return False


def upstream(port: int) -> subprocess.Popen[bytes]:
    """The upstream, a process of its own on the last cpu."""
    return subprocess.Popen([sys.executable, str(HERE / "upstream.py"), str(port)])


class Ambos(Started):
    """`ambos serve` on a fresh directory; `pid` is its one worker. The broker's time counts with the worker's."""

    def __init__(self, upstream_port: int, *, extra: str = "", models: tuple[str, ...] = ("bench-model",)) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="ambos-bench-")
        data = Path(self.directory.name) / "data"
        data.mkdir()
        (data / "ambos.toml").write_text(
            f'{extra}\n[identity]\nrequests_per_minute = 100000000\n[inside]\nmodel = "none"\n[[providers]]\nname = "up"\n'
            f'base_url = "http://127.0.0.1:{upstream_port}/v1"\nagreement = "bench"\ntrains_on_data = false\n'
            f"models = {json.dumps(models)}\nallow_private_addresses = true\n"
        )
        port = free_port()
        command = [sys.executable, "-m", "ambos.cli", "serve", "--data", str(data), "--port", str(port)]
        home = {"HOME": self.directory.name, "XDG_CONFIG_HOME": self.directory.name}
        first = Started(command, port, ready="/readyz", environment=home)  # makes the installation
        first.stop()
        super().__init__(command, port, ready="/readyz", environment=home)
        make = [
            sys.executable,
            "-m",
            "ambos.cli",
            "keys",
            "create",
            "--role",
            "developer",
            "--json",
            "--data",
            str(data),
        ]
        made = subprocess.run(make, env={**os.environ, **home}, capture_output=True, check=True)
        self.key = json.loads(made.stdout)["key"]
        self.pid = child_of(self.process.pid, b"ambos.web.worker")
        self.broker = child_of(self.process.pid, b"ambos.providers.broker")

    def cpu_s(self) -> float:
        return cpu_s(self.pid) + cpu_s(self.broker)


def child_of(pid: int, module: bytes) -> int:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if module in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise SystemExit(f"{module.decode()} is not there")


# --- load -----------------------------------------------------------------------------------------------------------------

Body = Callable[[], dict[str, Any]]


async def load(
    server: Started, body: Body, *, key: str, seconds: float, at_once: int, headers: dict[str, str] | None = None
) -> dict[str, float]:
    """Requests until `seconds` have passed: CPU per request and times."""
    url = f"http://127.0.0.1:{server.port}/v1/chat/completions"
    times: list[float] = []
    failed = 0

    async def one(session: aiohttp.ClientSession) -> None:
        nonlocal failed
        while time.monotonic() < until:
            began = time.perf_counter()
            async with session.post(
                url, json=body(), headers={"Authorization": f"Bearer {key}", **(headers or {})}
            ) as answer:
                await answer.read()
                failed += answer.status != 200
            times.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        until = time.monotonic() + 0.7
        await asyncio.gather(*(one(session) for _ in range(at_once)))  # warm-up
        times.clear()
        before, began = server.cpu_s(), time.monotonic()
        until = began + seconds
        await asyncio.gather(*(one(session) for _ in range(at_once)))
        wall = time.monotonic() - began
    if failed:
        raise SystemExit(f"{failed} requests failed")
    return {
        "cpu_ms": 1000 * (server.cpu_s() - before) / len(times),
        "p50_ms": 1000 * statistics.median(times),
        "per_s": len(times) / wall,
        "n": len(times),
    }


Turn = tuple[str, Started, str, Body]


async def in_turn(turns: Sequence[Turn], *, rounds: int, seconds: float) -> dict[str, Any]:
    """Every load again and again, so that what is compared sees the same moments of the machine; medians of the rounds
    after the first."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name, *_ in turns}
    for number in range(rounds + 1):
        for name, server, key, body in turns:
            found = await load(server, body, key=key, seconds=seconds, at_once=8)
            if number:
                seen[name].append(found)
    out: dict[str, Any] = {}
    for name, found in seen.items():
        out[name] = {key: round(statistics.median(one[key] for one in found), 3) for key in found[0]}
        out[name]["cpu_ms_rounds"] = [round(one["cpu_ms"], 3) for one in found]
        print(f"{name:<58} {out[name]['cpu_ms']:8.3f} ms CPU   {out[name]['per_s']:7.1f}/s", flush=True)
    return out


def chat(*texts: str, stream: bool = False) -> dict[str, Any]:
    messages = [{"role": "assistant" if index % 2 else "user", "content": text} for index, text in enumerate(texts)]
    return {"model": "bench-model", "stream": stream, "messages": messages}


async def first_token_ms(port: int, key: str, body: Body, count: int = 40) -> float:
    """Median time to the first byte of a stream's body."""
    times = []
    async with aiohttp.ClientSession() as session:
        for _ in range(count):
            began = time.perf_counter()
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            async with session.post(url, json=body(), headers={"Authorization": f"Bearer {key}"}) as answer:
                await answer.content.readany()
                times.append(time.perf_counter() - began)
                await answer.read()
    return 1000 * statistics.median(times)


async def lag_ms(server: Ambos, rng: random.Random) -> dict[str, float]:
    """Gaps between chunks of a paced stream (10 ms apart) while a fresh 500 kB request is classified."""
    url, headers = f"http://127.0.0.1:{server.port}/v1/chat/completions", {"Authorization": f"Bearer {server.key}"}
    lags: list[float] = []
    async with aiohttp.ClientSession() as session:
        paced = {**chat(fresh_text(rng), stream=True), "user": "paced"}
        big = asyncio.ensure_future(asyncio.sleep(0))
        async with session.post(url, json=paced, headers=headers) as answer:
            sizes = 0
            async for line in answer.content:
                if b'"content":"t=' in line:
                    sent = float(line.split(b"t=")[1].split(b'"')[0])
                    lags.append(1000 * (time.time() - sent))
                    sizes += 1
                    if sizes == 10:
                        big = asyncio.ensure_future(_big(session, url, headers, rng))
        took = await big
    return {
        "p50": statistics.median(lags),
        "p99": statistics.quantiles(lags, n=100)[98],
        "max": max(lags),
        "big_s": took or 0.0,
    }


async def _big(session: aiohttp.ClientSession, url: str, headers: dict[str, str], rng: random.Random) -> float:
    began = time.perf_counter()
    async with session.post(url, json=chat(fresh_text(rng, 500_000)), headers=headers) as answer:
        await answer.read()
    return time.perf_counter() - began


async def slow_client_mb(server: Ambos) -> float:
    """Growth of the worker's memory while a client takes one byte a second from an endless stream, for 8 seconds."""
    before = memory_mb(server.pid)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    body = json.dumps({**chat("What is a haiku?", stream=True), "user": "endless"}).encode()
    writer.write(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s" % (server.key.encode(), len(body), body)
    )
    for _ in range(8):
        await reader.read(1)
        await asyncio.sleep(1)
    grown = memory_mb(server.pid) - before
    writer.transport.abort()
    return grown


# --- the table --------------------------------------------------------------------------------------------------------------


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(7)
    out: dict[str, Any] = {}
    up = free_port()
    process = upstream(up)
    while not answers(up, "/healthz"):
        await asyncio.sleep(0.02)
    started: list[Started] = []
    try:
        bare_port = free_port()
        bare = Started([sys.executable, str(HERE / "bare.py"), str(bare_port), str(up)], bare_port, ready="/healthz")
        ambos = Ambos(up)
        started += [bare, ambos]
        out["start to ready, s"] = round(ambos.start_s, 2)
        out["idle memory of the worker, MB"] = round(memory_mb(ambos.pid), 1)
        out["idle memory of the broker, MB"] = round(memory_mb(ambos.broker), 1)
        rules = Ambos(up, extra='[privacy]\noff = ["tagger"]')
        started.append(rules)
        same = fresh_text(rng)
        olds = [fresh_text(rng) for _ in range(10)]
        turns: list[Turn] = [
            ("bare proxy, 1 kB", bare, "x", lambda: chat(same)),
            ("whole path, fresh 1 kB", ambos, ambos.key, lambda: chat(fresh_text(rng))),
            (
                "whole path, fresh 1 kB with a letter to mask",
                ambos,
                ambos.key,
                lambda: chat(fresh_text(rng, personal=True)),
            ),
            ("whole path, 1 kB that was all seen", ambos, ambos.key, lambda: chat(same)),
            (
                "whole path, ten seen 1 kB messages and a fresh one",
                ambos,
                ambos.key,
                lambda: chat(*olds, fresh_text(rng)),
            ),
            ("bare proxy, 100-event stream", bare, "x", lambda: chat(same, stream=True)),
            ("restored 100-event stream, seen letter", ambos, ambos.key, lambda: chat(LETTER, stream=True)),
            ("rules only, fresh 1 kB", rules, rules.key, lambda: chat(fresh_text(rng))),
        ]
        if arguments.litellm:
            peer = litellm(arguments.litellm, up)
            started.append(peer)
            turns.append(("LiteLLM without any guard, 1 kB", peer, "sk-bench", lambda: chat(same)))
        out |= await in_turn(turns, rounds=arguments.rounds, seconds=arguments.seconds)
        direct = await first_token_ms(up, "x", lambda: chat(same, stream=True))
        through = await first_token_ms(ambos.port, ambos.key, lambda: chat(fresh_text(rng), stream=True))
        out["added time to first token, ms"] = round(through - direct, 2)
        out["lag of a paced stream beside a fresh 500 kB request, ms"] = {
            k: round(v, 2) for k, v in (await lag_ms(ambos, rng)).items()
        }
        out["growth with a slow client, MB"] = round(await slow_client_mb(ambos), 2)
    finally:
        for server in started:
            server.stop()
        process.terminate()
        process.wait()
    return out


def litellm(program: str, up: int) -> Started:
    folder = Path(tempfile.mkdtemp(prefix="ambos-bench-litellm-"))
    (folder / "config.yaml").write_text(
        "model_list:\n  - model_name: bench-model\n    litellm_params:\n      model: openai/bench-model\n"
        f"      api_base: http://127.0.0.1:{up}/v1\n      api_key: x\n"
        "general_settings:\n  master_key: sk-bench\n"
    )
    port = free_port()
    command = [
        program,
        "--config",
        str(folder / "config.yaml"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--num_workers",
        "1",
    ]
    quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return Started(command, port, ready="/health/liveliness", environment=quiet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--litellm", default="")
    arguments = parser.parse_args()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 2)))
    out = asyncio.run(measure(arguments))
    text = json.dumps(out, indent=1)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
