"""Canaries: invented values that nobody's request should ever carry out, planted by the house among its own data.

They are derived, not kept: the same in every worker, on every replica and after every restart. `egress` looks for them
among the bytes of each request before it connects. One that is seen closes the outside for every worker and over every
restart, by an incident of the store and a mark in the data directory, until a person who may has said why it may open
again (docs/guide/probes.md).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from base64 import b32encode
from pathlib import Path
from typing import Final

from ambos.audit.entry import Value
from ambos.errors import AmbosError, LogUnavailableError
from ambos.store.incidents import Incidents

_log = logging.getLogger(__name__)
REASON: Final = "canary"
LOOK_EVERY_S: Final = 1.0
_CODE_BYTES: Final = 10  # 80 bits: nobody writes one by chance
_DRESSES: Final = ("{}@example.com", "HC-{}", "{}")  # an address, a number of a record, a bare word


class Canaries:
    """The canaries of one tenant, in one process."""

    def __init__(self, directory: Path, key: bytes, incidents: Incidents, *, tenant: str, detector: str) -> None:
        self._mark = directory / "canary.seen"  # holds where the log cannot be written when one is seen
        self._incidents, self._tenant, self._detector = incidents, tenant, detector
        codes = [
            b32encode(hmac.digest(key, dress.encode(), "sha256")[:_CODE_BYTES]).decode().lower() for dress in _DRESSES
        ]
        self.planted = tuple(dress.format(code) for dress, code in zip(_DRESSES, codes, strict=True))
        self.codes = tuple(code.encode() for code in codes)
        self.is_seen = self._look()
        self._told: set[asyncio.Task[None]] = set()

    def seen(self, destination: str) -> None:
        """One stood among the bytes for this destination; they did not leave."""
        self.is_seen = True
        _log.error("a canary was on its way to %s and was stopped: the outside is closed", destination)
        try:
            os.close(os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:  # this process stays closed; the others are not told
            _log.error("the mark of the canary could not be written: %s", error.strerror)
        telling = asyncio.ensure_future(self._tell())
        self._told.add(telling)
        telling.add_done_callback(self._told.discard)

    async def watch(self) -> None:
        """Look each second whether another worker saw one, or somebody has cleared it."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self.is_seen = await asyncio.to_thread(self._look)
            except AmbosError:  # it stays as it was: what cannot be read cannot be logged either, and nothing leaves
                _log.error("whether a canary was seen could not be read")

    async def clear(self, *, by: str, reason: str) -> None:
        """Open the outside again; durable in the log before the mark is gone.

        Args:
            by: the principal who has found out how it came there.

        Raises:
            RequestError: none was seen, or no reason.
            LogUnavailableError: it could not be written down, so that the outside stays closed.
        """
        if self._mark.exists() and not self._incidents.is_open(REASON, tenant=self._tenant):
            await self._tell()  # it was seen while the log could not be written
        await self._incidents.close(REASON, "probe", self._fields("pass"), tenant=self._tenant, by=by, reason=reason)
        self._mark.unlink(missing_ok=True)
        self.is_seen = False

    def _look(self) -> bool:
        return self._mark.exists() or self._incidents.is_open(REASON, tenant=self._tenant)

    async def _tell(self) -> None:
        try:
            await self._incidents.open(REASON, "probe", self._fields("fail"), tenant=self._tenant)
        except LogUnavailableError:
            _log.error("a canary could not be written down")

    def _fields(self, result: str) -> dict[str, Value]:
        return {"result": result, "count": len(self.codes), "reason": REASON, "detector": self._detector}
