"""Attack cases O1 and O6 to O26 of the security paper, section F: hostile HTTP and JSON, against the whole server.

Each ends in a clear refusal or a right answer. Nothing of a smuggled request runs, nothing unread leaves, the server
serves the next one, and its log stays right: one server for all, so that what one case breaks another sees.
"""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.gateway.test_bad_input import dumps, exchange, post
from tests.live import Recorder, Server

pytestmark = pytest.mark.shell
CHAT = "/v1/chat/completions"


@pytest.fixture(autouse=True)
def still_serves(house: Server, upstream: Recorder) -> Iterator[None]:
    """After each case: what was to go nowhere went nowhere, and the next request is answered."""
    yield
    assert not any(b"smuggled" in body for body in upstream.bodies)
    assert post(house, dumps())[0] == 200


def head(house: Server, *lines: str, path: str = CHAT, method: str = "POST") -> bytes:
    told = [f"{method} {path} HTTP/1.1", "host: localhost", f"authorization: Bearer {house.key}", *lines]
    return ("\r\n".join(told) + "\r\n\r\n").encode("latin-1")


def smuggled(house: Server) -> bytes:
    body = dumps(messages=[{"role": "user", "content": "smuggled"}])
    return head(house, f"content-length: {len(body)}") + body


def statuses(answer: bytes) -> list[int]:
    return [int(piece[:3]) for piece in answer.split(b"HTTP/1.1 ")[1:]]


def until_closed(house: Server, data: bytes, timeout: float = 30) -> bytes:
    """All that comes back until the server closes; a connection that stays open fails."""
    with socket.create_connection(("127.0.0.1", house.port), timeout) as connection:
        answer = b""
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionError:
            pass  # closed while we still wrote, or with our bytes unread
        return answer


