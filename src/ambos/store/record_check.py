"""Records against the log: each stands for the entry that began it, and its sealed parts open what the log commits to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection, func, select

from ambos.audit import Entry, commit
from ambos.audit.entry import SALT_BYTES
from ambos.errors import AmbosError
from ambos.messages import Level
from ambos.store import schema
from ambos.store.fault import Wrong
from ambos.store.foundation import Foundation
from ambos.store.records import RESEALED, open_parts
from ambos.store.told import Told

_PAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records were compared, and how many parts opened."""

    records: int = 0
    parts: int = 0


def check_records(connection: Connection, foundation: Foundation, told: Told, since: int, *, deep: bool) -> Counted:
    """Every record stands for the entry that began it, and every such entry has its record; with `deep`, parts open.

    Raises:
        Wrong: the first that does not.
    """
    table, entries = schema.records, schema.log_entries
    joined = (
        select(*(table.c[name] for name in _RECORD), table.c.wrapped_key, table.c.expires_ms, entries.c.leaf)
        .join_from(table, entries, entries.c.seq == table.c.seq, isouter=True)
        .where(table.c.seq >= since)
        .order_by(table.c.seq)
    )
    begins = select(func.count()).where(entries.c.seq == entries.c.record, entries.c.record >= since)
    expected = connection.execute(begins).scalar_one()
    count = parts = 0
    for seq, *said, wrapped, expires_ms, leaf in connection.execution_options(yield_per=_PAGE).execute(joined):
        _check_record(said, leaf)
        told.check_record(said[0], wrapped)
        count += 1
        if deep and wrapped is not None:
            record, tenant, owner, _, time_ms = said[:5]
            opened = _check_parts(connection, foundation, seq, (record, tenant, owner), bytes(wrapped))
            if not opened and expires_ms > time_ms:  # a house that keeps no content lets it end as it begins
                raise Wrong(f"record {record}", "all its parts are missing, and its time is not over")
            parts += opened
    if count != expected:
        raise Wrong("records", f"{count} records are kept where the log began {expected}")
    some = schema.record_parts.c.record
    orphans = select(some).where(some >= since, some.not_in(select(table.c.seq)))
    lost = connection.execute(orphans.limit(1)).scalar()
    if lost is not None:
        raise Wrong(f"record_parts of {lost}", "parts are kept of a record that is not there")
    told.check_parts(connection, since)
    return Counted(count, parts)


_RECORD: Final = ("seq", "id", "tenant", "owner", "conversation", "time_ms", "level")
_SAYS: Final = ("request", "tenant", "principal", "conversation", "time", "level")


def _check_record(said: Sequence[object], leaf: bytes | None) -> None:
    place = f"record {said[0]}"
    if leaf is None:
        raise Wrong(place, "no entry of the log began it")
    fields = orjson.loads(leaf)  # decoded strictly before
    for name, column, value in zip(_SAYS, _RECORD[1:], said, strict=True):
        expected = fields.get(name)
        if name == "level":
            expected = Level.of(str(expected)).value
        if value != expected:
            raise Wrong(place, f"its `{column}` differs from the entry that began it")


def _check_parts(
    connection: Connection, foundation: Foundation, seq: int, who: tuple[str, str, str], wrapped: bytes
) -> int:
    parts, entries = schema.record_parts.c, schema.log_entries.c
    sealed = connection.execute(select(parts.name, parts.sealed).where(parts.record == seq)).all()
    place = f"record {who[0]}"
    try:
        opened = open_parts(foundation.ring, foundation.nonces, *who, wrapped, sealed)
    except AmbosError as error:
        raise Wrong(place, str(error)) from None
    for leaf in connection.execute(select(entries.leaf).where(entries.record == seq)).scalars():
        _check_openings(place, Entry.decode(bytes(leaf)), opened)
    return len(opened)


def _check_openings(place: str, entry: Entry, opened: dict[str, bytes]) -> None:
    attempt = entry.fields.get("attempt")
    for label, name in (("in", "request"), ("out", f"outbound-{attempt}"), ("answer", f"answer-{attempt}")):
        said = entry.fields.get(label)
        if said is None or not opened:
            continue
        if f"{RESEALED}{name}" in opened:  # a person was taken out, or it was put right: it opens nothing any more
            continue
        whole = opened.get(name)
        if whole is None:
            raise Wrong(place, f"the part {name} that the log commits to is missing")
        if commit(label, whole[:SALT_BYTES], whole[SALT_BYTES:]).hex() != said:
            raise Wrong(place, f"the part {name} does not open the commitment in the log")
