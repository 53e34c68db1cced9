"""Keeps the policy in force: reads ambos.toml again when it changes, refuses what is broken, holds back what relaxes.

The part of a change that tightens applies at once. What relaxes waits until it is approved, over every restart in a house
of profile `organisation` (design 3.6; ADR 0006). What was approved is read from the store, never from the file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ambos import policy
from ambos.app.standing import declared, standing
from ambos.audit.entry import Value
from ambos.config import Config
from ambos.errors import AmbosError, ForbiddenError, RequestError
from ambos.identity import Action, Principal, Profile, authorise
from ambos.identity.people import Person, check_second
from ambos.policy import Stance
from ambos.policy.change import Settled
from ambos.policy.stance import ORGANISATION
from ambos.store import Approval, Store

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
NAME_DIGITS = 12  # of a waiting change: 48 bits of its hash, against a file that changes between look and approval


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits: its name, what it relaxes, and whether a second person must approve."""

    name: str
    relaxes: tuple[str, ...]
    tightens: tuple[str, ...]
    needs_second: bool


class PolicyKeeper:
    """The policy of one process.

    Attributes:
        policy: in force.
        pending: what a waiting change would relax.
        problem: why the file as it is now was refused; "" when it is in force.
    """

    def __init__(
        self,
        settled: Settled,
        store: Store,
        *,
        reload: Callable[[], Config],
        owner: Callable[[], str],
        apply: Callable[[Stance], None],
        directory: Path,
        tenant: str,
        tells: bool,
    ) -> None:
        self._settled = settled
        self._store = store
        self._reload, self._owner, self._apply = reload, owner, apply
        self._path = directory / "ambos.toml"
        self._tenant = tenant
        self._tells = tells  # one worker of a server writes down for all; a command without a server keeps nothing
        self._generation = store.changes.generation()
        self._seen = self._stamp()
        self._told = ""
        self.policy = policy.load(settled.in_force.policy)
        self.problem = ""

    @property
    def pending(self) -> tuple[str, ...]:
        """What a waiting change would relax."""
        return self._settled.waits

    async def start(self) -> None:
        """Keep what this start has put in force, and write the policy into the log."""
        await self._keep(self._settled)
        if self._tells:
            await self._enter("applied", self.policy.hash, "started")

    async def watch(self) -> None:
        """Look at the file, and at what others have approved, every second."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Read again what has changed since the last look."""
        try:
            generation = await self._store.changes.moved()
        except AmbosError as error:  # what is in force stays: it was approved
            self.problem = str(error)
            return
        stamp = self._stamp()
        if stamp != self._seen or generation != self._generation:
            self._seen, self._generation = stamp, generation
            await self.read_again()

    async def read_again(self) -> None:
        """Settle the file as it is now; the old policy stays if it is refused."""
        try:
            settled = await asyncio.to_thread(self._settle)
        except AmbosError as error:
            self.problem = str(error)
            _log.error("the changed ambos.toml was refused and the old policy stays: %s", error)
            return
        self.problem = ""
        has_changed = settled.in_force != self._settled.in_force
        self._settled = settled
        new = policy.load(settled.in_force.policy)
        if new.hash != self.policy.hash:
            self.policy = new
        self._apply(settled.in_force)
        await self._keep(settled)
        if has_changed:
            _log.warning("what may leave has changed: policy %s is in force", new.hash)

    async def waiting(self) -> Waiting | None:
        """The change that waits, as the file is at this moment; None when nothing does.

        Raises:
            AmbosError: the file is broken.
        """
        config = await asyncio.to_thread(self._reload)
        settled = await asyncio.to_thread(standing, config, self._store, is_start=False)
        if not settled.waits:
            return None
        name = declared(config).hash.removeprefix("sha256:")[:NAME_DIGITS]
        return Waiting(name, settled.change.relaxes, settled.change.tightens, self._needs_second(settled))

    async def approve(self, name: str, *, reason: str, by: Principal) -> Waiting:
        """Put the waiting change of this name in force.

        Raises:
            RequestError: nothing waits, another change waits, or no reason was given.
            ForbiddenError: `by` may not approve, or is the author where a second person is needed.
            LogUnavailableError: it was not made durable, so that it is not in force.
        """
        config = await asyncio.to_thread(self._reload)
        one = await self.waiting()
        stance = declared(config)
        if one is None:
            raise RequestError("nothing waits for approval")
        if name != one.name or not stance.hash.startswith(f"sha256:{name}"):
            raise RequestError(f"{one.name} waits, not what you named: look at `ambos config pending` again")
        if not reason.strip():
            raise RequestError("an approval needs a reason, in your own words", param="reason")
        profile = Profile.ORGANISATION if one.needs_second else Profile.PERSONAL
        authorise(by, Action.POLICY_APPROVE, profile=profile)
        author = self._owner()
        if one.needs_second:
            self._check_second(author, by)
        approval = Approval(author, by.id, reason.strip()[:2000], one.relaxes)
        made = policy.load(stance.policy)
        await self._store.changes.keep(
            self._tenant, stance.encode(), policy=made.hash, reason="approved", by=author, approval=approval
        )
        await self.read_again()
        return one

    def _check_second(self, author: str, by: Principal) -> None:
        """Raises ForbiddenError where the approver may be who wrote the change, through whichever key or account."""
        if by.id == author:
            raise ForbiddenError("who wrote the change does not approve it: a second person must")
        users = self._store.users
        wrote = users.of(author)
        first = Person(author, wrote.person if wrote else "")
        check_second(first, users.person(by), has_users=users.has_any(tenant=self._tenant))

    def _needs_second(self, settled: Settled) -> bool:
        return settled.in_force.profile == ORGANISATION

    def _settle(self) -> Settled:
        return standing(self._reload(), self._store, is_start=False)

    async def _keep(self, settled: Settled) -> None:
        if not self._tells:
            return
        if settled.takes:
            stance = settled.in_force
            await self._store.changes.keep(
                self._tenant, stance.encode(), policy=self.policy.hash, reason=settled.takes, by=self._owner()
            )
            self._generation = self._store.changes.generation()
        elif settled.waits and (told := "\n".join(settled.waits)) != self._told:
            self._told = told
            _log.warning("%d changes relax what may leave and wait: see `ambos config pending`", len(settled.waits))
            await self._enter("proposed", self.policy.hash, "waits")

    async def _enter(self, action: str, hashed: str, reason: str) -> None:
        fields: dict[str, Value] = {"action": action, "policy": hashed, "reason": reason}
        if action == "proposed":
            fields |= {"principal": self._owner(), "relaxes": True}
        await self._store.log.append("policy", tenant=self._tenant, fields=fields)

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
