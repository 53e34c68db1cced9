"""Reading everything again: entries, hashes, tiles, roots, signatures, and what records say of the log.

`ambos.audit.LogCheck` knows what a right log is; this module feeds it from the database, in one snapshot and in order,
and compares what lies beside the log. Damage is reported with its place, never raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import Connection, func, select

from ambos.audit import Checkpoint, Entry, Frontier, LogCheck, Verifier, commit
from ambos.audit.check import Summary
from ambos.audit.entry import SALT_BYTES
from ambos.audit.tiles import WIDTH, Tile
from ambos.errors import AmbosError, ProofError, StoreError
from ambos.messages import Level
from ambos.store import schema
from ambos.store.foundation import Foundation
from ambos.store.records import RESEALED, open_parts

_PAGE: Final = 2000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first wrong place: a file, a table, or a position in the log, and what is wrong there."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` read.

    Attributes:
        fault: the first wrong place, None when all is as it was written.
        size: entries that were read and found right.
        root: the root over them, hexadecimal.
        checkpoints: signed heads that agreed.
        records: records compared with the log.
        parts: sealed parts that were opened (only with `deep`).
        unanswered: `egress` entries without an ending: calls that a crash cut, or that are under way.
    """

    fault: Fault | None
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    records: int = 0
    parts: int = 0
    unanswered: int = 0

    @property
    def is_right(self) -> bool:
        """Nothing is wrong."""
        return self.fault is None


class _Wrong(Exception):  # noqa: N818  not an error of ours: how a check inside this module ends
    def __init__(self, place: str, what: str) -> None:
        super().__init__(what)
        self.fault = Fault(place, what)


def verify(foundation: Foundation, vkey_path: Path, progress: Progress | None = None, *, deep: bool = False) -> Report:
    """Recompute everything in one snapshot of the database."""
    try:
        key = _published_key(foundation, vkey_path)
        for place, database in (("keyring.db", foundation.ring_database), ("ambos.db", foundation.content)):
            damage = database.damage(deep=deep)
            if damage is not None:
                raise _Wrong(place, damage)
        with foundation.content.reading() as connection:
            return _verified(connection, foundation, key, progress or (lambda _done, _all: None), deep=deep)
    except _Wrong as wrong:
        return Report(wrong.fault)
    except StoreError as error:  # a page that does not decrypt, a table that is not there
        return Report(Fault("ambos.db", str(error)))
    except (TypeError, ValueError, AttributeError):  # SQLite keeps a value of any type in any column
        return Report(Fault("ambos.db", "a row holds a value of another type than its column"))


def _published_key(foundation: Foundation, path: Path) -> Verifier:
    try:
        key = Verifier.parse(path.read_text("ascii").rstrip("\n"))
    except FileNotFoundError:
        raise _Wrong("log.vkey", "the file is missing: restore it from a backup or a witness") from None
    except (OSError, ValueError, ProofError):
        raise _Wrong("log.vkey", "the file is not a verifier key") from None
    if key != foundation.signer.verifier:
        raise _Wrong("log.vkey", "this is not the public half of the key that signs the log")
    return key


def _verified(
    connection: Connection, foundation: Foundation, key: Verifier, progress: Progress, *, deep: bool
) -> Report:
    state = connection.execute(select(schema.log_state)).mappings().first()
    if state is None:
        raise _Wrong("log_state", "the state of the log is missing")
    check = LogCheck([key], find_tile=lambda tile: _tile(connection, tile))
    summary = _read_entries(connection, check, bytes(state["checkpoint"].encode()), progress, state["size"])
    fault = None if summary.wrong is None else Fault(f"log entry {summary.wrong.position}", summary.wrong.what)
    records = parts = 0
    if fault is None:
        try:
            _check_state(bytes(state["frontier"]), state["size"], _said(state["checkpoint"].encode()), summary)
            _check_tiles(connection, summary.size)
            records, parts = _check_records(connection, foundation, deep=deep)
        except _Wrong as wrong:
            fault = wrong.fault
    root = summary.root.hex()
    return Report(fault, summary.size, root, summary.checkpoints, records, parts, summary.unanswered)


def _read_entries(connection: Connection, check: LogCheck, newest: bytes, progress: Progress, expected: int) -> Summary:
    heads = _notes(connection, newest)
    head = next(heads, None)
    table = schema.log_entries.c
    rows = select(table.seq, table.hash, table.event, table.route, table.leaf).order_by(table.seq)
    found = connection.execution_options(yield_per=_PAGE).execute(rows)
    for seq, hashed, event, route, leaf in found:
        while head is not None and head[0] <= seq and check.wrong is None:
            _feed(check, head)
            head = next(heads, None)
        if type(leaf) is not bytes or type(hashed) is not bytes:
            raise _Wrong(f"log entry {seq}", "the entry or its hash is not kept as bytes")
        if check.entry(seq, leaf, stored_hash=hashed) is not None:
            break
        _beside(seq, event, route, leaf)
        if seq % _PAGE == 0:
            progress(seq, expected)
    while head is not None and check.wrong is None:
        _feed(check, head)
        head = next(heads, None)
    summary = check.close()
    progress(summary.size, expected)
    return summary


def _feed(check: LogCheck, head: tuple[int, bytes]) -> None:
    try:
        check.checkpoint(head[1])
    except ProofError as error:  # kept as of another size than it says
        raise _Wrong(f"checkpoint {head[0]}", str(error)) from None


def _beside(seq: int, event: str, route: str | None, leaf: bytes) -> None:
    fields = orjson.loads(leaf)  # decoded strictly just before
    if fields["event"] != event or fields.get("route", "none" if event == "refused" else None) != route:
        raise _Wrong(f"log entry {seq}", "the columns beside the entry say something else than the entry")


