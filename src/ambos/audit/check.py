"""The machine that reads a whole log again and names the first wrong place.

Fed the entries in order with the positions they claim, it recomputes hashes, tiles and roots, compares them with what
is stored and signed, and watches the order of entries of each request (docs/spec/audit-log.md section 10). Its memory
is constant but for the requests that are not finished, of which it keeps the newest `open_limit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ambos.audit.checkpoint import Checkpoint
from ambos.audit.entry import Entry
from ambos.audit.note import Verifier
from ambos.audit.order import OrderCheck
from ambos.audit.tiles import WIDTH, Tile, write_tile
from ambos.audit.tree import EMPTY, HASH_BYTES, TILE_HEIGHT, leaf_hash
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
class Summary:
    """What was read.

    Attributes:
        wrong: the first wrong place, None when there is none.
        events: how many entries of each event.
        checkpoints: how many signed checkpoints agreed with the entries.
        unanswered: `egress` entries without an ending: calls that a crash cut, or that are under way.
        unplaced: endings whose request was too old to be remembered, so that their order was not checked.
    """

    size: int
    root: bytes
    wrong: Wrong | None
    events: Mapping[str, int]
    checkpoints: int
    unanswered: int
    unplaced: int


class LogCheck:
    """Reads a log from its first entry to its last.

    Args:
        log_keys: keys of the log; every checkpoint must be signed by one of them.
        witnesses: keys of witnesses; a false line of theirs is wrong, an absent one is not.
        find_tile: reader of stored hash tiles, compared as the entries fill them and at the end.
        open_limit: how many unfinished requests are remembered.

    After the first wrong place everything else is ignored: what follows a break proves nothing.
    """

    def __init__(
        self,
        log_keys: Sequence[Verifier],
        *,
        witnesses: Sequence[Verifier] = (),
        find_tile: FindTile | None = None,
        open_limit: int = OPEN_LIMIT,
    ) -> None:
        self._log_keys, self._witnesses = tuple(log_keys), tuple(witnesses)
        self._find_tile = find_tile
        self._frontier = EMPTY
        self._tiles: list[list[bytes]] = [[]]
        self._time_ms = 0
        self._heads: dict[int, Checkpoint] = {}
        self._order = OrderCheck(open_limit)
        self._events: Counter[str] = Counter()
        self._checkpoints = 0
        self._wrong: Wrong | None = None

    @property
    def wrong(self) -> Wrong | None:
        """The first wrong place so far."""
        return self._wrong

    @property
    def size(self) -> int:
        """How many entries were read and found right."""
        return self._frontier.size

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
        time_ms = int(str(entry.fields["time"]))
        if time_ms < self._time_ms:
            return self._found(position, "the entry is older than the one before it")
        self._time_ms = time_ms
        disorder = self._order.follow(entry.event, entry.fields)
        if disorder is not None:
            return self._found(position, disorder)
        self._events[entry.event] += 1
        return self._append(hashed)

    def close(self) -> Summary:
        """After the last entry: compare the partial tiles, and look for checkpoints beyond the end."""
        if self._wrong is None:
            self._compare_growing()
        if self._wrong is None and self._heads:
            largest = max(self._heads)
            self._found(self.size, f"the log ends here, but a signed checkpoint says it had {largest} entries")
        return Summary(
            size=self.size,
            root=self._frontier.root(),
            wrong=self._wrong,
            events=dict(self._events),
            checkpoints=self._checkpoints,
            unanswered=self._order.unanswered,
            unplaced=self._order.unplaced,
        )

    def _found(self, position: int, what: str) -> Wrong:
        self._wrong = Wrong(position, what)
        return self._wrong

    def _append(self, hashed: bytes) -> Wrong | None:
        size = self.size
        growth = self._frontier.grow((hashed,))
        self._frontier = growth.frontier
        for level, index, one in [(0, size, hashed), *((t.level, t.index, t.hash) for t in growth.tile_hashes)]:
            wrong = self._fill(level, index, one)
            if wrong is not None:
                return wrong
        return self._compare_root() if self.size in self._heads else None

    def _fill(self, level: int, index: int, one: bytes) -> Wrong | None:
        """Put a hash into the tile that grows at its level; compare the tile when it is full."""
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
        if head.root != self._frontier.root():
            # A stored tile, where there is one, tells the place more exactly than the root does.
            return self._compare_growing() or self._found(
                self.size, f"the root of the entries differs from the signed checkpoint of {self.size}"
            )
        self._checkpoints += 1
        return None
