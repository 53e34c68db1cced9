"""The schema has two tellings, the tables and the migrations: they agree, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from tests.store.conftest import MovedClock, Reopen, SystemRandom, Talk

from ambos.errors import StoreError
from ambos.identity import Role
from ambos.store import NewUser, Store, StoreSettings, schema, upgrade
from ambos.store.upgrading import migrate


def differences(connection: Connection) -> list[object]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, schema.metadata))


def newer_than_the_first() -> list[str]:
    """The tables that later versions brought, those that refer to others first."""
    with create_engine("sqlite://").begin() as connection:
        migrate(connection, "0001")
        first = set(inspect(connection).get_table_names())
    return [table.name for table in reversed(schema.metadata.sorted_tables) if table.name not in first]


def definitions(connection: Connection) -> set[str]:
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).scalars()
    words = (sorted(row.translate(str.maketrans("(),", "   ", '"')).split()) for row in rows if "alembic" not in row)
    return {" ".join(row) for row in words}  # the order of columns and constraints is free


def test_migrated_and_made_are_the_same(tmp_path: Path, store: Store) -> None:
    with create_engine(f"sqlite:///{tmp_path / 'plain.db'}").begin() as connection:
        migrate(connection, "head")
        assert differences(connection) == []
        migrated = definitions(connection)
    with store._foundation.content.reading() as connection:
        assert definitions(connection) == migrated


def test_fresh_database_agrees_with_alembic(any_store: Store) -> None:
    from alembic.migration import MigrationContext

    with any_store._foundation.content.reading() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == schema.HEAD
        assert differences(connection) == []


def test_head_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    assert schema.__file__ is not None
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_heads() == [schema.HEAD]


async def test_upgrade_of_the_newest_changes_nothing(
    any_reopen: Reopen, any_settings: StoreSettings, clock: MovedClock, rng: SystemRandom, talk: Talk
) -> None:
    with any_reopen() as store:
        await talk.whole(store)
    assert upgrade(any_settings, clock, rng) == (schema.HEAD, schema.HEAD)
    with any_reopen() as store:
        assert store.verify(deep=True).fault is None


async def test_a_house_of_the_first_version_gets_its_users(
    any_reopen: Reopen, any_settings: StoreSettings, clock: MovedClock, rng: SystemRandom, talk: Talk
) -> None:
    with any_reopen() as store:
        await talk.whole(store)
        with store._foundation.content.writing() as connection:
            for table in newer_than_the_first():
                connection.execute(text(f"DROP TABLE {table}"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="ambos db upgrade"):
        any_reopen()
    assert upgrade(any_settings, clock, rng) == ("0001", schema.HEAD)
    with any_reopen() as store:
        await store.users.create(NewUser("ana", frozenset({Role.USER})), tenant="house")
        assert store.verify(deep=True).fault is None


def test_another_version_is_refused_with_what_to_do(reopen: Reopen) -> None:
    with reopen() as store, store._foundation.content.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(StoreError, match="ambos db upgrade"):
        reopen()


def test_upgrade_of_nothing_is_refused(settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> None:
    with pytest.raises(StoreError, match="no Ambos"):
        upgrade(settings, clock, rng)


async def test_states_of_conversations_are_carried_over(
    reopen: Reopen, settings: StoreSettings, clock: MovedClock, rng: SystemRandom, talk: Talk
) -> None:
    with reopen() as store:
        await talk.whole(store)
        with store._foundation.content.reading() as connection:
            made = definitions(connection)
        with store._foundation.content.writing() as connection:
            connection.execute(text("CREATE TABLE before AS SELECT * FROM conversations"))
            kept = connection.execute(text("SELECT * FROM before")).all()
            for statement in (
                "DROP TABLE conversations",
                "CREATE TABLE conversations (tenant TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT"
                " NULL, expires_ms BIGINT NOT NULL, CONSTRAINT pk_conversations PRIMARY KEY (tenant, owner, id))",
                "CREATE INDEX ix_conversations_expires_ms ON conversations (expires_ms)",
                "INSERT INTO conversations SELECT * FROM before",
                "DROP TABLE before",
                "DROP TABLE experiment_departures",  # of a later revision
                "UPDATE alembic_version SET version_num = '0033'",
            ):
                connection.execute(text(statement))
    assert upgrade(settings, clock, rng) == ("0033", schema.HEAD)
    with reopen() as store:
        with store._foundation.content.reading() as connection:
            assert connection.execute(text("SELECT * FROM conversations")).all() == kept
            assert definitions(connection) == made
        known = await store.conversations.known("c_one", tenant="house", owner="p_lucia")
        assert known.kinds == {"PERSON", "PERSON:holder"}
