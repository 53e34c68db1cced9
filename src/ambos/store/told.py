"""What the log tells of orders: whose content was destroyed, rewritten or blocked, and by which order.

Fed with every entry of a verification, in order; then compared with the records and the table of orders. An insider who
holds every key can delete content or lift a block, but not without an entry that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select

from ambos.audit import Entry
from ambos.store import schema
from ambos.store.fault import Wrong
from ambos.store.keyring import is_blocked
from ambos.store.records import RESEALED
from ambos.store.rewriting import NEVER_MS

_LIFTED: Final = "lifted"


@dataclass(slots=True)
class _Order:
    """The last that was told of an order. `known` is False where only its end was read, from an anchor on."""

    basis: str = ""
    due_ms: int = NEVER_MS
    certificate: str = ""
    is_open: bool = False
    is_destroyed: bool = False
    is_over: bool = False
    is_irrecoverable: bool = False
    requests: set[str] = field(default_factory=set)


class Told:
    """What entries said of orders."""

    def __init__(self) -> None:
        self._destroyed: set[str] = set()
        self._rewritten: set[str] = set()
        self._orders: dict[str, _Order] = {}
        self._blocked: set[str] | None = None

    def hear(self, entry: Entry) -> None:
        """Take one entry, in the order of the log."""
        if entry.event == "rectified":
            self._rewritten.add(str(entry.fields["request"]))
        elif entry.event == "blocked":
            self._block(entry)
        elif entry.event == "erased":
            self._erase(entry)

    def _block(self, entry: Entry) -> None:
        fields = entry.fields
        order = self._order(entry)
        order.is_over = fields["scope"] == _LIFTED
        order.is_open = not order.is_over
        order.basis, order.due_ms = str(fields["basis"]), int(str(fields.get("due", NEVER_MS)))
        order.requests |= _requests(entry)

    def _erase(self, entry: Entry) -> None:
        fields = entry.fields
        if fields["stage"] == "irrecoverable":
            self._order(entry).is_irrecoverable = True
            return
        requests = _requests(entry)
        self._destroyed |= requests
        if fields["scope"] != "subject":  # retention: no order stands behind it
            return
        self._rewritten |= requests
        order = self._order(entry)
        order.is_open, order.is_destroyed = False, True
        order.basis, order.certificate = str(fields["basis"]), str(fields.get("certificate", ""))

    def _order(self, entry: Entry) -> _Order:
        return self._orders.setdefault(str(entry.fields["erasure"]), _Order())

    def blocked(self) -> set[str]:
        """Records that an open order blocks."""
        if self._blocked is None:
            self._blocked = set[str]().union(*(one.requests for one in self._orders.values() if one.is_open))
        return self._blocked

    # --- compared with what is kept ------------------------------------------------------------------------------

    def check_record(self, record: str, wrapped: bytes | None) -> None:
        """A key is gone, or blocked, only where the log says so."""
        place = f"record {record}"
        if wrapped is None:
            if record not in self._destroyed:
                raise Wrong(place, "its key is gone, and no entry of the log says that it was erased")
        elif is_blocked(wrapped):
            if record not in self.blocked():
                raise Wrong(place, "it is blocked, and no open order of the log blocks it")
        elif record in self.blocked():
            raise Wrong(place, "an open order blocks it, and it opens without the legal key")

    def check_parts(self, connection: Connection, since: int) -> None:
        """Parts that were sealed again belong to records that an entry says so of; destroyed records have none."""
        parts, records = schema.record_parts.c, schema.records.c
        joined = (
            select(records.id, parts.name).join_from(schema.record_parts, schema.records).where(records.seq >= since)
        )
        # Anywhere in the names of a row; the index of the names is read for it, not the contents.
        for record, name in connection.execute(joined.where(parts.name.contains(RESEALED, autoescape=True))):
            if record not in self._rewritten:
                raise Wrong(f"record {record}", f"the part {name} was sealed again, and no entry of the log says why")
        left = connection.execute(joined.where(records.wrapped_key.is_(None)).limit(1)).first()
        if left is not None:
            raise Wrong(f"record {left[0]}", f"the part {left[1]} is kept of a record whose key was destroyed")

    def check_orders(self, connection: Connection, *, is_whole: bool) -> None:
        """The table of orders says what the log says.

        Args:
            is_whole: the log was read from its beginning, so that every order was told.
        """
        table = schema.erasures.c
        columns = (table.id, table.basis, table.due_ms, table.destroyed_ms, table.irrecoverable_ms, table.certificate)
        kept = {row[0]: tuple(row[1:]) for row in connection.execute(select(*columns))}
        for name, order in self._orders.items():
            if name in kept:
                _check_order(f"erasure {name}", order, *kept[name])
            elif order.is_open or order.is_destroyed:
                raise Wrong(f"erasure {name}", "the log tells this order, and its row is missing")
        if is_whole and (more := sorted(kept.keys() - self._orders.keys())):
            raise Wrong(f"erasure {more[0]}", "no entry of the log tells this order")


def _check_order(
    place: str,
    order: _Order,
    basis: str,
    due_ms: int,
    destroyed_ms: int | None,
    irrecoverable_ms: int | None,
    certificate: bytes | None,
) -> None:
    if order.is_over:
        raise Wrong(place, "the log says that this block was lifted, and its row is still there")
    if order.is_open and destroyed_ms is not None:
        raise Wrong(place, "its row says destroyed, and the log does not")
    if order.is_destroyed and destroyed_ms is None:
        raise Wrong(place, "the log says destroyed, and its row does not")
    if (order.is_open or order.is_destroyed) and (irrecoverable_ms is not None) is not order.is_irrecoverable:
        raise Wrong(place, "its row and the log differ in whether it is irrecoverable")
    if (order.is_open or order.is_destroyed) and basis != order.basis:
        raise Wrong(place, "its row and the log give different bases")
    if order.is_open and due_ms != order.due_ms:
        raise Wrong(place, "its row and the log give different days")
    if order.is_destroyed and order.certificate != _hash(certificate):
        raise Wrong(place, "its certificate is not the one whose hash is in the log")


def _hash(certificate: bytes | None) -> str:
    return "" if certificate is None else f"sha256:{sha256(certificate).hexdigest()}"


def _requests(entry: Entry) -> set[str]:
    listed = entry.fields.get("requests", ())
    return {str(one) for one in listed} if isinstance(listed, list | tuple) else set()
