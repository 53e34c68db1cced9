"""Users as operations of the control socket and the console: only who may manage them reaches this."""

from __future__ import annotations

import time
from base64 import b32encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ambos.app import House
from ambos.errors import RequestError
from ambos.identity import Action, Principal, Role, authorise_grant
from ambos.messages import Json
from ambos.store import NewUser, User
from ambos.web.asking import Arguments, asking, text, texts

_MADE_BYTES: Final = 15  # 120 bits, 24 letters: shown once, good for one change


async def users_create(house: House, arguments: Arguments) -> Json:
    """A new user. Without `password` one is made, shown once, and good only for choosing another."""
    who = await asking(house, arguments, Action.USERS_MANAGE)
    return await create(house, who, arguments)


async def create(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """As `users_create`, for a caller who is known."""
    roles, groups, adopts = roles_in(arguments), frozenset(texts(arguments, "group")), _adopted(house, arguments)
    _may_give(house, who, roles, groups, to=adopts or None)
    given = str(arguments.get("password") or "")
    password = given or _made(house)
    new = NewUser(
        login=text(arguments, "name"),
        roles=roles,
        groups=groups,
        name=str(arguments.get("full_name") or "")[:80],
        language="es" if (arguments.get("language") or house.config.language) == "es" else "en",
        password=password,
        is_temporary=True,  # whoever makes an account knows its password: it opens nothing until its user has changed it
        adopts=adopts,
        same_as=str(arguments.get("same_as") or ""),
    )
    made = await house.store.users.create(new, tenant=house.config.tenant, by=who)
    return line(made) | ({} if given else {"password": password})


async def users_list(house: House, arguments: Arguments) -> Json:
    """Every user."""
    await asking(house, arguments, Action.USERS_MANAGE)
    return [line(one) for one in house.store.users.list(tenant=house.config.tenant)]


async def users_roles(house: House, arguments: Arguments) -> Json:
    """Other roles, and groups, for a user."""
    who = await asking(house, arguments, Action.USERS_MANAGE)
    return await give_roles(house, who, arguments)


async def give_roles(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """As `users_roles`, for a caller who is known."""
    user, roles = _user(house, arguments), roles_in(arguments)
    groups = frozenset(texts(arguments, "group")) if arguments.get("group") is not None else user.groups
    _may_give(house, who, roles, groups, to=user.id)
    await house.store.users.set_roles(user, roles, groups, by=who)
    return line(_user(house, arguments))


async def users_disable(house: House, arguments: Arguments) -> Json:
    """Shut a user out everywhere, or let them in again."""
    who = await asking(house, arguments, Action.USERS_MANAGE)
    return await disable(house, who, arguments)


async def disable(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """As `users_disable`, for a caller who is known."""
    user = _user(house, arguments)
    if arguments.get("enable"):
        await house.store.users.enable(user, by=who)
    else:
        if user.id == who.id:
            raise RequestError("nobody shuts themselves out: another owner must", param="name")
        await house.store.users.disable(user, by=who)
    return line(_user(house, arguments))


async def users_password(house: House, arguments: Arguments) -> Json:
    """A password that its user must change at once; every session of theirs ends."""
    who = await asking(house, arguments, Action.USERS_MANAGE)
    return await reset(house, who, arguments)


async def reset(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """As `users_password`, for a caller who is known."""
    user, given = _user(house, arguments), str(arguments.get("password") or "")
    password = given or _made(house)
    await house.store.users.set_password(user, password, is_temporary=True, by=who)
    return line(_user(house, arguments)) | ({} if given else {"password": password})


async def users_join(house: House, arguments: Arguments) -> Json:
    """Two accounts are one person's."""
    who = await asking(house, arguments, Action.USERS_MANAGE)
    other = house.store.users.named(text(arguments, "other"), tenant=house.config.tenant)
    await house.store.users.join(_user(house, arguments), other, by=who)
    return line(_user(house, arguments))


USERS: Final[Mapping[str, Callable[[House, Arguments], Awaitable[Json]]]] = {
    "users.create": users_create,
    "users.list": users_list,
    "users.roles": users_roles,
    "users.disable": users_disable,
    "users.password": users_password,
    "users.join": users_join,
}


def line(user: User) -> dict[str, Json]:
    """A user as a line of the list."""
    return {
        "name": user.login,
        "full_name": user.name,
        "id": user.id,
        "roles": [role.value for role in sorted(user.roles)],
        "groups": [*sorted(user.groups)],
        "created": _day(user.created_ms),
        "disabled": _day(user.disabled_ms),
        "temporary": user.is_temporary,
        "provider": user.issuer or "",
    }


def roles_in(arguments: Arguments) -> frozenset[Role]:
    """The roles that are named.

    Raises:
        RequestError: a role that does not exist.
    """
    try:
        return frozenset(Role(one.replace("-", "_")) for one in texts(arguments, "role"))
    except ValueError:
        raise RequestError(f"a role is one of {', '.join(role.value for role in Role)}", param="role") from None


def _may_give(house: House, who: Principal, roles: frozenset[Role], groups: frozenset[str], *, to: str | None) -> None:
    whole = roles.union(*(house.store.users.groups.get(group, frozenset()) for group in groups))
    if whole:
        authorise_grant(who, whole, to=to)


def _user(house: House, arguments: Arguments) -> User:
    return house.store.users.named(text(arguments, "name"), tenant=house.config.tenant)


def _adopted(house: House, arguments: Arguments) -> str:
    """The principal of a key that is the new user's already."""
    named = str(arguments.get("of_key") or "")
    if not named:
        return ""
    keys = house.store.keys.lines(house.config.tenant)
    found = next((one.principal for one in keys if one.id == named and one.revoked_ms is None), "")
    if not found:
        raise RequestError("there is no such key: see `ambos keys list`", param="of_key")
    return found


def _made(house: House) -> str:
    return b32encode(house.rng.token(_MADE_BYTES)).decode().lower()


def _day(time_ms: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(time_ms / 1000)) if time_ms else ""
