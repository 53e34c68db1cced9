"""Corpora: kept sealed under a key of their own, opened by whoever trains; and what may no longer be learnt from.

A corpus is compared with permissions and orders each time it is asked for, so that no withdrawal can be missed: nothing
has to be told to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import BindParameter, bindparam, select

from ambos.audit.entry import Value
from ambos.errors import CorpusError, RequestError
from ambos.messages import Json
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.consents import Consent
from ambos.store.database import Database, Statement
from ambos.store.keyring import KeyRing
from ambos.store.sealing import Sealer, place
from ambos.store.subjects import RANK
from ambos.store.writer import Writer

if TYPE_CHECKING:
    from ambos.corpus import Corpus

PIECE_BYTES: Final = 1 << 20  # one sealed piece: small enough for a page cache, large enough for few rows


@dataclass(frozen=True, slots=True)
class Kept:
    """A corpus without its content.

    Attributes:
        marked: why it may no longer be learnt from: "withdrawn", "erased" or ""; since when, milliseconds, or 0.
    """

    hash: str
    name: str
    manifest: Mapping[str, Json]
    built_ms: int
    marked: str
    marked_ms: int


@dataclass(frozen=True, slots=True)
class Permitted:
    """One sealed record that may be learnt from, and by which permissions."""

    record: str
    owner: str
    permissions: tuple[str, ...]


class Corpora:
    """Keeps, opens and marks."""

    def __init__(self, database: Database, ring: KeyRing, writer: Writer) -> None:
        self._database, self._ring, self._writer = database, ring, writer
        self._insert = database.compile(schema.corpora.insert(), RANK)
        self._permission = database.compile(schema.corpus_permissions.insert(), RANK + 1)
        self._record = database.compile(schema.corpus_records.insert(), RANK + 1)
        self._part = part_statement(database)

    async def keep(
        self, corpus: Corpus, *, tenant: str, by: str, permissions: Collection[str] = (), records: Collection[str] = ()
    ) -> str:
        """Seal a corpus; its hash. Keeping it again costs nothing.

        Raises:
            CorpusError: a permission that it stands on is not in force.
            LogUnavailableError: the `corpus` entry was not made durable, so nothing was kept.
        """
        if any(one.hash == corpus.hash for one in self.list(tenant=tenant)):
            return corpus.hash
        sealer = self._ring.make_owner(tenant, corpus.hash)
        pieces = sealed_pieces(sealer, tenant, corpus.hash, corpus.content())
        manifest = msgspec.json.encode(corpus.manifest).decode()
        bases = sorted({str(one["basis"]) for one in corpus.manifest["sources"]})  # type: ignore[index,union-attr,call-overload]  # our own manifest

        def job(draft: Draft) -> None:
            row = (corpus.hash, tenant, corpus.manifest["name"], manifest, by, draft.time_ms)
            draft.write(self._insert, row)
            for one in sorted(permissions):
                draft.write(self._permission, (corpus.hash, one))
            for one in sorted(records):
                draft.write(self._record, (corpus.hash, one))
            write_pieces(draft, self._part, corpus.hash, pieces)
            rows = corpus.manifest["rows"]
            fields: dict[str, Value] = {"action": "built", "corpus": corpus.hash, "principal": by, "basis": bases[0]}
            draft.enter("corpus", tenant, {**fields, "count": sum(rows.values())})  # type: ignore[union-attr,arg-type]  # counts

        self._in_force(tenant, permissions)
        await self._writer.submit(job, may_abandon=False)
        return corpus.hash

    def list(self, *, tenant: str) -> Sequence[Kept]:
        """Every corpus, the oldest first, with what was withdrawn or erased since."""
        table = schema.corpora.c
        rows = select(table.hash, table.name, table.manifest, table.built_ms).where(table.tenant == tenant)
        with self._database.reading() as connection:
            found = connection.execute(rows.order_by(table.built_ms, table.hash)).all()
        return [
            Kept(hash_, name, msgspec.json.decode(manifest), built_ms, *self.mark(hash_, tenant))
            for hash_, name, manifest, built_ms in found
        ]

    def find(self, named: str, *, tenant: str) -> Kept:
        """The corpus of this hash, its first digits, or the newest of this name.

        Raises:
            CorpusError: there is none, or several begin so.
        """
        every = self.list(tenant=tenant)
        by_name = [one for one in every if one.name == named]
        digits = named.removeprefix("sha256:")
        by_hash = [one for one in every if len(digits) >= 6 and one.hash.removeprefix("sha256:").startswith(digits)]
        if not by_name and len(by_hash) != 1:
            raise CorpusError("there is no such corpus, or several begin so: see `ambos corpus list`")
        return by_name[-1] if by_name else by_hash[0]

    def open(self, hash_: str, *, tenant: str) -> Corpus:
        """The rows; only the process that trains or checks calls this.

        Raises:
            CorpusError: it was marked: nothing new is learnt from it.
            IntegrityError: it is not as it was sealed.
        """
        kept = self.find(hash_, tenant=tenant)
        if kept.marked:
            raise CorpusError(
                f"this corpus may no longer be learnt from ({kept.marked}): build it again without what is gone"
            )
        from ambos.corpus import opened  # numpy comes with it

        return opened(
            kept.manifest, read_pieces(self._database, self._ring.owner(tenant, kept.hash), tenant, kept.hash)
        )

    def sealer(self, hash_: str, *, tenant: str) -> Sealer:
        """The corpus' own key, for what is made of it while it trains: who erases the corpus erases that too."""
        return self._ring.owner(tenant, hash_)

    def mark(self, hash_: str, tenant: str) -> tuple[str, int]:
        """Why a corpus may no longer be learnt from, and since when; ("", 0) when it may."""
        consents, links = schema.consents.c, schema.corpus_permissions.c
        ended = (
            select(consents.withdrawn_ms)
            .join(schema.corpus_permissions, links.permission == consents.id)
            .where(links.corpus == hash_, consents.withdrawn_ms.is_not(None))
        )
        with self._database.reading() as connection:
            withdrawn = list(connection.execute(ended).scalars())
            held = set(
                connection.execute(
                    select(schema.corpus_records.c.record).where(schema.corpus_records.c.corpus == hash_)
                ).scalars()
            )
        erased = [
            order.blocked_ms
            for order in (self._ring.orders() if held else ())
            if order.tenant == tenant and not order.is_over and held & set(order.records)
        ]
        found = [(ms, "withdrawn") for ms in withdrawn] + [(ms, "erased") for ms in erased]
        since_ms, why = min(found, default=(0, ""))
        return why, since_ms

    def permitted(self, *, tenant: str, purpose: str, consents: Sequence[Consent]) -> Sequence[Permitted]:
        """Sealed records of these permissions that are complete, open and below a blocked or erased one's fate."""
        if not consents:
            return []
        entries, records, subjects = schema.log_entries.c, schema.records.c, schema.subject_records.c
        live = (records.tenant == tenant, records.wrapped_key.is_not(None), records.state == "completed")
        with self._database.reading() as connection:
            rows = connection.execute(
                select(records.seq, records.id, records.owner, records.level, entries.leaf)
                .join(schema.log_entries, entries.seq == records.seq)
                .where(*live)
                .order_by(records.seq)
            ).all()
            joined = connection.execute(select(subjects.record, subjects.blind).where(subjects.tenant == tenant)).all()
        blinds: dict[int, set[str]] = {}
        for seq, blind in joined:
            blinds.setdefault(seq, set()).add(bytes(blind).hex())
        ordered = {one for order in self._ring.orders() if not order.is_over for one in order.records}
        active = [one for one in consents if one.purpose == purpose and one.withdrawn_ms is None]
        found = []
        for seq, id_, owner, _level, leaf in rows:
            by = [one.id for one in active if _covers(one, bytes(leaf), blinds.get(seq, set()))]
            if by and id_ not in ordered:
                found.append(Permitted(id_, owner, tuple(by)))
        return found

    def _in_force(self, tenant: str, permissions: Collection[str]) -> None:
        table = schema.consents.c
        with self._database.reading() as connection:
            live = set(
                connection.execute(
                    select(table.id).where(table.tenant == tenant, table.withdrawn_ms.is_(None))
                ).scalars()
            )
        if set(permissions) - live:
            raise CorpusError("a permission that this corpus stands on is not in force: see `ambos consent list`")


