"""Backups: content and key ring, each into its own folder, as they stand between two transactions.

Copied while nobody writes, after the write-ahead log was emptied into the files; the copies stay enciphered. Apart,
because a content backup may be kept for years, and a key ring only until the next erasure (docs/guide/operations.md).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import select

from ambos.errors import RequestError, StoreError
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.foundation import Foundation
from ambos.store.settings import StoreSettings
from ambos.store.writer import Writer

STAGING: Final = "run/backup"  # a walled server writes nowhere else; the command moves the copy where it was asked for


@dataclass(frozen=True, slots=True)
class Backup:
    """What was copied: SHA-256 of the content, size of its log, generation of the ring."""

    content: Path
    ring: Path
    hash: str
    size: int
    generation: int


class Backups:
    """Makes backups of a house on SQLite."""

    def __init__(self, foundation: Foundation, writer: Writer, settings: StoreSettings) -> None:
        self._foundation, self._writer, self._settings = foundation, writer, settings

    async def make(self, content: Path, ring: Path, *, tenant: str) -> Backup:
        """Copy the content to one new folder and the key ring to another; `backed_up` stands in the log after.

        Raises:
            RequestError: the folders are one, one lies in the other or in the data directory, or is not empty.
            StoreError: the content lies in PostgreSQL, which has tools of its own.
        """
        if self._settings.is_postgres:
            raise StoreError("with PostgreSQL, `pg_dump --schema=ambos` and `--schema=ambos_ring` make the backups")
        check_apart(content, ring, self._settings.directory, staging=self._settings.directory / STAGING)
        # The ring first: whatever the content then holds, a newer ring opens too.
        generation = self._foundation.ring.generation()
        _copy(self._foundation.ring_database, self._settings.ring_path, ring)
        _copy(self._foundation.content, self._settings.content_path, content)
        for name in (self._settings.vkey_path, self._settings.installation_path):
            _write(name, content / name.name)
        hashed = f"sha256:{_hash(content / self._settings.content_path.name)}"
        size = self._size()

        def job(draft: Draft) -> None:
            draft.enter("backed_up", tenant, {"backup": hashed, "size": size, "generation": generation})

        await self._writer.submit(job, may_abandon=False)
        return Backup(content, ring, hashed, size, generation)

    def _size(self) -> int:
        with self._foundation.content.reading() as connection:
            return int(connection.execute(select(schema.log_state.c.size)).scalar_one())


def move(source: Path, target: Path) -> None:
    """Move the files of one folder of a backup to a new one, on whatever disk; durable when it returns."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        _write(file, target / file.name)
        file.unlink()
    source.rmdir()


def put_back(settings: StoreSettings, content: Path, ring: Path | None) -> None:
    """Put a content, and a key ring where one is named, in place of those that are there; the server is stopped.

    What was there is kept beside it with `.before` added to its name.

    Raises:
        RequestError: the folder holds no backup.
        StoreError: the content lies in PostgreSQL.
    """
    if settings.is_postgres:
        raise StoreError(
            "with PostgreSQL, `psql` puts the schema `ambos` back; then run `ambos recover` without --content"
        )
    pairs = [(content / settings.content_path.name, settings.content_path)]
    pairs += [(ring / settings.ring_path.name, settings.ring_path)] if ring is not None else []
    if not (settings.installation_path.exists() and settings.vkey_path.exists()):
        pairs += [(content / path.name, path) for path in (settings.installation_path, settings.vkey_path)]
    for source, _ in pairs:
        if not source.is_file():
            raise RequestError(f"there is no {source.name} in the folder of the backup", param="content")
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source, target in pairs:
        for tail in ("-wal", "-shm"):  # of the database that was there: they would be read into the other one
            target.with_name(target.name + tail).unlink(missing_ok=True)
        if target.exists():
            target.replace(target.with_name(target.name + ".before"))
        _write(source, target)


def check_apart(content: Path, ring: Path, directory: Path, *, staging: Path | None = None) -> None:
    """Whether a backup may go to these two folders.

    Args:
        content, ring: the folders.
        directory: the data directory, in which none may lie.
        staging: the one place in it where a copy may wait until it is moved.

    Raises:
        RequestError: the folders are one, one lies in the other or in the data directory, or is not empty.
    """
    one, other, home = content.resolve(), ring.resolve(), directory.resolve()
    if one == other or one.is_relative_to(other) or other.is_relative_to(one):
        raise RequestError("content and key ring go to two folders: together they are everything", param="ring")
    for folder in (one, other):
        if folder.is_relative_to(home) and not (staging and folder.is_relative_to(staging.resolve())):
            raise RequestError(
                "a backup inside the data directory is lost with it: name another place", param="content"
            )
        if folder.exists() and any(folder.iterdir()):
            raise RequestError(f"the folder {folder.name} is not empty: a backup goes to a new one", param="content")


def _copy(database: Database, source: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database.still():
        _write(source, folder / source.name)


def _write(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with source.open("rb") as original, os.fdopen(descriptor, "wb") as copy:
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
