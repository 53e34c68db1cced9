"""Bad input gets a clear error in the caller's dialect, and nothing is lost, leaked or left hanging."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from tests.live import PROVIDER, Recorder, Server

pytestmark = pytest.mark.shell
QUESTION = {"model": "acme/big-1", "messages": [{"role": "user", "content": "What is a haiku?"}]}


@pytest.fixture
def acme(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"))


def exchange(server: Server, data: bytes, timeout: float = 20) -> bytes:
    """Raw bytes there and back, until the server closes or has told a whole answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout) as connection:
        connection.sendall(data)
        answer = b""
        while True:
            piece = connection.recv(65536)
            answer += piece
            if not piece:
                return answer
            head, _, rest = answer.partition(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:") and len(rest) >= int(line.split(b":")[1]):
                    return answer


def post(
    server: Server, body: bytes, *, headers: str = "", key: str | None = None, path: str = "/v1/chat/completions"
) -> tuple[int, Any]:
    key = server.key if key is None else key
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}content-length: {len(body)}\r\n{headers}\r\n"
    answer = exchange(server, head.encode() + body)
    head_bytes, _, rest = answer.partition(b"\r\n\r\n")
    return int(head_bytes.split()[1]), json.loads(rest)


def dumps(**more: Any) -> bytes:
    return json.dumps({**QUESTION, **more}).encode()


BODIES: list[tuple[str, bytes, int]] = [
    ("not json", b"{", 400),
    ("not an object", b"[]", 400),
    ("empty", b"", 400),
    ("duplicate keys", b'{"model":"a","model":"b","messages":[]}', 400),
    ("deep", b'{"a":' * 5000 + b"1" + b"}" * 5000, 413),
    ("nan", b'{"model":"acme/big-1","messages":[],"temperature":NaN}', 400),
    ("huge number", b'{"model":"acme/big-1","messages":[],"temperature":1e999}', 400),
    ("lone surrogate", b'{"model":"acme/big-1","messages":[{"role":"user","content":"\\ud800"}]}', 400),
    ("invalid utf-8", b'{"model":"acme/big-1","messages":[{"role":"user","content":"\xff\xfe"}]}', 400),
    ("no messages", b'{"model":"acme/big-1"}', 400),
    ("empty messages", dumps(messages=[]), 400),
    ("messages of a wrong type", dumps(messages="hi"), 400),
    ("unknown role", dumps(messages=[{"role": "wizard", "content": "x"}]), 400),
    ("unknown model", dumps(model="nobody/nothing"), 404),
    ("model of a wrong type", dumps(model=7), 400),
    ("stream as text", dumps(stream="yes"), 400),
    ("negative max_tokens", dumps(max_tokens=-1), 400),
    ("redirecting field", dumps(api_base="http://127.0.0.1:9"), 400),
]


def test_bad_bodies_get_openai_errors_and_go_nowhere(acme: Server, recorder: Recorder) -> None:
    for name, body, status in BODIES:
        got, told = post(acme, body)
        assert got == status, (name, got, told)
        assert set(told["error"]) >= {"message", "type", "param", "code"}, name
    assert recorder.bodies == []
    assert post(acme, dumps())[0] == 200


def test_keys_that_are_wrong(acme: Server, recorder: Recorder) -> None:
    wrong = acme.key[:-3] + ("aaa" if not acme.key.endswith("aaa") else "bbb")
    for key in ("", wrong, "sk-other", "amb_' OR 1=1 --"):
        status, told = post(acme, dumps(), key=key)
        assert status == 401
        assert told["error"]["code"] == "invalid_api_key"
        assert not key or key not in json.dumps(told)
    two = f"authorization: Bearer {wrong}\r\n"
    assert post(acme, dumps(), headers=two)[0] == 401
    assert post(acme, dumps(), path=f"/v1/chat/completions?api_key={acme.key}")[0] == 401
    assert recorder.bodies == []


def test_unknown_routes_and_methods_speak_json(acme: Server) -> None:
    assert post(acme, b"{}", path="/v1/nothing")[0] == 404
    assert post(acme, b"{}", path="/control/keys.create")[0] == 404
    head = f"GET /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {acme.key}\r\n\r\n"
    assert exchange(acme, head.encode()).startswith(b"HTTP/1.1 405")


