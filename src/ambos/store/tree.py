"""The tree of the log as it is stored: tiles, entry bundles, proofs and signed heads, read in one snapshot each.

What is asked for is checked against the size that is signed, so that nobody reads what no checkpoint covers. Writing is
in `batch`; the only rows written here are signed heads that witnesses have cosigned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update

from ambos.audit import Checkpoint, Frontier, prove_consistency, prove_inclusion, tiles
from ambos.audit.note import Signature
from ambos.audit.proof import HashAt
from ambos.audit.tiles import WIDTH, Tile
from ambos.errors import ProofError, StoreError
from ambos.store import schema
from ambos.store.database import Database

_T = TypeVar("_T")


class StoredTree:
    """Reads the tree; open to every thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def checkpoint(self) -> bytes:
        """The newest signed head, a C2SP checkpoint."""
        with self._database.reading() as connection:
            return _newest(connection)

    def cosigned(self, limit: int) -> list[bytes]:
        """The newest heads that somebody beside the log has signed, at most `limit`, the newest first."""
        table = schema.checkpoints.c
        # A signature line begins with a dash and a space; a head that only the log signed has one.
        lines = table.checkpoint.like("%\n\u2014 %\n\u2014 %")
        rows = select(table.checkpoint).where(lines).order_by(table.size.desc()).limit(limit)
        with self._database.reading() as connection:
            return [note.encode() for note in connection.execute(rows).scalars()]

    def tile(self, tile: Tile) -> bytes | None:
        """The bytes of a hash tile or an entry bundle; None where the log is not so long."""
        with self._database.reading() as connection:
            return read_tile(connection, tile, _size(connection))

    def inclusion(self, index: int, size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """The leaf at `index`, and its proof in the tree of `size`.

        Raises:
            ProofError: the log has no such entry, or was not so long.
        """

        def proved(connection: Connection, hash_at: HashAt) -> tuple[bytes, tuple[bytes, ...]]:
            rows = select(schema.log_entries.c.leaf).where(schema.log_entries.c.seq == index)
            # Asked only for what can be there: a database has a largest number, a person's argument has none.
            leaf = connection.execute(rows).scalar() if 0 <= index < size else None
            if leaf is None:
                raise ProofError(f"the log has no entry {index}")
            return bytes(leaf), prove_inclusion(hash_at, index, size)

        return self._proving(size, proved)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the tree of `new` entries begins with that of `old`.

        Raises:
            ProofError: the log was not so long.
        """
        return self._proving(new, lambda _, hash_at: prove_consistency(hash_at, old, new))

    def root(self, size: int) -> bytes:
        """The root that the stored hashes give for the first `size` entries; not verified.

        Raises:
            ProofError: the log is not so long.
        """
        return self._proving(size, lambda _, hash_at: frontier_of(hash_at, size).root())

    def attach(self, note: bytes, signatures: Sequence[Signature]) -> None:
        """Keep a signed head of this log together with cosignatures of it; what it had already stays."""
        head, text = Checkpoint.parse(note.decode().rpartition("\n\n")[0] + "\n"), note.decode()
        table = schema.checkpoints
        with self._database.writing() as connection:
            known = _kept(connection, head.size)
            if known is None:
                now = connection.execute(select(schema.log_state.c.time_ms)).scalar_one()
                text = Checkpoint.attach(note, signatures).decode()
                connection.execute(insert(table).values(size=head.size, time_ms=now, checkpoint=text))
                return
            text = Checkpoint.attach(known, signatures).decode()
            connection.execute(update(table).where(table.c.size == head.size).values(checkpoint=text))

    def _proving(self, size: int, work: Callable[[Connection, HashAt], _T]) -> _T:
        with self._database.reading() as connection:
            if size > _size(connection):
                raise ProofError(f"the log has fewer than {size} entries")
            return work(connection, tiles.hashes_from(lambda tile: _needed(connection, tile, size), size))


def frontier_of(hash_at: HashAt, size: int) -> Frontier:
    """The frontier of the first `size` entries, out of the hashes of complete subtrees."""
    hashes, start = list[bytes](), 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(hash_at(level, start >> level))
            start += 1 << level
    return Frontier(size, tuple(hashes))


def stored_root(connection: Connection, size: int) -> bytes | None:
    """The root that the stored hashes give for the first `size` entries; None where there are not so many."""
    try:
        hash_at = tiles.hashes_from(lambda tile: _needed(connection, tile, size), size)
        return frontier_of(hash_at, size).root()
    except (ProofError, StoreError):
        return None


def growing_tiles(connection: Connection, size: int) -> list[list[bytes]]:
    """The hashes of the tiles of a tree of `size` that are not full, leaves first; an empty list where one is.

    Raises:
        ProofError, StoreError: the log is not so long, or a hash is missing.
    """
    found, level = list[list[bytes]](), 0
    while size >> (8 * level) or not level:
        along = size >> (8 * level)
        width = along % WIDTH
        tile = Tile(level, along // WIDTH, width) if width else None
        found.append([*tiles.parse_tile(_needed(connection, tile, size), width)] if tile else [])
        level += 1
    return found


def read_tile(connection: Connection, tile: Tile, size: int) -> bytes | None:
    """The bytes of a tile of the tree of `size`; None where that tree does not have it."""
    first = tile.index * WIDTH
    end = first + tile.width
    if end > size >> (8 * (tile.level or 0)):
        return None
    entries, hashes = schema.log_entries.c, schema.log_tiles.c
    if not tile.level:
        column = entries.leaf if tile.level is None else entries.hash
        rows = select(column).where(entries.seq >= first, entries.seq < end).order_by(entries.seq)
    else:
        rows = select(hashes.hash).where(hashes.level == tile.level, hashes.position >= first, hashes.position < end)
        rows = rows.order_by(hashes.position)
    found = [bytes(one) for one in connection.execute(rows).scalars()]
    if len(found) != tile.width:
        raise StoreError(f"{tile.path} is not whole: run `ambos audit verify`")
    return tiles.write_bundle(found) if tile.level is None else tiles.write_tile(found)


def _needed(connection: Connection, tile: Tile, size: int) -> bytes:
    data = read_tile(connection, tile, size)
    if data is None:
        raise ProofError(f"a log of {size} entries has no {tile.path}")
    return data


def _size(connection: Connection) -> int:
    size = connection.execute(select(schema.log_state.c.size)).scalar()
    if size is None:
        raise StoreError("the state of the log is missing: run `ambos audit verify`")
    return int(size)


def _newest(connection: Connection) -> bytes:
    state = schema.log_state.c
    row = connection.execute(select(state.checkpoint, state.size)).first()
    if row is None:
        raise StoreError("the state of the log is missing: run `ambos audit verify`")
    return _kept(connection, row[1]) or bytes(row[0].encode())


def _kept(connection: Connection, size: int) -> bytes | None:
    table = schema.checkpoints.c
    note = connection.execute(select(table.checkpoint).where(table.size == size)).scalar()
    return None if note is None else bytes(note.encode())
