"""What a store stands on: installation, key ring, content database, log key. Made once, found again ever after.

A start that was cut off while making it goes on where it stopped. What was complete once is never made anew: a key ring
or a content database that is absent then is lost, and that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select, text

from ambos.audit import EMPTY, Checkpoint, Signer
from ambos.errors import IntegrityError, KeyServiceError, LogUnavailableError, StoreError
from ambos.ports import Clock, Random
from ambos.store import schema
from ambos.store.database import Database, open_postgres, open_sqlite
from ambos.store.keyring import KeyRing
from ambos.store.lock import FileLock
from ambos.store.ring_schema import ring as ring_table
from ambos.store.rootkey import (
    Installation,
    check_of,
    is_changing,
    make_installation,
    read_installation,
    read_roots,
    settle_roots,
    write_new,
)
from ambos.store.sealing import Nonces, Sealer, place
from ambos.store.secrets import Secrets, derive
from ambos.store.settings import StoreSettings

CONTENT_SCHEMA: Final = "ambos"
RING_SCHEMA: Final = "ambos_ring"  # apart, so that `pg_dump --schema` of the content does not hold the keys

# The table by which alembic knows where a database stands; written here, so that a fresh start need not import it.
alembic_version: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


@dataclass(frozen=True, slots=True)
class Foundation:
    """All that is opened of one installation."""

    installation: Installation
    ring: KeyRing
    secrets: Secrets
    signer: Signer
    content: Database
    nonces: Nonces
    ring_database: Database

    def dispose(self) -> None:
        """Close every connection."""
        self.content.dispose()
        self.ring_database.dispose()


def lay(settings: StoreSettings, clock: Clock, rng: Random, *, read_only: bool, any_schema: bool = False) -> Foundation:
    """Find the installation of these settings, or make it where they allow.

    Raises:
        StoreError: there is none, or its schema is not this version's.
        KeyServiceError: the root key is absent or wrong.
        IntegrityError: a part of it is lost or damaged; `place` names which.
    """
    if read_only or not settings.may_create:
        foundation = _find(settings, clock, rng, read_only=read_only, any_schema=any_schema)
    else:
        settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(settings.directory / "making.lock").held():
            foundation = _make(settings, clock, rng, any_schema=any_schema)
    if not read_only and is_changing(settings, foundation.installation):
        settle(settings, foundation.ring_database)
    return foundation


def settle(settings: StoreSettings, ring_database: Database) -> None:
    """A change of the root key that was cut off ends with the one that the key ring is sealed with."""
    with FileLock(settings.directory / "making.lock").held():
        installation = read_installation(settings.installation_path)
        if installation is not None and is_changing(settings, installation):
            settle_roots(settings, installation, _in_force(ring_database, installation, settings))


def _in_force(database: Database, installation: Installation, settings: StoreSettings) -> bytes:
    with database.reading() as connection:
        check = connection.execute(select(ring_table.c.root_check)).scalar_one()
    for root in read_roots(settings, installation):
        if check_of(root, installation.id) == check:
            return root
    raise KeyServiceError("the key ring does not open with this root key: restore the one or the other")


def page_key(root: bytes, installation: Installation, nonces: Nonces) -> bytes:
    """The key of the ring's pages: derived from the first root key, and sealed under each that came after it.

    Raises:
        IntegrityError: the file `installation` was changed.
    """
    sealed = installation.of(root).pages
    if not sealed:
        return derive(root, installation.id, "ring-pages")
    try:
        over = Sealer(derive(root, installation.id, "root-wrap"), nonces)
        return over.open(bytes.fromhex(sealed), place("installation", "ring-pages"))
    except IntegrityError:
        raise IntegrityError(
            "the file `installation` is not as it was written: restore it", place="installation"
        ) from None


def _find(settings: StoreSettings, clock: Clock, rng: Random, *, read_only: bool, any_schema: bool) -> Foundation:
    installation = read_installation(settings.installation_path)
    if installation is None:
        if settings.content_path.exists() or settings.ring_path.exists():
            raise IntegrityError("the file `installation` is missing: restore it from a backup", place="installation")
        raise StoreError("there is no Ambos in this data directory: `ambos init` or `ambos serve` makes one")
    roots = read_roots(settings, installation)
    if not settings.is_postgres and not settings.ring_path.exists():
        raise IntegrityError("the key ring is missing: restore keyring.db from a backup", place="keyring.db")
    foundation = _open(settings, clock, rng, installation, roots, read_only=read_only)
    try:
        if not any_schema:
            check_version(foundation.content)
    except BaseException:
        foundation.dispose()
        raise
    return foundation


def _make(settings: StoreSettings, clock: Clock, rng: Random, *, any_schema: bool) -> Foundation:
    installation = read_installation(settings.installation_path)
    if installation is None:
        if settings.content_path.exists() or settings.ring_path.exists():
            raise IntegrityError("the file `installation` is missing: restore it from a backup", place="installation")
        installation, root = make_installation(settings, rng)
        roots = [root]
    else:
        roots = read_roots(settings, installation)
    if not settings.is_postgres and settings.content_path.exists() and not settings.ring_path.exists():
        raise IntegrityError("the key ring is missing: restore keyring.db from a backup", place="keyring.db")
    ring, database = _open_ring(settings, clock, rng, installation, roots, read_only=False)
    try:
        was_complete = ring.has_content()
        if not was_complete:
            ring.found(installation, settings.origin)
    except LogUnavailableError:
        raise
    except StoreError:
        raise IntegrityError(
            "the key ring cannot be read: restore keyring.db from a backup", place="keyring.db"
        ) from None
    finally:
        database.dispose()
    foundation = _open(settings, clock, rng, installation, roots, read_only=False, may_be_new=not was_complete)
    try:
        if not was_complete:
            _complete(settings, foundation, clock)
        elif not any_schema:
            check_version(foundation.content)
    except BaseException:
        foundation.dispose()
        raise
    return foundation


def _complete(settings: StoreSettings, foundation: Foundation, clock: Clock) -> None:
    with foundation.content.writing() as connection:
        if not inspect(connection).has_table("alembic_version"):
            make_schema(connection, foundation.signer, clock.now_ms())
    if not settings.vkey_path.exists():
        write_new(settings.vkey_path, f"{foundation.signer.verifier.vkey}\n".encode())
    foundation.ring.mark_content()


def make_schema(connection: Connection, signer: Signer, now_ms: int) -> None:
    """All tables of a fresh database, with an empty log, stamped as alembic would."""
    schema.metadata.create_all(connection)
    alembic_version.create(connection)
    connection.execute(insert(alembic_version).values(version_num=schema.HEAD))
    connection.execute(insert(schema.generations), [{"name": name, "value": 0} for name in schema.GENERATIONS])
    note = Checkpoint(signer.verifier.name, 0, EMPTY.root()).sign(signer).decode()
    state = {"id": 1, "size": 0, "frontier": EMPTY.to_bytes(), "time_ms": now_ms, "checkpoint": note}
    connection.execute(insert(schema.log_state).values(state))


def check_version(database: Database) -> None:
    """Raises StoreError unless the schema is this version's, IntegrityError when a file of it cannot be read."""
    try:
        with database.reading() as connection:
            version = connection.execute(select(alembic_version.c.version_num)).scalar()
    except StoreError:
        if not database.is_sqlite:
            raise
        raise IntegrityError("the content cannot be read: restore ambos.db from a backup", place="ambos.db") from None
    if version != schema.HEAD:
        raise StoreError("the database has another version of the schema: run `ambos db upgrade`")


