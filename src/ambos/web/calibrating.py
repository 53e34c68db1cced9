"""Operations of `ambos privacy` on the certificate of a house: its standing, a new one, its suspension."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from ambos.app import House
from ambos.errors import CalibrationError
from ambos.messages import Json
from ambos.web.asking import Arguments, text


async def state(house: House, _: Arguments) -> Json:
    """The certificate with its standing, and what it is compared with."""
    keeper = house.calibration
    standing = await keeper.look()
    try:
        made = keeper.certificate()
    except CalibrationError:
        made = None
    now = keeper.in_force()
    return {
        "standing": standing.value,
        "required": keeper.is_required(),
        "certificate": None if made is None else made.encode().decode(),
        "in_force": {"detector": now.detector, "settings": now.settings, "policy": now.policy},
    }


async def keep(house: House, arguments: Arguments) -> Json:
    """Keep and activate a certificate."""
    made = await house.calibration.keep(text(arguments, "certificate").encode())
    return {"certificate": made.hash, "standing": house.calibration.standing.value}


async def suspend(house: House, arguments: Arguments) -> Json:
    """Suspend the certificate of this hash."""
    await house.calibration.suspend(text(arguments, "certificate"), text(arguments, "reason"))
    return {"standing": house.calibration.standing.value}


CALIBRATION: Mapping[str, Callable[[House, Arguments], Awaitable[Json]]] = {
    "calibration.state": state,
    "calibration.keep": keep,
    "calibration.suspend": suspend,
}
