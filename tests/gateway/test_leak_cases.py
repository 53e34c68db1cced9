"""Attack cases O34 to O39 of the security paper, section F: what a policy, an upstream's words or our own could let out."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.test_bad_input import dumps, exchange, post
from tests.live import Recorder, Server

from ambos.identity import Principal, Role
from ambos.messages import Assessment, Level, ServedModel, Zone
from ambos.policy import Settings, load

pytestmark = pytest.mark.shell
PROC = Path("/proc")
CANARY = "Zorrilla-Quetzal-7719"
MODELS = (ServedModel("x/y", "x", "y", Zone.OUTSIDE, agreement="D"),)


@pytest.mark.parametrize("effect", ["permit", "forbid"])
@pytest.mark.parametrize("rule", ["principal.nothing == 1", "context.nothing", "resource.nothing > 3"])
def test_o34_a_rule_about_what_is_not_there_is_refused_before_it_is_asked(effect: str, rule: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  its class is asserted below
        load(Settings(cedar=f"{effect} (principal, action, resource) when {{ {rule} }};"))
    assert type(caught.value).__name__ == "PolicyError"


def test_o34_a_rule_that_fails_while_it_is_asked_denies() -> None:
    overflow = "9223372036854775807 + resource.retention_days > 0"  # Cedar alone would skip the forbid, and allow
    policy = load(Settings(cedar=f"forbid (principal, action, resource) when {{ {overflow} }};"))
    who = Principal("p_a", "t", "k", frozenset({Role.USER}))
    model = (ServedModel("x/y", "x", "y", Zone.OUTSIDE, agreement="D", retention_days=5),)
    decision = policy.decide(Assessment(Level.PUBLIC), who, model, tighten=None, demo_allowed=True)
    assert decision.treatments == {}


def shown(house: Server) -> str:
    """Everything that the server says of itself: its own log, its metrics, its health, its processes, its entries."""
    told = ["".join(house.said), json.dumps(house.entries())]
    for path in ("/metrics", "/healthz", "/readyz"):
        answer = exchange(house, f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        told.append(answer.decode("utf-8", "replace"))
    if not PROC.is_dir():  # macOS tells the title of a process in another way, which is not looked at
        return "\n".join(told)
    for process in (house.process.pid, *children(house.process.pid)):
        told += [(PROC / f"{process}" / name).read_text("utf-8", "replace") for name in ("cmdline", "comm")]
    return "\n".join(told)


def children(process: int) -> list[int]:
    return [int(word) for word in (PROC / f"{process}/task/{process}/children").read_text("ascii").split()]


def test_o35_an_upstream_that_repeats_our_key_is_not_quoted(house: Server, upstream: Recorder) -> None:
    def tells(handler: Any, _request: dict[str, Any]) -> None:
        words = f"bad key {handler.headers['Authorization']}"
        handler.reply(
            401, json.dumps({"error": {"message": words, "code": words}}).encode(), {"x-debug": "sk-acme-test"}
        )

    upstream.behave = tells
    try:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {house.key}\r\n"
        answer = exchange(house, f"{head}content-length: {len(dumps())}\r\n\r\n".encode() + dumps())
    finally:
        upstream.behave = None
    assert b"sk-acme-test" not in answer
    assert "sk-acme-test" not in shown(house)


def test_o36_o37_no_prompt_in_an_error_a_log_a_metric_or_the_title_of_a_process(
    house: Server, upstream: Recorder
) -> None:
    def breaks(handler: Any, _request: dict[str, Any]) -> None:
        handler.reply(200, b"{" + CANARY.encode())

    asked = dumps(messages=[{"role": "user", "content": f"The word is {CANARY}"}], user=CANARY)
    upstream.behave = breaks
    try:
        status, told = post(house, asked)
    finally:
        upstream.behave = None
    assert status >= 500
    assert CANARY not in json.dumps(told)
    for body in (asked[:-1], asked.replace(b'"user"', b'"messages"'), asked.replace(b'"role": "user"', b'"role": 7')):
        status, told = post(house, body)
        assert status == 400
        assert CANARY not in json.dumps(told)
        assert "Traceback" not in json.dumps(told)
    assert post(house, asked, headers=f"x-ambos-conversation: {CANARY}\r\n")[0] == 200
    said = shown(house)
    assert CANARY not in said
    assert "Traceback" not in said


def test_o38_the_map_of_surrogates_is_in_no_header(house: Server, upstream: Recorder) -> None:
    body = dumps(messages=[{"role": "user", "content": "Write to lucia.hernandez@example.org about the garden."}])
    request = urllib.request.Request(
        f"{house.url}/v1/chat/completions",
        body,
        {"authorization": f"Bearer {house.key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        headers, told = str(answer.headers), answer.read().decode()
    assert answer.headers["x-ambos-route"] == "masked"
    assert "lucia.hernandez" in told
    sent = upstream.bodies[-1].decode()
    assert "lucia.hernandez" not in sent
    surrogate = sent[sent.index("[EMAIL-") : sent.index("]", sent.index("[EMAIL-")) + 1]
    assert surrogate not in headers
    assert "lucia" not in headers.lower()


def test_o39_what_answered_is_what_the_answer_names(house: Server, upstream: Recorder) -> None:
    def lies(handler: Any, _request: dict[str, Any]) -> None:
        message = {"role": "assistant", "content": "x"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "ambos/local", "choices": [choice]}
        handler.reply(200, json.dumps({**body, "system_fingerprint": "fp_local"}).encode(), {"x-ambos-route": "local"})

    upstream.behave = lies
    try:
        request = urllib.request.Request(
            f"{house.url}/v1/chat/completions", dumps(), {"authorization": f"Bearer {house.key}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.loads(answer.read())
    finally:
        upstream.behave = None
    assert answer.headers.get_all("x-ambos-route") == ["external"]
    assert told["model"] == "acme/big-1"
    assert "system_fingerprint" not in told or told["system_fingerprint"] is None
