"""Entries of the log as rows for people and scripts: `ambos audit show --json` and the console."""

from __future__ import annotations

import time
from typing import Any

from ambos.store import LoggedEntry


def row(entry: LoggedEntry) -> dict[str, Any]:
    """`index, time, event, id, route, model, level, policy` and whatever else the entry holds."""
    fields = dict(entry.fields)
    time_ms = int(str(fields.pop("time", 0)))
    told = {
        "index": entry.seq,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ms / 1000)) + f".{time_ms % 1000:03d}Z",
        "event": entry.event,
        "id": fields.pop("request", fields.get("key", "")),
    }
    for name in ("route", "model", "level", "policy"):
        told[name] = fields.pop(name, "")
    return {**told, **fields}
