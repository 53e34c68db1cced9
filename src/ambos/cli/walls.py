"""`ambos doctor --egress`: tries whether a wall outside Python keeps the server from places that no table lists."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ambos.app import control_socket
from ambos.app.walls import BEYOND, WAYS, Knock, Listener, Wall, judge, knock
from ambos.cli.operate import LANDLOCK_NETWORK_ABI
from ambos.cli.reach import through
from ambos.cli.words import say
from ambos.config import load
from ambos.messages import Zone


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report; `verdict` is "open", "held", "unclear", "absent", or "" where nothing was tried."""

    check: str
    is_ok: bool
    verdict: str
    detail: str


def look(data: Path | None) -> list[Line]:
    """What was tried, what would hold here, and what to do."""
    config = load(data)
    path = control_socket(config.directory)
    has_outside = any(one.zone is Zone.OUTSIDE for one in config.providers)
    try:
        place, knocks, walls = asyncio.run(_try(path if path.exists() else None))
    except ConnectionError:  # a server that was killed left its socket behind
        place, knocks, walls = asyncio.run(_try(None))
    lines = [Line("egress", True, "", say(f"egress_from_{place}"))]
    lines += [
        Line(f"egress {one.way}", one.verdict in ("held", "absent"), one.verdict, _words(one)) for one in walls[:-1]
    ]
    beyond = walls[-1]
    is_fine = beyond.verdict == "held" or has_outside
    detail = say(f"egress_beyond_{beyond.verdict}", error=beyond.error)
    lines.append(Line("egress beyond", is_fine, beyond.verdict, detail))
    facts = next((one.facts for one in knocks if one.facts), {})
    lines.append(Line("egress means", True, "", _means(dict(facts))))
    if any(one.verdict not in ("held", "absent") for one in walls[:-1]):
        lines.append(Line("egress advice", True, "", say("egress_advice" if has_outside else "egress_advice_inside")))
    return lines


async def _try(path: Path | None) -> tuple[str, list[Knock], list[Wall]]:
    """The walls are those of the server where one runs: it may have been started behind some that this command is not."""

    async def by_server(way: str, port: int) -> Knock:
        assert path is not None  # noqa: S101  chosen below
        told: Any = await through(path, "knock", {"way": way, "port": port})  # JSON of our own control route
        return Knock(way, told["error"], told["facts"])

    chosen: Callable[[str, int], Awaitable[Knock]] = by_server if path is not None else knock
    knocks, walls = [], []
    async with Listener() as listener:
        for way in (*WAYS, BEYOND):
            before = listener.arrived
            knocks.append(await chosen(way, listener.port))
            await asyncio.sleep(0.05)  # the listener's own turn: who arrived is counted by its task
            # The last way has no listener at its end: the kernel's word is all there is.
            has_arrived = knocks[-1].error == "" if way == BEYOND else listener.arrived > before
            walls.append(judge(knocks[-1], has_arrived=has_arrived))
    return ("server" if path is not None else "command"), knocks, walls


def _words(wall: Wall) -> str:
    return say(f"egress_{wall.verdict}", error=wall.error)


def _means(facts: dict[str, int]) -> str:
    """What could be a wall here. To have one is not to be held by it: that is said by the lines above alone."""
    landlock = facts.get("landlock", -1)
    told = [
        say("means_seccomp" if facts.get("seccomp", 0) > 0 else "means_no_seccomp"),
        say("means_landlock" if landlock >= LANDLOCK_NETWORK_ABI else "means_no_landlock", abi=max(landlock, 0)),
        say("means_systemd" if Path("/run/systemd/system").is_dir() else "means_no_systemd"),
        say({1: "means_alone", 0: "means_network"}.get(facts.get("only_loopback", -1), "means_unseen")),
    ]
    return "; ".join(told) if sys.platform == "linux" else say("means_elsewhere")
