"""Hands a content to the house that keeps it, sealed on the way."""

from __future__ import annotations

from pathlib import Path

from ambos.app.system import SystemRandom
from ambos.config import load
from ambos.errors import StoreError
from ambos.store.spool import put


def spooled(data: Path | None, content: bytes) -> tuple[str, str]:
    """Name and key of the sealed file.

    Raises:
        StoreError: there is no installation, or the disk does not take it.
    """
    directory = load(data).directory
    if not (directory / "installation").exists():
        raise StoreError(f"there is no installation in {directory}; make one: `ambos init`")
    return put(directory, content, SystemRandom())
