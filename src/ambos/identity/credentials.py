"""Reads the key that a request presents. What was presented is never repeated in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from ambos.errors import AuthenticationError
from ambos.identity.keys import BODY_LETTERS, KEY_PREFIX, parse_key

_MISSING: Final = "send a key of this installation: Authorization: Bearer amb_..."
_IN_QUERY: Final = re.compile(
    rb"(?:^|[&;])(?:x[-_])?(?:api[-_]?key|key|(?:access|auth)[-_]token|authorization)=|am[bs]_", re.IGNORECASE
)
_MAX_KEY_BYTES: Final = 200


def presented_key(headers: Iterable[tuple[bytes, bytes]], *, query: bytes = b"") -> str:
    """The key of `Authorization: Bearer` (RFC 6750 2.1) or `x-api-key`, whichever SDK sent it.

    Args:
        headers: raw pairs, names in lower case.
        query: the query string; a key in it would stand in logs, so it is refused.

    Raises:
        AuthenticationError: none, a header twice, two keys that differ, not in the form of a key, or mistyped.
    """
    if _IN_QUERY.search(unquote_to_bytes(query)):
        raise AuthenticationError(
            "a key in the address stands in logs by now: revoke it, and send the new one in the Authorization header"
        )
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in (b"authorization", b"x-api-key"):
            continue
        if name in found:
            raise AuthenticationError(f"the header {name.decode()} was sent twice; send it once")
        found[name] = _bearer(value) if name == b"authorization" else value.strip(b" \t")
    keys = set(found.values())
    if len(keys) > 1:
        raise AuthenticationError("two different keys were sent; send one")
    key = keys.pop() if keys else b""
    if not key:
        raise AuthenticationError(_MISSING)
    if not key.startswith(KEY_PREFIX.encode()) or len(key) > _MAX_KEY_BYTES or not key.isascii():
        raise AuthenticationError("this key is not valid here; `ambos keys create` makes one")
    text = key.decode("ascii")
    # A key of another length may be from before the checksum, and only the look-up knows.
    return parse_key(text) if len(text) == len(KEY_PREFIX) + BODY_LETTERS else text


def _bearer(value: bytes) -> bytes:
    scheme, _, token = value.strip(b" \t").partition(b" ")
    if scheme.lower() != b"bearer":
        raise AuthenticationError(_MISSING)
    return token.strip(b" \t")
