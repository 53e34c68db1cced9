"""Sessions that a provider of identities ends, and what keeps a sign-in on its way from opening them again.

Names of the provider (`jti`, `sid`, `sub`) are kept as keyed hashes, for as long as a token that says them is believed.
What is believed is known to `identity.back_channel`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Insert, Text, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ambos.audit.entry import Value
from ambos.errors import AuthenticationError
from ambos.identity.back_channel import REMEMBERED_MS, LoggedOut
from ambos.identity.oidc import RefusedError
from ambos.ports import Clock
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.keys import ApiKeys
from ambos.store.revocations import Revocations, Taken
from ambos.store.secrets import Secrets
from ambos.store.users import User, Users
from ambos.store.writer import Writer

_RANK: Final = 60
_ENDED: Final = "this sign-in was ended at the provider of identities: sign in again"


@dataclass(frozen=True, slots=True)
class AtProvider:
    """The sign-in at a provider that a session comes from.

    Attributes:
        names: keyed hashes of its session and of its subject.
        session: the first of them, b"" where the provider names no sessions.
        issued_s: when its token was issued, by the provider's clock.
    """

    names: tuple[bytes, ...]
    session: bytes
    issued_s: int


class ProviderLogouts:
    """Ends the sessions of whom a provider has logged out."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secrets: Secrets,
        clock: Clock,
        *,
        users: Users,
        keys: ApiKeys,
        revocations: Revocations,
    ) -> None:
        self._database, self._writer, self._clock = database, writer, clock
        self._users, self._keys, self._revocations = users, keys, revocations
        self._key = secrets.provider_key()
        table, sessions = schema.provider_logouts, schema.user_sessions
        self._known = database.compile(select(table.c.issued_s).where(table.c.blind == bindparam("a")))
        self._remember = database.compile(_remembering(database), _RANK)
        self._tidy = database.compile(delete(table).where(table.c.until_ms <= bindparam("a")), _RANK + 1)
        ending = update(sessions).values({sessions.c.revoked_ms: bindparam("a")}).where(sessions.c.revoked_ms.is_(None))
        owner = func.coalesce(bindparam("c", type_=Text), sessions.c.user)  # of whomever, where the token names nobody
        of_session = (sessions.c.at_provider == bindparam("b"), sessions.c.user == owner)
        self._end_session = database.compile(ending.where(*of_session), _RANK + 1)
        self._end_all = database.compile(ending.where(sessions.c.user == bindparam("b")), _RANK + 1)

    def sign_in(self, *, tenant: str, issuer: str, subject: str, session: str, issued_s: int) -> AtProvider:
        """What a session remembers of the sign-in it comes from."""
        of_session = self._blind(tenant, issuer, "sid", session) if session else b""
        names = (self._blind(tenant, issuer, "sub", subject), *((of_session,) if session else ()))
        return AtProvider(names, of_session, issued_s)

    def check_stands(self, draft: Draft, at: AtProvider) -> None:
        """Nothing, if the provider has not ended this sign-in since its token was issued.

        Raises:
            AuthenticationError: it has.
        """
        for name in at.names:
            row = draft.batch.one(self._known, (name,))
            # The second counts as later: a token of the same second may be of before.
            if row is not None and at.issued_s <= row[0]:
                raise AuthenticationError(_ENDED)

    async def end(self, told: LoggedOut, *, issuer: str, tenant: str) -> int:
        """End the sessions that are meant, everywhere within a second; how many were open.

        Raises:
            RefusedError: this token was taken before.
            LogUnavailableError: it could not be written down.
        """
        token = self._blind(tenant, issuer, "jti", told.token)
        if self._database.first(self._known, (token,)) is not None:
            raise RefusedError("replayed")
        user = self._users.at_provider(issuer, told.subject, tenant=tenant) if told.subject else None
        session = self._blind(tenant, issuer, "sid", told.session) if told.session else b""
        subject = () if told.session else (self._blind(tenant, issuer, "sub", told.subject),)
        ended = self._open(user, session, told)
        for stored, _ in ended:
            await self._revocations.note(Taken.SESSION, stored.hex())

        def job(draft: Draft) -> None:
            if draft.batch.one(self._known, (token,)) is not None:
                raise RefusedError("replayed")
            until_ms = draft.time_ms + REMEMBERED_MS
            for name in (token, *((session,) if session else ()), *subject):
                draft.write(self._remember, (name, told.issued_s, until_ms))
            draft.write(self._tidy, (draft.time_ms,))
            if session and (user is not None or not told.subject):
                draft.write(self._end_session, (draft.time_ms, session, user.id if user else None))
            elif user is not None:
                draft.write(self._end_all, (draft.time_ms, user.id))
            draft.write(draft.batch.sql.bump, ("keys",))
            for owner in sorted({owner for _, owner in ended}):
                about: dict[str, Value] = {"action": "ended", "principal": owner, "mode": "oidc", "reason": "provider"}
                draft.enter("session", tenant, about)

        await self._writer.submit(job, may_abandon=False)
        self._keys.forget()
        return len(ended)

    def _open(self, user: User | None, session: bytes, told: LoggedOut) -> list[tuple[bytes, str]]:
        """The stored form and the user of each session that is meant and still open."""
        table = schema.user_sessions.c
        where = table.revoked_ms.is_(None) & (table.expires_ms > self._clock.now_ms())
        if session:
            where &= table.at_provider == session
        if told.subject:
            where &= table.user == (user.id if user else "")
        with self._database.reading() as connection:
            return [(bytes(row[0]), row[1]) for row in connection.execute(select(table.hash, table.user).where(where))]

    def _blind(self, tenant: str, issuer: str, kind: str, name: str) -> bytes:
        words = "\0".join((tenant, issuer, kind, name))
        return hmac.digest(self._key, words.encode("utf-8", "replace"), "sha256")


def _remembering(database: Database) -> Insert:
    """A name that was said, with the latest token that said it."""
    table = schema.provider_logouts
    made = sqlite.insert(table) if database.is_sqlite else postgresql.insert(table)
    new = made.excluded
    return made.on_conflict_do_update(
        index_elements=[table.c.blind],
        set_={
            "issued_s": case((new.issued_s > table.c.issued_s, new.issued_s), else_=table.c.issued_s),
            "until_ms": new.until_ms,
        },
    )
