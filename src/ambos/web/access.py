"""Others' content, as operations of the control socket and the console: ask, confirm, break the glass, review, look.

A `personal` house has none of this: its owner reaches their own records and nobody else's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ambos.app import House
from ambos.errors import ForbiddenError, RequestError
from ambos.identity import Action, Principal, Profile, Role, authorise
from ambos.identity.opening import Mode, Opening, State, check_open
from ambos.identity.people import Person, check_second, roles_of
from ambos.identity.permissions import PERMISSIONS
from ambos.messages import Json
from ambos.web.asking import Arguments, asking, text, when
from ambos.web.subjects import joins_of, meant


async def ask(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """Ask to see what others sent; a second person confirms, or nobody could and a day passes."""
    _organised(house)
    is_alone = not _could_confirm(house, who)
    if not (is_alone and Role.OWNER in who.roles):  # whoever runs a house alone is its officer too, a day later
        authorise(who, Action.ACCESS_ASK)
    return await _asked(house, who, arguments, Mode.DELAYED if is_alone else Mode.DUAL)


async def break_glass(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """See at once what others sent about one subject, for half an hour; reviewed within three days."""
    _organised(house)
    authorise(who, Action.ACCESS_BREAK_GLASS)
    made = await _asked(house, who, arguments, Mode.BREAK_GLASS)
    _tell(house, "break_glass", str(made["id"]), who)
    return made


async def confirm(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """Agree to what another asked for."""
    opening = _answering(house, who, arguments)
    await house.store.openings.confirm(opening, by=who.id)
    return _again(house, opening)


async def review(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """Look at a glass that another broke, and close the control."""
    opening = _answering(house, who, arguments)
    await house.store.openings.review(opening, by=who.id, reason=text(arguments, "reason"))
    _tell(house, "break_glass_reviewed", opening.id, who)
    return _again(house, opening)


async def end(house: House, who: Principal, arguments: Arguments) -> dict[str, Json]:
    """Decline what another asked for, or give up one's own before its time."""
    _organised(house)
    opening = house.store.openings.find(text(arguments, "id"), tenant=who.tenant)
    if opening.asked_by != who.id:
        authorise(who, Action.ACCESS_CONFIRM)
    await house.store.openings.end(opening, by=who.id)
    return _again(house, opening)


async def listed(house: House, who: Principal, _: Arguments) -> list[Json]:
    """Every opening for who confirms them; for others their own, and those that have opened what they sent."""
    openings, now_ms = house.store.openings, house.clock.now_ms()
    try:
        authorise(who, Action.ACCESS_CONFIRM)
        found = openings.list(tenant=who.tenant)
    except ForbiddenError:
        about = openings.list(tenant=who.tenant, about=who.id)
        found = [one if one.asked_by == who.id else one.of_owner(who.id) for one in about]
        found = [one for one in found if one.asked_by == who.id or one.was_open(now_ms)]
    return [line(house, one) | {"reason": openings.reason(one), "own": one.asked_by == who.id} for one in found]


async def look(house: House, who: Principal, record: str) -> str:
    """The owner of a record that is open to `who`; the log says so before this returns.

    Raises:
        ForbiddenError: it is open to them by nothing.
    """
    now_ms = house.clock.now_ms()
    for opening in house.store.openings.through(record, tenant=who.tenant, by=who.id):
        if opening.state(now_ms) is State.OPEN:
            return await look_through(house, who, opening, record)
    raise ForbiddenError("this is another's, and nothing opens it to you: see `ambos access`")


async def look_through(house: House, who: Principal, opening: Opening, record: str) -> str:
    """As `look`, through this opening."""
    _organised(house)
    check_open(opening, who.id, house.clock.now_ms())
    owner = dict(opening.records).get(record)
    if owner is None:
        raise ForbiddenError("this record is not in this opening")
    await house.store.openings.look(opening, record)
    return owner


def may_ask(house: House, who: Principal) -> bool:
    """Whether `ask` is for them: a privacy officer, or who runs the house alone."""
    if any(Action.ACCESS_ASK in PERMISSIONS[role] for role in who.roles):
        return True
    return Role.OWNER in who.roles and not _could_confirm(house, who)


Work = Callable[[House, Principal, Arguments], Awaitable[Json]]
WORK: Final[Mapping[str, Work]] = {
    "ask": ask, "confirm": confirm, "break_glass": break_glass, "review": review, "end": end, "list": listed,
}  # fmt: skip


