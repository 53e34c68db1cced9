"""The machine that reads a whole log again and names the first wrong place.

Fed the entries in order with the positions they claim, it recomputes hashes, tiles and roots, compares them with what
is stored and signed, and watches the order of entries of each request (docs/spec/audit-log.md section 10). Its memory
is constant but for the requests that are not finished, of which it keeps the newest `open_limit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ambos.audit.checkpoint import Checkpoint
from ambos.audit.entry import Entry
from ambos.audit.note import Verifier
from ambos.audit.order import OrderCheck, OrderState
from ambos.audit.tiles import WIDTH, Tile, write_tile
from ambos.audit.tree import EMPTY, HASH_BYTES, TILE_HEIGHT, Frontier, leaf_hash
from ambos.errors import ProofError

FindTile: TypeAlias = Callable[[Tile], bytes | None]
"""The stored bytes of a hash tile, None when it is not kept."""

OPEN_LIMIT: Final = 100_000  # requests; about 40 MB, and far above what a house answers at once


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first wrong place: the position of the entry (or the size of the tree), and what is wrong, in words."""

    position: int
    what: str

    def __str__(self) -> str:
        return f"position {self.position}: {self.what}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a check stood after an entry: from a *trusted* one a later check can go on.

    Attributes:
        frontier: of the entries that were read and found right.
        time_ms: of the last of them.
        order: requests that were not finished.
    """

    frontier: Frontier = EMPTY
    time_ms: int = 0
    order: OrderState = field(default_factory=OrderState)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was read.

    Attributes:
        wrong: the first wrong place, None when there is none.
        events: how many entries of each event.
        checkpoints: how many signed checkpoints agreed with the entries.
        unanswered: `egress` entries without an ending: calls that a crash cut, or that are under way.
        unplaced: endings whose request was too old to be remembered, so that their order was not checked.
        standing: where the check stood at the end; worth nothing when something is wrong.
    """

    size: int
    root: bytes
    wrong: Wrong | None
    events: Mapping[str, int]
    checkpoints: int
    unanswered: int
    unplaced: int
    standing: Standing


