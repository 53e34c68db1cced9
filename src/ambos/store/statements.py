"""The statements of the writer, compiled once for the driver in use.

They go to the driver's own cursor with `executemany`: building and compiling a Core statement for each row would cost
more than the row. Values stand in the order of the table's columns, or as the comment says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Insert, Table, bindparam, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from ambos.store import schema
from ambos.store.database import Database, Statement


@dataclass(frozen=True, slots=True)
class Statements:
    """What the writer says. Their rank is the order in which a batch is flushed: what is referred to comes first."""

    read_state: Statement
    read_conversation: Statement
    read_record: Statement
    read_generation: Statement
    insert_principal: Statement
    insert_key: Statement
    revoke_key: Statement
    insert_session: Statement
    revoke_session: Statement
    insert_record: Statement
    insert_part: Statement
    end_record: Statement
    put_conversation: Statement
    insert_entry: Statement
    insert_tile: Statement
    insert_checkpoint: Statement
    write_state: Statement
    bump: Statement

    @classmethod
    def of(cls, database: Database) -> Self:
        """Compile all for this database."""
        clauses = {**_reads(), **_writes(database)}
        return cls(**{name: database.compile(clauses[name], rank) for rank, name in enumerate(clauses)})


def _reads() -> dict[str, ClauseElement]:
    state, known, record = schema.log_state.c, schema.conversations.c, schema.records.c
    generation = schema.generations.c
    return {
        "read_state": select(state.frontier, state.time_ms),
        # tenant, owner, id
        "read_conversation": select(known.sealed, known.expires_ms).where(
            known.tenant == bindparam("a"), known.owner == bindparam("b"), known.id == bindparam("c")
        ),
        # name
        "read_generation": select(generation.value).where(generation.name == bindparam("a")),
        # id
        "read_record": select(record.seq, record.tenant, record.owner, record.wrapped_key, record.expires_ms).where(
            record.id == bindparam("a")
        ),
    }


def _writes(database: Database) -> dict[str, ClauseElement]:
    keys, sessions, records, state = schema.api_keys, schema.sessions, schema.records, schema.log_state
    count, parts = schema.generations, schema.record_parts
    return {
        "insert_principal": schema.principals.insert(),
        "insert_key": keys.insert(),
        # revoked_ms, id
        "revoke_key": update(keys).values(revoked_ms=bindparam("a")).where(keys.c.id == bindparam("b")),
        "insert_session": sessions.insert(),
        # revoked_ms, hash
        "revoke_session": update(sessions).values(revoked_ms=bindparam("a")).where(sessions.c.hash == bindparam("b")),
        "insert_record": records.insert(),
        # record, name, sealed
        "insert_part": insert(parts).values(record=bindparam("a"), name=bindparam("b"), sealed=bindparam("c")),
        # route, model, state, seq
        "end_record": update(records)
        .ordered_values(
            (records.c.route, bindparam("a")),
            (records.c.model, bindparam("b")),
            (records.c.state, bindparam("c")),
        )
        .where(records.c.seq == bindparam("d")),
        "put_conversation": _upsert(database, schema.conversations, ("sealed", "expires_ms")),
        "insert_entry": schema.log_entries.insert(),
        "insert_tile": schema.log_tiles.insert(),
        "insert_checkpoint": schema.checkpoints.insert(),
        # size, frontier, time_ms, checkpoint
        "write_state": update(state).ordered_values(
            (state.c.size, bindparam("a")),
            (state.c.frontier, bindparam("b")),
            (state.c.time_ms, bindparam("c")),
            (state.c.checkpoint, bindparam("d")),
        ),
        # name
        "bump": update(count).values(value=count.c.value + literal_column("1")).where(count.c.name == bindparam("a")),
    }


def _upsert(database: Database, table: Table, changed: tuple[str, ...]) -> Insert:
    if database.is_sqlite:
        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: lite.excluded[name] for name in changed}
        )
    post = postgresql.insert(table)
    return post.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: post.excluded[name] for name in changed}
    )
