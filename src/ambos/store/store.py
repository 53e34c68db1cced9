"""The store as one thing: opens everything, starts and ends the writer, and answers what is asked about the log.

Its parts stand behind the doors `Log`, `Keys`, `Conversations` and `Records`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from ambos.audit import Entry, Frontier
from ambos.audit.entry import Value
from ambos.audit.quorum import Quorum
from ambos.errors import IntegrityError, StoreError
from ambos.identity.people import Groups
from ambos.messages import Route
from ambos.ports import Clock, Random
from ambos.store import schema
from ambos.store.backup import Backups
from ambos.store.batch import Sequencer
from ambos.store.changes import Changes
from ambos.store.consents import Consents
from ambos.store.conversations import ConversationState
from ambos.store.corpora import Corpora
from ambos.store.erasure import Erasures
from ambos.store.experiments import Experiments
from ambos.store.fault import Fault
from ambos.store.foundation import Foundation, lay
from ambos.store.incidents import Incidents
from ambos.store.keys import ApiKeys
from ambos.store.log import AuditLog, Scrub
from ambos.store.openings import Openings
from ambos.store.provider_logouts import ProviderLogouts
from ambos.store.receipts import Made, SaltsOf, make_receipt
from ambos.store.records import SealedRecords
from ambos.store.registry import Registry
from ambos.store.retention import Retention
from ambos.store.revocations import Revocations
from ambos.store.rotation import Rotation
from ambos.store.sessions import LogIns
from ambos.store.settings import StoreSettings
from ambos.store.subjects import SubjectIndex
from ambos.store.tree import StoredTree
from ambos.store.users import Users
from ambos.store.verify import Report, Trusted, verify
from ambos.store.writer import Writer

_PAGE = 1000  # entries read at once, so that a long log takes little memory


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest head of the log. `checkpoint` is the signed note."""

    size: int
    root: bytes
    checkpoint: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """One entry with its place in the log."""

    seq: int
    event: str
    fields: Mapping[str, Value]


