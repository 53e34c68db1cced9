"""The door `Keys`: API keys, and the sessions of the console.

Both are 256 random bits, stored as HMAC under a key of their own and looked up by that value; what cannot be guessed
needs no slow hash. What was found is kept in this process until the generation of `keys` changes, which is asked for at
most every half second: a revocation is effective everywhere within a second.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update

from ambos.audit.entry import Value
from ambos.errors import AuthenticationError, ForbiddenError, RequestError, StoreError
from ambos.identity import Principal, Role
from ambos.identity.people import Groups, roles_of
from ambos.ports import Clock, Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.revocations import Revocations, Taken
from ambos.store.secrets import Secrets
from ambos.store.statements import Statements
from ambos.store.users import user_of
from ambos.store.writer import Writer

KEY_PREFIX: Final = "amb_"
SESSION_PREFIX: Final = "ams_"
_FORM: Final = re.compile(r"(amb|ams)_[A-Za-z0-9_-]{43}").fullmatch  # 32 bytes as base64url
_POLL_S: Final = 0.5
_CACHED: Final = 10_000
_RANK: Final = 50
_NEVER_FIRST: Final = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `key` is shown once and stored nowhere."""

    id: str
    key: str = field(repr=False)
    principal: Principal


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the list of keys. Nothing in it opens anything."""

    id: str
    name: str
    tenant: str
    principal: str
    roles: tuple[str, ...]
    created_ms: int
    expires_ms: int | None
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    expires_ms: int | None


class ApiKeys:
    """API keys and sessions of all principals."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secrets: Secrets,
        *,
        clock: Clock,
        rng: Random,
        revocations: Revocations,
        session_minutes: int,
        groups: Groups | None = None,
    ) -> None:
        self._database = database
        self._writer = writer
        self._over_keys = hmac.new(secrets.api_key_pepper(), digestmod="sha256")
        self._over_sessions = hmac.new(secrets.session_key(), digestmod="sha256")
        self._clock, self._rng = clock, rng
        self._revocations = revocations
        self.session_ms = session_minutes * 60_000
        self.groups: Groups = groups or {}
        self._cache: dict[bytes, _Known] = {}
        self._generation = -1
        self._polled = float("-inf")
        self._read_generation = Statements.of(database).read_generation
        table = schema.user_sessions
        self._end_user_session = database.compile(
            update(table).values({table.c.revoked_ms: bindparam("a")}).where(table.c.hash == bindparam("b")), _RANK
        )

    async def find(self, presented: str) -> Principal | None:
        """The principal of this key or session, None when there is none, or it is over or revoked."""
        form = _FORM(presented)
        if form is None:
            return None
        await self._poll()
        stored = self.stored(presented)
        known = self._cache.get(stored) or self._read(stored, is_session=form[1] == "ams")
        if known is None or (known.expires_ms is not None and known.expires_ms <= self._clock.now_ms()):
            return None
        return known.principal

    async def create(
        self,
        *,
        tenant: str,
        roles: frozenset[Role],
        name: str,
        by: Principal | None = None,
        principal: str | None = None,
        is_person: bool = True,
        language: str = "en",
        expires_ms: int | None = None,
    ) -> NewKey:
        """Make a key, for a new principal unless one is named. The key is in the answer and nowhere else.

        Raises:
            ForbiddenError: the first key of an installation may not be a privacy officer's or auditor's.
            RequestError: no role, or a principal that does not exist.
            LogUnavailableError: the `key` entry was not made durable, so the key does not exist.
        """
        if not roles:
            raise RequestError("a key has at least one role", param="role")
        if self._is_first() and roles & _NEVER_FIRST:
            raise ForbiddenError("the first key may not be a privacy officer's or auditor's: make an owner's key first")
        is_new = principal is None
        if principal is not None:
            is_person, language = self._person(principal, tenant)
        owner = principal or self._handle("p")
        who = Principal(owner, tenant, self._handle("k"), roles, is_person, language)
        made = NewKey(who.key_id, KEY_PREFIX + _words(self._rng.token(32)), who)

        def job(draft: Draft) -> None:
            sql, now_ms = draft.batch.sql, draft.time_ms
            if is_new:
                draft.write(sql.insert_principal, (owner, tenant, name, is_person, language, now_ms))
            listed = " ".join(sorted(roles))
            row = (made.id, tenant, owner, name, self.stored(made.key), listed, now_ms, expires_ms, None)
            draft.write(sql.insert_key, row)
            draft.write(sql.bump, ("keys",))
            fields: dict[str, Value] = {
                "action": "created",
                "key": made.id,
                "owner": owner,
                "roles": "+".join(sorted(roles)),
            }
            draft.enter("key", tenant, fields | _until(expires_ms) | _actor(by))

        await self._writer.submit(job, may_abandon=True)
        return made

    async def list(self, *, tenant: str) -> Sequence[KeyLine]:
        """All keys of a tenant, the oldest first."""
        return self.lines(tenant)

    def lines(self, tenant: str) -> Sequence[KeyLine]:
        """As `list`, for threads."""
        table = schema.api_keys.c
        columns = (table.id, table.name, table.tenant, table.principal, table.roles)
        times = (table.created_ms, table.expires_ms, table.revoked_ms)
        rows = select(*columns, *times).where(table.tenant == tenant).order_by(table.created_ms, table.id)
        with self._database.reading() as connection:
            found = connection.execute(rows).all()
        return [KeyLine(*row[:4], tuple(row[4].split()), *row[5:]) for row in found]

    async def revoke(self, key_id: str, *, tenant: str, by: Principal | None = None) -> None:
        """End a key and its sessions everywhere, within a second.

        Raises:
            RequestError: no such key of this tenant that is not revoked.
        """
        table = schema.api_keys.c
        live = select(table.id).where(table.id == key_id, table.tenant == tenant, table.revoked_ms.is_(None))
        with self._database.reading() as connection:
            if not key_id.isascii() or connection.execute(live).first() is None:
                raise RequestError("there is no such key, or it is revoked: see `ambos keys list`", param="key")

        await self._revocations.note(Taken.KEY, key_id)

        def job(draft: Draft) -> None:
            draft.write(draft.batch.sql.revoke_key, (draft.time_ms, key_id))
            draft.write(draft.batch.sql.bump, ("keys",))
            draft.enter("key", tenant, {"action": "revoked", "key": key_id, **_actor(by)})

        await self._writer.submit(job, may_abandon=False)
        self.forget()

    def regroup(self, groups: Groups) -> None:
        """What the groups of the house give from now on, also to who is known already."""
        self.groups = groups
        self._cache.clear()

    def forget(self) -> None:
        """Ask for the counter anew before the next answer: something has just been changed here."""
        self._polled = float("-inf")

    # --- console sessions ----------------------------------------------------------------------------------------

    async def exchange(self, presented: str) -> str:
        """A session for this key: a token for a cookie, good for `session_minutes` and not longer than the key.

        Raises:
            AuthenticationError: no such key; a session is not exchanged for another.
        """
        principal = await self.find(presented) if presented.startswith(KEY_PREFIX) else None
        if principal is None:
            raise AuthenticationError("this key is not valid here")
        token = new_token(self._rng)

        def job(draft: Draft) -> None:
            until = draft.time_ms + self.session_ms
            draft.write(draft.batch.sql.insert_session, (self.stored(token), principal.key_id, until, None))
            about: dict[str, Value] = {"action": "opened", "principal": principal.id, "key": principal.key_id}
            draft.enter("session", principal.tenant, about | {"until": until})

        await self._writer.submit(job, may_abandon=True)
        return token

    async def end_session(self, token: str) -> None:
        """Revoke a session; nothing happens for one that is not there."""
        principal = await self.find(token) if token.startswith(SESSION_PREFIX) else None
        if principal is None:
            return

        await self._revocations.note(Taken.SESSION, self.stored(token).hex())

        def job(draft: Draft) -> None:
            draft.write(draft.batch.sql.revoke_session, (draft.time_ms, self.stored(token)))
            draft.write(self._end_user_session, (draft.time_ms, self.stored(token)))
            draft.write(draft.batch.sql.bump, ("keys",))
            draft.enter(
                "session", principal.tenant, {"action": "ended", "principal": principal.id, "key": principal.key_id}
            )

        await self._writer.submit(job, may_abandon=False)
        self.forget()

    # --- looking up ----------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        if time.monotonic() - self._polled < _POLL_S:
            return
        asked = time.monotonic()
        if self._database.is_sqlite:
            row = self._database.first(self._read_generation, ("keys",))
        else:
            row = await asyncio.to_thread(self._database.first, self._read_generation, ("keys",))
        if row is None:
            raise StoreError("the generation of the keys is missing: run `ambos audit verify`")
        if row[0] != self._generation:
            self._cache.clear()
            self._generation = row[0]
        self._polled = asked  # not the time of the answer: what changed while it travelled was not seen

    def stored(self, presented: str) -> bytes:
        """The form in which a key or session is kept and looked up."""
        keyed = (self._over_sessions if presented.startswith(SESSION_PREFIX) else self._over_keys).copy()
        keyed.update(presented.encode())
        return keyed.digest()

    def _read(self, stored: bytes, *, is_session: bool) -> _Known | None:
        with self._database.reading() as connection:
            known = self._read_key(connection, stored, is_session=is_session)
            if known is None and is_session:
                known = self._read_user(connection, stored)
        if known is None:
            return None
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        self._cache[stored] = known
        return known

    def _read_key(self, connection: Connection, stored: bytes, *, is_session: bool) -> _Known | None:
        keys, people, sessions, users = schema.api_keys, schema.principals, schema.sessions, schema.users
        columns = (people.c.id, keys.c.tenant, keys.c.id, keys.c.roles, people.c.is_person, people.c.language)
        rows = select(*columns, users, keys.c.expires_ms.label("until")).join_from(keys, people)
        rows = rows.outerjoin(users, users.c.id == people.c.id).where(keys.c.revoked_ms.is_(None))
        if is_session:
            rows = rows.add_columns(sessions.c.expires_ms).join(sessions, sessions.c.key == keys.c.id)
            rows = rows.where(sessions.c.hash == stored, sessions.c.revoked_ms.is_(None))
        else:
            rows = rows.where(keys.c.hash == stored)
        row = connection.execute(rows).first()
        if row is None:
            return None
        owner, tenant, key_id, words, is_person, language = row[:6]
        about, until = row._mapping, [one for one in row[6 + len(users.c) :] if one is not None]
        roles = frozenset(map(Role, words.split()))
        if about[users.c.id] is not None:  # a key of a user does what the user may, as long as the user may come in
            if about[users.c.disabled_ms] is not None:
                return None
            mine = frozenset(map(Role, about[users.c.roles].split()))
            roles &= roles_of(mine, about[users.c.groups].split(), self.groups)
        principal = Principal(owner, tenant, key_id, roles, bool(is_person), language)
        return _Known(principal, min(until, default=None))

    def _read_user(self, connection: Connection, stored: bytes) -> _Known | None:
        users, people, sessions = schema.users, schema.principals, schema.user_sessions
        rows = select(users, people.c.name, people.c.language, sessions.c.expires_ms)
        rows = rows.join_from(sessions, users).join(people, people.c.id == users.c.id)
        live = (sessions.c.hash == stored, sessions.c.revoked_ms.is_(None), users.c.disabled_ms.is_(None))
        row = connection.execute(rows.where(*live)).first()
        return None if row is None else _Known(user_of(row).principal(self.groups), row._mapping["expires_ms"])

    def _is_first(self) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(schema.api_keys)).scalar_one() == 0

    def _person(self, principal: str, tenant: str) -> tuple[bool, str]:
        table = schema.principals.c
        row = select(table.is_person, table.language).where(table.id == principal, table.tenant == tenant)
        with self._database.reading() as connection:
            found = connection.execute(row).first()
        if found is None:
            raise RequestError("there is no such principal in this house", param="principal")
        return bool(found[0]), found[1]

    def _handle(self, prefix: str) -> str:
        return f"{prefix}_{self._rng.token(12).hex()}"


def new_token(rng: Random) -> str:
    """A new session, for a cookie."""
    return SESSION_PREFIX + _words(rng.token(32))


def _words(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _until(expires_ms: int | None) -> dict[str, Value]:
    return {} if expires_ms is None else {"until": expires_ms}


def _actor(by: Principal | None) -> dict[str, Value]:
    return {} if by is None else {"principal": by.id}
