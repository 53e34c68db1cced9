"""Users: people with a name, a password or an identity elsewhere, roles and groups (docs/guide/access.md).

Each change is one transaction with its entry of the log and moves the counter `keys`, so that every worker forgets what
it knew of the user within a second. Who may change what is known to `identity`, who signs in to `sessions`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import ColumnElement, Row, bindparam, func, select, update

from ambos.audit.entry import Value
from ambos.errors import ForbiddenError, RequestError
from ambos.identity import Principal, Role
from ambos.identity.passwords import SALT_BYTES, check_new, hash_password, verify_password
from ambos.identity.people import GROUP, Groups, Person, check_together, login_of, roles_of
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import ConstraintError, Database
from ambos.store.revocations import Revocations, Taken
from ambos.store.secrets import Secrets
from ambos.store.writer import Writer

_RANK: Final = 50  # after the row of the principal, before what refers to a user


@dataclass(frozen=True, slots=True)
class User:
    """One user, without anything that opens an account.

    Attributes:
        id: the principal.
        person: the same for every account of one person.
        key: the handle that stands in the log for this user's sessions.
        roles: given to the user alone; `groups` add theirs.
        is_temporary: the password was made by somebody else and opens nothing but the page to change it.
    """

    id: str
    tenant: str
    login: str
    name: str
    person: str
    key: str
    roles: frozenset[Role]
    groups: frozenset[str]
    language: str
    is_temporary: bool
    issuer: str | None
    created_ms: int
    disabled_ms: int | None
    password: str | None = field(repr=False)

    def principal(self, table: Groups) -> Principal:
        """Who asks, when this user does. A temporary password opens nothing."""
        roles = frozenset[Role]() if self.is_temporary else roles_of(self.roles, self.groups, table)
        return Principal(self.id, self.tenant, self.key, roles, is_person=True, language=self.language)


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a user is made of.

    Attributes:
        password: of the user's own, or one that somebody else knows (`is_temporary`); None where another signs in for them.
        adopts: an existing principal, whose keys and records become the user's; "" for a new one.
        same_as: the login of another account of the same person.
        issuer, subject: who the user is at a provider of identities.
    """

    login: str
    roles: frozenset[Role]
    groups: frozenset[str] = frozenset()
    name: str = ""
    language: str = "en"
    password: str | None = field(default=None, repr=False)
    is_temporary: bool = False
    adopts: str = ""
    same_as: str = ""
    issuer: str | None = None
    subject: str | None = None


