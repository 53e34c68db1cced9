"""The line to the engine's socket, through `egress`, and whether the engine at its end is healthy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from ambos.egress import Destination, Egress

if TYPE_CHECKING:
    import aiohttp

ADDRESS: Final = "http://engine"
"""Only the Host header of requests over the socket; never resolved."""

_NAME: Final = "engine"
_HEALTH_TIMEOUT_S: Final = 2.0


class Line:
    """Requests to the engine, one connection each.

    The engine closes after every stream, after 5 s of idleness and after 100 requests; a request on a kept connection
    then fails with a reset, so that none is kept.
    """

    def __init__(self, socket_path: Path, *, api_key: str, idle_timeout_s: float) -> None:
        self._egress = Egress([Destination.unix("model", _NAME, str(socket_path))])
        self._headers = {"Authorization": f"Bearer {api_key}", "Connection": "close"}
        from aiohttp import ClientTimeout  # the supervisor starts its workers before it loads this

        self._timeout = ClientTimeout(total=None, sock_connect=5.0, sock_read=idle_timeout_s)

    async def get(self, path: str) -> aiohttp.ClientResponse:
        """Ask for `path`; the caller closes the answer."""
        return await self._request("GET", path, None)

    async def post(self, path: str, body: dict[str, Any]) -> aiohttp.ClientResponse:
        """Send JSON to `path`; the caller closes the answer."""
        return await self._request("POST", path, orjson.dumps(body))

    async def close(self) -> None:
        """End what runs."""
        await self._egress.close()

    async def _request(self, method: str, path: str, data: bytes | None) -> aiohttp.ClientResponse:
        headers = self._headers if data is None else self._headers | {"Content-Type": "application/json"}
        session = self._egress.session(_NAME)
        return await session.request(method, ADDRESS + path, data=data, headers=headers, timeout=self._timeout)


async def is_healthy(socket_path: Path) -> bool:
    """The engine has loaded its model and answers."""
    from aiohttp import ClientError

    line = Line(socket_path, api_key="", idle_timeout_s=_HEALTH_TIMEOUT_S)
    try:
        async with await line.get("/health") as response:
            return response.status == 200
    except (ClientError, OSError):  # TimeoutError is an OSError
        return False
    finally:
        await line.close()
