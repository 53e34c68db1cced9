"""The root key in a file that a passphrase seals: `ambos-root/v1 scrypt LOG2N R P SALT SEALED`, hexadecimal.

scrypt (RFC 7914) makes each guess cost 128 MiB and some tenths of a second.
"""

from __future__ import annotations

import os
import re
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ambos.errors import IntegrityError, KeyServiceError
from ambos.store.keyservice import FORM, KeySettings
from ambos.store.sealing import KEY_BYTES, Nonces, Sealer, place

LOG2_N: Final = 17  # OWASP Password Storage: N = 2^17, r = 8, p = 1
_R: Final = 8
_P: Final = 1
_MOST: Final = 20  # a file that asks for more than a gigabyte is no file of ours
_SALT_BYTES: Final = 16
SHORTEST: Final = 12  # characters; NIST SP 800-63B-4 asks 15 of a password that stands alone against guessing online
_TEXT: Final = re.compile(rf"{re.escape(FORM)} scrypt (\d{{1,2}}) 8 1 ([0-9a-f]{{32}}) ([0-9a-f]{{122}})")


class _System:
    def token(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)


class PassphraseFile:
    """See the module."""

    def __init__(self, settings: KeySettings) -> None:
        self._settings = settings

    def __repr__(self) -> str:
        return "<PassphraseFile>"

    def wrap(self, root: bytes, where: str) -> str:
        """See `KeyService`."""
        phrase = self._phrase()
        if len(phrase) < SHORTEST:
            raise KeyServiceError(f"the passphrase has fewer than {SHORTEST} characters", reason="weak")
        salt = os.urandom(_SALT_BYTES)
        sealed = _sealer(phrase, salt, LOG2_N).seal(root, place("root", where, "scrypt"))
        return f"{FORM} scrypt {LOG2_N} {_R} {_P} {salt.hex()} {sealed.hex()}"

    def unwrap(self, text: str, where: str) -> bytes:
        """See `KeyService`."""
        form = _TEXT.fullmatch(text)
        if form is None or not 10 <= int(form[1]) <= _MOST:
            raise KeyServiceError("the root key file is damaged: restore it", reason="damaged")
        sealer = _sealer(self._phrase(), bytes.fromhex(form[2]), int(form[1]))
        try:
            return sealer.open(bytes.fromhex(form[3]), place("root", where, "scrypt"))
        except IntegrityError:
            raise KeyServiceError(
                "the root key file does not open with this passphrase: give the right one, or restore the file",
                reason="wrong",
            ) from None

    def _phrase(self) -> str:
        path = self._settings.passphrase_file
        phrase = self._settings.passphrase
        if not phrase and path is not None:
            try:
                if path.stat().st_mode & 0o077:
                    raise KeyServiceError("the passphrase file is open to others: chmod 600", reason="open")
                phrase = path.read_text("utf-8").rstrip("\n")
            except (OSError, ValueError):
                raise KeyServiceError("the passphrase file cannot be read: mount it", reason="absent") from None
        if not phrase:
            raise KeyServiceError(
                "the root key is sealed with a passphrase: set `keys.passphrase_file` or AMBOS_ROOT_PASSPHRASE",
                reason="absent",
            )
        return phrase


def _sealer(phrase: str, salt: bytes, log2_n: int) -> Sealer:
    key = Scrypt(salt=salt, length=KEY_BYTES, n=1 << log2_n, r=_R, p=_P).derive(phrase.encode("utf-8", "surrogatepass"))
    return Sealer(key, Nonces(_System()))
