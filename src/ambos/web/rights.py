"""What subjects may ask for, as operations of the control socket: search, export, rectify, block, erase; consent; backup.

Who asks is the person at the terminal, or whoever the given key belongs to; each operation names the action it needs.
In a `personal` house they reach the person's own records only. In an organisation a second person agrees where content
of others is shown or destroyed before its time.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from ambos.app import House
from ambos.audit.entry import Value
from ambos.errors import ForbiddenError, RequestError, StoreError
from ambos.identity import Action, Principal, Profile
from ambos.messages import Json, Level
from ambos.privacy import identifiers
from ambos.store import NEVER_MS, Join, Order
from ambos.web.access import look_through
from ambos.web.asking import Arguments, agreeing, asking, text
from ambos.web.subjects import joins_of, meant

_DAY_MS: Final = 86_400_000
_SOME: Final = 256  # request handles in one entry of the log


async def search(house: House, arguments: Arguments) -> Json:
    """Which records a subject is in, by kind of join, and what `erase` would do with each. No content."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    return [_line(join, arguments) for join in joins_of(house, who, arguments)]


async def export(house: House, arguments: Arguments) -> Json:
    """Everything of one person in a form that machines read (GDPR 15 and 20)."""
    if arguments.get("opening"):
        return await _export_opened(house, arguments)
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    second = await agreeing(house, arguments, who)
    joins = meant(joins_of(house, who, arguments), arguments)
    told: list[Json] = []
    for join in joins:
        about = _line(join, arguments)
        if not join.is_blocked and (not join.is_shared or arguments.get("shared")):
            parts = await house.store.records.open(join.record, tenant=who.tenant, owner=join.owner)
            about["content"] = {name: _content(part) for name, part in sorted(parts.items())}
        told.append(about)
    handles = sorted(join.record for join in joins)
    for start in range(0, len(handles), _SOME):
        some = handles[start : start + _SOME]
        fields: dict[str, Value] = {"principal": who.id, "scope": "subject", "count": len(some), "requests": some}
        await house.store.log.append("exported", tenant=who.tenant, fields={**fields, **second})
    return {"format": "ambos/subject-export/v1", "time": _time(house.clock.now_ms()), "records": told}


async def _export_opened(house: House, arguments: Arguments) -> Json:
    """What an opening opens to who asked for it; each record is in the log before it is read."""
    who = await asking(house, arguments, Action.CONSOLE_HOME)
    opening = house.store.openings.find(text(arguments, "opening"), tenant=who.tenant)
    told: list[Json] = []
    for record, _ in opening.records:
        owner = await look_through(house, who, opening, record)
        parts = await house.store.records.open(record, tenant=who.tenant, owner=owner)
        content = {name: _content(part) for name, part in sorted(parts.items())}
        told.append({"record": record, "content": content})
    return {"format": "ambos/subject-export/v1", "time": _time(house.clock.now_ms()), "records": told}


async def rectify(house: House, arguments: Arguments) -> Json:
    """Put a wrong value right in the records of one person (GDPR 16)."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    old, new = text(arguments, "old"), str(arguments.get("new") or "")
    joins = [one for one in meant(joins_of(house, who, arguments), arguments) if not one.is_blocked]
    wanted = str(arguments.get("record") or "")
    joins = [one for one in joins if wanted in ("", one.record)]
    if not joins:
        raise RequestError("no record of this subject is open to change", param="subject")
    rewrite = _replacing(old, new)
    joins = [one for one in joins if await _holds(house, one, who.tenant, old, rewrite)]
    if not joins:
        raise RequestError("the old value stands in no record of this subject as it is written here", param="old")
    for join in joins:
        await house.store.erasures.rectify(join, tenant=who.tenant, by=who.id, rewrite=rewrite)
    return {"rectified": [join.record for join in joins]}


async def block(house: House, arguments: Arguments) -> Json:
    """Close the records of one person to everybody but the legal key, or lift that again (GDPR 18, LOPDGDD 32)."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    if lifted := str(arguments.get("lift") or ""):
        order = _order(house, lifted, who)
        if order.due_ms != NEVER_MS:
            raise RequestError("this block ends in an erasure: it is not lifted", param="lift")
        await house.store.erasures.lift(order, by=who.id)
        return {"erasure": order.id, "lifted": len(order.records)}
    order = await _blocked(house, arguments, who, NEVER_MS)
    return {"erasure": order.id, "subject": order.subject, "blocked": len(order.records)}


