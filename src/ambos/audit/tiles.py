"""Tiles: the tree and the entries as static pieces of 256 (C2SP tlog-tiles).

Knows paths, tile and bundle bytes, and how to read any hash of the tree out of tiles. Fetches and stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ambos.audit.checkpoint import parse_decimal
from ambos.audit.entry import MAX_LEAF_BYTES
from ambos.audit.proof import HashAt
from ambos.audit.tree import HASH_BYTES, MAX_SIZE, TILE_HEIGHT, Frontier
from ambos.errors import ProofError

WIDTH: Final = 256
MAX_LEVEL: Final = 63  # C2SP tlog-tiles, "Merkle Tree"
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
).fullmatch


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile or entry bundle.

    Attributes:
        level: 0 for leaf hashes, up to 63; None for a bundle of entries.
        index: of the tile along its level.
        width: hashes or entries in it, 1 to 256; below 256 it is partial.
    """

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        level_fits = self.level is None or 0 <= self.level <= MAX_LEVEL
        if not level_fits or not 0 <= self.index <= MAX_SIZE or not 1 <= self.width <= WIDTH:
            raise ProofError("a tile has a level of 0 to 63, an index from 0 and a width of 1 to 256")

    @property
    def path(self) -> str:
        """The path under the log's prefix.

        >>> Tile(0, 1234067, 3).path
        'tile/0/x001/x234/067.p/3'
        """
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{number}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a path; the only one that `path` would write for this tile.

        Raises:
            ProofError: another form.
        """
        found = _PATH(path)
        if found is None:
            raise ProofError("a tile has the path tile/LEVEL/INDEX or tile/entries/INDEX, with .p/WIDTH if partial")
        level = None if found["level"] == "entries" else int(found["level"])
        index = parse_decimal(
            found["index"].replace("/", "").replace("x", "").lstrip("0") or "0", "the index of a tile"
        )
        tile = cls(level, index, int(found["width"] or WIDTH))
        if tile.path != path:
            raise ProofError("the path of a tile has groups of three digits and no more than it needs")
        return tile


def tiles_of(size: int, *, since: int = 0) -> list[Tile]:
    """The hash tiles of a tree of `size` that a tree of `since` leaves did not have yet, partial ones too."""
    if not 0 <= since <= size <= MAX_SIZE:
        raise ProofError("a tree grows from a smaller size to a larger one")
    found, level = list[Tile](), 0
    while size >> (TILE_HEIGHT * level):
        had, has = since >> (TILE_HEIGHT * level), size >> (TILE_HEIGHT * level)
        if has > had:
            found += [Tile(level, index) for index in range(had // WIDTH, has // WIDTH)]
            if has % WIDTH:
                found.append(Tile(level, has // WIDTH, has % WIDTH))
        level += 1
    return found


def write_tile(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile: 1 to 256 hashes, one after another."""
    if not 1 <= len(hashes) <= WIDTH or any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"a tile has 1 to {WIDTH} hashes of {HASH_BYTES} bytes")
    return b"".join(hashes)


def parse_tile(data: bytes, width: int = WIDTH) -> tuple[bytes, ...]:
    """The hashes of a tile of this width.

    Raises:
        ProofError: another length.
    """
    if not 1 <= width <= WIDTH or len(data) != width * HASH_BYTES:
        raise ProofError(f"a tile of width {width} has {width * HASH_BYTES} bytes, this one {len(data)}")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def write_bundle(leaves: Sequence[bytes]) -> bytes:
    """The bytes of an entry bundle: each of 1 to 256 leaves after its length as big-endian uint16."""
    if not 1 <= len(leaves) <= WIDTH or any(len(leaf) > MAX_LEAF_BYTES for leaf in leaves):
        raise ProofError(f"an entry bundle has 1 to {WIDTH} entries of at most {MAX_LEAF_BYTES} bytes")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def parse_bundle(data: bytes, width: int = WIDTH) -> tuple[bytes, ...]:
    """The leaves of an entry bundle of this width.

    Raises:
        ProofError: another number of entries, or an entry that is cut.
    """
    if not 1 <= width <= WIDTH:
        raise ProofError(f"an entry bundle has a width of 1 to {WIDTH}")
    leaves, at = list[bytes](), 0
    while at < len(data) and len(leaves) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):  # also where the length itself is cut
            raise ProofError(f"entry {len(leaves)} of the bundle is cut")
        leaves.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(leaves) != width:
        raise ProofError(f"an entry bundle of width {width} holds exactly as many entries")
    return tuple(leaves)


ReadTile: TypeAlias = Callable[[Tile], bytes]
"""The bytes of a hash tile; may raise `ProofError` when it has none."""


def hashes_from(read_tile: ReadTile, size: int) -> HashAt:
    """A reader of subtree hashes, as `prove_inclusion` wants it, out of the tiles of a tree of `size`."""

    def hash_at(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        start = index << height
        along = size >> (TILE_HEIGHT * tile_level)
        if not 0 <= start < start + (1 << height) <= along:
            raise ProofError(f"a tree of {size} has no complete subtree {index} at height {level}")
        number, inside = divmod(start, WIDTH)
        width = min(WIDTH, along - number * WIDTH)
        hashes = parse_tile(read_tile(Tile(tile_level, number, width)), width)
        return Frontier().extend(hashes[inside : inside + (1 << height)]).root()

    return hash_at
