"""Where alembic is handed the connection; it opens none of its own and reads no file of settings."""

from alembic import context

from ambos.store.schema import metadata

connection = context.config.attributes["connection"]
# SQLite cannot alter most things in place: alembic then copies the table inside the transaction.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
