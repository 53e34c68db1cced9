"""Keeps the policy in force: reads ambos.toml again when it changes, refuses what is broken, holds back what relaxes.

A change that only tightens applies at once. One that relaxes anything waits: it takes effect when the server is started
again, which is an act of the operator and stands in the log (design 3.6; ADR 0003).
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from ambos import policy
from ambos.audit.entry import Value
from ambos.config import Config, read_file
from ambos.errors import AmbosError
from ambos.store import Store

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


class PolicyKeeper:
    """The policy of one process.

    Attributes:
        policy: in force.
        pending: what a waiting change would relax.
        problem: why the file as it is now was refused; "" when it is in force.
    """

    def __init__(self, config: Config, store: Store, *, tells: bool) -> None:
        self.policy = policy.load(config.policy)
        self.pending: tuple[str, ...] = ()
        self.problem = ""
        self._path: Path = config.directory / "ambos.toml"
        self._store = store
        self._tenant = config.tenant
        self._tells = tells  # one worker tells for all
        self._seen = self._stamp()

    async def start(self) -> None:
        """Write the policy in force into the log."""
        await self._tell("started")

    async def watch(self) -> None:
        """Look at the file every second."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if (stamp := self._stamp()) != self._seen:
                self._seen = stamp
                await self.read_again()

    async def read_again(self) -> None:
        """Load the file as it is now; the old policy stays if it is refused."""
        try:
            table = read_file(self._path).get("policy", {})
            new = policy.load(policy.read_settings(table if isinstance(table, dict) else {"?": 0}))
        except AmbosError as error:
            self.problem = str(error)
            _log.error("the changed ambos.toml was refused and the old policy stays: %s", error)
            return
        self.problem = ""
        change = policy.diff(self.policy, new)
        self.pending = change.relaxes
        if change.is_relaxing:
            _log.warning(
                "the changed policy relaxes %d rules: it waits until the server is started again", len(change.relaxes)
            )
            return
        if new.hash != self.policy.hash:
            self.policy = new
            await self._tell("tightened")

    async def _tell(self, reason: str) -> None:
        if self._tells:
            fields: dict[str, Value] = {"action": "applied", "policy": self.policy.hash, "reason": reason}
            await self._store.log.append("policy", tenant=self._tenant, fields=fields)

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)
