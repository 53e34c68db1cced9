"""Subjects: who is found in records, by a blind index, and which records of theirs there are (store.md section 8).

An identifier is kept as `HMAC-SHA-256(index key, class 0x00 value)` only: who has the table without the key learns
nothing, who has a number can ask for it. A name alone is a candidate until a person confirms it.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, select, true

from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.keyring import is_blocked
from ambos.store.secrets import Secrets

GENERATION: Final = "ring"  # the counter that moves when an erasure has changed owners' keys
NAME: Final = "name"
RANK: Final = 100  # rows that refer to others are flushed after the writer's own
_AT_ONCE: Final = 500  # values in one list of a query


@dataclass(frozen=True, slots=True)
class Join:
    """One record that a subject is found in. Nothing of its content.

    Attributes:
        by: "strong", "confirmed" or "candidate".
        kinds: classes of the identifiers that join it.
        others: how many further identifiers it holds, by class: whoever they belong to.
    """

    seq: int
    record: str
    owner: str
    time_ms: int
    level: int
    state: str
    by: str
    kinds: tuple[str, ...]
    others: Mapping[str, int]
    is_blocked: bool
    blinds: tuple[bytes, ...] = field(repr=False)

    @property
    def is_shared(self) -> bool:
        """Others than the subject are in it: another identifier, or several names."""
        strong = sum(count for kind, count in self.others.items() if kind != NAME)
        return strong > 0 or self.others.get(NAME, 0) > (0 if NAME in self.kinds else 1)


class SubjectIndex:
    """Writes and reads the blind index."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets
        self._insert = database.compile(schema.subject_records.insert(), RANK)

    def blind(self, tenant: str, identifier: tuple[str, str]) -> bytes:
        """What stands for an identifier."""
        message = "\0".join(identifier).encode("utf-8", "surrogatepass")
        return hmac.digest(self._secrets.index_key(tenant), message, "sha256")

    def join(self, draft: Draft, tenant: str, seq: int, identifiers: Iterable[tuple[str, str]]) -> None:
        """Join a record that is being written to whom was found in it."""
        for one in identifiers:
            draft.write(self._insert, (tenant, self.blind(tenant, one), seq, one[0], None, False))

    def search(
        self, tenant: str, identifiers: Iterable[tuple[str, str]], *, subject: str = "", owner: str | None = None
    ) -> Sequence[Join]:
        """Records that these identifiers, or this subject's handle, are joined to; the oldest first.

        Args:
            owner: only records of this principal.
        """
        blinds = [self.blind(tenant, one) for one in identifiers]
        rows, records = schema.subject_records.c, schema.records.c
        whose = rows.blind.in_(blinds) | (rows.subject == subject if subject else ~true())
        return self._joined(tenant, whose & (records.owner == owner if owner is not None else true()))

    def of_records(self, tenant: str, handles: Sequence[str], blinds: Sequence[bytes]) -> Sequence[Join]:
        """The same for records that are known, by these values of the index."""
        rows, records = schema.subject_records.c, schema.records.c
        found: list[Join] = []
        for start in range(0, len(handles), _AT_ONCE):
            some = records.id.in_(handles[start : start + _AT_ONCE])
            found += self._joined(tenant, rows.blind.in_(blinds) & some)
        return found

    def _joined(self, tenant: str, where: ColumnElement[bool]) -> list[Join]:
        rows, records = schema.subject_records.c, schema.records.c
        columns = (records.seq, records.id, records.owner, records.time_ms, records.level, records.state)
        query = select(*columns, records.wrapped_key, rows.kind, rows.is_confirmed, rows.blind)
        query = query.join_from(schema.subject_records, schema.records)
        live = (rows.tenant == tenant, records.wrapped_key.is_not(None))
        with self._database.reading() as connection:
            found = connection.execute(query.where(*live, where).order_by(records.seq)).all()
            seqs = sorted({row[0] for row in found})
            every: dict[int, list[tuple[str, bytes]]] = {}
            for start in range(0, len(seqs), _AT_ONCE):
                some = select(rows.record, rows.kind, rows.blind).where(rows.record.in_(seqs[start : start + _AT_ONCE]))
                for seq, kind, blind in connection.execute(some):
                    every.setdefault(seq, []).append((kind, bytes(blind)))
        grouped: dict[int, list[tuple[object, ...]]] = {}
        for row in found:
            grouped.setdefault(row[0], []).append(tuple(row))
        return [_join(group, every[seq]) for seq, group in grouped.items()]


def _join(group: Sequence[tuple[object, ...]], every: Sequence[tuple[str, bytes]]) -> Join:
    seq, record, owner, time_ms, level, state, wrapped = group[0][:7]
    blinds = {bytes(row[9]) for row in group}  # type: ignore[call-overload]  # a row's bytes
    kinds = sorted({str(row[7]) for row in group})
    by = "candidate"
    if any(row[7] != NAME for row in group):
        by = "strong"
    elif any(row[8] for row in group):
        by = "confirmed"
    others = Counter(kind for kind, blind in every if blind not in blinds)
    return Join(
        seq, record, owner, time_ms, level, state, by, tuple(kinds), dict(others), is_blocked(bytes(wrapped)),  # type: ignore[arg-type,call-overload]  # the columns' types
        tuple(sorted(blinds)),
    )  # fmt: skip