def test_o01_a_caller_names_no_other_place(house: Server, upstream: Recorder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        place = f"http://127.0.0.1:{trap.getsockname()[1]}"
        for field in ("api_base", "base_url", "azure_endpoint"):
            before = len(upstream.bodies)
            assert post(house, dumps(**{field: place}))[0] == 400
            assert len(upstream.bodies) == before
            post(house, dumps(), headers=f"{field}: {place}\r\nx-{field}: {place}\r\n")
            post(house, dumps(), path=f"{CHAT}?{field}={place}")
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_o06_a_link_to_an_image_is_not_fetched(house: Server, upstream: Recorder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        image = {"type": "image_url", "image_url": {"url": f"http://127.0.0.1:{trap.getsockname()[1]}/a.png"}}
        before = len(upstream.bodies)
        status, _ = post(house, dumps(messages=[{"role": "user", "content": [image]}]))
        assert status >= 400  # an image that nobody has read is restricted, and this house has no model inside
        assert len(upstream.bodies) == before
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_o07_a_length_beside_a_transfer_encoding_is_refused(house: Server) -> None:
    for lines in (
        ("content-length: 4", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "content-length: 4"),
    ):
        answer = until_closed(house, head(house, *lines) + b"0\r\n\r\n" + smuggled(house))
        assert statuses(answer) in ([400], []), answer[:200]


def test_o08_two_lengths_are_refused(house: Server) -> None:
    for second in ("5", "4", "4, 4", "+4", "4 4"):
        answer = until_closed(
            house, head(house, "content-length: 4", f"content-length: {second}") + b"{}  " + smuggled(house)
        )
        assert statuses(answer) in ([400], []), (second, answer[:200])


@pytest.mark.parametrize(
    "lines",
    [
        ("transfer-encoding: xchunked",),
        ("transfer-encoding: chunked, identity",),
        ("transfer-encoding : chunked",),
        ("x-folded: one\r\n two", "content-length: 0"),
        ("x-bare: one\ntransfer-encoding: chunked", "content-length: 0"),
        ("x-zero: a\0b", "content-length: 0"),
    ],
    ids=["xchunked", "after chunked", "space", "folded", "bare LF", "zero"],
)
def test_o09_framing_that_two_servers_read_differently(house: Server, lines: tuple[str, ...]) -> None:
    answer = until_closed(house, head(house, *lines, "connection: close") + b"0\r\n\r\n" + smuggled(house))
    assert len(statuses(answer)) <= 1, answer[:300]
    assert all(400 <= status < 500 for status in statuses(answer)), answer[:300]


def test_o10_a_line_break_in_a_header_goes_nowhere(house: Server, upstream: Recorder) -> None:
    before = len(upstream.headers)
    for name in ("openai-organization", "x-request-id", "x-ambos-conversation"):
        post(house, dumps(), headers=f"{name}: a%0d%0ax-injected: 1\r\n")
        answer = exchange(house, head(house, f"{name}: a\rx-injected: 1", f"content-length: {len(dumps())}") + dumps())
        assert statuses(answer)[0] in (200, 400)
        assert b"x-injected" not in answer.partition(b"\r\n\r\n")[0].lower()
    for sent in upstream.headers[before:]:
        assert "x-injected" not in " ".join(f"{key}:{value}" for key, value in sent.items()).lower()


def test_o11_what_connection_names_is_no_header_of_ours(house: Server, upstream: Recorder) -> None:
    status, _ = post(
        house, dumps(), headers="connection: authorization, x-ambos-strict\r\nkeep-alive: timeout=9\r\nte: trailers\r\n"
    )
    assert status == 200
    sent = {name.lower() for name in upstream.headers[-1]}
    assert not sent & {"keep-alive", "te", "trailer", "upgrade", "x-ambos-strict"}
    assert upstream.headers[-1].get("Authorization") == "Bearer sk-acme-test"


def test_o12_a_body_that_was_promised_and_never_came(house: Server, upstream: Recorder) -> None:
    before = len(upstream.bodies)
    with socket.create_connection(("127.0.0.1", house.port), 20) as connection:
        connection.sendall(head(house, "content-length: 500", "expect: 100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        assert post(house, dumps())[0] == 200  # nobody else waits for it
    assert len(upstream.bodies) == before + 1


def test_o13_headers_are_bounded_in_size_and_number(house: Server) -> None:
    assert statuses(until_closed(house, head(house, "x-long: " + "a" * 65_536)))[:1] in ([431], [])
    assert statuses(until_closed(house, head(house, *(f"x-{n}: 1" for n in range(10_000)))))[:1] in ([431], [])
    told = until_closed(house, head(house, *(f"x-{n}: 1" for n in range(200))))
    assert statuses(told) == [431]


def test_o14_many_that_are_slow_keep_nobody_out(house: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", house.port), 20) for _ in range(100)]
    try:
        for number, one in enumerate(slow):
            one.sendall(
                head(house, "content-length: 900")[: 40 if number % 2 else None] + (b"" if number % 2 else b'{"mod')
            )
        began = time.monotonic()
        assert post(house, dumps())[0] == 200
        assert time.monotonic() - began < 20
    finally:
        for one in slow:
            one.close()


def test_o15_requests_sent_ahead_are_answered_in_order_and_an_early_close_ends_nothing_else(house: Server) -> None:
    good = head(house, path="/v1/models", method="GET")
    last = head(house, "connection: close", path="/v1/models", method="GET")
    answer = until_closed(house, good + head(house, path="/v1/nothing", method="GET") + last)
    assert statuses(answer) == [200, 404, 200]
    with socket.create_connection(("127.0.0.1", house.port), 20) as connection:
        connection.sendall(head(house, "content-length: 900") + b'{"model')


def test_o16_one_byte_over_the_limit_with_and_without_a_length(house: Server) -> None:
    limit = 8 * 1024 * 1024  # server.max_body_bytes
    body = b'{"model":"' + b"a" * (limit - 11) + b'"}'
    assert len(body) == limit + 1
    for told, sent in (
        (f"content-length: {len(body)}", body),
        ("transfer-encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
    ):
        assert statuses(exchange(house, head(house, told, "connection: close") + sent))[:1] == [413], told


def test_o17_a_compressed_body_is_not_unpacked(house: Server) -> None:
    bomb = gzip.compress(b" " * 10_000_000 + dumps())
    for kind, body in (("gzip", bomb), ("gzip, gzip", gzip.compress(bomb)), ("br", b"\x1b"), ("deflate", b"x")):
        status, told = post(house, body, headers=f"content-encoding: {kind}\r\n")
        assert (status, told["error"]["code"]) == (415, "unsupported_encoding"), kind


def test_o18_only_utf_8_is_read(house: Server) -> None:
    right = dumps().decode()
    bodies = {
        "utf-16": right.encode("utf-16"),
        "utf-7": right.replace("haiku", "+AGg-aiku").replace('"', "+ACI-").encode(),
        "byte order mark": b"\xef\xbb\xbf" + right.encode(),
        "half a pair": right.replace("haiku", "\\ud800").encode(),
        "half a pair in bytes": right.replace("haiku", "\ud800").encode("utf-8", "surrogatepass"),
        "overlong": right.encode().replace(b"haiku", b"\xc0\xaf"),
    }
    for name, body in bodies.items():
        for kind in ("application/json", "application/json; charset=utf-16"):
            assert post(house, body, headers=f"content-type: {kind}\r\n")[0] == 400, name


def refused(house: Server, upstream: Recorder, cases: dict[str, bytes]) -> None:
    """Each is told as the caller's mistake, in the dialect's form, and goes nowhere."""
    before = len(upstream.bodies)
    for name, body in cases.items():
        status, told = post(house, body)
        assert status in (400, 404, 413), (name, status, told)
        assert set(told["error"]) >= {"message", "type", "param", "code"}, name
        assert len(json.dumps(told)) < 2000, name
    assert len(upstream.bodies) == before


def question(more: str) -> bytes:
    return b'{"model":"acme/big-1","messages":[{"role":"user","content":"What is a haiku?"}],%s}' % more.encode()


def test_o19_depth(house: Server, upstream: Recorder) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    refused(
        house, upstream, {"array": question(f'"x":{deep}'), "object": b'{"a":' * 100_000, "unclosed": b"[" * 100_000}
    )


def test_o20_a_million_keys(house: Server, upstream: Recorder) -> None:
    keys = ",".join(f'"{number:x}":0' for number in range(500_000))
    refused(house, upstream, {"keys": question(f'"x":{{{keys}}}'), "values": question(f'"x":[{"0," * 999_999}0]')})


def test_o21_numbers_that_readers_read_differently(house: Server, upstream: Recorder) -> None:
    words = ("1e999", "NaN", "-Infinity", "9" * 10_000, "0x10", "01", "1.", "+1")
    refused(house, upstream, {word[:20]: question(f'"temperature":{word}') for word in words})


def test_o22_messages_of_other_kinds(house: Server, upstream: Recorder) -> None:
    one = {"role": "user", "content": "x"}
    kinds: dict[str, Any] = {
        "null": None,
        "object": {"0": one},
        "empty": [],
        "text": "x",
        "numbers": [1],
        "mixed": [one, None],
    }
    refused(house, upstream, {name: dumps(messages=value) for name, value in kinds.items()})
    status, _ = post(house, dumps(messages=[one] * 10_000))
    assert status in (200, 400, 413)


def test_o23_options_out_of_their_range(house: Server, upstream: Recorder) -> None:
    cases: dict[str, dict[str, Any]] = {
        "n": {"n": 10**9},
        "negative n": {"n": -1},
        "negative max_tokens": {"max_tokens": -5},
        "huge max_tokens": {"max_tokens": 2**70},
        "stream as a string": {"stream": "true"},
        "stream as a number": {"stream": 1},
        "temperature": {"temperature": "hot"},
    }
    refused(house, upstream, {name: dumps(**more) for name, more in cases.items()})


def test_o24_names_that_mean_something_to_a_language_mean_nothing_here(house: Server) -> None:
    for name in ("__proto__", "__class__", "constructor", "__init__"):
        status, told = post(house, dumps(**{name: {"is_admin": True, "model": "x/y"}}))
        assert status in (200, 400), (name, told)
        assert post(house, dumps())[1]["model"] == "acme/big-1"  # nothing of it stays for the next request


def test_o25_roles_and_contents_that_are_missing_or_unknown(house: Server, upstream: Recorder) -> None:
    bad: dict[str, Any] = {
        "unknown role": {"role": "root", "content": "x"},
        "no role": {"content": "x"},
        "role of a list": {"role": ["user"], "content": "x"},
        "no content": {"role": "user"},
        "content of a number": {"role": "user", "content": 7},
        "part without a type": {"role": "user", "content": [{"text": "x"}]},
    }
    refused(house, upstream, {name: dumps(messages=[one]) for name, one in bad.items()})
    assert (
        post(house, dumps(messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "x"}]))[
            0
        ]
        == 200
    )


def test_o26_a_schema_that_names_itself_is_read_once(house: Server) -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}
    tool = {"type": "function", "function": {"name": "walk", "description": "x", "parameters": schema}}
    began = time.monotonic()
    assert post(house, dumps(tools=[tool]))[0] == 200
    assert time.monotonic() - began < 30
