"""How a command reaches the house: through `DIR/ambos.sock` beside a running server, else in a house of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from ambos.app import Supervisor, control_socket
from ambos.config import Config, load
from ambos.egress import Destination, Egress
from ambos.engines.installed import pick
from ambos.errors import RequestError, StoreError
from ambos.messages import Json


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


async def through(path: Path, operation: str, arguments: dict[str, Json]) -> Json:
    """The result of one operation of the server behind this control socket.

    Raises:
        ConnectionError: nobody is there.
        RequestError: what the operation raised.
    """
    egress = Egress([Destination.unix("control", "control", str(path))])
    try:
        session = egress.session("control")
        url = f"http://ambos/control/{operation}"
        async with session.post(
            url, data=json.dumps(arguments), headers={"content-type": "application/json"}
        ) as answer:
            told = await answer.json()
    finally:
        await egress.close()
    if "error" in told:
        error = RequestError(told["error"]["message"], code=told["error"]["code"])
        error.note(audit_id=told["error"].get("audit_id", ""), level=told["error"].get("level", ""), policy="")
        raise error
    return told["result"]  # type: ignore[no-any-return]  # JSON of our own server


async def _alone(config: Config, operation: str, arguments: dict[str, Json]) -> Json:
    from ambos.web.control import OPERATIONS

    if not (config.directory / "installation").exists():
        raise StoreError(f"there is no installation in {config.directory}; make one: `ambos init`")
    needs_model = operation == "ask"
    engine = pick(config.models, config.inside.model, demo_allowed=config.inside.demo_model) if needs_model else None
    async with Supervisor(config, flags={}, engine=engine).alone() as house:
        return await OPERATIONS[operation](house, arguments)
