"""`ambos db upgrade`: bring the schema of an installation to this version, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from ambos.ports import Clock, Random
from ambos.store.foundation import alembic_version, lay
from ambos.store.settings import StoreSettings

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def upgrade(settings: StoreSettings, clock: Clock, rng: Random) -> tuple[str, str]:
    """Run the migrations that are missing; the version before and after.

    Stop every server first: workers refuse a schema that is not theirs.

    Raises:
        StoreError: there is no installation.
        LogUnavailableError: the transaction failed, and the schema is as it was.
    """
    foundation = lay(replace(settings, may_create=False), clock, rng, read_only=False, any_schema=True)
    try:
        with foundation.content.writing() as connection:
            before = connection.execute(select(alembic_version.c.version_num)).scalar_one()
            migrate(connection, "head")
            after = connection.execute(select(alembic_version.c.version_num)).scalar_one()
        return before, after
    finally:
        foundation.dispose()


def migrate(connection: Connection, revision: str) -> None:
    """Run alembic on this connection, up to `revision`."""
    # Imported here: it costs 0.27 s, which no other command should pay.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
