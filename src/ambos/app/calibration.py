"""Keeps the calibration certificate of a data directory, and knows whether it counts (docs/spec/calibration.md 5 to 7).

The file says what was shown; the log says whether it was activated or suspended. Whatever cannot be read is void, so that
a house that requires a certificate lets nothing masked out.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ambos.audit.entry import Value
from ambos.errors import CalibrationError
from ambos.policy import Closing, Policy, load
from ambos.privacy.certificate import Certificate, InForce, Standing, decode
from ambos.store import Store

_log = logging.getLogger(__name__)
FOLDER: Final = "calibration"
CERTIFICATE: Final = "certificate.json"
WATCH: Final = "watch.json"
LOOK_EVERY_S: Final = 1.0
REASONS: Final = ("losses", "scores")


class CalibrationKeeper:
    """The certificate of one house, as one process sees it.

    Attributes:
        standing: at the last look; void until the first.
    """

    def __init__(
        self,
        directory: Path,
        store: Store,
        *,
        in_force: Callable[[], InForce],
        is_required: Callable[[], bool],
        now_ms: Callable[[], int],
        tenant: str,
        tells: bool,
    ) -> None:
        self._folder = directory / FOLDER
        self._store, self._tenant = store, tenant
        self.in_force, self.is_required, self._now_ms = in_force, is_required, now_ms
        self._tells = tells  # one worker of a server writes down for all
        self._read_to = 0
        self._last: tuple[str, str] | None = None
        self._closed: tuple[Policy, Policy] | None = None
        self.standing = Standing.VOID

    def policy(self, policy: Policy) -> Policy:
        """`policy`, without *masked* where a certificate is required and none is active."""
        if not self.is_required() or self.standing is Standing.ACTIVE:
            return policy
        if self._closed is None or self._closed[0] is not policy:
            self._closed = (policy, load(policy.settings, closes=policy.closes | {Closing.MASKED}))
        return self._closed[1]

    def recall(self) -> float:
        """The recall that the probes must reach: what an active certificate promises (1 less its leak), else all."""
        if self.standing is not Standing.ACTIVE:
            return 1.0
        made = self.certificate()
        return min((1 - one.most for one in made.targets if one.loss == "leak"), default=1.0) if made else 1.0

    async def watch(self) -> None:
        """Look every second, where a certificate is required."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.is_required():
                await self.look()

    async def look(self) -> Standing:
        """The standing at this moment; a void certificate is told to the log once."""
        try:
            self.standing = await asyncio.to_thread(self._look)
            if self._tells and self.standing is Standing.VOID and self._last and self._last[0] == "activated":
                await self._tell_void(self._last[1])
        except Exception as error:  # noqa: BLE001  whatever keeps us from knowing: nothing masked leaves
            self.standing = Standing.VOID
            _log.error("the calibration certificate could not be checked: %s", type(error).__name__)
        return self.standing

    def certificate(self) -> Certificate | None:
        """The certificate of the data directory.

        Raises:
            CalibrationError: the file is none.
        """
        try:
            return decode((self._folder / CERTIFICATE).read_bytes())
        except FileNotFoundError:
            return None
        except OSError:
            raise CalibrationError("the calibration certificate cannot be read", word="certificate_bad") from None

    async def keep(self, data: bytes) -> Certificate:
        """Keep a new certificate and activate it.

        Raises:
            CalibrationError: it is none, or was made for another detector, other settings or another policy.
            LogUnavailableError: it was not written down, so that it is not active.
        """
        made = decode(data)
        if made.in_force != self.in_force():
            raise CalibrationError(
                "the server runs another detector or policy than the one that was calibrated: start it again first",
                word="certificate_other",
            )
        await asyncio.to_thread(self._write, data)
        await self._enter("activated", made, "calibrated")
        await self.look()
        return made

    async def suspend(self, hashed: str, reason: str) -> None:
        """Suspend the certificate of this hash, for good.

        Raises:
            CalibrationError: it is not the certificate of this house, or the reason is unknown.
        """
        made = await asyncio.to_thread(self.certificate)
        if made is None or made.hash != hashed or reason not in REASONS:
            raise CalibrationError("there is no such certificate to suspend", word="certificate_absent")
        await self._enter("suspended", made, reason)
        await self.look()

    def _look(self) -> Standing:
        self._follow()
        try:
            made = self.certificate()
        except CalibrationError:
            return Standing.VOID
        if made is None:
            return Standing.ABSENT
        return made.standing(self.in_force(), at_ms=self._now_ms(), last=self._last)

    def _follow(self) -> None:
        """Read what the log has said since the last look."""
        size = self._store.head().size
        for entry in self._store.entries(self._read_to, events=("bound",)):
            if entry.seq < size:
                self._last = (str(entry.fields["action"]), str(entry.fields.get("evidence", "")))
        self._read_to = size

    def _write(self, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / WATCH).unlink(missing_ok=True)
        write_private(self._folder / CERTIFICATE, data)

    async def _tell_void(self, hashed: str) -> None:
        try:
            made = await asyncio.to_thread(self.certificate)
        except CalibrationError:
            made = None
        if made is not None and made.hash == hashed:
            await self._enter("void", made, "expired" if self._now_ms() >= made.expires else "changed")
        else:
            fields: dict[str, Value] = {"action": "void", "detector": self.in_force().detector, "evidence": hashed}
            await self._store.log.append("bound", tenant=self._tenant, fields={**fields, "reason": "changed"})

    async def _enter(self, action: str, made: Certificate, reason: str) -> None:
        fields: dict[str, Value] = {
            "action": action,
            "detector": made.in_force.detector,
            "bound_ppm": round(made.targets[0].most * 1_000_000),
            "count": made.units,
            "reason": reason,
            "evidence": made.hash,
        }
        await self._store.log.append("bound", tenant=self._tenant, fields=fields)


def write_private(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
