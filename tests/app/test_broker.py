"""The broker in a whole server: no worker has a key or a socket of the internet, and everything else is as without it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.crash.test_crash import children
from tests.live import PROVIDER, Recorder, Server, becomes

from ambos.walls import available

pytestmark = pytest.mark.shell
BROKER = "\n[walls]\nbroker = true\n"
QUESTION = "What is a haiku?"


def ask(server: Server, **about: Any) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = json.dumps({"model": "acme/big-1", "messages": [{"role": "user", "content": QUESTION}], **about})
    sent = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", body, sent)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


@pytest.fixture
def brokered(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(PROVIDER.format(url=recorder.url, agreement="DPA-1") + BROKER, workers=2)


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_answers_come_whole_and_streamed_with_the_key_that_only_the_broker_has(
    brokered: Server, recorder: Recorder
) -> None:
    for stream in (False, True, False):
        status, said = ask(brokered, stream=stream)
        assert status == 200, said
    assert len(recorder.bodies) == 3
    assert {headers["Authorization"] for headers in recorder.headers} == {"Bearer sk-acme-test"}
    assert {headers["Host"] for headers in recorder.headers} == {recorder.url.split("/")[2]}
    names = {name.lower() for headers in recorder.headers for name in headers}
    assert names == {
        "host",
        "accept-encoding",
        "content-type",
        "accept",
        "user-agent",
        "authorization",
        "content-length",
    }
    events = [one["event"] for one in brokered.entries() if one["event"] in ("egress", "completed")]
    assert events == ["egress", "completed"] * 3


def test_no_worker_has_the_key_and_none_reaches_a_port(brokered: Server) -> None:
    workers = children(brokered.process.pid, "ambos.web.worker")
    assert len(workers) == 2
    for pid in workers:
        assert b"ACME_KEY=held-by-the-broker" in environment_of(pid)
        assert b"sk-acme-test" not in environment_of(pid)
    (broker,) = children(brokered.process.pid, "ambos.providers.broker")
    assert b"sk-acme-test" not in environment_of(broker)
    if available().is_whole:
        assert brokered.control("status")["walls"]["ports"] == []
        done = brokered.run("doctor", "--egress", "--json", check=False)
        rows = {row["check"]: row for row in json.loads(done.stdout)}
        for way in ("uvloop", "ctypes", "beyond"):
            assert rows[f"egress {way}"]["verdict"] == "held"


def test_a_killed_broker_comes_back_and_nothing_is_sent_twice(brokered: Server, recorder: Recorder) -> None:
    assert ask(brokered)[0] == 200
    (broker,) = children(brokered.process.pid, "ambos.providers.broker")
    os.kill(broker, 9)
    becomes(lambda: ask(brokered)[0] == 200, 30)
    entries = [one["event"] for one in brokered.entries()]
    assert len(recorder.bodies) <= entries.count("egress")
    assert entries.count("completed") == 2


def test_a_provider_that_is_not_there_is_told_as_without_a_broker(serve: Callable[..., Server]) -> None:
    server = serve(PROVIDER.format(url="http://127.0.0.1:9/v1", agreement="DPA-1") + BROKER)
    status, said = ask(server)
    assert status in (502, 503), said
    assert b"sk-acme-test" not in said
    failed = [one for one in server.entries() if one["event"] == "failed"]
    assert {one["reason"] for one in failed} == {"upstream_error"}