async def erase(house: House, arguments: Arguments) -> Json:
    """Block at once; destroy at the end of the term, or now with a recorded basis (GDPR 17)."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    erasures = house.store.erasures
    is_now = bool(arguments.get("now"))
    second = await agreeing(house, arguments, who) if is_now else {}
    term_ms = house.clock.now_ms() + house.config.store.blocked_days * _DAY_MS
    named = str(arguments.get("erasure") or "")
    order = (
        _order(house, named, who) if named else await _blocked(house, arguments, who, max(term_ms, _hold(arguments)))
    )
    told: dict[str, Json] = {"erasure": order.id, "subject": order.subject, "blocked": len(order.records)}
    if not is_now:
        if named:
            order = await erasures.set_due(order, max(term_ms, _hold(arguments)), by=who.id)
        return told | {"due": _time(order.due_ms)}
    if _hold(arguments) > house.clock.now_ms():
        raise RequestError("a legal hold and --now contradict each other", param="now")
    done = await erasures.destroy(
        order,
        house.without,
        by=who.id,
        basis=text(arguments, "basis"),
        is_whole=bool(arguments.get("whole")),
        second=second.get("second", ""),
    )
    return told | {
        "destroyed": done.destroyed,
        "resealed": done.resealed,
        "recipients": dict(done.recipients),
        "certificate": done.certificate,
    }


async def orders(house: House, arguments: Arguments) -> Json:
    """What is blocked now, and when it is destroyed."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    return [
        {
            "erasure": one.id,
            "subject": one.subject,
            "basis": one.basis,
            "records": len(one.records),
            "blocked": _time(one.blocked_ms),
            "due": "" if one.due_ms == NEVER_MS else _time(one.due_ms),
        }
        for one in house.store.erasures.open_orders(who.tenant)
    ]


async def certificate(house: House, arguments: Arguments) -> Json:
    """The signed certificate of an erasure."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    return house.store.erasures.certificate_of(text(arguments, "erasure"), tenant=who.tenant)


async def legal(house: House, arguments: Arguments) -> Json:
    """Open what is blocked for a legal claim (LOPDGDD 32); the log says so first."""
    who = await asking(house, arguments, Action.RECORDS_SUBJECTS)
    second = await agreeing(house, arguments, who)
    wanted = text(arguments, "record")
    joins = [
        one for one in meant(joins_of(house, who, arguments), arguments) if one.record == wanted and one.is_blocked
    ]
    if not joins:
        raise RequestError("this record is not joined to this subject, or it is not blocked", param="record")
    fields: dict[str, Value] = {"request": wanted, "principal": who.id, "mode": "legal", **second}
    await house.store.log.append("opened", tenant=who.tenant, fields=fields)
    parts = house.store.records.open_blocked(wanted, tenant=who.tenant, owner=joins[0].owner)
    return {name: _content(part) for name, part in sorted(parts.items())}


async def consent_grant(house: House, arguments: Arguments) -> Json:
    """Permit to learn from a key's, a subject's or a source's data."""
    who = await asking(house, arguments, Action.CONSENT_MANAGE)
    scope, target = text(arguments, "scope"), _target(house, arguments, who)
    about = {"scope": scope, "target": target, "purpose": text(arguments, "purpose")}
    made = await house.store.consents.grant(tenant=who.tenant, **about, basis=text(arguments, "basis"), by=who.id)
    return {"id": made, **about}


async def consent_withdraw(house: House, arguments: Arguments) -> Json:
    """End it."""
    who = await asking(house, arguments, Action.CONSENT_MANAGE)
    about = {"scope": text(arguments, "scope"), "target": _target(house, arguments, who)}
    purpose = text(arguments, "purpose")
    return {"withdrawn": await house.store.consents.withdraw(tenant=who.tenant, **about, purpose=purpose, by=who.id)}


