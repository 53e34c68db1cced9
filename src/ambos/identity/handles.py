"""Random handles and the keyed names of conversations: all that the log ever holds of somebody."""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import Final

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648 base32 in lower case
_PAIRS: Final = tuple(
    one + two for one in _ALPHABET for two in _ALPHABET
)  # ten bits at a time: a quarter of `b32encode`


def new_handle(prefix: str, random: bytes, *, at_ms: int | None = None) -> str:
    """`prefix_` and lower-case base32 of `random` (16 bytes give 128 bit), with `at_ms` of time (48 bit) and `random`.

    With the time first, as in UUIDv7 (RFC 9562 section 5.7), rows that are made together lie together in an index; with
    random bits alone each would dirty a page of its own.

    >>> new_handle("r", bytes(5)), new_handle("r", bytes(10), at_ms=1)[:12]
    ('r_aaaaaaaa', 'r_aaaaaaaaae')
    """
    if at_ms is not None:
        random = (at_ms & 0xFFFF_FFFF_FFFF).to_bytes(6, "big") + random
    length = (8 * len(random) + 4) // 5
    places = (length + 1) // 2
    number = int.from_bytes(random, "big") << (10 * places - 8 * len(random))
    words = [_PAIRS[(number >> shift) & 1023] for shift in range(10 * places - 10, -1, -10)]
    return f"{prefix}_{''.join(words)[:length]}"


def conversation_handle(key: bytes, *, tenant: str, principal: str, name: str | None, first_message: str) -> str:
    """The handle of a conversation (design 3.3): its given name, else its first user message, under the tenant's key.

    Two principals with the same name or message have different conversations, and nobody without the key can test a
    guess of either.
    """
    label, value = ("name", name) if name else ("first", first_message)
    parts = (part.encode("utf-8", "surrogatepass") for part in (tenant, principal, label, value or ""))
    keyed = _keyed(key).copy()
    keyed.update(b"".join(len(part).to_bytes(8, "big") + part for part in parts))
    return new_handle("c", keyed.digest()[:16])


@lru_cache(256)
def _keyed(key: bytes) -> hmac.HMAC:
    """To be copied: `hmac.digest` prepares the key anew and lets the interpreter go, which a request then waits for."""
    return hmac.new(key, digestmod="sha256")
