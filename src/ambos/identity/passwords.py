"""Passwords of people: what a new one must be, and its slow hash. Where the hash is kept is the store's.

Argon2id with the second recommended parameters of RFC 9106 (section 4), over an HMAC under a key of the installation:
whoever copies the table without the key ring cannot even begin to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

from argon2 import Type
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import hash_secret, verify_secret

from ambos.errors import AuthenticationError, RequestError

SALT_BYTES: Final = 16
MIN_CHARACTERS: Final = 15  # NIST SP 800-63B-4 section 3.1.1.2, for a password without a second factor
MAX_CHARACTERS: Final = 256  # bounds the work before the HMAC; the same section asks for at least 64
_DIFFERENT: Final = 5
_PASSES, _MEMORY_KIB, _LANES, _HASH_BYTES = 3, 65_536, 4, 32  # RFC 9106 section 4: for less than 2 GiB
WRONG: Final = "name or password is not right, or this account may not sign in"


def check_new(password: str, *, login: str) -> None:
    """Nothing, if somebody may have this password.

    Args:
        login: the account's name, which must not stand in it.

    Raises:
        RequestError: too short, too long, of too few different characters, or it holds the name.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise RequestError(
            f"a password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters: a sentence is good", param="password"
        )
    if len(set(password)) < _DIFFERENT:
        raise RequestError(f"a password has at least {_DIFFERENT} different characters", param="password")
    if login.casefold() in password.casefold():
        raise RequestError("a password does not hold the name of its account", param="password")


def hash_password(password: str, *, pepper: bytes, salt: bytes) -> str:
    """The form in which a password is kept (PHC string of Argon2id).

    Args:
        pepper: key of this one use.
        salt: 16 random bytes, drawn for this password.
    """
    return hash_secret(
        _keyed(password, pepper),
        salt,
        time_cost=_PASSES,
        memory_cost=_MEMORY_KIB,
        parallelism=_LANES,
        hash_len=_HASH_BYTES,
        type=Type.ID,
    ).decode()


def verify_password(password: str, stored: str | None, *, pepper: bytes) -> None:
    """Nothing, if `stored` was made of this password. Without a stored one it takes as long, and refuses.

    Raises:
        AuthenticationError: another password, or there is none. The message is the same.
    """
    is_known = stored is not None and len(password) <= MAX_CHARACTERS
    try:
        verify_secret((stored or _DECOY).encode(), _keyed(password[:MAX_CHARACTERS], pepper), Type.ID)
    except (Argon2Error, InvalidHashError):
        is_known = False
    if not is_known:
        raise AuthenticationError(WRONG)


def _keyed(password: str, pepper: bytes) -> bytes:
    # RFC 8265 section 4.2: typed on another keyboard, é must stay the same letter.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hmac.digest(pepper, text, hashlib.sha256)


# What an account that does not exist is compared with: nobody can know a password for a hash of zeros.
_DECOY: Final = f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${'A' * 22}${'A' * 43}"
