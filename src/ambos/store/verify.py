"""Reading everything again: entries, hashes, tiles, roots, signatures, and what records say of the log.

`ambos.audit.LogCheck` knows what a right log is; this module feeds it from the database, in one snapshot and in order,
and compares what lies beside the log. Damage is reported with its place, never raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from ambos.audit import Checkpoint, Entry, Frontier, LogCheck, Verifier
from ambos.audit.anchor import Anchor
from ambos.audit.check import Summary
from ambos.audit.note import Note
from ambos.audit.tiles import WIDTH, Tile
from ambos.errors import ProofError, StoreError
from ambos.store import schema, tree
from ambos.store.fault import Fault, Wrong
from ambos.store.foundation import Foundation
from ambos.store.record_check import Counted, check_records
from ambos.store.subjects import GENERATION
from ambos.store.told import Told

_PAGE: Final = 2000
Progress = Callable[[int, int], None]


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
        since: how many entries an anchor vouched for, so that they were not read again; 0 for all of them.
        anchor: what to keep elsewhere, None when something is wrong.
        is_unfinished: a change of the key ring was cut off by a crash, or is under way: the next start finishes it.
    """

    fault: Fault | None
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    records: int = 0
    parts: int = 0
    unanswered: int = 0
    since: int = 0
    anchor: Anchor | None = None
    is_unfinished: bool = False

    @property
    def is_right(self) -> bool:
        """Nothing is wrong."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Trusted:
    """What is known of the log from elsewhere.

    Attributes:
        heads: signed checkpoints that others remember, each with whose it is; all must agree with the entries.
        witnesses: keys whose cosignatures are checked where they stand.
        start: an anchor to go on from: only what came after it is read. None reads everything.
    """

    heads: Sequence[tuple[str, bytes]] = ()
    witnesses: Sequence[Verifier] = ()
    start: Anchor | None = None


def verify(
    foundation: Foundation,
    vkey_path: Path,
    progress: Progress | None = None,
    *,
    deep: bool = False,
    trusted: Trusted | None = None,
) -> Report:
    """Recompute everything in one snapshot of the database.

    1. the published key is the one that signs;
    2. every page of both files is as it was written (not when going on from an anchor: that reads all of them);
    3. what others remember was signed by this log;
    4. entries, order, hashes, tiles, roots and signatures (`LogCheck`);
    5. the columns beside each entry say what it says;
    6. the stored state of the log is that of the entries;
    7. there are as many tile hashes as there should be;
    8. each record stands for the entry that began it, and each such entry has its record; what is destroyed, blocked
       or sealed again is so by an entry;
    9. with `deep`, sealed parts open, and open the commitments;
    10. the table of orders says what the log says, down to the hash of each certificate;
    11. the key ring is of the generation that the content has committed.
    """
    trusted = trusted or Trusted()
    try:
        key = _published_key(foundation, vkey_path)  # 1
        if trusted.start is None or deep:  # 2
            for place, database in (("keyring.db", foundation.ring_database), ("ambos.db", foundation.content)):
                damage = database.damage(deep=deep)
                if damage is not None:
                    raise Wrong(place, damage)
        with foundation.content.reading() as connection:
            reading = _Reading(connection, foundation, key, trusted, progress or (lambda _, __: None), deep, Told())
            report = reading.report()
        return report if report.fault is not None else replace(report, is_unfinished=_check_ring(foundation))  # 11
    except Wrong as wrong:
        return Report(wrong.fault)
    except StoreError as error:  # a page that does not decrypt, a table that is not there
        return Report(Fault("ambos.db", str(error)))
    except (TypeError, ValueError, AttributeError):  # SQLite keeps a value of any type in any column
        return Report(Fault("ambos.db", "a row holds a value of another type than its column"))


def _check_ring(foundation: Foundation) -> bool:
    """Whether a change of the key ring is unfinished; Wrong when ring and content are out of step.

    An order moves the ring first and the content after it: what seems out of step is looked at again while no order can
    be between the two.
    """
    try:
        return _in_step(foundation)
    except Wrong:
        with foundation.content.alone():
            return _in_step(foundation)


def _in_step(foundation: Foundation) -> bool:
    table = schema.generations.c
    with foundation.content.reading() as connection:
        counted = connection.execute(select(table.value).where(table.name == GENERATION)).scalar() or 0
    newest, is_unfinished = foundation.ring.generation(), foundation.ring.is_open()
    if counted > newest:
        raise Wrong("keyring.db", f"it is of generation {newest}, and the content has committed {counted}")
    if counted < newest - is_unfinished:
        raise Wrong(
            "ambos.db", f"it is of generation {counted} of the key ring, which is at {newest}: an older content"
        )
    return is_unfinished


def _published_key(foundation: Foundation, path: Path) -> Verifier:
    try:
        key = Verifier.parse(path.read_text("ascii").rstrip("\n"))
    except FileNotFoundError:
        raise Wrong("log.vkey", "the file is missing: restore it from a backup or a witness") from None
    except (OSError, ValueError, ProofError):
        raise Wrong("log.vkey", "the file is not a verifier key") from None
    if key != foundation.signer.verifier:
        raise Wrong("log.vkey", "this is not the public half of the key that signs the log")
    return key


@dataclass(slots=True)
class _Reading:
    """One verification inside its snapshot."""

    connection: Connection
    foundation: Foundation
    key: Verifier
    trusted: Trusted
    progress: Progress
    deep: bool
    told: Told

    @property
    def since(self) -> int:
        """The first entry that is read."""
        start = self.trusted.start
        return start.standing.frontier.size if start is not None and start.standing is not None else 0

    def report(self) -> Report:
        state = self.connection.execute(select(schema.log_state)).mappings().first()
        if state is None:
            raise Wrong("log_state", "the state of the log is missing")
        newest = bytes(state["checkpoint"].encode())
        remembered = self._remembered()
        check = self._check()
        summary = self._read(check, _merged(_notes(self.connection, newest, self.since), remembered), state["size"])
        fault = None if summary.wrong is None else Fault(f"log entry {summary.wrong.position}", summary.wrong.what)
        counted = Counted()
        if fault is None:
            try:
                _check_state(bytes(state["frontier"]), state["size"], _said(newest), summary)  # 6
                _check_tiles(self.connection, summary.size)  # 7
                counted = check_records(self.connection, self.foundation, self.told, self.since, deep=self.deep)  # 8, 9
                self.told.check_orders(self.connection, is_whole=not self.since)  # 10
            except Wrong as wrong:
                fault = wrong.fault
        anchor = Anchor(newest, summary.standing) if fault is None else None
        root = summary.root.hex()
        seen = (summary.checkpoints, counted.records, counted.parts, summary.unanswered)
        return Report(fault, summary.size, root, *seen, self.since, anchor)

    def _remembered(self) -> list[tuple[int, bytes]]:
        """3. The heads from elsewhere that are not below where the reading starts, the smallest first."""
        found = list[tuple[int, bytes]]()
        start = self.trusted.start
        own = [("the anchor", start.note)] if start is not None else []
        for whose, note in [*own, *self.trusted.heads]:
            try:
                head = Checkpoint.open(note, [self.key]).checkpoint
            except ProofError as error:
                raise Wrong(whose, f"what it remembers was not signed by this log: {error}") from None
            if head.size >= self.since:
                found.append((head.size, note))
            elif tree.stored_root(self.connection, head.size) != head.root:
                raise Wrong(whose, f"it remembers other first {head.size} entries: the log was rewritten")
        return sorted(found, key=lambda one: one[0])

    def _check(self) -> LogCheck:
        find = self._find_tile
        start = self.trusted.start
        if start is None or start.standing is None:
            return LogCheck([self.key], witnesses=self.trusted.witnesses, find_tile=find)
        size = start.standing.frontier.size
        try:
            growing = tree.growing_tiles(self.connection, size)
            return LogCheck(
                [self.key], witnesses=self.trusted.witnesses, find_tile=find, start=start.standing, growing=growing
            )
        except (ProofError, StoreError):
            raise Wrong(
                "the anchor", f"it remembers other first {size} entries than are stored: the log was rewritten or cut"
            ) from None

    def _find_tile(self, tile: Tile) -> bytes | None:
        return _tile(self.connection, tile)

    def _read(self, check: LogCheck, heads: Iterator[tuple[int, bytes]], expected: int) -> Summary:
        head = next(heads, None)
        table = schema.log_entries.c
        rows = select(table.seq, table.hash, table.event, table.route, table.leaf).order_by(table.seq)
        if self.since:
            rows = rows.where(table.seq >= self.since)
        found = self.connection.execution_options(yield_per=_PAGE).execute(rows)
        for seq, hashed, event, route, leaf in found:
            while head is not None and head[0] <= seq and check.wrong is None:
                _feed(check, head)
                head = next(heads, None)
            if type(leaf) is not bytes or type(hashed) is not bytes:
                raise Wrong(f"log entry {seq}", "the entry or its hash is not kept as bytes")
            if check.entry(seq, leaf, stored_hash=hashed) is not None:  # 4
                break
            self.told.hear(_beside(seq, event, route, check))  # 5
            if seq % _PAGE == 0:
                self.progress(seq, expected)
        while head is not None and check.wrong is None:
            _feed(check, head)
            head = next(heads, None)
        summary = check.close()
        self.progress(summary.size, expected)
        return summary


def _merged(kept: Iterator[tuple[int, bytes]], more: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Both by size; those that are kept may come in any order when they are damaged, and are then told as such."""
    left = list(more)
    for one in kept:
        while left and left[0][0] <= one[0]:
            yield left.pop(0)
        yield one
    yield from left


