"""Random handles and the keyed names of conversations: all that the log ever holds of somebody."""

from __future__ import annotations

import base64
import hashlib
import hmac


def new_handle(prefix: str, random: bytes) -> str:
    """`prefix_` and lower-case base32 of `random` (16 bytes give 128 bit).

    >>> new_handle("r", bytes(5))
    'r_aaaaaaaa'
    """
    return f"{prefix}_{base64.b32encode(random).decode().lower().rstrip('=')}"


def conversation_handle(key: bytes, *, tenant: str, principal: str, name: str | None, first_message: str) -> str:
    """The handle of a conversation (design 3.3): its given name, else its first user message, under the tenant's key.

    Two principals with the same name or message have different conversations, and nobody without the key can test a
    guess of either.
    """
    label, value = ("name", name) if name else ("first", first_message)
    parts = (part.encode("utf-8", "surrogatepass") for part in (tenant, principal, label, value or ""))
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return new_handle("c", hmac.new(key, framed, hashlib.sha256).digest()[:16])
