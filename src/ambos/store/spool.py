"""How a command hands a large content to the house: one sealed file in the data directory, opened once and gone.

The key travels by the control socket only and is used for this one file, so that no copy of what was read or trained ever
lies open on the disk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ambos.errors import RequestError, StoreError
from ambos.ports import Random

_FOLDER: Final = "spool"
_NAME: Final = frozenset("0123456789abcdef")
_MOST_BYTES: Final = (1 << 31) - 1 - 64  # of one AES-GCM message in this library


def put(directory: Path, content: bytes, rng: Random) -> tuple[str, str]:
    """Seal the content; the file's name and the key, both in hex.

    Raises:
        StoreError: too large, or the disk does not take it.
    """
    if len(content) > _MOST_BYTES:
        raise StoreError("this is larger than 2 GiB: cut the corpus into parts")
    key, name = rng.token(32), rng.token(16).hex()
    nonce = rng.token(12)
    folder = directory / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(nonce + AESGCM(key).encrypt(nonce, content, name.encode()))
    except OSError as error:
        (folder / name).unlink(missing_ok=True)
        raise StoreError(f"the disk does not take it: {error.strerror}") from None
    return name, key.hex()


def take(directory: Path, name: str, key: str) -> bytes:
    """The content; the file is gone afterwards, whatever happens.

    Raises:
        RequestError: no such file, or another key.
    """
    if len(name) != 32 or not set(name) <= _NAME:
        raise RequestError("there is no such content", param="name")
    path = directory / _FOLDER / name
    try:
        sealed = path.read_bytes()
        return AESGCM(bytes.fromhex(key)).decrypt(sealed[:12], sealed[12:], name.encode())
    except (OSError, InvalidTag, ValueError):
        raise RequestError("there is no such content, or it was sealed with another key", param="name") from None
    finally:
        path.unlink(missing_ok=True)
