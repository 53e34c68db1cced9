"""What `ambos doctor` says of time: a clock that was set back, and certificates that are over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from ambos.cli.words import say

_LEEWAY_MS: Final = 60_000  # clocks of several machines differ
_MINUTE_MS: Final = 60_000


def clock_row(newest_ms: int, now_ms: int) -> tuple[str, bool, str]:
    """The clock against the newest entry of the log, whose time never runs backwards.

    Args:
        newest_ms, now_ms: milliseconds since 1970.
    """
    behind_ms = newest_ms - now_ms
    if behind_ms <= _LEEWAY_MS:
        return ("clock", True, say("clock_right"))
    return ("clock", False, say("clock_back", minutes=-(-behind_ms // _MINUTE_MS)))


def certificate_rows(files: Iterable[str], now_ms: int) -> list[tuple[str, bool, str]]:
    """Each file of certificates that holds one that is over, or none that can be read."""
    return [row for file in dict.fromkeys(files) if file and (row := _of_file(file, now_ms)) is not None]


def _of_file(file: str, now_ms: int) -> tuple[str, bool, str] | None:
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    try:
        found = x509.load_pem_x509_certificates(Path(file).read_bytes())
    except (OSError, ValueError):
        return ("certificate", False, say("certificate_unread", file=file))
    over = [one.not_valid_after_utc for one in found if one.not_valid_after_utc <= now]
    if not over:
        return None
    return ("certificate", False, say("certificate_over", file=file, day=min(over).date().isoformat()))