async def consent_list(house: House, arguments: Arguments) -> Json:
    """Every permission that was ever given."""
    who = await asking(house, arguments, Action.CONSENT_MANAGE)
    return [
        {
            "id": one.id,
            "scope": one.scope,
            "target": one.target,
            "purpose": one.purpose,
            "basis": one.basis,
            "granted": _time(one.granted_ms),
            "withdrawn": "" if one.withdrawn_ms is None else _time(one.withdrawn_ms),
        }
        for one in house.store.consents.list(tenant=who.tenant)
    ]


async def backup(house: House, arguments: Arguments) -> Json:
    """Copy content and key ring, each to a folder of its own."""
    who = await asking(house, arguments, Action.BACKUP)
    content, ring = Path(text(arguments, "content")), Path(text(arguments, "ring"))
    made = await house.store.backups.make(content, ring, tenant=who.tenant)
    return {"content": str(content), "ring": str(ring), "hash": made.hash, "entries": made.size}


RIGHTS: Final[Mapping[str, Callable[[House, Arguments], Awaitable[Json]]]] = {
    "records.search": search,
    "records.export": export,
    "records.rectify": rectify,
    "records.block": block,
    "records.erase": erase,
    "records.orders": orders,
    "records.certificate": certificate,
    "records.legal": legal,
    "consent.grant": consent_grant,
    "consent.withdraw": consent_withdraw,
    "consent.list": consent_list,
    "backup": backup,
}


# --- who asks, and about whom ------------------------------------------------------------------------------------------


async def _blocked(house: House, arguments: Arguments, who: Principal, due_ms: int) -> Order:
    joins = meant(joins_of(house, who, arguments), arguments)
    basis = text(arguments, "basis")
    return await house.store.erasures.block(joins, tenant=who.tenant, basis=basis, by=who.id, due_ms=due_ms)


def _order(house: House, handle: str, who: Principal) -> Order:
    found = [one for one in house.store.erasures.open_orders(who.tenant) if one.id == handle]
    if not found:
        raise StoreError("there is no such order that is still open: see `ambos records orders`")
    if house.config.profile == Profile.PERSONAL.value and found[0].requested_by != who.id:
        raise ForbiddenError("this order is another's")
    return found[0]


def _target(house: House, arguments: Arguments, who: Principal) -> str:
    """A subject is kept as its value of the blind index: no list of permissions names anybody."""
    target = text(arguments, "target")
    if arguments.get("scope") != "subject" or target.startswith("s_"):
        return target
    known = sorted(identifiers.declared(target))
    if not known:
        raise RequestError("a subject is a number, an e-mail, a phone, a full name or a handle s_…", param="target")
    return house.store.subjects.blind(who.tenant, known[0]).hex()


def _hold(arguments: Arguments) -> int:
    """The end of a legal hold, 0 without one."""
    until = str(arguments.get("hold_until") or "")
    if not until:
        return 0
    try:
        return int(datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        raise RequestError("a legal hold ends on a day, YYYY-MM-DD", param="hold_until") from None


def _line(join: Join, arguments: Arguments) -> dict[str, Json]:
    fate = "block, then reseal" if join.is_shared and not arguments.get("whole") else "block, then destroy"
    return {
        "record": join.record,
        "time": _time(join.time_ms),
        "level": Level(join.level).label,
        "state": join.state,
        "join": join.by,
        "kinds": list(join.kinds),
        "others": dict(join.others),
        "shared": join.is_shared,
        "blocked": join.is_blocked,
        "erase": "nothing: confirm the name" if join.by == "candidate" and not arguments.get("confirm") else fate,
    }


async def _holds(house: House, join: Join, tenant: str, old: str, rewrite: Callable[[bytes], bytes]) -> bool:
    """A record without the value is left as it is: sealing it again would take away what its commitments open to."""
    parts = await house.store.records.open(join.record, tenant=tenant, owner=join.owner)
    kept = _replacing(old, old)  # JSON in the same spelling, so that a difference is one of words
    return any(rewrite(part) != kept(part) for name, part in parts.items() if name != "findings")


def _replacing(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: identifiers.replaced(content, old, new)


def _content(part: bytes) -> Json:
    text = part.decode("utf-8", "replace")
    try:
        tree: Json = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return tree


def _time(time_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))
