"""A fake upstream on loopback that does what upstreams should not: written on raw sockets, so that it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson

from ambos.egress import Egress
from ambos.messages import Batch, Level, Treatment, Zone
from ambos.ports import Attempt, Dispatch
from ambos.privacy import Outbound
from ambos.providers import HttpProvider, ProviderSettings, Secret

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n"
KEY = "sk-very-secret"


def event(text: str | None = None, finish: str | None = None) -> bytes:
    """One chunk of a stream."""
    delta = {} if text is None else {"content": text}
    return b"data: " + orjson.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}) + b"\n\n"


def whole(status: bytes, body: bytes, *headers: bytes) -> bytes:
    """A whole answer."""
    lines = b"".join(header + b"\r\n" for header in (b"content-type: application/json", *headers))
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n%s\r\n%s" % (status, len(body), lines, body)


@dataclass
class Upstream:
    """What a fake upstream saw, and what to do with the next request."""

    act: Callable[[asyncio.StreamWriter], Awaitable[None]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = (line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                self.requests.append(head + await reader.readexactly(int(next(sizes, b"0"))))
                await self.act(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            self.gone.set()
            writer.close()

    def provider(self, egress: Egress, **changes: object) -> HttpProvider:
        """A provider in front of this upstream."""
        return HttpProvider(self.settings(**changes), egress)

    def settings(self, **changes: object) -> ProviderSettings:
        """Settings that reach this upstream."""
        fields: dict[str, object] = {
            "name": "acme",
            "kind": "openai",
            "base_url": f"http://127.0.0.1:{self.port}/v1",
            "zone": Zone.OUTSIDE,
            "models": ("big-1",),
            "api_key": Secret(KEY),
            "allow_private_addresses": True,
            "connect_s": 2.0,
            "first_byte_s": 0.4,
            "idle_s": 0.2,
            **changes,
        }
        return ProviderSettings(**fields)  # type: ignore[arg-type]  # a table of keyword arguments


def saying(
    *pieces: bytes, then_close: bool = True, pause_s: float = 0.0
) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Write these pieces, each its own read on the other side."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s or 0.005)
        if then_close:
            writer.close()

    return act


async def silence(writer: asyncio.StreamWriter) -> None:
    """Never say a word."""
    await asyncio.sleep(30)


@asynccontextmanager
async def upstream(
    act: Callable[[asyncio.StreamWriter], Awaitable[None]], **changes: object
) -> AsyncIterator[tuple[Upstream, HttpProvider]]:
    """A listening upstream and a provider in front of it."""
    fake = Upstream(act)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    egress = Egress([fake.settings(**changes).destination()])
    tasks = asyncio.all_tasks()
    try:
        yield fake, fake.provider(egress, **changes)
    finally:
        await egress.close()
        server.close()
        left = asyncio.all_tasks() - tasks
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)


def dispatch(body: bytes = b'{"model":"big-1"}', *, provider: str = "acme", zone: Zone = Zone.OUTSIDE) -> Dispatch:
    """A dispatch as the log makes it."""
    made = Outbound(body=body, treatment=Treatment.RAW, zone=zone, level=Level.PUBLIC)
    return Dispatch(asked_id="r_1", attempt=Attempt(0, "acme/big-1", provider, zone), outbound=made)


async def said_by(provider: HttpProvider) -> list[Batch]:
    """Everything that a provider says to one dispatch."""
    return [batch async for batch in provider.stream(dispatch())]