class Store:
    """One opened installation. `start` before writing, `close` at the end; or use it as a context manager."""

    def __init__(
        self, foundation: Foundation, settings: StoreSettings, clock: Clock, rng: Random, scrub: Scrub | None
    ) -> None:
        content, ring, nonces = foundation.content, foundation.ring, foundation.nonces
        self._foundation = foundation
        self._settings = settings
        self._clock = clock
        self.redone = 0  # orders of erasure that an older content had forgotten
        self.revoked_again = 0  # keys, sessions, users and openings that it had forgotten the end of
        self.secrets = foundation.secrets
        self._writer = Writer(
            Sequencer(content, foundation.signer, clock),
            queue_size=settings.queue_size,
            batch_size=settings.batch_size,
            wait_s=settings.wait_s,
        )
        self.subjects = SubjectIndex(content, foundation.secrets)
        self.log = AuditLog(
            self._writer, ring, index=self.subjects, rng=rng, nonces=nonces, settings=settings, scrub=scrub
        )
        self.rotation = Rotation(foundation, self._writer, settings, rng)
        self.backups = Backups(foundation, self._writer, settings)
        self.erasures = Erasures(foundation, self.subjects, settings, clock=clock, rng=rng)
        self._let_in(clock, rng)
        self.changes = Changes(content, self._writer, rng)
        self.experiments = Experiments(content, self._writer, foundation.secrets, rng)
        self.conversations = ConversationState(content, ring, clock)
        retention = Retention(content, ring, Sequencer(content, foundation.signer, clock), rng)
        self.records = SealedRecords(content, ring, nonces, retention)
        self.tree = StoredTree(content)
        self.corpora = Corpora(content, ring, self._writer)
        self.registry = Registry(
            content, ring, self._writer, self.corpora, marked_model_days=settings.marked_model_days
        )

    def _let_in(self, clock: Clock, rng: Random) -> None:
        """Who comes in: keys, people, log-ins and openings, and what brings their ends back."""
        foundation, settings, content, nonces = (
            self._foundation, self._settings, self._foundation.content, self._foundation.nonces,
        )  # fmt: skip
        self.revocations = Revocations(
            foundation,
            Sequencer(content, foundation.signer, clock),
            clock,
            session_ms=settings.session_minutes * 60_000,
        )
        self.consents = Consents(content, self._writer, rng, self.revocations)
        self.keys = ApiKeys(
            content,
            self._writer,
            self.secrets,
            clock=clock,
            rng=rng,
            revocations=self.revocations,
            session_minutes=settings.session_minutes,
            groups=settings.groups,
        )
        self.users = Users(
            content, self._writer, self.secrets, rng=rng, revocations=self.revocations, groups=settings.groups
        )
        self.users.changed = self.keys.forget
        self.logouts = ProviderLogouts(
            content, self._writer, self.secrets, clock,
            users=self.users, keys=self.keys, revocations=self.revocations,
        )  # fmt: skip
        self.log_ins = LogIns(
            content,
            self._writer,
            self.secrets,
            users=self.users,
            keys=self.keys,
            revocations=self.revocations,
            logouts=self.logouts,
            rng=rng,
            nonces=nonces,
        )
        self.incidents = Incidents(content, self._writer, self.secrets, rng=rng, nonces=nonces)
        self.openings = Openings(
            content, self._writer, self.secrets, clock=clock, rng=rng, nonces=nonces, revocations=self.revocations
        )

    @property
    def installation(self) -> str:
        """The public name of the installation."""
        return self._foundation.installation.id

    @property
    def is_ready(self) -> bool:
        """The log can be written."""
        return self._writer.is_ready

    def start(self) -> None:
        """Do again what an older content has forgotten, then start the writer."""
        self.redone = self.erasures.recovery.settle()
        if self.redone:
            self.records.expire(self._clock.now_ms())
        self.revoked_again = self.revocations.settle()
        self._writer.start()

    def regroup(self, groups: Groups) -> None:
        """What the groups of the house give from now on."""
        if groups != self.users.groups:
            self.users.groups = groups
            self.keys.regroup(groups)

    def close(self) -> None:
        """Write what waits, then close everything."""
        self._writer.close()
        self._foundation.dispose()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def head(self) -> LogHead:
        """The newest signed head."""
        state = schema.log_state.c
        with self._foundation.content.reading() as connection:
            row = connection.execute(select(state.frontier, state.checkpoint, state.time_ms)).first()
        if row is None:
            raise StoreError("the state of the log is missing: run `ambos audit verify`")
        frontier = Frontier.from_bytes(bytes(row[0]))
        return LogHead(frontier.size, frontier.root(), row[1], row[2])

    def entries(
        self, after: int = 0, *, limit: int | None = None, events: Collection[str] | None = None
    ) -> Iterator[LoggedEntry]:
        """Entries from place `after` on, in order; at most `limit`, only those of `events` where given."""
        left = limit
        while left is None or left > 0:
            page = self._page(after, _PAGE if left is None else min(left, _PAGE), events)
            for seq, leaf in page:
                yield _logged(seq, bytes(leaf))
            if len(page) < (_PAGE if left is None else min(left, _PAGE)):
                return
            after = page[-1][0] + 1
            left = None if left is None else left - len(page)

    def generation(self) -> int:
        """Of the key ring, as the content has committed it: it moves with each block and erasure."""
        return self.erasures.generation()

    def receipt(self, places: Collection[int], quorum: Quorum, salts: SaltsOf | None = None) -> Made:
        """A receipt of the entries at these places (`ambos.store.receipts`)."""
        return make_receipt(self.tree, places, quorum, salts)

    def entries_of(self, request: str) -> list[LoggedEntry]:
        """The entries of one request, in order; empty when there is no such request."""
        entries, records = schema.log_entries.c, schema.records.c
        rows = (
            select(entries.seq, entries.leaf)
            .join(schema.records, entries.record == records.seq)
            .where(records.id == request)
            .order_by(entries.seq)
        )
        with self._foundation.content.reading() as connection:
            found = connection.execute(rows).all()
        return [_logged(seq, bytes(leaf)) for seq, leaf in found]

    def statistics(self, since_ms: int = 0) -> Mapping[Route, int]:
        """How many requests ended by each route since then, from the log."""
        table = schema.log_entries.c
        first = self._first_since(since_ms)
        ended = table.event.in_(("completed", "refused"))
        rows = select(table.route, func.count()).where(table.seq >= first, ended).group_by(table.route)
        counts = dict.fromkeys(Route, 0)
        with self._foundation.content.reading() as connection:
            for route, count in connection.execute(rows):
                counts[Route(route)] = count
        return counts

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        *,
        deep: bool = False,
        trusted: Trusted | None = None,
    ) -> Report:
        """Recompute everything from the database; with `deep`, open the sealed parts too."""
        return verify(self._foundation, self._settings.vkey_path, progress, deep=deep, trusted=trusted)

    def _page(self, after: int, limit: int, events: Collection[str] | None) -> list[tuple[int, bytes]]:
        table = schema.log_entries.c
        rows = select(table.seq, table.leaf).where(table.seq >= after).order_by(table.seq).limit(limit)
        if events is not None:
            rows = rows.where(table.event.in_(sorted(events)))
        with self._foundation.content.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(rows)]

    def _first_since(self, since_ms: int) -> int:
        """The first entry of that time or later, by halving: time never runs backwards in the log."""
        low, high = 0, self.head().size
        while low < high:
            middle = (low + high) // 2
            entry = next(self.entries(middle, limit=1), None)
            if entry is None or int(str(entry.fields["time"])) >= since_ms:
                high = middle
            else:
                low = middle + 1
        return low


def _logged(seq: int, leaf: bytes) -> LoggedEntry:
    entry = Entry.decode(leaf)
    return LoggedEntry(seq, entry.event, entry.fields)


def open_store(
    settings: StoreSettings, clock: Clock, rng: Random, *, read_only: bool = False, scrub: Scrub | None = None
) -> Store:
    """Open the store of these settings, or make it where they allow (`may_create`).

    Args:
        settings: see `StoreSettings`.
        clock, rng: doors to time and randomness.
        read_only: nothing can be written; no writer is needed.
        scrub: replaces secrets in what is sealed. Without one no content is kept, as with `content_days = 0`.

    Raises:
        StoreError: there is none, or it has another schema.
        KeyServiceError: the root key is absent or wrong.
        IntegrityError: a part is lost or damaged.
    """
    return Store(lay(settings, clock, rng, read_only=read_only), settings, clock, rng, scrub)


def verify_store(
    settings: StoreSettings,
    clock: Clock,
    rng: Random,
    progress: Callable[[int, int], None] | None = None,
    *,
    deep: bool = False,
    trusted: Trusted | None = None,
) -> Report:
    """Like `Store.verify`, for a house that may be too damaged to open.

    Raises:
        KeyServiceError: the root key is absent or wrong, so that nothing can be said.
        StoreError: there is no installation, or it has another schema.
    """
    try:
        store = open_store(settings, clock, rng, read_only=True)
    except IntegrityError as error:
        return Report(Fault(error.place, str(error)))
    with contextlib.closing(store):
        return store.verify(progress, deep=deep, trusted=trusted)