class LogCheck:
    """Reads a log from its first entry to its last.

    Args:
        log_keys: keys of the log; every checkpoint must be signed by one of them.
        witnesses: keys of witnesses; a false line of theirs is wrong, an absent one is not.
        find_tile: reader of stored hash tiles, compared as the entries fill them and at the end.
        open_limit: how many unfinished requests are remembered.
        start: go on from here: the entries before are not read, the next one fed is at `start.frontier.size`.
        growing: with `start`, the stored hashes of its tiles that are not full, leaves first: those give its frontier.

    Raises:
        ProofError: `growing` does not give the frontier of `start`.

    After the first wrong place everything else is ignored: what follows a break proves nothing.
    """

    def __init__(
        self,
        log_keys: Sequence[Verifier],
        *,
        witnesses: Sequence[Verifier] = (),
        find_tile: FindTile | None = None,
        open_limit: int = OPEN_LIMIT,
        start: Standing | None = None,
        growing: Sequence[Sequence[bytes]] = (),
    ) -> None:
        self._log_keys, self._witnesses = tuple(log_keys), tuple(witnesses)
        self._find_tile = find_tile
        start = start or Standing()
        # The tiles that are not full: the first holds the leaf hashes after `_base`, which ends at a full tile.
        self._tiles: list[list[bytes]] = [list(tile) for tile in growing] or [[]]
        self._base = _base(start.frontier, self._tiles)
        self._time_ms = start.time_ms
        self._heads: dict[int, Checkpoint] = {}
        self._order = OrderCheck(open_limit, start.order)
        self._events: Counter[str] = Counter()
        self._checkpoints = 0
        self._wrong: Wrong | None = None
        self._last: Entry | None = None

    @property
    def wrong(self) -> Wrong | None:
        """The first wrong place so far."""
        return self._wrong

    @property
    def size(self) -> int:
        """How many entries were read and found right."""
        return self._base.size + len(self._tiles[0])

    @property
    def last(self) -> Entry | None:
        """The entry that was read last, None before the first."""
        return self._last

    def checkpoint(self, note: bytes) -> Wrong | None:
        """A signed head, old or new, fed before the entry that passes its size; those ahead are kept until then.

        Feed them in step with the entries where there are many: each one ahead takes memory.
        """
        if self._wrong is not None:
            return self._wrong
        try:
            head = Checkpoint.open(note, self._log_keys, witnesses=self._witnesses).checkpoint
        except ProofError as error:
            return self._found(self.size, f"a signed checkpoint does not open: {error}")
        if head.size < self.size:
            raise ProofError(f"the checkpoint of {head.size} is fed after entry {self.size - 1}: feed it earlier")
        other = self._heads.setdefault(head.size, head)
        if other.root != head.root or other.origin != head.origin:
            return self._found(head.size, f"two signed checkpoints of size {head.size} differ: the log was split")
        return self._compare_root() if head.size == self.size else None

    def entry(self, position: int, leaf: bytes, *, stored_hash: bytes | None = None) -> Wrong | None:
        """The next entry, with the position it claims and the leaf hash that is stored for it, if one is."""
        if self._wrong is not None:
            return self._wrong
        if position != self.size:
            return self._found(self.size, f"an entry is missing or out of place: the next one says {position}")
        try:
            entry = Entry.decode(leaf)
        except ProofError as error:
            return self._found(position, f"the entry cannot be read: {error}")
        hashed = leaf_hash(leaf)
        if stored_hash is not None and stored_hash != hashed:
            return self._found(position, "the entry's hash differs from the stored leaf hash")
        time_ms = entry.time_ms
        if time_ms < self._time_ms:
            return self._found(position, "the entry is older than the one before it")
        self._time_ms = time_ms
        disorder = self._order.follow(entry.event, entry.fields)
        if disorder is not None:
            return self._found(position, disorder)
        self._events[entry.event] += 1
        self._last = entry
        return self._append(hashed)

    def close(self) -> Summary:
        """After the last entry: compare the partial tiles, and look for checkpoints beyond the end."""
        if self._wrong is None:
            self._compare_growing()
        if self._wrong is None and self._heads:
            largest = max(self._heads)
            self._found(self.size, f"the log ends here, but a signed checkpoint says it had {largest} entries")
        frontier = self._frontier()
        return Summary(
            size=self.size,
            root=frontier.root(),
            wrong=self._wrong,
            events=dict(self._events),
            checkpoints=self._checkpoints,
            unanswered=self._order.unanswered,
            unplaced=self._order.unplaced,
            standing=Standing(frontier, self._time_ms, self._order.state),
        )

    def _frontier(self) -> Frontier:
        return self._base.extend(self._tiles[0])

    def _found(self, position: int, what: str) -> Wrong:
        self._wrong = Wrong(position, what)
        return self._wrong

    def _append(self, hashed: bytes) -> Wrong | None:
        """Keep the leaf hash; a full tile of them moves the base, and what that completes fills the tiles above."""
        leaves = self._tiles[0]
        leaves.append(hashed)
        if len(leaves) == WIDTH:
            wrong = self._compare_tile(Tile(0, self._base.size // WIDTH), leaves)
            growth = self._base.grow(leaves)
            self._base = growth.frontier
            leaves.clear()
            for one in growth.tile_hashes:
                wrong = wrong or self._fill(one.level, one.index, one.hash)
            if wrong is not None:
                return wrong
        return self._compare_root() if self.size in self._heads else None

    def _fill(self, level: int, index: int, one: bytes) -> Wrong | None:
        """Put a hash into the tile that grows at its level above the leaves; compare the tile when it is full."""
        if level == len(self._tiles):
            self._tiles.append([])
        growing = self._tiles[level]
        growing.append(one)
        if len(growing) < WIDTH:
            return None
        wrong = self._compare_tile(Tile(level, index // WIDTH), growing)
        growing.clear()
        return wrong

    def _compare_growing(self) -> Wrong | None:
        """Compare the tiles that are not full yet, from the leaves up."""
        for level, hashes in enumerate(self._tiles):
            if hashes:
                index = (self.size >> (TILE_HEIGHT * level)) // WIDTH
                wrong = self._compare_tile(Tile(level, index, len(hashes)), hashes)
                if wrong is not None:
                    return wrong
        return None

    def _compare_tile(self, tile: Tile, hashes: Sequence[bytes]) -> Wrong | None:
        stored = self._find_tile(tile) if self._find_tile is not None else None
        made = write_tile(hashes)
        if stored is None or stored == made:
            return None
        first = next(
            (at for at in range(0, len(made), HASH_BYTES) if stored[at:][:HASH_BYTES] != made[at:][:HASH_BYTES]), 0
        )
        along = tile.index * WIDTH + first // HASH_BYTES
        position = along << (TILE_HEIGHT * (tile.level or 0))
        return self._found(position, f"the stored {tile.path} differs from the entries")

    def _compare_root(self) -> Wrong | None:
        head = self._heads.pop(self.size)
        if head.root != self._frontier().root():
            # A stored tile, where there is one, tells the place more exactly than the root does.
            return self._compare_growing() or self._found(
                self.size, f"the root of the entries differs from the signed checkpoint of {self.size}"
            )
        self._checkpoints += 1
        return None


def _base(frontier: Frontier, tiles: Sequence[Sequence[bytes]]) -> Frontier:
    """The frontier without the leaves of the growing tile, made of the growing tiles from the top.

    Raises:
        ProofError: they do not give this frontier.
    """
    base = EMPTY
    for level in range(len(tiles) - 1, 0, -1):
        step = TILE_HEIGHT * level
        for one in tiles[level]:
            base = base.join(one, step)
    if base.extend(tiles[0]) != frontier:
        raise ProofError("the stored hashes of the growing tiles do not give the frontier that is trusted")
    return base
