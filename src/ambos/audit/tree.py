"""The Merkle tree of the log: leaf hashes, and the frontier from which the next root is made.

RFC 6962 section 2.1 with SHA-256. Knows nothing of entries, storage or signatures; proofs are in `proof`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ambos.errors import ProofError

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()  # RFC 6962 section 2.1: the hash of an empty tree
MAX_SIZE: Final = 2**63 - 1
_FORMAT: Final = b"\x01"  # first byte of a stored frontier
TILE_HEIGHT: Final = 8  # C2SP tlog-tiles: 256 hashes wide


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 leaf), RFC 6962 section 2.1."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 left right), RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class TileHash:
    """A hash of a tile above level 0, complete for ever: `index` counts along the level, not inside the tile."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What a batch adds: the frontier after it, and the tile hashes it completed at levels 1 and above."""

    frontier: Frontier
    tile_hashes: tuple[TileHash, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of the tree: the roots of its complete subtrees, the largest first.

    Attributes:
        size: number of leaves.
        hashes: one of 32 bytes for each bit that is set in `size`, the highest bit first.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf, given by its leaf hash."""
        return Frontier(self.size + 1, _pushed(self.size, self.hashes, leaf))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier with more leaves, given by their leaf hashes in order."""
        size, hashes = self.size, self.hashes
        for leaf in leaves:
            hashes = _pushed(size, hashes, leaf)
            size += 1
        return Frontier(size, hashes)

    def join(self, root: bytes, height: int) -> Frontier:
        """The frontier with a complete subtree of 2**height leaves more, given by its root.

        Raises:
            ProofError: the size is no multiple of 2**height.
        """
        if self.size % (1 << height):
            raise ProofError(f"a subtree of height {height} does not follow {self.size} leaves")
        return Frontier(self.size + (1 << height), _pushed(self.size >> height, self.hashes, root))

    def grow(self, leaves: Iterable[bytes]) -> Growth:
        """Like `extend`, and tells which tile hashes (levels 1 and above) became complete, in order.

        A store that keeps the leaf hashes and these can serve every tile and every proof (C2SP tlog-tiles).
        """
        size, hashes, complete = self.size, list(self.hashes), list[TileHash]()
        for leaf in leaves:
            joined, height, rest = leaf, 0, size
            while rest & 1:
                joined, height, rest = node_hash(hashes.pop(), joined), height + 1, rest >> 1
                if height % TILE_HEIGHT == 0:
                    complete.append(TileHash(height // TILE_HEIGHT, size >> height, joined))
            hashes.append(joined)
            size += 1
        return Growth(Frontier(size, tuple(hashes)), tuple(complete))

    def root(self) -> bytes:
        """The Merkle tree hash, RFC 6962 section 2.1."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """One byte 0x01, the size in 8 bytes (big-endian), then the hashes."""
        return _FORMAT + self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote.

        Raises:
            ProofError: another format, or not as many hashes as the size has bits set.
        """
        if len(data) < 9 or data[:1] != _FORMAT:
            raise ProofError("a stored frontier starts with 0x01 and eight bytes of size")
        size, rest = int.from_bytes(data[1:9], "big"), data[9:]
        if size > MAX_SIZE or len(rest) != HASH_BYTES * size.bit_count():
            raise ProofError(f"a frontier of size {size} has another number of hashes")
        return cls(size, tuple(rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)))


EMPTY: Final = Frontier()


def _pushed(size: int, hashes: tuple[bytes, ...], leaf: bytes) -> tuple[bytes, ...]:
    """Each trailing one of `size` is a complete subtree that the new leaf joins to a larger one."""
    keep = len(hashes)
    while size & 1:
        keep -= 1
        leaf = sha256(b"\x01" + hashes[keep] + leaf).digest()
        size >>= 1
    return (*hashes[:keep], leaf)
