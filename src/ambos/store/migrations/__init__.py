"""Changes of the schema, in order, run by `ambos db upgrade` through alembic."""