def test_body_over_the_limit_is_told_readably(acme: Server) -> None:
    body = b'{"model":"acme/big-1","messages":[{"role":"user","content":"' + b"x" * 9_000_000 + b'"}]}'
    status, told = post(acme, body)
    assert status == 413
    assert told["error"]["code"] == "request_too_large"


def test_headers_are_bounded(acme: Server) -> None:
    assert exchange(acme, b"GET /healthz HTTP/1.1\r\nx-long: " + b"a" * 60_000 + b"\r\n\r\n").startswith(
        b"HTTP/1.1 431"
    )
    many = b"".join(b"x-%d: 1\r\n" % number for number in range(500))
    assert exchange(acme, b"GET /healthz HTTP/1.1\r\n" + many + b"\r\n").startswith(b"HTTP/1.1 431")


def test_console_refuses_a_rebound_host_and_a_foreign_origin(acme: Server) -> None:
    evil = exchange(acme, b"GET /console/login HTTP/1.1\r\nhost: evil.example:80\r\n\r\n")
    assert evil.startswith(b"HTTP/1.1 403")
    form = b"key=" + acme.key.encode()
    head = (
        b"POST /console/login HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\ncontent-length: %d\r\n\r\n"
        % len(form)
    )
    assert exchange(acme, head + form).startswith(b"HTTP/1.1 403")


def refuse(handler: Any, request: dict[str, Any]) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def failing(status: int) -> Callable[[Any, dict[str, Any]], None]:
    def behave(handler: Any, request: dict[str, Any]) -> None:
        handler.reply(
            status,
            b'{"error":{"message":"Bearer sk-acme-test is wrong, patient Ana"}}',
            {"location": "http://127.0.0.1:1/"},
        )

    return behave


def half_event(handler: Any, request: dict[str, Any]) -> None:
    handler.begin_stream()
    handler.event({"choices": [{"index": 0, "delta": {"content": "ni"}, "finish_reason": None}]})
    handler.wfile.write(b'data: {"choices":[{"index":0,"delta":{"content":"\xc3')
    handler.close_connection = True


@pytest.mark.parametrize(
    ("behave", "status"),
    [(refuse, 502), (failing(500), 503), (failing(429), 429), (failing(302), 502), (failing(401), 502)],
)
def test_an_upstream_that_fails_is_told_without_its_words(
    acme: Server, recorder: Recorder, behave: Callable[[Any, dict[str, Any]], None], status: int
) -> None:
    recorder.behave = behave
    got, told = post(acme, dumps())
    assert got == status, told
    assert "sk-acme-test" not in json.dumps(told)
    assert "Ana" not in json.dumps(told)
    entries = acme.entries()
    assert [entry["event"] for entry in entries].count("egress") == len(recorder.bodies)
    assert entries[-1]["event"] == "failed"
    assert acme.run("audit", "verify").returncode == 0


def test_a_stream_that_is_cut_ends_in_an_error_event(acme: Server, recorder: Recorder) -> None:
    recorder.behave = half_event
    body = dumps(stream=True)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {acme.key}\r\n"
    head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    answer = exchange(acme, head.encode() + body)
    assert b'"content":"ni"' in answer
    assert b'"error"' in answer
    assert acme.entries()[-1]["event"] == "failed"


def test_configuration_mistakes_are_named(acme: Server) -> None:
    path = acme.directory / "ambos.toml"
    for text, word in (
        ("[server]\nprot = 1\n", "server.port"),
        ('[server]\nport = "x"\n', "server.port"),
        ("[server\n", "line 1"),
        ('[[providers]]\nname = "a"\n', "base_url"),
        ('[policy.matrix.restricted]\nother = "raw"\n', "restricted"),
        ('[levels]\nPERSON = "cosmic"\n', "PERSON"),
    ):
        path.write_text(text, encoding="utf-8")
        done = acme.run("config", "show", check=False)
        assert done.returncode == 1
        assert word in done.stderr, (text, done.stderr)