class Users:
    """Makes, lists and changes users."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secrets: Secrets,
        *,
        rng: Random,
        revocations: Revocations,
        groups: Groups | None = None,
    ) -> None:
        self._database, self._writer, self._rng = database, writer, rng
        self._pepper = secrets.password_pepper()
        self._revocations = revocations
        self.groups: Groups = groups or {}
        self.changed: Callable[[], None] = lambda: None  # told of each change that keys and sessions must follow
        table = schema.users
        self._insert = database.compile(table.insert(), _RANK)
        self._set = {
            name: database.compile(
                update(table).values({table.c[name]: bindparam("a")}).where(table.c.id == bindparam("b")), _RANK + 1
            )
            for name in ("roles", "groups", "disabled_ms", "password", "is_temporary", "person")
        }
        sessions = schema.user_sessions
        self._end_all = database.compile(
            update(sessions)
            .values({sessions.c.revoked_ms: bindparam("a")})
            .where(sessions.c.user == bindparam("b"), sessions.c.revoked_ms.is_(None)),
            _RANK + 1,
        )

    # --- looking up ------------------------------------------------------------------------------------------------

    def list(self, *, tenant: str) -> Sequence[User]:
        """Every user, the oldest first."""
        return self._read(schema.users.c.tenant == tenant)

    def named(self, login: str, *, tenant: str) -> User:
        """The user of this name.

        Raises:
            RequestError: there is none.
        """
        table = schema.users.c
        found = self._read((table.tenant == tenant) & (table.login == login_of(login)))
        if not found:
            raise RequestError("there is no user of this name: see `ambos users list`", param="name")
        return found[0]

    def of(self, principal: str) -> User | None:
        """The user behind a principal, None where it is a key's alone."""
        return next(iter(self._read(schema.users.c.id == principal)), None)

    def at_provider(self, issuer: str, subject: str, *, tenant: str) -> User | None:
        """The user whom a provider of identities knows by this subject."""
        table = schema.users.c
        where = (table.tenant == tenant) & (table.issuer == issuer) & (table.subject == subject)
        return next(iter(self._read(where)), None)

    def person(self, principal: Principal) -> Person:
        """Who stands behind a caller."""
        found = self.of(principal.id)
        return Person(principal.id, found.person if found else "", principal.is_person)

    def has_any(self, *, tenant: str) -> bool:
        """The house knows its people."""
        return bool(self._read(schema.users.c.tenant == tenant, limit=1))

    # --- changing --------------------------------------------------------------------------------------------------

    async def create(self, new: NewUser, *, tenant: str, by: Principal | None = None) -> User:
        """Make a user.

        Raises:
            RequestError: a name that is taken or has another form, no such group form, a password that nobody may have,
                no such principal.
            ForbiddenError: with the other accounts and keys of this person the roles would run the house and watch it.
            LogUnavailableError: nothing was made.
        """
        login = login_of(new.login)
        _check_groups(new.groups)
        stored = await self._hashed(new.password, login) if new.password is not None else None
        twin = self.named(new.same_as, tenant=tenant) if new.same_as else None
        owner = new.adopts or self._handle("p")
        self._check_principal(new.adopts, tenant)
        user = User(
            owner, tenant, login, new.name or login, twin.person if twin else owner, self._handle("k"), new.roles,
            new.groups, new.language, new.is_temporary, new.issuer, 0, None, stored,
        )  # fmt: skip
        check_together(self._effective(user), self._others(user))

        def job(draft: Draft) -> None:
            now_ms, sql = draft.time_ms, draft.batch.sql
            if not new.adopts:
                draft.write(sql.insert_principal, (owner, tenant, user.name, True, user.language, now_ms))
            row = (owner, tenant, login, user.person, user.key, _joined(user.roles), _joined(user.groups), stored)
            draft.write(self._insert, (*row, new.is_temporary, new.issuer, new.subject, now_ms, None))
            draft.write(sql.bump, ("keys",))
            draft.enter("principal", tenant, {"action": "created", "owner": owner} | _roles(user.roles) | _actor(by))

        try:
            await self._writer.submit(job, may_abandon=True)
        except ConstraintError:
            raise RequestError("this name, or this principal, is a user already", param="name") from None
        return user

    async def set_roles(
        self, user: User, roles: frozenset[Role], groups: frozenset[str] | None = None, *, by: Principal | None = None
    ) -> None:
        """Give a user these roles and groups instead of the old ones.

        Raises:
            ForbiddenError: with the person's other accounts and keys they would run the house and watch it.
        """
        groups = user.groups if groups is None else groups
        _check_groups(groups)
        after = replace(user, roles=roles, groups=groups)
        check_together(self._effective(after), self._others(after))
        changes: dict[str, object] = {"roles": _joined(roles), "groups": _joined(groups)}
        await self._change(user, changes, "roles", _roles(roles), by, ends_sessions=False)

    async def join(self, user: User, other: User, *, by: Principal | None = None) -> None:
        """Tell that two accounts are one person's. There is no way back: apart again, one could confirm the other.

        Raises:
            ForbiddenError: together they would run the house and watch it.
        """
        check_together(self._effective(user) | self._others(user), self._effective(other) | self._others(other))
        joined = self._read(schema.users.c.person == other.person)

        def job(draft: Draft) -> None:
            for one in joined:
                draft.write(self._set["person"], (user.person, one.id))
                draft.enter("principal", user.tenant, {"action": "joined", "owner": one.id} | _actor(by))

        await self._writer.submit(job, may_abandon=False)

    async def disable(self, user: User, *, by: Principal | None = None) -> None:
        """Shut a user out, with every session and key: everywhere, within a second."""
        await self._revocations.note(Taken.USER, user.id)
        await self._change(user, {"disabled_ms": ...}, "disabled", {}, by, ends_sessions=True)

    async def enable(self, user: User, *, by: Principal | None = None) -> None:
        """Let a user in again; sessions stay ended."""
        await self._change(user, {"disabled_ms": None}, "enabled", {}, by, ends_sessions=True)
        await self._revocations.forget(Taken.USER, user.id)

    async def set_password(self, user: User, password: str, *, is_temporary: bool, by: Principal | None = None) -> None:
        """Another password; every session of the user ends.

        Raises:
            RequestError: nobody may have this password.
            ForbiddenError: the user signs in elsewhere.
        """
        if user.issuer is not None:
            raise ForbiddenError("this user signs in with a provider of identities and has no password here")
        stored = await self._hashed(password, user.login)
        changes: dict[str, object] = {"password": stored, "is_temporary": is_temporary}
        await self._change(user, changes, "password", {}, by, ends_sessions=True)

    async def change_own(self, principal: Principal, old: str, new: str) -> None:
        """A user's own change of password.

        Raises:
            AuthenticationError: `old` is not the password.
            RequestError: nobody may have the new one, or it is the old one.
        """
        user = self.of(principal.id)
        stored = user.password if user else None
        await asyncio.to_thread(verify_password, old, stored, pepper=self._pepper)
        if old == new:
            raise RequestError("the new password is the old one", param="new")
        assert user is not None  # noqa: S101  nothing verifies without one
        await self.set_password(user, new, is_temporary=False, by=principal)

    async def _change(
        self,
        user: User,
        changes: dict[str, object],
        action: str,
        fields: dict[str, Value],
        by: Principal | None,
        *,
        ends_sessions: bool,
    ) -> None:
        if ends_sessions:
            await self._revocations.note(Taken.SESSIONS, user.id)

        def job(draft: Draft) -> None:
            for name, value in changes.items():
                draft.write(self._set[name], (draft.time_ms if value is ... else value, user.id))
            if ends_sessions:
                draft.write(self._end_all, (draft.time_ms, user.id))
            draft.write(draft.batch.sql.bump, ("keys",))
            about: dict[str, Value] = {"action": action, "owner": user.id}
            draft.enter("principal", user.tenant, about | fields | _actor(by))

        await self._writer.submit(job, may_abandon=False)
        self.changed()

    async def _hashed(self, password: str, login: str) -> str:
        check_new(password, login=login)
        salt = self._rng.token(SALT_BYTES)
        return await asyncio.to_thread(hash_password, password, pepper=self._pepper, salt=salt)

    def _effective(self, user: User) -> frozenset[Role]:
        return user.roles.union(*(self.groups.get(group, frozenset()) for group in user.groups))

    def _others(self, user: User) -> frozenset[Role]:
        """Roles of the person's other accounts, and of the keys of all of them."""
        accounts = [one for one in self._read(schema.users.c.person == user.person) if one.id != user.id]
        keys = schema.api_keys.c
        owners = [user.id, *(one.id for one in accounts)]
        with self._database.reading() as connection:
            live = select(keys.roles).where(keys.principal.in_(owners), keys.revoked_ms.is_(None))
            held = [Role(role) for row in connection.execute(live).scalars() for role in row.split()]
        return frozenset(held).union(*(self._effective(one) for one in accounts if one.disabled_ms is None))

    def _check_principal(self, adopts: str, tenant: str) -> None:
        if not adopts:
            return
        table = schema.principals.c
        where = (table.id == adopts, table.tenant == tenant, table.is_person)
        with self._database.reading() as connection:
            if not connection.execute(select(func.count()).select_from(schema.principals).where(*where)).scalar_one():
                raise RequestError("there is no such person's key in this house: see `ambos keys list`", param="key")

    def _read(self, where: ColumnElement[bool], *, limit: int | None = None) -> Sequence[User]:
        table, people = schema.users, schema.principals
        rows = select(table, people.c.name, people.c.language).join_from(table, people, table.c.id == people.c.id)
        rows = rows.where(where).order_by(table.c.created_ms, table.c.id).limit(limit)
        with self._database.reading() as connection:
            return [user_of(row) for row in connection.execute(rows)]

    def _handle(self, prefix: str) -> str:
        return f"{prefix}_{self._rng.token(12).hex()}"


def user_of(row: Row[tuple[object, ...]]) -> User:
    """A user from a row of `users` with name and language of its principal."""
    about = row._mapping
    return User(
        about["id"], about["tenant"], about["login"], about["name"], about["person"], about["key"],
        frozenset(map(Role, about["roles"].split())), frozenset(about["groups"].split()), about["language"],
        bool(about["is_temporary"]), about["issuer"], about["created_ms"], about["disabled_ms"], about["password"],
    )  # fmt: skip


def _check_groups(groups: Collection[str]) -> None:
    if not all(GROUP(group) for group in groups):
        raise RequestError("the name of a group has letters, digits and _ . / : @ -, at most 64", param="group")


def _joined(names: Collection[str]) -> str:
    return " ".join(sorted(names))


def _roles(roles: Collection[Role]) -> dict[str, Value]:
    return {"roles": "+".join(sorted(roles))} if roles else {}


def _actor(by: Principal | None) -> dict[str, Value]:
    return {} if by is None else {"principal": by.id}
