"""Reads the key that a request presents. What was presented is never repeated in a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ambos.errors import AuthenticationError

KEY_PREFIX: Final = "amb_"
_MISSING: Final = "send a key of this installation: Authorization: Bearer amb_..."
_IN_QUERY: Final = (b"api_key=", b"api-key=", b"key=", b"access_token=")


def presented_key(headers: Iterable[tuple[bytes, bytes]], *, query: bytes = b"") -> str:
    """The key of `Authorization: Bearer` or `x-api-key`, whichever SDK sent it.

    Args:
        headers: raw pairs, names in lower case.
        query: the query string; a key in it would stand in logs, so it is refused.

    Raises:
        AuthenticationError: none, more than one that differ, or not in the form of a key.
    """
    found: set[bytes] = set()
    for name, value in headers:
        if name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise AuthenticationError(_MISSING)
            found.add(token.strip())
        elif name == b"x-api-key":
            found.add(value.strip())
    if any(part.lower().startswith(_IN_QUERY) for part in query.split(b"&")):
        raise AuthenticationError("a key in the address would stand in logs: send it in the Authorization header")
    if len(found) > 1:
        raise AuthenticationError("two different keys were sent; send one")
    key = found.pop() if found else b""
    if not key.startswith(KEY_PREFIX.encode()) or len(key) > 200 or not key.isascii():
        raise AuthenticationError(_MISSING if not key else "this key is not valid here; `ambos keys create` makes one")
    return key.decode("ascii")
