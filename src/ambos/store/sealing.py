"""Sealing: AES-256-GCM with associated data that says where a sealed value belongs.

A sealed value is `0x01 ‖ nonce (12) ‖ ciphertext ‖ tag (16)` (docs/spec/store.md section 3). Which key seals what is
known by `keyring` and `secrets`.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ambos.errors import IntegrityError
from ambos.ports import Random

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # NIST SP 800-38D 8.2: the size that GCM takes without hashing it
_FORMAT: Final = b"\x01"
_NONCES_AT_ONCE: Final = 64
_SMALLEST: Final = 1 + _NONCE_BYTES + 16


# A plain list: its copy is one step, so that no other thread can be amid a change of it when a child is forked.
_drawn: Final[list[weakref.ref[Drawn | Nonces]]] = []


def _forgotten_by_children(drawn: Drawn | Nonces) -> list[bytes]:
    """Pieces that a forked child finds gone: asking for the process at each piece would cost a fifth of sealing 1 KiB."""
    _drawn.append(weakref.ref(drawn, _drawn.remove))
    return []


def _forget() -> None:
    for reference in _drawn.copy():
        if (drawn := reference()) is not None:
            drawn.pieces.clear()


os.register_at_fork(after_in_child=_forget)


class Drawn:
    """Random pieces of one size, drawn many at a time: half of sealing 1 KiB would be the system call otherwise.

    Each piece is handed out once (`list.pop` is atomic). A forked child starts anew, so that it never repeats its
    parent's nonces.
    """

    __slots__ = ("__weakref__", "_rng", "_size", "pieces")

    def __init__(self, rng: Random, size_bytes: int) -> None:
        self._rng = rng
        self._size = size_bytes
        self.pieces = _forgotten_by_children(self)

    def take(self) -> bytes:
        """A piece that nobody had before."""
        try:
            return self.pieces.pop()
        except IndexError:
            block = self._rng.token(64 * self._size)
            self.pieces.extend(block[at : at + self._size] for at in range(self._size, len(block), self._size))
            return block[: self._size]


class Nonces:
    """Nonces of GCM, unique by construction: 8 random bytes and a counter of 4, which a process never repeats.

    The random half is drawn anew for every 64 (so that a copied virtual machine does not go on with its twin's), and when
    the counter is about to begin again. Bound (SP 800-38D 8): within a process no nonce comes twice in 2^32, and two
    processes meet only where both halves agree. Of 2^32 values under one key, sealed by P processes, two meet with a
    chance of about P * 2^-39: below 2^-32, which the standard asks for, up to 128 processes over the life of a key.
    """

    __slots__ = ("__weakref__", "_lock", "_next", "_rng", "pieces")

    def __init__(self, rng: Random) -> None:
        self._rng, self._lock = rng, threading.Lock()
        self._next = 0
        self.pieces = _forgotten_by_children(self)

    def take(self) -> bytes:
        """A nonce that nobody had before."""
        try:
            return self.pieces.pop()
        except IndexError:
            return self._draw()

    def _draw(self) -> bytes:
        with self._lock:
            first, self._next = self._next, self._next + _NONCES_AT_ONCE
        prefix = self._rng.token(_NONCE_BYTES - 4)
        numbers = range(first, first + _NONCES_AT_ONCE)
        fresh = [prefix + (number & 0xFFFFFFFF).to_bytes(4, "big") for number in numbers]
        self.pieces.extend(fresh[1:])
        return fresh[0]


def place(*words: str) -> bytes:
    """Associated data: which table, tenant and row. The words are joined by zero bytes, which none of them may hold."""
    whole = "\0".join(words)
    if whole.count("\0") != len(words) - 1:
        raise ValueError("a name of the store holds no zero byte: two places would be told alike")
    return whole.encode()


class Sealer:
    """One key for sealing. The key is not in `repr` and cannot be read back."""

    __slots__ = ("_aead", "_encrypt", "_nonces", "_ready")

    def __init__(self, key: bytes, nonces: Nonces) -> None:
        self._aead = AESGCM(key)
        self._encrypt = self._aead.encrypt
        self._nonces, self._ready = nonces, nonces.pieces

    def seal(self, content: bytes, where: bytes) -> bytes:
        """The sealed form of `content`, good only at `where`."""
        try:
            nonce = self._ready.pop()
        except IndexError:
            nonce = self._nonces.take()
        return b"\x01" + nonce + self._encrypt(nonce, content, where)

    def open(self, sealed: bytes, where: bytes) -> bytes:
        """What was sealed.

        Raises:
            IntegrityError: other bytes, another key or another place than when it was sealed.
        """
        if len(sealed) < _SMALLEST or sealed[:1] != _FORMAT:
            raise IntegrityError("a sealed value is cut short or in an unknown format")
        try:
            return self._aead.decrypt(sealed[1:13], sealed[13:], where)
        except InvalidTag:
            raise IntegrityError("a sealed value does not open: changed, moved, or sealed with another key") from None
