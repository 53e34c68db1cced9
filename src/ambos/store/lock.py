"""Advisory locks on files of the data directory: one server, one sequencer of the log at a time.

The locks belong to an open file, not to its name: they end with the process, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ambos.errors import LockedError


@contextmanager
def server_lock(directory: Path) -> Iterator[None]:
    """Hold the data directory for one server.

    Raises:
        LockedError: another process holds it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(
                "another server uses this data directory: stop it, or give this one another --data DIR"
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


class FileLock:
    """Turns between threads and processes. Fairer than SQLite's busy handler: it waits in the kernel's queue."""

    __slots__ = ("_path", "_threads")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn and keep it inside the block."""
        with self._threads:
            descriptor = self._open()
            try:
                if descriptor is not None:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                if descriptor is not None:
                    os.close(descriptor)

    def _open(self) -> int | None:
        """None on a read-only disk: a look needs no turn there, and a write fails by itself."""
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
            return None
