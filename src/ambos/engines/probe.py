"""The line to the engine's socket, through `egress`, and whether the engine at its end is healthy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import orjson

from ambos.egress import Connection, Destination, Egress

_NAME: Final = "engine"
_CONNECT_S: Final = 5.0
_HEALTH_TIMEOUT_S: Final = 2.0


class Answer:
    """What the engine says to one request. Closing it frees the slot of the model.

    Attributes:
        status, headers: of the answer; names in lower case.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.status: int = connection.status
        self.headers: Mapping[str, str] = connection.headers

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes.

        Raises:
            OSError: it broke off, or nothing came in time.
        """
        while data := await self._connection.read():
            yield data

    async def read(self, most: int = 0) -> bytes:
        """The body; its beginning where it is longer than `most` bytes, 0 for no limit."""
        body = bytearray()
        async for data in self.pieces():
            body += data
            if most and len(body) >= most:
                break
        return bytes(body[:most] if most else body)

    def close(self) -> None:
        """End it, whatever the engine still wants to say."""
        self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class Line:
    """Requests to the engine, one connection each.

    The engine closes after every stream, after 5 s of idleness and after 100 requests; a request on a kept connection
    then fails with a reset, so that none is kept.
    """

    def __init__(self, socket_path: Path, *, api_key: str, idle_timeout_s: float) -> None:
        self._egress = Egress([Destination.unix("model", _NAME, str(socket_path))])
        self._headers = f"Host: engine\r\nAuthorization: Bearer {api_key}\r\nConnection: close\r\n"
        self._idle_s = idle_timeout_s
        self._asked: set[Connection] = set()

    async def get(self, path: str) -> Answer:
        """Ask for `path`; the caller closes the answer.

        Raises:
            OSError: nobody is there, or no answer came in time.
        """
        return await self._request("GET", path, b"", "")

    async def post(self, path: str, body: dict[str, Any]) -> Answer:
        """Send JSON to `path`; the caller closes the answer.

        Raises:
            OSError: as `get`.
        """
        return await self._request("POST", path, orjson.dumps(body), "Content-Type: application/json\r\n")

    async def close(self) -> None:
        """End what runs."""
        for connection in self._asked:
            connection.close()
        await self._egress.close()

    async def _request(self, method: str, path: str, body: bytes, about: str) -> Answer:
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{about}".encode()
        connection = await self._egress.ask(_NAME, head, body, connect_s=_CONNECT_S, wait_s=self._idle_s)
        self._asked = {connection, *(one for one in self._asked if not one.is_over)}
        return Answer(connection)


async def is_healthy(socket_path: Path) -> bool:
    """The engine has loaded its model and answers."""
    line = Line(socket_path, api_key="", idle_timeout_s=_HEALTH_TIMEOUT_S)
    try:
        async with await line.get("/health") as answer:
            return answer.status == 200
    except OSError:  # TimeoutError is one
        return False
    finally:
        await line.close()