def _notes(connection: Connection, newest: bytes) -> Iterator[tuple[int, bytes]]:
    """Signed heads by size; the newest comes last, and is there twice where it is kept for ever too."""
    table = schema.checkpoints.c
    after = -1
    while True:
        rows = select(table.size, table.checkpoint).where(table.size > after).order_by(table.size).limit(_PAGE)
        page = connection.execute(rows).all()
        if not page:
            break
        for size, note in page:
            after = size
            yield size, note.encode()
    yield _said(newest), newest


def _tile(connection: Connection, tile: Tile) -> bytes | None:
    """A stored tile of level 1 and above; those of level 0 are the leaf hashes, compared entry by entry."""
    if not tile.level:
        return None
    table, first = schema.log_tiles.c, tile.index * WIDTH
    rows = select(table.hash).where(table.level == tile.level, table.position >= first, table.position < first + WIDTH)
    return b"".join(bytes(row[0]) for row in connection.execute(rows.order_by(table.position)))


def _said(note: bytes) -> int:
    try:
        return Checkpoint.parse(note.decode().rpartition("\n\n")[0] + "\n").size
    except (ProofError, UnicodeDecodeError):
        raise _Wrong("log_state", "the newest checkpoint cannot be read") from None


def _check_state(frontier: bytes, size: int, signed: int, summary: Summary) -> None:
    try:
        head = Frontier.from_bytes(frontier)
    except ProofError:
        raise _Wrong("log_state", "the stored frontier cannot be read") from None
    for said in (head.size, size, signed):
        if said != summary.size:
            raise _Wrong("log_state", f"it says {said} entries where there are {summary.size}")
    if head.root() != summary.root:
        raise _Wrong("log_state", "the stored frontier has another root than the entries")


def _check_tiles(connection: Connection, size: int) -> None:
    """That hashes are neither too many nor too few; each one was compared as the entries filled its tile."""
    table = schema.log_tiles.c
    for level, count in connection.execute(select(table.level, func.count()).group_by(table.level)).all():
        if level < 1 or count != size >> (8 * level):
            raise _Wrong(
                f"log_tiles level {level}", f"{count} hashes are kept where there should be {size >> 8 * level}"
            )


def _check_records(connection: Connection, foundation: Foundation, *, deep: bool) -> tuple[int, int]:
    """Every record stands for the entry that began it, and every such entry has its record."""
    table, entries = schema.records, schema.log_entries
    joined = select(table, entries.c.leaf).join_from(table, entries, entries.c.seq == table.c.seq, isouter=True)
    begins = select(func.count()).where(entries.c.seq == entries.c.record)
    expected = connection.execute(begins).scalar_one()
    count = parts = 0
    for row in connection.execution_options(yield_per=_PAGE).execute(joined.order_by(table.c.seq)).mappings():
        _check_record(dict(row))
        count += 1
        if deep and row["wrapped_key"] is not None:
            parts += _check_parts(connection, foundation, dict(row))
    if count != expected:
        raise _Wrong("records", f"{count} records are kept where the log began {expected}")
    orphans = select(schema.record_parts.c.record).where(schema.record_parts.c.record.not_in(select(table.c.seq)))
    lost = connection.execute(orphans.limit(1)).scalar()
    if lost is not None:
        raise _Wrong(f"record_parts of {lost}", "parts are kept of a record that is not there")
    return count, parts


def _check_record(row: dict[str, object]) -> None:
    place = f"record {row['id']}"
    if row["leaf"] is None:
        raise _Wrong(place, "no entry of the log began it")
    fields = orjson.loads(row["leaf"])  # type: ignore[arg-type]  # the row's bytes, decoded strictly before
    said = {
        "id": fields.get("request"),
        "tenant": fields["tenant"],
        "owner": fields.get("principal"),
        "conversation": fields.get("conversation"),
        "time_ms": fields["time"],
        "level": Level.of(str(fields.get("level"))).value,
    }
    for name, value in said.items():
        if row[name] != value:
            raise _Wrong(place, f"its `{name}` differs from the entry that began it")


def _check_parts(connection: Connection, foundation: Foundation, row: dict[str, object]) -> int:
    parts, entries = schema.record_parts.c, schema.log_entries.c
    rows = select(parts.name, parts.sealed).where(parts.record == row["seq"])
    sealed = connection.execute(rows).all()
    place = f"record {row['id']}"
    try:
        who = (str(row["id"]), str(row["tenant"]), str(row["owner"]))
        opened = open_parts(foundation.ring, foundation.nonces, *who, bytes(row["wrapped_key"]), sealed)  # type: ignore[call-overload]  # the row's bytes
    except AmbosError as error:
        raise _Wrong(place, str(error)) from None
    for leaf in connection.execute(select(entries.leaf).where(entries.record == row["seq"])).scalars():
        _check_openings(place, Entry.decode(bytes(leaf)), opened)
    return len(opened)


def _check_openings(place: str, entry: Entry, opened: dict[str, bytes]) -> None:
    attempt = entry.fields.get("attempt")
    for label, name in (("in", "request"), ("out", f"outbound-{attempt}"), ("answer", f"answer-{attempt}")):
        said = entry.fields.get(label)
        if said is None or not opened:
            continue
        if (
            f"{RESEALED}{name}" in opened
        ):  # a person was taken out of it, or it was put right: it opens nothing any more
            continue
        whole = opened.get(name)
        if whole is None:
            raise _Wrong(place, f"the part {name} that the log commits to is missing")
        if commit(label, whole[:SALT_BYTES], whole[SALT_BYTES:]).hex() != said:
            raise _Wrong(place, f"the part {name} does not open the commitment in the log")
