"""How a command reaches the house: through `DIR/ambos.sock` beside a running server, else in a house of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ambos.app.places import control_socket
from ambos.config import Config, load
from ambos.egress import Destination, Egress
from ambos.errors import RequestError, StoreError
from ambos.messages import Json

if TYPE_CHECKING:
    from ambos.app import House

LONGEST_S: Final = 86_400.0  # for an answer: a long log takes minutes


class Caller(Protocol):
    """Calls one operation of `ambos.web.control`."""

    async def __call__(self, operation: str, **arguments: Json) -> Json:
        """Its result."""
        ...


def call(directory: Path | None, operation: str, **arguments: Json) -> Json:
    """The result of one operation of `ambos.web.control`.

    Raises:
        AmbosError: what the operation raised, here or in the server.
    """
    config = load(directory)
    path = control_socket(config.directory)
    if path.exists():
        try:
            return asyncio.run(through(path, operation, arguments))
        except ConnectionError:
            path.unlink(missing_ok=True)  # a server that was killed left it behind
    return asyncio.run(_alone(config, operation, arguments))


def at(directory: Path | str | None = None, *, key: str = "") -> Callable[..., Any]:  # Any: plain JSON values
    """The house of a data directory, as programs give it to `ambos.experiment`: beside a running server, or by itself.

    Args:
        directory: of the data; None: as the commands find it.
        key: API key of who asks, in an organisation.
    """
    where = None if directory is None else Path(directory)
    return lambda operation, **arguments: call(where, operation, **{"key": key, **arguments})


@contextlib.asynccontextmanager
async def reaching(directory: Path | None) -> AsyncIterator[Caller]:
    """Many operations, several at once: of the running server, or of one house that lives as long as the block.

    Raises:
        AmbosError: as `call`.
    """
    config = load(directory)
    path = control_socket(config.directory)
    egress = Egress([Destination.unix("control", "control", str(path))])
    try:
        if path.exists() and await _is_there(egress):

            async def posted(operation: str, **arguments: Json) -> Json:
                return await _posted(egress, operation, arguments)

            yield posted
            return
    finally:
        await egress.close()
    from ambos.web.control import OPERATIONS

    async with _house(config, needs_model=True) as house:

        async def called(operation: str, **arguments: Json) -> Json:
            return await OPERATIONS[operation](house, arguments)

        yield called


async def _is_there(egress: Egress) -> bool:
    """Whether a server answers on its socket: one that was killed leaves the file behind."""
    try:
        await _posted(egress, "status", {})
    except ConnectionError:
        return False
    return True


async def through(path: Path, operation: str, arguments: dict[str, Json]) -> Json:
    """The result of one operation of the server behind this control socket.

    Raises:
        ConnectionError: nobody is there.
        RequestError: what the operation raised.
    """
    egress = Egress([Destination.unix("control", "control", str(path))])
    try:
        return await _posted(egress, operation, arguments)
    finally:
        await egress.close()


async def _posted(egress: Egress, operation: str, arguments: Mapping[str, Json]) -> Json:
    head = b"POST /control/%b HTTP/1.1\r\nHost: ambos\r\nContent-Type: application/json\r\n" % operation.encode()
    connection = await egress.ask(
        "control", head, json.dumps(arguments).encode(), connect_s=LONGEST_S, wait_s=LONGEST_S
    )
    try:
        body = b""
        while piece := await connection.read():
            body += piece
    finally:
        egress.leave("control", connection)
    told = json.loads(body)
    if "error" in told:
        error = RequestError(told["error"]["message"], code=told["error"]["code"])
        error.note(audit_id=told["error"].get("audit_id", ""), level=told["error"].get("level", ""), policy="")
        raise error
    return told["result"]  # type: ignore[no-any-return]  # JSON of our own server


async def _alone(config: Config, operation: str, arguments: dict[str, Json]) -> Json:
    from ambos.web.control import OPERATIONS

    async with _house(config, needs_model=operation == "ask") as house:
        return await OPERATIONS[operation](house, arguments)


@contextlib.asynccontextmanager
async def _house(config: Config, *, needs_model: bool) -> AsyncIterator[House]:
    if not (config.directory / "installation").exists():
        raise StoreError(f"there is no installation in {config.directory}; make one: `ambos init`")
    from ambos.app import Supervisor
    from ambos.engines.installed import pick

    engine = pick(config.models, config.inside.model, demo_allowed=config.inside.demo_model) if needs_model else None
    async with Supervisor(config, flags={}, engine=engine).alone() as house:
        yield house
