"""One worker process: `python -m ambos.web.worker`, started by the supervisor with its order on standard input.

The order is one JSON line; the end of standard input means that the supervisor is gone, and the worker stops.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from functools import partial
from typing import Any

import uvicorn
import uvloop

from ambos.app import House, Order, build_house, keep_memory_private, set_up_logging, tie_to_parent
from ambos.app.watching import say_generation, until_erased, until_witnessed_elsewhere
from ambos.web.front import Front, served
from ambos.web.metrics import Metrics
from ambos.web.protocol import BoundedProtocol

GRACE_S = 20


def main() -> None:
    """Serve until told to stop."""
    tie_to_parent()
    keep_memory_private()
    os.umask(0o077)
    set_up_logging("worker")
    order = Order(**json.loads(sys.stdin.readline()))
    uvloop.run(serve(order))


async def serve(order: Order) -> None:
    """Build the house and answer on the sockets that the supervisor opened."""
    house = build_house(order)
    # What is built now lives as long as the worker: the collector need not look at it again with every request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    front = Front(house, Metrics(shared_directory=order.metrics_directory))
    config = uvicorn.Config(
        partial(served, front),
        http=BoundedProtocol,
        loop="none",
        ws="none",
        lifespan="on",
        interface="asgi3",
        server_header=False,
        date_header=False,
        access_log=False,
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=None,
    )
    server = uvicorn.Server(config)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), _parent_gone, server)
    sockets = [socket.socket(fileno=number) for number in order.listen]
    serving = asyncio.ensure_future(_serve(server, sockets))
    renewing = asyncio.ensure_future(_renew(house, server, order.index))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn tells it by an attribute only
        await asyncio.sleep(0.02)
    if server.started:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        say_generation(await asyncio.to_thread(house.store.generation))
    await serving
    renewing.cancel()


async def _serve(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    await server.serve(sockets=sockets)


async def _renew(house: House, server: uvicorn.Server, index: int) -> None:
    """End in order after an erasure, since what was read of the erased ends with it, or where the wall has become too narrow."""
    reasons = {
        asyncio.ensure_future(until_erased(house.store, index)),
        asyncio.ensure_future(until_witnessed_elsewhere(house.config.directory)),
    }
    await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True


def _parent_gone(server: uvicorn.Server) -> Any:
    if not sys.stdin.read(1):
        server.should_exit = True
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        signal.alarm(GRACE_S + 5)  # whatever hangs then is ended by the kernel


if __name__ == "__main__":
    main()
