"""Attack cases on access that need the whole server: O29, O30, O32 over the wire (the security paper, section F)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
from tests.live import PROVIDER, Recorder, Server

pytestmark = pytest.mark.shell


def post(server: Server, key: str, about: dict[str, Any], **headers: str) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = json.dumps({"model": "acme/big-1", "messages": [{"role": "user", "content": "What is a haiku?"}], **about})
    sent = {"authorization": f"Bearer {key}", "content-type": "application/json", **headers}
    connection.request("POST", "/v1/chat/completions", body, sent)
    return connection


def test_O29_a_key_revoked_during_a_stream_opens_nothing_more(serve: Callable[..., Server], recorder: Recorder) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-1"), workers=2)
    begun, revoked = threading.Event(), threading.Event()

    def slowly(handler: Any, request: dict[str, Any]) -> None:
        handler.begin_stream()
        handler.event({"choices": [{"index": 0, "delta": {"content": "five "}, "finish_reason": None}]})
        begun.set()
        assert revoked.wait(60)
        handler.event({"choices": [{"index": 0, "delta": {"content": "seven"}, "finish_reason": "stop"}]})
        handler.wfile.write(b"data: [DONE]\n\n")

    recorder.behave = slowly
    made = json.loads(server.run("keys", "create", "--json").stdout)
    streaming = post(server, made["key"], {"stream": True})
    answer = streaming.getresponse()
    assert begun.wait(60)
    server.run("keys", "revoke", made["id"])  # the command takes longer than the second of every worker
    for _ in range(6):
        again = post(server, made["key"], {})
        assert again.getresponse().status == 401
        again.close()
    revoked.set()
    assert b"seven" in answer.read()  # what was decided and logged before is answered to its end
    streaming.close()
    events = [one["event"] for one in server.entries() if one["event"] in ("decided", "egress", "completed")]
    assert events == ["decided", "egress", "completed"]
    assert len(recorder.bodies) == 1
    assert server.run("audit", "verify").returncode == 0


def test_O30_a_conversation_of_another_is_another_conversation(
    serve: Callable[..., Server], recorder: Recorder
) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    first, second = server.new_key(), server.new_key()
    for key in (first, second):
        for named in ({"x-ambos-conversation": "same"}, {"x-ambos-tenant": "other"}, {"x-ambos-principal": "p_x"}):
            connection = post(server, key, {}, **named)
            assert connection.getresponse().status == 200
            connection.close()
    decided = [one for one in server.entries() if one["event"] == "decided"]
    assert {one["tenant"] for one in decided} == {"house"}
    assert len({one["principal"] for one in decided}) == 2
    assert len({one["conversation"] for one in decided[::3]}) == 2
