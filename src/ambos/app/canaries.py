"""Canaries: invented values that nobody's request should ever carry out, planted by the house among its own data.

They are derived, not kept: the same in every worker, on every replica and after every restart. `egress` looks for them
among the bytes of each request before it connects. One that is seen closes the outside for every worker and over every
restart, by a mark in the data directory, until a person takes the mark away (docs/guide/probes.md).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from base64 import b32encode
from pathlib import Path
from typing import Final

from ambos.errors import LogUnavailableError
from ambos.store.log import AuditLog

_log = logging.getLogger(__name__)
REASON: Final = "canary"
LOOK_EVERY_S: Final = 1.0
_CODE_BYTES: Final = 10  # 80 bits: nobody writes one by chance
_DRESSES: Final = ("{}@example.com", "HC-{}", "{}")  # an address, a number of a record, a bare word


class Canaries:
    """The canaries of one tenant, in one process."""

    def __init__(self, directory: Path, key: bytes, log: AuditLog, *, tenant: str, detector: str) -> None:
        self._mark = directory / "canary.seen"
        self._log, self._tenant, self._detector = log, tenant, detector
        codes = [
            b32encode(hmac.digest(key, dress.encode(), "sha256")[:_CODE_BYTES]).decode().lower() for dress in _DRESSES
        ]
        self.planted = tuple(dress.format(code) for dress, code in zip(_DRESSES, codes, strict=True))
        self.codes = tuple(code.encode() for code in codes)
        self.is_seen = self._mark.exists()
        self._told: set[asyncio.Task[None]] = set()

    def seen(self, destination: str) -> None:
        """One stood among the bytes for this destination; they did not leave."""
        self.is_seen = True
        _log.error("a canary was on its way to %s and was stopped: the outside is closed", destination)
        try:
            os.close(os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:  # this process stays closed; the others are not told
            _log.error("the mark of the canary could not be written: %s", error.strerror)
        telling = asyncio.ensure_future(self._tell("fail"))
        self._told.add(telling)
        telling.add_done_callback(self._told.discard)

    async def watch(self) -> None:
        """Look each second whether another worker saw one, or somebody took the mark away."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.is_seen = self._mark.exists()

    async def clear(self) -> None:
        """Open the outside again; durable in the log before the mark is gone.

        Raises:
            LogUnavailableError: it could not be written down, so that the outside stays closed.
        """
        await self._tell("pass")
        self._mark.unlink(missing_ok=True)
        self.is_seen = False

    async def _tell(self, result: str) -> None:
        try:
            await self._log.append(
                "probe",
                tenant=self._tenant,
                fields={"result": result, "count": len(self.codes), "reason": REASON, "detector": self._detector},
            )
        except LogUnavailableError:
            _log.error("a canary could not be written down")
            if result == "pass":
                raise
