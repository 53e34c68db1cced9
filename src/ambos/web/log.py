"""The log for everybody: its newest checkpoint and hash tiles, and entry bundles for auditors (C2SP tlog-tiles).

Hashes of entries with random handles reveal nothing but how many there are, so witnesses need no key
(docs/spec/audit-log.md section 9). Strangers may ask, so what one asks costs little: few readings at a time, and tiles
that are full are kept in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ambos.app import House
from ambos.audit.tiles import WIDTH, Tile
from ambos.errors import OverloadedError, ProofError, UnknownRouteError
from ambos.identity import Principal
from ambos.web.http import Headers, Receive, Scope, Send

PREFIX: Final = "/log/"
ENTRIES: Final = "/log/tile/entries/"
_READERS: Final = 2  # readings at a time, as many as the database keeps connections for
_WAITING: Final = 64  # requests that may wait for their turn
_KEPT: Final = 256  # full hash tiles in memory: 2 MiB at most
# A tile of one path never changes while the log lives; a day bounds what a cache keeps of a log that is gone.
_STILL: Final = b"max-age=86400, immutable"
_TILE: Final = b"application/octet-stream"  # C2SP tlog-tiles, "Merkle Tree" and "Log Entries"
_NOTE: Final = b"text/plain; charset=utf-8"


def is_open(path: str) -> bool:
    """Whether this path needs no key: the checkpoint and the hash tiles."""
    return path.startswith(PREFIX) and not path.startswith(ENTRIES)


class LogRoutes:
    """Serves one worker's readers of the log."""

    def __init__(self, house: House) -> None:
        self._tree = house.store.tree
        self._turn = asyncio.Semaphore(_READERS)
        self._waiting = 0
        self._kept: dict[str, bytes] = {}

    async def open(self, scope: Scope, send: Send) -> None:
        """`GET /log/checkpoint` and `GET /log/tile/LEVEL/INDEX[.p/WIDTH]`.

        Raises:
            UnknownRouteError: another path or method, or a tile that the log does not have yet.
            OverloadedError: too many are waiting.
        """
        path = scope["path"].removeprefix(PREFIX)
        if scope["method"] not in ("GET", "HEAD"):
            raise UnknownRouteError("the log is read with GET", code="method_not_allowed")
        if path == "checkpoint":
            async with self._reading():
                note = await asyncio.to_thread(self._tree.checkpoint)
            await _send(send, scope, note, _NOTE, b"no-cache")
            return
        tile = _parsed(path)
        if tile.level is None:  # never without a key, whatever the table of routes says
            raise UnknownRouteError("entries are read by auditors")
        await _send(send, scope, await self._read(tile), _TILE, b"public, " + _STILL)

    async def entries(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """`GET /log/tile/entries/INDEX[.p/WIDTH]`; who asks was authorised as one who may show the log.

        Raises:
            UnknownRouteError, OverloadedError: as in `open`.
        """
        del receive
        tile = _parsed(scope["path"].removeprefix(PREFIX))
        bundle = await self._read(tile)
        await _send(send, scope, bundle, _TILE, b"private, " + _STILL, [(b"x-request-id", request_id.encode())])

    async def _read(self, tile: Tile) -> bytes:
        data = self._kept.get(tile.path)
        if data is None:
            async with self._reading():
                data = await asyncio.to_thread(self._tree.tile, tile)
            if data is None:
                raise UnknownRouteError("the log has no such tile: read its checkpoint first")
            if tile.width == WIDTH and tile.level is not None:
                self._keep(tile.path, data)
        return data

    def _keep(self, path: str, data: bytes) -> None:
        if len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[path] = data

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[None]:
        if self._waiting >= _WAITING:
            raise OverloadedError("too many read the log at once; wait and try again")
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1


def _parsed(path: str) -> Tile:
    try:
        return Tile.parse(path)
    except ProofError as error:
        raise UnknownRouteError(f"there is no such path: {error}") from None


async def _send(send: Send, scope: Scope, body: bytes, kind: bytes, cache: bytes, headers: Headers = ()) -> None:
    length = (b"content-length", b"%d" % len(body))
    all_headers = [(b"content-type", kind), (b"cache-control", cache), length, *headers]
    await send({"type": "http.response.start", "status": 200, "headers": all_headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
