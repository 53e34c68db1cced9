"""Log-ins of users and their sessions: tried within limits that all workers share, short, ended everywhere at once.

A log-in is counted as failed before the password is looked at, in one transaction, and forgotten when it was right: so
many attempts at the same moment cannot pass the limit. An account that does not exist takes the same path and time.
"""

from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from sqlalchemy import Insert, bindparam, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ambos.audit.entry import Value
from ambos.errors import AuthenticationError, IntegrityError, OverloadedError, RequestError
from ambos.identity import Principal
from ambos.identity.attempts import LIMITS, check_attempts
from ambos.identity.passwords import WRONG, verify_password
from ambos.identity.people import login_of
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.keys import ApiKeys, new_token
from ambos.store.provider_logouts import AtProvider, ProviderLogouts
from ambos.store.revocations import Revocations, Taken
from ambos.store.sealing import Nonces, Sealer, place
from ambos.store.secrets import Secrets
from ambos.store.users import User, Users
from ambos.store.writer import Writer

_RANK: Final = 60
_CARRIED: Final = place("sign-in")
_AT_ONCE: Final = 2  # passwords looked at in one worker: each takes 64 MiB
_WAITING: Final = 16  # more are told to come again


class LogIns:
    """Opens and ends the sessions of users."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secrets: Secrets,
        *,
        users: Users,
        keys: ApiKeys,
        revocations: Revocations,
        logouts: ProviderLogouts,
        rng: Random,
        nonces: Nonces,
    ) -> None:
        self._database, self._writer, self._rng, self._logouts = database, writer, rng, logouts
        self._users, self._keys, self._revocations = users, keys, revocations
        self._pepper, self._attempts_key = secrets.password_pepper(), secrets.attempts_key()
        self._carrier = Sealer(secrets.sign_in_key(), nonces)
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        tallies, sessions = schema.login_failures, schema.user_sessions
        self._tally = database.compile(
            select(tallies.c.count, tallies.c.until_ms).where(tallies.c.blind == bindparam("a"))
        )
        self._count = database.compile(_counting(database), _RANK)
        self._forget = database.compile(delete(tallies).where(tallies.c.blind == bindparam("a")), _RANK + 1)
        self._tidy = database.compile(delete(tallies).where(tallies.c.until_ms <= bindparam("a")), _RANK + 1)
        self._insert = database.compile(sessions.insert(), _RANK)
        self._end_all = database.compile(
            update(sessions)
            .values({sessions.c.revoked_ms: bindparam("a")})
            .where(sessions.c.user == bindparam("b"), sessions.c.revoked_ms.is_(None)),
            _RANK + 1,
        )

    async def log_in(self, login: str, password: str, *, tenant: str, address: str) -> str:
        """A session for whoever has this name and password: a token for a cookie.

        Args:
            address: of the client, as the socket tells it; only a keyed hash of it is kept, for the limits.

        Raises:
            AuthenticationError: not told which of name and password was wrong, or whether the account exists.
            AttemptsError: too many failed, of this account or from this address.
            OverloadedError: too many sign in at once.
            LogUnavailableError: it could not be written down, so nobody was let in.
        """
        if self._waiting >= _WAITING:
            raise OverloadedError("too many people sign in at once: try again in a moment")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._try(login, password, tenant, address)
        finally:
            self._waiting -= 1

    async def recognised(self, user: User, *, mode: str, address: str, at: AtProvider) -> str:
        """A session for a user whom a provider of identities has recognised.

        Raises:
            AuthenticationError: the user is disabled, or the provider has ended this sign-in meanwhile.
        """
        if user.disabled_ms is not None:
            await self.refused(user.tenant, mode, "disabled", user)
            raise AuthenticationError(WRONG)
        return await self._open(user, mode, (self._address(user.tenant, address)["address"],), at)

    async def count(self, tenant: str, address: str) -> None:
        """Count one more failure of an address, until `recognised` forgets it.

        Raises:
            AttemptsError: as many as allowed have failed.
        """
        blinds = self._address(tenant, address)
        await self._writer.submit(lambda draft: self._reserve(draft, blinds), may_abandon=False)

    def carried(self, content: bytes) -> str:
        """Something for a browser to carry, closed to it and to everybody else."""
        return urlsafe_b64encode(self._carrier.seal(content, _CARRIED)).decode()

    def brought(self, text: str) -> bytes:
        """What a browser was given to carry.

        Raises:
            AuthenticationError: it is not what was given.
        """
        try:
            return self._carrier.open(urlsafe_b64decode(text.encode("ascii")), _CARRIED)
        except (ValueError, IntegrityError):
            raise AuthenticationError("this sign-in was not begun in this browser: begin again") from None

    async def change_password(self, principal: Principal, old: str, new: str) -> None:
        """A user's own change, within the turn of those who sign in.

        Raises:
            AuthenticationError, RequestError: see `Users.change_own`.
            AttemptsError: whoever has this session is guessing.
        """
        blinds = {"pair": self._blinds(principal.tenant, principal.id, "change")["pair"]}
        async with self._turn:
            await self._writer.submit(lambda draft: self._reserve(draft, blinds), may_abandon=False)
            await self._users.change_own(principal, old, new)
            await self._writer.submit(lambda draft: self._clear(draft, blinds), may_abandon=False)
        self._keys.forget()

    async def end_all(self, user: User) -> None:
        """End every session of a user, everywhere within a second."""
        await self._revocations.note(Taken.SESSIONS, user.id)

        def job(draft: Draft) -> None:
            draft.write(self._end_all, (draft.time_ms, user.id))
            draft.write(draft.batch.sql.bump, ("keys",))
            draft.enter("session", user.tenant, {"action": "ended", "principal": user.id, "reason": "all"})

        await self._writer.submit(job, may_abandon=False)
        self._keys.forget()

    async def _try(self, login: str, password: str, tenant: str, address: str) -> str:
        user = self._found(login, tenant)
        blinds = self._blinds(tenant, login.strip().lower()[:80], address)
        await self._writer.submit(lambda draft: self._reserve(draft, blinds), may_abandon=False)
        stored = user.password if user is not None and user.disabled_ms is None else None
        try:
            await asyncio.to_thread(verify_password, password, stored, pepper=self._pepper)
        except AuthenticationError:
            await self.refused(tenant, "password", "wrong", user)
            raise
        assert user is not None  # noqa: S101  nothing verifies without one
        return await self._open(user, "password", tuple(blinds.values()))

    def _found(self, login: str, tenant: str) -> User | None:
        try:
            return self._users.named(login_of(login), tenant=tenant)
        except RequestError:
            return None

    def _blinds(self, tenant: str, login: str, address: str) -> dict[str, bytes]:
        """What stands for account and address in the table of failures: nobody can read a name out of it."""
        words = {"pair": (login, address), "address": ("", address), "account": (login, "")}
        return {
            kind: hmac.digest(self._attempts_key, "\0".join((kind, tenant, *said)).encode("utf-8", "replace"), "sha256")
            for kind, said in words.items()
        }

    def _reserve(self, draft: Draft, blinds: dict[str, bytes]) -> None:
        now_ms = draft.time_ms
        for kind, blind in blinds.items():
            row = draft.batch.one(self._tally, (blind,))
            if row is not None:
                check_attempts(kind, count=row[0], until_ms=row[1], now_ms=now_ms)
        for kind, blind in blinds.items():
            draft.write(self._count, (blind, 1, now_ms + LIMITS[kind].window_ms, now_ms))

    def _clear(self, draft: Draft, blinds: dict[str, bytes]) -> None:
        for blind in blinds.values():
            draft.write(self._forget, (blind,))

    async def refused(self, tenant: str, mode: str, reason: str, user: User | None = None) -> None:
        """Write down that somebody was not let in; nothing says who, where there is no such account."""
        who: dict[str, Value] = {} if user is None else {"principal": user.id}

        def job(draft: Draft) -> None:
            draft.enter("session", tenant, {"action": "refused", "mode": mode, "reason": reason} | who)

        await self._writer.submit(job, may_abandon=False)

    def _address(self, tenant: str, address: str) -> dict[str, bytes]:
        return {"address": self._blinds(tenant, "", address)["address"]}

    async def _open(self, user: User, mode: str, forget: tuple[bytes, ...], at: AtProvider | None = None) -> str:
        token, lives_ms = new_token(self._rng), self._keys.session_ms

        def job(draft: Draft) -> None:
            if at is not None:
                self._logouts.check_stands(draft, at)
            until, of_provider = draft.time_ms + lives_ms, at.session if at else b""
            row = (self._keys.stored(token), user.id, mode, draft.time_ms, until, None, of_provider or None)
            draft.write(self._insert, row)
            for blind in forget:
                draft.write(self._forget, (blind,))
            draft.write(self._tidy, (draft.time_ms,))
            about: dict[str, Value] = {"action": "opened", "principal": user.id, "key": user.key, "mode": mode}
            draft.enter("session", user.tenant, about | {"until": until})

        await self._writer.submit(job, may_abandon=True)
        return token


def _counting(database: Database) -> Insert:
    """One failure more; the first of a new window where the old one is over."""
    table = schema.login_failures
    made = sqlite.insert(table) if database.is_sqlite else postgresql.insert(table)
    new, is_over = made.excluded, table.c.until_ms <= made.excluded.seen_ms
    return made.on_conflict_do_update(
        index_elements=[table.c.blind],
        set_={
            "count": case((is_over, new["count"]), else_=table.c["count"] + new["count"]),
            "until_ms": case((is_over, new.until_ms), else_=table.c.until_ms),
            "seen_ms": new.seen_ms,
        },
    )
