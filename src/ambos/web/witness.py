"""A witness over HTTP: `POST /add-checkpoint` and `GET /HASH/checkpoint` (C2SP tlog-witness).

Any partner can run it for the log of another; it knows nothing of the gateway and needs no data directory of one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from ambos.audit.witness import MAX_BODY_BYTES, Refusal, RefusedError, Submission
from ambos.errors import AmbosError, ConfigError, RequestError, TooLargeError
from ambos.ports import Clock
from ambos.store.witness import WitnessState
from ambos.web.http import GoneError, Receive, Scope, Send, read_body
from ambos.web.protocol import BoundedProtocol

_log = logging.getLogger(__name__)
_TEXT: Final = b"text/plain; charset=utf-8"
_SIZE: Final = b"text/x.tlog.size"  # C2SP tlog-witness, of a 409
_AT_ONCE: Final = 32  # submissions that are read or wait; more get 503


class WitnessFront:
    """The ASGI application of a witness."""

    def __init__(self, state: WitnessState, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every failure has a status and says no more than its rule."""
        try:
            status, kind, body = await self._answer(scope, receive)
        except RefusedError as error:
            is_size = error.refusal is Refusal.OTHER_SIZE
            status, kind = error.refusal.value, _SIZE if is_size else _TEXT
            body = f"{error.size if is_size else error}\n".encode()
        except TooLargeError:
            status, kind, body = 413, _TEXT, b"the submission is too large\n"
        except RequestError as error:
            status, kind, body = 400, _TEXT, f"{error}\n".encode()
        except GoneError:
            return
        except AmbosError as error:  # our own state
            _log.error("%s: %s", type(error).__name__, error)
            status, kind, body = 503, _TEXT, b"the witness cannot read or write what it remembers\n"
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        method, path = scope["method"], scope["path"]
        if path == "/add-checkpoint":
            if method != "POST":
                return 405, _TEXT, b"checkpoints are submitted with POST\n"
            return await self._add(scope, receive)
        name = path.removeprefix("/").removesuffix("/checkpoint")
        if method == "GET" and path == f"/{name}/checkpoint":
            note = await asyncio.to_thread(self._state.checkpoint, name)
            if note is not None:
                return 200, _TEXT, note
        return 404, _TEXT, b"there is nothing here\n"

    async def _add(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        if self._running >= _AT_ONCE:
            return 503, _TEXT, b"too many submissions at once\n"
        self._running += 1
        try:
            body = await read_body(scope, receive, MAX_BODY_BYTES)
            now_s = max(self._clock.now_ms() // 1000, 1)  # the time of a cosignature is never 0
            made = await asyncio.to_thread(lambda: self._state.cosign(Submission.parse(body), now_s=now_s))
        finally:
            self._running -= 1
        return 200, _TEXT, made.signature.line().encode()


def serve_witness(
    state: WitnessState, clock: Clock, *, host: str, port: int, tls: tuple[Path, Path] | None, told: Callable[[], None]
) -> None:
    """Answer until a signal.

    Args:
        tls: certificate chain and key in PEM; without them only loopback, or a proxy that has them, should reach it.
        told: called once it listens.

    Raises:
        ConfigError: it cannot listen there, or the certificate cannot be read.
    """
    config = uvicorn.Config(
        WitnessFront(state, clock), host=host, port=port, http=BoundedProtocol, loop="none", ws="none", lifespan="off",
        interface="asgi3", server_header=False, date_header=False, access_log=False, proxy_headers=False,
        log_config=None, timeout_keep_alive=75, ssl_certfile=tls[0] if tls else None, ssl_keyfile=tls[1] if tls else None,
    )  # fmt: skip
    try:
        uvloop.run(_serve(uvicorn.Server(config), told))
    except (ssl.SSLError, OSError, SystemExit) as error:
        raise ConfigError(f"the witness cannot listen on {host} port {port} ({type(error).__name__})") from None


async def _serve(server: uvicorn.Server, told: Callable[[], None]) -> None:
    serving = asyncio.ensure_future(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn tells it by an attribute only
        await asyncio.sleep(0.02)
    if server.started:
        told()
    await serving