def _open(
    settings: StoreSettings,
    clock: Clock,
    rng: Random,
    installation: Installation,
    roots: Sequence[bytes],
    *,
    read_only: bool,
    may_be_new: bool = False,
) -> Foundation:
    ring, ring_database = _open_ring(settings, clock, rng, installation, roots, read_only=read_only)
    try:
        secrets, signer = _opened(ring, is_sqlite=ring_database.is_sqlite)
        if not settings.is_postgres and not may_be_new and not settings.content_path.exists():
            raise IntegrityError("the content database is missing: restore ambos.db from a backup", place="ambos.db")
        content = _open_content(settings, secrets, read_only=read_only)
    except BaseException:
        ring_database.dispose()
        raise
    return Foundation(installation, ring, secrets, signer, content, Nonces(rng), ring_database)


def _opened(ring: KeyRing, *, is_sqlite: bool) -> tuple[Secrets, Signer]:
    try:
        return ring.secrets(), ring.signer()
    except (KeyServiceError, IntegrityError):
        raise
    except StoreError:
        if not is_sqlite:
            raise
        raise IntegrityError(
            "the key ring cannot be read: restore keyring.db from a backup", place="keyring.db"
        ) from None


def _open_content(settings: StoreSettings, secrets: Secrets, *, read_only: bool) -> Database:
    turn = FileLock(settings.directory / "write.lock")
    if settings.is_postgres:
        if not read_only:
            _make_schemas(settings)
        return open_postgres(settings.url, turn=turn, schema=CONTENT_SCHEMA, read_only=read_only)
    return open_sqlite(
        settings.content_path,
        secrets.content_page_key(),
        turn=turn,
        busy_timeout_ms=settings.busy_timeout_ms,
        read_only=read_only,
    )


def _open_ring(
    settings: StoreSettings,
    clock: Clock,
    rng: Random,
    installation: Installation,
    roots: Sequence[bytes],
    *,
    read_only: bool,
) -> tuple[KeyRing, Database]:
    turn, nonces, root = FileLock(settings.directory / "ring.lock"), Nonces(rng), roots[0]
    if settings.is_postgres:
        if not read_only:
            _make_schemas(settings)
        database = open_postgres(settings.url, turn=turn, schema=RING_SCHEMA, read_only=read_only)
    else:
        key, wait = page_key(root, installation, nonces), settings.busy_timeout_ms
        database = open_sqlite(settings.ring_path, key, turn=turn, busy_timeout_ms=wait, read_only=read_only)

    def reread() -> Sequence[bytes]:
        again = read_installation(settings.installation_path)
        return read_roots(settings, again if again is not None else installation)

    try:
        if len(roots) > 1:
            root = _in_force(database, installation, settings)
    except BaseException:
        database.dispose()
        raise
    return KeyRing(database, root, installation, clock=clock, rng=rng, nonces=nonces, reread=reread), database


def _make_schemas(settings: StoreSettings) -> None:
    database = open_postgres(
        settings.url, turn=FileLock(settings.directory / "write.lock"), schema="public", read_only=False
    )
    try:
        with database.writing() as connection:
            for name in (CONTENT_SCHEMA, RING_SCHEMA):
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {name}"))
    finally:
        database.dispose()
