"""What a broker takes for a head, and that it hands on nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Zone
from ambos.providers import ProviderSettings, Secret
from ambos.providers.broker import Broker, BrokerOrder, row_of

TOKEN = "ab" * 32
ONE = ProviderSettings(
    name="acme", kind="anthropic", base_url="https://api.example.org/v1", zone=Zone.OUTSIDE, models=("m",),
    api_key=Secret("sk-1"),
)  # fmt: skip
BROKER = Broker(BrokerOrder("/tmp/none.sock", TOKEN, [row_of("acme", ONE)]))  # type: ignore[list-item]  # JSON
GOOD = f"POST /0 HTTP/1.1\r\nhost: broker\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 12\r\n\r\n".encode()


def test_the_head_that_leaves_is_the_brokers_own() -> None:
    read = BROKER.head(GOOD.replace(b"host: broker", b"host: broker\r\nx-secret: of the worker"))
    assert read is not None
    number, head, size = read
    assert (number, size) == (0, 12)
    assert head.startswith(b"POST /v1/messages HTTP/1.1\r\nHost: api.example.org\r\n")
    assert b"x-api-key: sk-1\r\n" in head
    assert head.endswith(b"Content-Length: 12\r\n\r\n")
    assert b"worker" not in head
    assert TOKEN.encode() not in head


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"POST /0", b"GET /0"),
        (b"POST /0", b"POST /1"),
        (b"POST /0", b"POST /0/admin"),
        (b"POST /0", b"POST http://other/0"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (TOKEN.encode(), b"cd" * 32),
        (b"authorization: Bearer", b"authorization: Basic"),
        (b"content-length: 12", b"content-length: 12\r\ncontent-length: 12"),
        (b"content-length: 12", b"content-length: -1"),
        (b"content-length: 12", b"content-length: 12\r\ntransfer-encoding: chunked"),
        (b"content-length: 12\r\n", b""),
        (b"host: broker", b"host: broker\nx: y"),
        (b"host: broker", b"host: broker\r\n folded"),
    ],
)
def test_any_other_head_is_refused(old: bytes, new: bytes) -> None:
    assert BROKER.head(GOOD.replace(old, new)) is None


@given(st.binary(max_size=200))
def test_no_bytes_get_through_or_raise(said: bytes) -> None:
    assert BROKER.head(said) is None