def _feed(check: LogCheck, head: tuple[int, bytes]) -> None:
    try:
        check.checkpoint(head[1])
    except ProofError as error:  # kept as of another size than it says
        raise Wrong(f"checkpoint {head[0]}", str(error)) from None


def _beside(seq: int, event: str, route: str | None, check: LogCheck) -> Entry:
    entry = check.last
    assert entry is not None  # noqa: S101  it was read just before
    implied = "none" if entry.event == "refused" else None
    if entry.event != event or entry.fields.get("route", implied) != route:
        raise Wrong(f"log entry {seq}", "the columns beside the entry say something else than the entry")
    return entry


def _notes(connection: Connection, newest: bytes, since: int) -> Iterator[tuple[int, bytes]]:
    """Signed heads by size; the newest comes last, and is there twice where it is kept for ever too."""
    table = schema.checkpoints.c
    after = since - 1
    rows = select(table.size, table.checkpoint).order_by(table.size).limit(_PAGE)
    while page := connection.execute(rows.where(table.size > after)).all():
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
        return Checkpoint.parse(Note.parse(note).text).size
    except ProofError:
        raise Wrong("log_state", "the newest checkpoint cannot be read") from None


def _check_state(frontier: bytes, size: int, signed: int, summary: Summary) -> None:
    try:
        head = Frontier.from_bytes(frontier)
    except ProofError:
        raise Wrong("log_state", "the stored frontier cannot be read") from None
    for said in (head.size, size, signed):
        if said != summary.size:
            raise Wrong("log_state", f"it says {said} entries where there are {summary.size}")
    if head.root() != summary.root:
        raise Wrong("log_state", "the stored frontier has another root than the entries")


def _check_tiles(connection: Connection, size: int) -> None:
    """That hashes are neither too many nor too few; each one was compared as the entries filled its tile."""
    table = schema.log_tiles.c
    for level, count in connection.execute(select(table.level, func.count()).group_by(table.level)).all():
        if level < 1 or count != size >> (8 * level):
            raise Wrong(
                f"log_tiles level {level}", f"{count} hashes are kept where there should be {size >> 8 * level}"
            )
