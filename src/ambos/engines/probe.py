"""The way to the engine's socket, and whether it is healthy. The only place that opens a connection to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import aiohttp

ADDRESS: Final = "http://engine"
"""Only the Host header of requests over the socket; never resolved."""

_HEALTH_TIMEOUT_S: Final = 2.0
_POLL_S: Final = 0.05


def open_session(socket_path: Path, api_key: str, idle_timeout_s: float) -> aiohttp.ClientSession:
    """A session on the engine's unix socket.

    One connection a request: the engine closes after every stream, and a pooled POST then fails with a reset.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(socket_path), force_close=True, limit=0),
        headers={"Authorization": f"Bearer {api_key}"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0, sock_read=idle_timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


async def is_healthy(socket_path: Path) -> bool:
    """The engine has loaded its model and answers."""
    try:
        async with (
            open_session(socket_path, "", _HEALTH_TIMEOUT_S) as session,
            session.get(f"{ADDRESS}/health") as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


async def wait_until_healthy(socket_path: Path, timeout_s: float) -> bool:
    """Poll until the engine is healthy; False when the time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            while not await is_healthy(socket_path):  # noqa: ASYNC110 (the event is in another process)
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        return False
    return True
