"""What a broker takes for a head, and that it hands on nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.providers.hostile import saying, upstream

from ambos.messages import Zone
from ambos.providers import ProviderSettings, Secret, Via
from ambos.providers.broker import Broker, BrokerOrder, Inner, row_of

TOKEN = "ab" * 32
ONE = ProviderSettings(
    name="acme", kind="anthropic", base_url="https://api.example.org/v1", zone=Zone.OUTSIDE, models=("m",),
    api_key=Secret("sk-1"),
)  # fmt: skip
BROKER = Broker(BrokerOrder("/tmp/none.sock", TOKEN, [row_of("acme", ONE)]))  # type: ignore[list-item]  # JSON
GOOD = Via(0, TOKEN).head() + b"Content-Length: 12\r\n\r\n"


def test_the_head_that_leaves_is_the_brokers_own() -> None:
    read = BROKER.head(GOOD + b"{}")
    assert read is not None
    number, head, size, begin = read
    assert (number, size, begin) == (0, 12, len(GOOD))
    assert head.startswith(b"POST /v1/messages HTTP/1.1\r\nHost: api.example.org\r\n")
    assert b"x-api-key: sk-1\r\n" in head
    assert head.endswith(b"Content-Length: 12\r\n\r\n")
    assert b"broker" not in head
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
        (b"Authorization: Bearer", b"Authorization: Basic"),
        (b"Content-Length: 12", b"Content-Length: 12\r\nContent-Length: 12"),
        (b"Content-Length: 12", b"Content-Length: -1"),
        (b"Content-Length: 12", b"Content-Length: 12\r\ntransfer-encoding: chunked"),
        (b"Content-Length: 12\r\n", b""),
        (b"Host: broker", b"Host: broker\nx: y"),
        (b"Host: broker", b"Host: broker\r\nx-secret: of the worker"),
        (b"Content-Length: 12\r\n", b"Content-Length: 12\r\nExpect: 100-continue\r\n"),
        (b"Host: broker", b"Host: broker\r\n folded"),
    ],
)
def test_any_other_head_is_refused(old: bytes, new: bytes) -> None:
    assert BROKER.head(GOOD.replace(old, new)) is None


@given(st.binary(max_size=200))
def test_no_bytes_get_through_or_raise(said: bytes) -> None:
    assert BROKER.head(said) is None


async def test_a_request_in_single_bytes_arrives_whole_and_a_second_one_behind_it(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhola"
    async with upstream(saying(answer, then_close=False)) as (fake, _):
        broker = Broker(BrokerOrder("", TOKEN, [row_of("acme", fake.settings())]))  # type: ignore[list-item]  # JSON
        server = await asyncio.get_running_loop().create_unix_server(lambda: Inner(broker), str(tmp_path / "b.sock"))
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "b.sock"))
        for byte in GOOD + b'{"a":"one!"}':
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert await asyncio.wait_for(reader.readexactly(len(answer)), 5) == answer
        writer.write(GOOD + b'{"a":"two!"}')
        assert await asyncio.wait_for(reader.readexactly(len(answer)), 5) == answer
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        server.close()
        assert [one.partition(b"\r\n\r\n")[2] for one in fake.requests] == [b'{"a":"one!"}', b'{"a":"two!"}']
        assert fake.connections == 1