def _operation(work: Work) -> Callable[[House, Arguments], Awaitable[Json]]:
    async def asked(house: House, arguments: Arguments) -> Json:
        # Each work has its own action; everybody who may sign in may see what concerns them.
        return await work(house, await asking(house, arguments, Action.CONSOLE_HOME), arguments)

    return asked


ACCESS: Final = {f"access.{name}": _operation(work) for name, work in WORK.items()}


def line(house: House, opening: Opening) -> dict[str, Json]:
    """An opening as a line of the list."""
    now_ms = house.clock.now_ms()
    return {
        "id": opening.id,
        "mode": opening.mode.value,
        "state": opening.state(now_ms).value,
        "asked_by": _name(house, opening.asked_by),
        "asked": when(opening.asked_ms),
        "begins": when(opening.begins_ms),
        "until": when(opening.until_ms),
        "second": _name(house, opening.second),
        "review": "" if not opening.review_due_ms else ("done" if opening.reviewed_ms else "due"),
        "review_due": when(opening.review_due_ms),
        "overdue": opening.is_overdue(now_ms),
        "records": [record for record, _ in opening.records],
    }


async def _asked(house: House, who: Principal, arguments: Arguments, mode: Mode) -> dict[str, Json]:
    records = _named(house, who, arguments)
    made = await house.store.openings.ask(mode, records, tenant=who.tenant, by=who.id, reason=text(arguments, "reason"))
    return line(house, made)


def _tell(house: House, event: str, handle: str, who: Principal) -> None:
    """Who, when and what kind, to the address for notices; whom it concerns stands in it, their texts and the reason not."""
    opening = house.store.openings.find(handle, tenant=who.tenant)
    users = house.store.users.list(tenant=who.tenant)
    may = [one for one in users if one.disabled_ms is None and one.id != opening.asked_by]
    table = house.store.users.groups
    house.notices.tell({
        "event": event,
        "opening": opening.id,
        "by": _name(house, who.id),
        "at": when(house.clock.now_ms()),
        "requests": len(opening.records),
        "authors": [*sorted({_name(house, owner) for _, owner in opening.records})],
        "reviewers": [one.login for one in may if _may_confirm(roles_of(one.roles, one.groups, table))],
        "review_due": when(opening.review_due_ms),
    })  # fmt: skip


def _named(house: House, who: Principal, arguments: Arguments) -> list[tuple[str, str]]:
    """The records of one subject, or one request; what is blocked opens with the legal key alone."""
    if arguments.get("subject"):
        joins = meant(joins_of(house, who, arguments), arguments)
        return sorted((join.record, join.owner) for join in joins if not join.is_blocked)
    wanted = text(arguments, "record")
    owner = house.store.records.owner_of(wanted, tenant=who.tenant)
    if owner is None:
        raise RequestError("there is no such record, or its time is over", param="record")
    return [(wanted, owner)]


def _answering(house: House, who: Principal, arguments: Arguments) -> Opening:
    """The opening that `who` may answer: not their own, through whatever account."""
    _organised(house)
    authorise(who, Action.ACCESS_CONFIRM)
    opening = house.store.openings.find(text(arguments, "id"), tenant=who.tenant)
    users = house.store.users
    asker = users.of(opening.asked_by)
    first = Person(opening.asked_by, asker.person if asker else "")
    check_second(first, users.person(who), has_users=users.has_any(tenant=who.tenant))
    return opening


def _could_confirm(house: House, who: Principal) -> bool:
    """Somebody else than `who` could agree: a user, or where there are none, another person's key."""
    users = house.store.users.list(tenant=who.tenant)
    mine = house.store.users.person(who).person
    if users:
        table = house.store.users.groups
        others = (one for one in users if one.disabled_ms is None and one.person != mine)
        return any(_may_confirm(roles_of(one.roles, one.groups, table)) for one in others)
    keys = house.store.keys.lines(who.tenant)
    live = (one for one in keys if one.revoked_ms is None and one.principal != who.id)
    return any(_may_confirm(frozenset(map(Role, one.roles))) for one in live)


def _may_confirm(roles: frozenset[Role]) -> bool:
    return any(Action.ACCESS_CONFIRM in PERMISSIONS[role] for role in roles)


def _organised(house: House) -> None:
    if house.config.profile == Profile.PERSONAL.value:
        raise ForbiddenError("in a personal house everybody sees their own records, and nobody others'")


def _again(house: House, opening: Opening) -> dict[str, Json]:
    return line(house, house.store.openings.find(opening.id, tenant=opening.tenant))


def _name(house: House, principal: str | None) -> str:
    if principal is None:
        return ""
    user = house.store.users.of(principal)
    return user.login if user else principal
