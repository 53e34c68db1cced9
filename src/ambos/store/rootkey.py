"""The root key: where it lies, how it is made, how a wrong one is told.

It never lies in the data directory: who copies the directory has nothing. `installation` in that directory names the
installation and holds a check value, so that a wrong key is not mistaken for a damaged database.
"""

from __future__ import annotations

import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ambos.errors import IntegrityError, KeyServiceError
from ambos.ports import Random
from ambos.store.sealing import KEY_BYTES
from ambos.store.settings import StoreSettings

_FORM: Final = re.compile(r"(i_[0-9a-f]{32})\n([0-9a-f]{16})\n")


@dataclass(frozen=True, slots=True)
class Installation:
    """The public name of an installation, and the first half of what its root key gives for it."""

    id: str
    check: str

    def confirm(self, root: bytes) -> None:
        """Raises KeyServiceError when `root` is not the key of this installation."""
        if not hmac.compare_digest(_check(root, self.id), self.check):
            raise KeyServiceError("the root key is not the one of this data directory: give back the right key file")


def read_installation(path: Path) -> Installation | None:
    """What stands at `path`, None where nothing does.

    Raises:
        IntegrityError: something else stands there.
    """
    try:
        form = _FORM.fullmatch(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        form = None
    if form is None:
        raise IntegrityError("the file `installation` is not as it was written: restore it", place="installation")
    return Installation(form[1], form[2])


def make_installation(settings: StoreSettings, rng: Random) -> tuple[Installation, bytes]:
    """A new installation with its root key on disk (or the one that the settings hold)."""
    name = "i_" + rng.token(16).hex()
    root = settings.root_key if settings.root_key is not None else _make_root(settings, name, rng)
    installation = Installation(name, _check(_sized(root), name))
    write_new(settings.installation_path, f"{installation.id}\n{installation.check}\n".encode())
    return installation, root


def read_root(settings: StoreSettings, installation: Installation) -> bytes:
    """The root key of this installation.

    Raises:
        KeyServiceError: it is absent, unreadable, open to others, or another installation's.
    """
    root = settings.root_key if settings.root_key is not None else _read_file(_path(settings, installation.id))
    installation.confirm(_sized(root))
    return root


def write_new(path: Path, content: bytes) -> None:
    """Make a file that did not exist, closed to others and durable with its name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _path(settings: StoreSettings, name: str) -> Path:
    return settings.root_key_file or settings.roots / f"{name}.key"


def _make_root(settings: StoreSettings, name: str, rng: Random) -> bytes:
    path = _path(settings, name)
    if path.resolve().is_relative_to(settings.directory.resolve()):
        raise KeyServiceError("the root key may not lie in the data directory: set `root_key_file` to another place")
    if path.exists():  # a key that the owner made, or that a start which was cut off left behind
        return _read_file(path)
    root = rng.token(KEY_BYTES)
    write_new(path, root.hex().encode() + b"\n")
    return root


def _read_file(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        raw = path.read_text("ascii").strip()
        root = bytes.fromhex(raw)
    except FileNotFoundError:
        raise KeyServiceError("the root key is not where `root_key_file` says: mount or restore it") from None
    except (OSError, ValueError):
        raise KeyServiceError("the root key file cannot be read as 64 hexadecimal digits") from None
    if mode & 0o077:
        raise KeyServiceError("the root key file is open to others: chmod 600")
    return root


def _sized(root: bytes) -> bytes:
    if len(root) != KEY_BYTES:
        raise KeyServiceError(f"the root key has {KEY_BYTES} bytes, this one has {len(root)}")
    return root


def _check(root: bytes, name: str) -> str:
    return hmac.digest(root, b"ambos/v1/check\0" + name.encode(), "sha256")[:8].hex()