def _covers(consent: Consent, leaf: bytes, blinds: set[str]) -> bool:
    """A key's records, a subject's records, or the source `records` as a whole."""
    if consent.scope == "key":
        fields = msgspec.json.decode(leaf)
        return isinstance(fields, dict) and fields.get("key") == consent.target
    if consent.scope == "subject":
        return consent.target in blinds
    return consent.target == "records"


# --- sealed pieces ------------------------------------------------------------------------------------------------------


def part_statement(database: Database) -> Statement:
    """How a piece is inserted."""
    values: dict[str, BindParameter[object]] = {name: bindparam(name) for name in ("whole", "ordinal", "sealed")}
    return database.compile(schema.learnt_parts.insert().values(values), RANK + 1)


def sealed_pieces(sealer: Sealer, tenant: str, whole: str, content: bytes) -> list[bytes]:
    """The content in pieces, each good only at its place; how many there are is part of each place."""
    count = max(1, -(-len(content) // PIECE_BYTES))
    return [
        sealer.seal(content[at * PIECE_BYTES : (at + 1) * PIECE_BYTES], _place(tenant, whole, at, count))
        for at in range(count)
    ]


def write_pieces(draft: Draft, statement: Statement, whole: str, pieces: Sequence[bytes]) -> None:
    """Every piece as a row."""
    for at, piece in enumerate(pieces):
        draft.write(statement, (whole, at, piece))


def read_pieces(database: Database, sealer: Sealer, tenant: str, whole: str) -> bytes:
    """What was sealed.

    Raises:
        IntegrityError: a piece is missing, moved or changed.
        RequestError: there is nothing of this name.
    """
    table = schema.learnt_parts.c
    with database.reading() as connection:
        rows = connection.execute(select(table.sealed).where(table.whole == whole).order_by(table.ordinal)).scalars()
        pieces = [bytes(row) for row in rows]
    if not pieces:
        raise RequestError("nothing is kept under this hash")
    return b"".join(sealer.open(one, _place(tenant, whole, at, len(pieces))) for at, one in enumerate(pieces))


def _place(tenant: str, whole: str, at: int, count: int) -> bytes:
    return place("learnt_parts", tenant, whole, f"{at}/{count}")


__all__ = ["Corpora", "Kept", "Permitted"]
