"""Who asks for an operation of the control socket, and who agrees to it: the holder of a key, or the terminal's owner."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TypeAlias

from ambos.app import House
from ambos.errors import AuthenticationError, ForbiddenError, RequestError
from ambos.identity import Action, Principal, Profile, authorise
from ambos.identity.people import check_second
from ambos.messages import Json

Arguments: TypeAlias = Mapping[str, Json]


async def asking(house: House, arguments: Arguments, action: Action) -> Principal:
    """The principal of the key that was given, else the person at the terminal, if they may do `action`.

    Raises:
        AuthenticationError, ForbiddenError: no such key, or it may not.
    """
    who = await holder(house, arguments, "key") or await house.owner()
    authorise(who, action, profile=Profile(house.config.profile))
    return who


async def holder(house: House, arguments: Arguments, name: str) -> Principal | None:
    """The principal of the key in this argument, None where there is none.

    Raises:
        AuthenticationError: no such key in this house.
    """
    key = arguments.get(name)
    if not key:
        return None
    found = await house.store.keys.find(str(key))
    if found is None or found.tenant != house.config.tenant:
        raise AuthenticationError("this key is not valid here")
    return found


async def agreeing(house: House, arguments: Arguments, who: Principal) -> dict[str, str]:
    """The second person as a field of the log, where the house needs one; never the first one again.

    Raises:
        ForbiddenError: nobody, the same person, or somebody whom nobody knows.
    """
    if house.config.profile == Profile.PERSONAL.value:
        return {}
    second = await holder(house, arguments, "second")
    if second is None:
        raise ForbiddenError("in an organisation a second person agrees to this: give that person's key with --second")
    check_other(house, who, second)
    return {"second": second.id}


def check_other(house: House, who: Principal, second: Principal) -> None:
    """Nothing, if `second` is another person than `who`, as far as the house can tell.

    Raises:
        ForbiddenError: see `ambos.identity.people.check_second`.
    """
    users = house.store.users
    check_second(users.person(who), users.person(second), has_users=users.has_any(tenant=who.tenant))


def text(arguments: Arguments, name: str) -> str:
    """A text that is not empty.

    Raises:
        RequestError: it is, or is none.
    """
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip():
        raise RequestError(f"{name} must be a text that is not empty", param=name)
    return value


def texts(arguments: Arguments, name: str) -> list[str]:
    """The texts of a list, or of one alone; empty where there is none."""
    given = arguments.get(name)
    return [
        one.strip() for one in (given if isinstance(given, list) else [given]) if isinstance(one, str) and one.strip()
    ]


def when(time_ms: int | None) -> str:
    """A time as it is told; "" for none."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000)) if time_ms is not None else ""
