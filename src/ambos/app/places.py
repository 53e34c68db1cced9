"""Where the sockets of a running server lie."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

from ambos.errors import ConfigError

LONGEST_SOCKET_PATH: Final = 100  # bytes; the kernel's limit is 108 with the final zero


def control_socket(directory: Path) -> Path:
    """Where a command finds the running server: `DIR/ambos.sock`, or a short path where that one is too long."""
    path = directory / "ambos.sock"
    return path if len(bytes(path)) <= LONGEST_SOCKET_PATH else runtime_directory(directory) / "ambos.sock"


def runtime_directory(directory: Path) -> Path:
    """A 0700 folder for sockets: `DIR/run`, or one in the system's place for such things where the path is too long."""
    path = directory / "run"
    if len(bytes(path)) > LONGEST_SOCKET_PATH - len("/stand-in.sock"):
        name = f"ambos-{os.getuid()}-{abs(hash_of(directory)):x}"
        path = Path(tempfile.gettempdir()) / name
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ConfigError(f"{path} must belong to you alone (mode 0700)")
    return path


def hash_of(directory: Path) -> int:
    """A number that names a directory, the same in every process."""
    return int.from_bytes(hashlib.sha256(bytes(directory)).digest()[:6], "big")
