"""The control operations about canaries: what to plant, and opening the outside again after one was seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ambos.app import House
from ambos.app.canaries import REASON
from ambos.identity import Action
from ambos.messages import Json
from ambos.web.asking import Arguments, asking, text, when


async def show(house: House, _: Arguments) -> Json:
    """The values to plant, whether one was seen, and what was found out about those before."""
    before = house.store.incidents.list(REASON, tenant=house.config.tenant)
    return {
        "planted": [*house.canaries.planted],
        "seen": house.canaries.is_seen,
        "incidents": [
            {"id": one.id, "seen": when(one.opened_ms), "cleared": when(one.closed_ms), "by": one.closed_by,
             "reason": one.reason}
            for one in before
        ],
    }  # fmt: skip


async def clear(house: House, arguments: Arguments) -> Json:
    """Open the outside again, by who may and says why."""
    who = await asking(house, arguments, Action.OUTSIDE_OPEN)
    await house.canaries.clear(by=who.id, reason=text(arguments, "reason"))
    return {"seen": False}


CANARIES: Final[Mapping[str, Callable[[House, Arguments], Awaitable[Json]]]] = {
    "canaries.show": show,
    "canaries.clear": clear,
}
