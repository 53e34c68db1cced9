"""The form of an API key or session: 256 random bits with a checksum. Under which value it is stored is the store's.

`amb_` and 56 letters or digits of lower-case base32: 32 random bytes, then 3 bytes of a checksum. A key that was
mistyped or cut is told from a revoked one without a look-up, and a scanner of repositories can recognise a leaked one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from ambos.errors import AuthenticationError, KeyServiceError

KEY_PREFIX: Final = "amb_"
SESSION_PREFIX: Final = "ams_"
RANDOM_BYTES: Final = 32
_CHECK_BYTES: Final = 3  # 35 bytes are 56 letters without padding; 1 of 16 million mistypings passes to the look-up
BODY_LETTERS: Final = 56


def new_key(random: bytes, *, prefix: str = KEY_PREFIX) -> str:
    """The key made of `random`.

    Args:
        random: 32 unpredictable bytes.
        prefix: `KEY_PREFIX` or `SESSION_PREFIX`.

    Raises:
        KeyServiceError: fewer or more bytes; the source of randomness is not what it should be.

    >>> new_key(bytes(32))
    'amb_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacjltm'
    """
    if len(random) != RANDOM_BYTES:
        raise KeyServiceError(f"a key is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    return prefix + base64.b32encode(random + _check(prefix, random)).decode().lower()


def parse_key(presented: str, *, prefix: str = KEY_PREFIX) -> str:
    """`presented` itself, when it has the form and checksum of a key. What it was is never repeated.

    Raises:
        AuthenticationError: another form, or a letter was mistyped or lost.
    """
    body = presented.removeprefix(prefix)
    if presented == body or len(body) != BODY_LETTERS or not body.isascii() or body != body.lower():
        raise AuthenticationError(_NO_FORM)
    try:
        raw = base64.b32decode(body.upper())
    except binascii.Error:
        raise AuthenticationError(_NO_FORM) from None
    if not hmac.compare_digest(raw[RANDOM_BYTES:], _check(prefix, raw[:RANDOM_BYTES])):
        raise AuthenticationError("this key was mistyped or cut: a letter does not fit its checksum; copy it again")
    return presented


_NO_FORM: Final = (
    f"a key of this installation begins with {KEY_PREFIX} and has {BODY_LETTERS} letters or digits after it"
)


def _check(prefix: str, random: bytes) -> bytes:
    return hashlib.sha256(b"ambos key checksum v1\0" + prefix.encode() + random).digest()[:_CHECK_BYTES]
