"""Connections to the content database and the key ring: SQLCipher or PostgreSQL behind one small front.

Knows drivers, pragmas, locks and how their errors are told. Leaves out what the tables mean. Writing is one transaction
at a time over all processes (a file lock, and an advisory lock on PostgreSQL); reading never waits for it.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.sql import ClauseElement

from ambos.errors import LogUnavailableError, StoreError, UnfinishedWritesError
from ambos.store.lock import FileLock

# Pages of 8 KiB with HMAC-SHA-256 take half the CPU of the defaults where the processor has SHA instructions. They are
# part of the file's format: another value does not open it.
_CIPHER: Final = ("cipher_page_size = 8192", "cipher_hmac_algorithm = HMAC_SHA256")
_LOCKS: Final = 0x616D626F  # "ambo": class of our advisory locks on PostgreSQL; the second number is the schema's


class ConstraintError(LogUnavailableError):
    """A row was refused by a constraint: one job of the batch is at fault, the others are not."""


Row = tuple[Any, ...]  # Any: a row of the driver, its types are the schema's


@dataclass(frozen=True, slots=True, eq=False)  # told apart by being another: a batch asks at every row
class Statement:
    """SQL compiled once for one driver, its values by position; `rank` orders the statements of a batch."""

    text: str
    rank: int = 0


class Database:
    """One database with a writing and a reading engine."""

    def __init__(self, write: Engine | None, read: Engine, turn: FileLock, schema: str = "") -> None:
        self._write = write
        # Content and ring have turns of their own: an owner's key is made while the content waits for it.
        self._advisory = f"SELECT pg_advisory_xact_lock({_LOCKS}, {zlib.crc32(schema.encode()) & 0x7FFFFFFF})"
        self._read = read
        self._turn = turn
        self._quick: PoolProxiedConnection | None = None
        self._quick_turn = threading.Lock()
        self._batches: PoolProxiedConnection | None = None  # guarded by `turn`
        self.dialect = read.dialect
        self.is_sqlite = read.dialect.name == "sqlite"

    def compile(self, clause: ClauseElement, rank: int = 0) -> Statement:
        """The clause as text for this driver."""
        return Statement(str(clause.compile(dialect=self.dialect)), rank)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; committed and durable when the block has ended without an error.

        Raises:
            LogUnavailableError: nothing of the block is known to be durable. The connection is given up, so that the
                next transaction starts afresh.
        """
        if self._write is None:
            raise LogUnavailableError("the store was opened for reading only")
        with self._turn.held(), translated(LogUnavailableError, "the database did not take a transaction"):
            connection = self._write.connect()
            try:
                with connection.begin():
                    if not self.is_sqlite:
                        connection.exec_driver_sql(self._advisory)
                    yield connection
            except BaseException:
                connection.invalidate()
                raise
            finally:
                connection.close()

    @contextmanager
    def batch(self) -> Iterator[DBAPICursor]:
        """Like `writing`, over a connection that is kept for it and without SQLAlchemy between: a third of the cost.

        Raises:
            LogUnavailableError: as `writing`.
        """
        if self._write is None:
            raise LogUnavailableError("the store was opened for reading only")
        with self._turn.held(), translated(LogUnavailableError, "the database did not take a transaction"):
            try:
                if self._batches is None:
                    self._batches = self._write.raw_connection()
                cursor = self._batches.cursor()
                cursor.execute("BEGIN IMMEDIATE" if self.is_sqlite else self._advisory)
                yield cursor
                cursor.close()
                self._batches.commit()
            except BaseException:
                self._give_up_batches()
                raise

    def _give_up_batches(self) -> None:
        if self._batches is not None:
            self._batches.invalidate()
            self._batches = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot.

        Raises:
            StoreError: the database cannot be read.
        """
        with translated(StoreError, "the database cannot be read"), self._read.begin() as connection:
            yield connection

    def first(self, statement: Statement, values: Sequence[object]) -> Row | None:
        """The first row, as of now, over a connection that is kept for such questions: a tenth of `reading`.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._quick_turn, translated(StoreError, "the database cannot be read"):
            try:
                if self._quick is None:
                    self._quick = self._read.raw_connection()
                    if not self.is_sqlite:  # SQLite's is so already; a transaction would keep an old snapshot alive
                        self._quick.rollback()
                        self._quick.driver_connection.autocommit = True  # type: ignore[union-attr]  # psycopg's
                cursor = self._quick.cursor()
                cursor.execute(statement.text, values)
                row: Row | None = cursor.fetchone()
                cursor.close()
            except BaseException:
                if self._quick is not None:
                    self._quick.invalidate()
                    self._quick = None
                raise
        return row

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No transaction of this machine begins inside the block; also for who opened it for reading only."""
        with self._turn.held():
            yield

    def damage(self, *, deep: bool) -> str | None:
        """What a look at every page of the file finds, also those that no query reads; None when all are right.

        With `deep`, that tables and their indexes agree too. PostgreSQL looks after its own pages.
        """
        if not self.is_sqlite:
            return None
        # A page may be half written by a checkpoint while it is looked at: what seems wrong is looked at again while
        # no writer can move.
        if self._look("cipher_integrity_check"):
            with self._turn.held():
                found = self._look("cipher_integrity_check")
            if found:
                return f"{len(found)} pages are damaged: {found[0]}"
        broken = [line for line in self._look("integrity_check") if line != "ok"] if deep else []
        return f"tables and indexes differ in {len(broken)} places" if broken else None

    def _look(self, pragma: str) -> list[str]:
        with translated(StoreError, "the pages of the database cannot be read"), self._read.connect() as connection:
            cursor = raw_cursor(connection)
            cursor.execute(f"PRAGMA {pragma}")
            return [str(row[0]) for row in cursor.fetchall()]

    def compact(self) -> None:
        """Bring what was deleted out of the write-ahead log too (`secure_delete` has cleared the pages)."""
        if self.is_sqlite and self._write is not None:
            with (
                self._turn.held(),
                translated(StoreError, "the write-ahead log cannot be emptied"),
                self._write.connect() as connection,
            ):
                raw_cursor(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nobody writes inside the block, and the file alone holds everything."""
        if self._write is None:
            raise StoreError("the store was opened for reading only")
        with self._turn.held(), translated(StoreError, "the database cannot be held still"):
            with self._write.connect() as connection:
                busy = raw_cursor(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy is not None and busy[0]:
                raise StoreError("a reader holds the write-ahead log: try again")
            yield

    def dispose(self) -> None:
        """Close every connection."""
        with self._quick_turn:
            if self._quick is not None:
                self._quick.invalidate()
                self._quick = None
        self._give_up_batches()
        self._read.dispose()
        if self._write is not None:
            self._write.dispose()


@contextmanager
def translated(kind: type[StoreError], message: str) -> Iterator[None]:
    """Tell a driver's or the system's error as ours, by its class alone: its words may hold values."""
    try:
        yield
    except Exception as error:
        if not is_foreign(error):
            raise
        inner = getattr(error, "orig", None) or error
        if kind is LogUnavailableError and any(one.__name__ == "IntegrityError" for one in type(inner).__mro__):
            kind = ConstraintError
        raise kind(f"{message} ({type(inner).__name__}): see `ambos doctor`") from None


def is_foreign(error: Exception) -> bool:
    """An error of a driver or of the system, not ours."""
    # psycopg is an extra, so its classes are known by the name of their module.
    return isinstance(error, sqlcipher.Error | OSError | SQLAlchemyError) or type(error).__module__.startswith(
        "psycopg"
    )


def raw_cursor(connection: Connection) -> DBAPICursor:
    """The driver's own cursor inside the connection's transaction: a tenth of the cost for small statements."""
    return connection.connection.cursor()


def open_sqlite(path: Path, page_key: bytes, *, turn: FileLock, busy_timeout_ms: int, read_only: bool) -> Database:
    """The SQLCipher database at `path`. Writing makes the file, closed to others, where it is missing."""
    frozen = "&immutable=1" if read_only and _is_frozen(path) else ""
    if not read_only:
        # SQLite gives the log and the shared memory the mode of the main file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    def connect(*, writes: bool) -> Any:  # Any: the driver has no types
        mode = "rw" if writes or not read_only else "ro"
        connection = sqlcipher.connect(
            f"{path.resolve().as_uri()}?mode={mode}{frozen}", uri=True, isolation_level=None, check_same_thread=False
        )
        pragmas = (
            "cipher_log_level = NONE",
            f"key = \"x'{page_key.hex()}'\"",
            *_CIPHER,
            f"busy_timeout = {busy_timeout_ms}",
            *(("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON") if writes else ()),
            "wal_autocheckpoint = 2000",
            "foreign_keys = ON" if writes else "query_only = ON",
            "temp_store = MEMORY",
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    write = None if read_only else _engine(lambda: connect(writes=True), "BEGIN IMMEDIATE", size=2)
    return Database(write, _engine(lambda: connect(writes=False), "BEGIN", size=2), turn)


def _is_frozen(path: Path) -> bool:
    """Whether the file lies on a read-only disk and nobody has it open: it needs no lock, and could make none.

    Raises:
        UnfinishedWritesError: it needs its write-ahead log, which cannot be read there.
    """
    if not os.statvfs(path.parent).f_flag & os.ST_RDONLY or path.with_name(f"{path.name}-shm").exists():
        return False
    try:
        unfinished = path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return True
    if unfinished:
        raise UnfinishedWritesError(
            f"{path.name} has unfinished writes and its disk is read-only: copy the data directory to a disk that can "
            "be written, and look there"
        )
    return True


def _engine(creator: Any, begin: str, *, size: int) -> Engine:  # Any: a function that gives the driver's connection
    # A pool class must be named: with a creator SQLAlchemy takes one memory database for each thread otherwise.
    engine = create_engine("sqlite://", module=sqlcipher, creator=creator, poolclass=QueuePool, pool_size=size)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def open_postgres(url: str, *, turn: FileLock, schema: str, read_only: bool) -> Database:
    """The PostgreSQL database at `url`, every name in `schema`."""
    address = "postgresql+psycopg://" + url.partition("://")[2]
    options = {"options": f"-csearch_path={schema}", "application_name": "ambos"}

    def engine(size: int, connect_args: dict[str, str], **more: Any) -> Engine:  # Any: options of create_engine
        return create_engine(
            address, poolclass=QueuePool, pool_size=size, connect_args=connect_args, paramstyle="format", **more
        )

    durable = {"options": f"{options['options']} -csynchronous_commit=on", "application_name": "ambos"}
    write = None if read_only else engine(2, durable)
    read = engine(2, options, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    return Database(write, read, turn, schema)
