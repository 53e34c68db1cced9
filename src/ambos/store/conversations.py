"""What earlier turns of a conversation revealed: its highest level and the kinds, sealed with the owner's key.

Written by `Log.permit` and `Log.refused` in their transaction. Forgetting it too early would let a client lower the
level by dropping turns, so it has a term of its own (`conversation_days`).
"""

from __future__ import annotations

import asyncio

import orjson

from ambos.messages import Known, Level
from ambos.ports import Clock
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.keyring import KeyRing
from ambos.store.sealing import Sealer, place
from ambos.store.settings import DAY_MS
from ambos.store.statements import Statements


class ConversationState:
    """The door `Conversations`."""

    def __init__(self, database: Database, ring: KeyRing, clock: Clock) -> None:
        self._database = database
        self._ring = ring
        self._clock = clock
        self._read = Statements.of(database).read_conversation

    async def known(self, conversation: str, *, tenant: str, owner: str) -> Known:
        """The highest level and the kinds so far; the empty `Known` for a new conversation.

        Raises:
            StoreError: it cannot be read, so that nothing may be decided.
        """
        where = (tenant, owner, conversation)
        if self._database.is_sqlite:  # a few microseconds: less than a turn of another thread
            found = self._database.first(self._read, where)
        else:
            found = await asyncio.to_thread(self._database.first, self._read, where)
        if found is None or found[1] <= self._clock.now_ms():
            return Known()
        return _known(self._ring.opened(tenant, owner, bytes(found[0]), place("conversations", *where)))


def remember(
    draft: Draft, key: Sealer, where: tuple[str, str, str], level: Level, kinds: frozenset[str], *, term_ms: int
) -> None:
    """Raise the state of a conversation; written only when it tells more or would soon expire. No row tells nothing."""
    batch = draft.batch
    known = batch.known.get(where)
    if known is None:
        row = batch.one(batch.sql.read_conversation, where)
        is_live = row is not None and row[1] > draft.time_ms
        known = (_open(key, bytes(row[0]), *where), row[1]) if row is not None and is_live else (Known(), 0)
    now = Known(max(level, known[0].level), known[0].kinds | kinds)
    expires_ms = draft.time_ms + term_ms
    if now != known[0] or (now != Known() and known[1] < expires_ms - DAY_MS // 2):
        draft.write(batch.sql.put_conversation, (*where, sealed_state(key, now, where), expires_ms))
        known = (now, expires_ms)
    batch.known[where] = known


def sealed_state(key: Sealer, known: Known, where: tuple[str, str, str]) -> bytes:
    """The state of a conversation, sealed for its row."""
    state = {"kinds": sorted(known.kinds), "level": known.level.label}
    return key.seal(orjson.dumps(state), place("conversations", *where))


def _open(key: Sealer, sealed: bytes, tenant: str, owner: str, conversation: str) -> Known:
    return _known(key.open(sealed, place("conversations", tenant, owner, conversation)))


def _known(opened: bytes) -> Known:
    state = orjson.loads(opened)
    return Known(Level.of(state["level"]), frozenset(state["kinds"]))
