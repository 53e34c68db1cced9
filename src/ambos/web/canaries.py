"""The control operations about canaries: what to plant, and opening the outside again after one was seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ambos.app import House
from ambos.messages import Json

Arguments = Mapping[str, Json]


async def show(house: House, _: Arguments) -> Json:
    """The values to plant, and whether one was seen."""
    return {"planted": [*house.canaries.planted], "seen": house.canaries.is_seen}


async def clear(house: House, _: Arguments) -> Json:
    """Open the outside again, by the person at the terminal."""
    await house.canaries.clear()
    return {"seen": False}


CANARIES: Final[Mapping[str, Callable[[House, Arguments], Awaitable[Json]]]] = {
    "canaries.show": show,
    "canaries.clear": clear,
}
