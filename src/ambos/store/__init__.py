"""Shell: sealed records, key ring, log storage, registry; SQLite or PostgreSQL."""
