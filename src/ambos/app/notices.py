"""Notices that leave the house: to one address, when somebody breaks a glass and when it was reviewed.

They say who, when and what kind, never what was asked or answered, nor why. Sent beside the work that they tell of: the
console tells the same people by itself, so what cannot be delivered is written down and stops nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Final

from ambos.audit.entry import Value
from ambos.egress import Egress
from ambos.egress.notice import NAME, NoticeSettings
from ambos.errors import AmbosError
from ambos.messages import Json
from ambos.store.log import AuditLog

_log = logging.getLogger(__name__)
CONTROL: Final = "notice"
_WITHIN_S: Final = 5.0
_MAX_ANSWER: Final = 65_536
_PAUSES_S: Final = (1.0, 4.0)  # between three attempts: a receiver that restarts is there again by then


class Notices:
    """Sends them, for one process."""

    def __init__(self, settings: NoticeSettings, egress: Egress, log: AuditLog, *, tenant: str) -> None:
        self._url, self._egress, self._log, self._tenant = settings.url, egress, log, tenant
        self._sending: set[asyncio.Task[None]] = set()

    def tell(self, about: Mapping[str, Json]) -> None:
        """Send this, in the background; nothing where no address is named."""
        if self._url:
            task = asyncio.ensure_future(self._send(json.dumps(about, ensure_ascii=False).encode()))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Wait for what is on its way; at most the time of its attempts."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _send(self, body: bytes) -> None:
        is_delivered = await self._posted(body)
        for pause_s in _PAUSES_S:
            if is_delivered:
                break
            await asyncio.sleep(pause_s)
            is_delivered = await self._posted(body)
        if not is_delivered:
            _log.error("a notice could not be delivered; the console tells it")
        fields: dict[str, Value] = {"control": CONTROL, "result": "pass" if is_delivered else "fail"}
        await self._log.append("control", tenant=self._tenant, fields=fields)

    async def _posted(self, body: bytes) -> bool:
        headers = {"content-type": "application/json"}
        try:
            line = self._egress.session(NAME)
            status, _ = await line.whole("POST", self._url, body, headers, within_s=_WITHIN_S, most=_MAX_ANSWER)
        except (AmbosError, OSError, ValueError):
            return False
        return 200 <= status < 300
