"""Opens the store for reading only, beside a running server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ambos.app.system import SystemClock, SystemRandom
from ambos.config import load
from ambos.errors import StoreError
from ambos.store import Store, open_store


@contextmanager
def open_reading(data: Path | None) -> Iterator[Store]:
    """The store of a data directory, read-only.

    Raises:
        StoreError: there is no installation, or it cannot be opened with its key.
    """
    config = load(data)
    if not (config.directory / "installation").exists() and not config.store.is_postgres:
        raise StoreError(f"there is no installation in {config.directory}; make one: `ambos init`")
    store = open_store(config.store, SystemClock(), SystemRandom(), read_only=True)
    try:
        yield store
    finally:
        store.close()
