"""What dies, is told and comes back; what was acknowledged is kept; what is damaged is named."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, ambos, is_ready, launch

pytestmark = pytest.mark.shell


def children(pid: int, word: str) -> list[int]:
    """Children of a process whose command line holds `word`."""
    every = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in every if word.encode() in Path(f"/proc/{child}/cmdline").read_bytes()]


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.05)


def ask(server: Server, text: str = "What is a haiku?") -> Any:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=20) as one:
        return one.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": text}])


def failing_call(server: Server) -> None:
    with pytest.raises(openai.APIError):
        ask(server)


@pytest.fixture
def acme(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))


def test_killed_worker_is_restarted_and_the_log_stays_whole(acme: Server) -> None:
    ask(acme)
    worker = children(acme.process.pid, "ambos.web.worker")[0]
    os.kill(worker, signal.SIGKILL)
    until(lambda: children(acme.process.pid, "ambos.web.worker") not in ([], [worker]) and is_ready(acme.port))
    ask(acme)
    assert acme.run("audit", "verify").returncode == 0


def test_o40_a_killed_server_leaves_no_orphans_and_recovers(acme: Server, recorder: Recorder) -> None:
    def hang(handler: Any, request: dict[str, Any]) -> None:
        held.set()
        release.wait(20)

    held, release = threading.Event(), threading.Event()
    recorder.behave = hang
    caller = threading.Thread(target=failing_call, args=(acme,))
    caller.start()
    assert held.wait(20)
    workers = children(acme.process.pid, "ambos.web.worker")
    acme.process.kill()
    acme.process.wait()
    until(
        lambda: (
            not any(
                Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers
            )
        )
    )
    release.set()
    caller.join()
    recorder.behave = None
    # The call that the crash cut is visible: `egress` without an ending, and no false alarm.
    report = json.loads(acme.run("audit", "verify", "--json").stdout)
    assert report["ok"]
    assert report["unanswered"] == 1
    again = launch(acme.directory, acme.environment)
    again.key = acme.key
    try:
        ask(again)
        assert again.run("audit", "verify").returncode == 0
    finally:
        again.stop()


def test_second_server_on_the_same_directory_is_refused(acme: Server) -> None:
    done = ambos("serve", "--data", str(acme.directory), "--port", "0", environment=acme.environment, check=False)
    assert done.returncode == 1
    assert "data directory" in done.stderr


def test_damaged_log_is_found_and_named(acme: Server) -> None:
    ask(acme)
    acme.stop()
    path = acme.directory / "ambos.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)
    done = acme.run("audit", "verify", check=False)
    assert done.returncode == 1
    assert "NOT" in done.stdout
    assert "Traceback" not in done.stderr


def test_client_that_leaves_is_logged_as_cancelled(acme: Server, recorder: Recorder) -> None:
    def slowly(handler: Any, request: dict[str, Any]) -> None:
        handler.begin_stream()
        for number in range(200):
            handler.event({"choices": [{"index": 0, "delta": {"content": f"{number} "}, "finish_reason": None}]})
            gone.wait(0.05)

    gone = threading.Event()
    recorder.behave = slowly
    with openai.OpenAI(base_url=f"{acme.url}/v1", api_key=acme.key, max_retries=0) as one:
        stream = one.chat.completions.create(
            model="acme/big-1", messages=[{"role": "user", "content": "count"}], stream=True
        )
        next(iter(stream))
        stream.close()
    until(lambda: acme.entries()[-1]["event"] == "cancelled")
    gone.set()


def test_revoked_key_is_refused_within_a_second(acme: Server) -> None:
    ask(acme)
    rows = json.loads(acme.run("keys", "list", "--json").stdout)
    mine = [row["id"] for row in rows if row["role"] == "user"][-1]
    acme.run("keys", "revoke", mine)
    time.sleep(1.0)  # the promise is a second: nothing to poll for
    with pytest.raises(openai.AuthenticationError):
        ask(acme)


def test_nothing_but_our_address_listens_on_tcp(serve: Callable[..., Server]) -> None:
    server = serve(inside="demo_model = true")
    pids = [server.process.pid, *children(server.process.pid, "")]
    inodes = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{server.process.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.append(int(fields[1].split(":")[1], 16))
    assert set(listening) == {server.port}
