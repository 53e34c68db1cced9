"""One transaction of the writer: what its jobs want written, and the log's head that grows with it.

A job reads and drafts; nothing of it reaches the database before `Sequencer.commit` writes the whole batch. The head is
read from the database inside the transaction: no process keeps it in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy.engine.interfaces import DBAPICursor

from ambos.audit import Checkpoint, Entry, Frontier, Signer, leaf_hash
from ambos.audit.entry import Value
from ambos.errors import IntegrityError, ProofError
from ambos.messages import Known
from ambos.ports import Clock
from ambos.store.database import Database, Row, Statement, is_foreign
from ambos.store.statements import Statements

_MINUTE_MS: Final = 60_000  # one checkpoint of each minute with entries is kept for ever, beside the newest


@dataclass(frozen=True, slots=True)
class Head:
    """The newest head of the log."""

    frontier: Frontier
    time_ms: int


@dataclass(slots=True)
class Batch:
    """What the jobs of one transaction have drafted so far."""

    sql: Statements
    cursor: DBAPICursor
    head: Head
    time_ms: int
    entries: list[tuple[bytes, str, int | None, str | None]] = field(default_factory=list)
    rows: list[tuple[Statement, Row]] = field(default_factory=list)
    known: dict[tuple[str, str, str], tuple[Known, int]] = field(default_factory=dict)

    def one(self, statement: Statement, values: Sequence[object]) -> Row | None:
        """The first row of a query inside the transaction."""
        self.cursor.execute(statement.text, values)
        row: Row | None = self.cursor.fetchone()
        return row


class Draft:
    """What one job wants written; joins the batch when the job has ended without an error."""

    __slots__ = ("_entries", "_rows", "batch", "time_ms")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.time_ms = batch.time_ms
        self._entries: list[tuple[bytes, str, int | None, str | None]] = []
        self._rows: list[tuple[Statement, Row]] = []

    @property
    def next_seq(self) -> int:
        """The place in the log of the next entry."""
        return self.batch.head.frontier.size + len(self.batch.entries) + len(self._entries)

    def enter(self, event: str, tenant: str, fields: Mapping[str, Value], record: int | None = None) -> None:
        """One entry of the log.

        Raises:
            ProofError: version 1 of the log has no such entry.
        """
        leaf = Entry(event, {**fields, "tenant": tenant, "time": self.time_ms}).encode()
        route = fields.get("route", "none" if event == "refused" else None)
        self._entries.append((leaf, event, record, route if isinstance(route, str) else None))

    def write(self, statement: Statement, row: Row) -> None:
        """One row."""
        self._rows.append((statement, row))

    def join(self) -> None:
        """Make the draft part of the batch."""
        self.batch.entries += self._entries
        self.batch.rows += self._rows


class Job(Protocol):
    """One thing to be written; its result reaches the caller once the batch is durable."""

    def __call__(self, draft: Draft, /) -> object:
        """Read through the batch, write into the draft; an error keeps this job alone out of the batch."""
        ...


class Sequencer:
    """Makes batches durable: the only code that appends to the log."""

    def __init__(self, database: Database, signer: Signer, clock: Clock) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._sql = Statements.of(database)

    def commit(self, jobs: Sequence[Job]) -> list[object]:
        """One transaction for all jobs; for each its result, or the error that kept it out of the batch.

        Raises:
            LogUnavailableError: nothing was made durable, for none of them.
        """
        with self._database.batch() as cursor:
            batch = self._begin(cursor)
            results = [_drafted(job, batch) for job in jobs]
            self._flush(batch)
        return results

    def probe(self) -> None:
        """Write one page and make it durable: raises LogUnavailableError while that fails."""
        with self._database.batch() as cursor:
            cursor.execute("UPDATE log_state SET time_ms = time_ms")

    def _begin(self, cursor: DBAPICursor) -> Batch:
        cursor.execute(self._sql.read_state.text)
        row = cursor.fetchone()
        if row is None:
            raise IntegrityError("the state of the log is missing: run `ambos audit verify`", place="log_state")
        try:
            head = Head(Frontier.from_bytes(bytes(row[0])), row[1])
        except ProofError as error:
            raise IntegrityError(f"the state of the log is damaged: {error}", place="log_state") from None
        # Time in the log never runs backwards, whatever the clocks of several workers say.
        return Batch(self._sql, cursor, head, max(self._clock.now_ms(), head.time_ms))

    def _flush(self, batch: Batch) -> None:
        by_statement: dict[Statement, list[Row]] = {}
        for statement, row in batch.rows:
            by_statement.setdefault(statement, []).append(row)
        if batch.entries:
            self._append(batch, by_statement)
        for statement in sorted(by_statement, key=lambda one: one.rank):
            batch.cursor.executemany(statement.text, by_statement[statement])

    def _append(self, batch: Batch, rows: dict[Statement, list[Row]]) -> None:
        sql, size = self._sql, batch.head.frontier.size
        hashes = [leaf_hash(entry[0]) for entry in batch.entries]
        rows[sql.insert_entry] = [
            (seq, hashed, event, record, route, leaf)
            for seq, (hashed, (leaf, event, record, route)) in enumerate(zip(hashes, batch.entries, strict=True), size)
        ]
        growth = batch.head.frontier.grow(hashes)
        if growth.tile_hashes:
            rows[sql.insert_tile] = [(tile.level, tile.index, tile.hash) for tile in growth.tile_hashes]
        frontier = growth.frontier
        note = Checkpoint(self._signer.verifier.name, frontier.size, frontier.root()).sign(self._signer).decode()
        rows[sql.write_state] = [(frontier.size, frontier.to_bytes(), batch.time_ms, note)]
        if size == 0 or batch.time_ms // _MINUTE_MS != batch.head.time_ms // _MINUTE_MS:
            rows[sql.insert_checkpoint] = [(frontier.size, batch.time_ms, note)]


def _drafted(job: Job, batch: Batch) -> object:
    draft = Draft(batch)
    try:
        result = job(draft)
    except Exception as error:
        if is_foreign(error):
            raise
        return error
    draft.join()
    return result
