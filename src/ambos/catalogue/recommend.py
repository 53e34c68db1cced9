"""Which open model to run on this machine: a dated table, and the choice among what fits.

The table is curated by hand for Spanish and English. Its names and sizes are from the publishers' public pages as of
`TABLE_DATE`, not from downloads: `pull` checks what really arrives. Speeds are estimates from memory bandwidth, which
bounds the generation of tokens on processors: every token reads all active weights once. A model in the table is not
*proven*: an evaluation on the house's own data is what makes it so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

TABLE_DATE: Final = "2026-11-23"

READING_BYTES_PER_S: Final = 20e9
"""Weights that one core reads in a second: 22 to 27 GB/s were seen on one x86-64 core (0.5B and 1.5B, Q4_K_M)."""

MACHINE_BYTES_PER_S: Final = 40e9
"""What all cores of a common machine with two memory channels read together."""

DOWNLOAD_BYTES_PER_S: Final = 6e6
"""A line of 50 Mbit/s."""

_WORKING_BYTES: Final = 700 << 20  # context and buffers of the engine, beside the weights
_MEMORY_SHARE: Final = 0.7  # the rest is for the gateway, the system and what people run
_DISK_SPARE_BYTES: Final = 1 << 30
_PATIENCE_TOKENS_PER_S: Final = 5.0  # about the pace of reading; slower feels broken
_OPEN_LICENCES: Final = frozenset({"Apache-2.0", "MIT"})


class Row(msgspec.Struct, frozen=True):
    """A line of the table (`open_models.json`).

    Attributes:
        source: what `ambos models pull` takes.
        active_bytes: weights read for one token; less than the size for mixtures of experts.
        quality: our order among the models, higher is better for Spanish and English work; not a measurement.
    """

    title: str
    source: str
    size_bytes: int
    active_bytes: int
    licence: str
    languages: tuple[str, ...]
    quality: int
    note: str


@dataclass(frozen=True, slots=True)
class Advice:
    """A model for this machine. `download_s` and `tokens_per_s` are estimates; `is_fit` says that it runs well here."""

    title: str
    source: str
    size_bytes: int
    memory_bytes: int
    licence: str
    languages: tuple[str, ...]
    note: str
    download_s: int
    tokens_per_s: float
    is_fit: bool
    why_not: str = ""


@cache
def table() -> tuple[Row, ...]:
    """The curated table, best quality first."""
    rows = msgspec.json.decode(Path(__file__).with_name("open_models.json").read_bytes(), type=list[Row])
    return tuple(sorted(rows, key=lambda row: -row.quality))


def recommend(memory_bytes: int, free_disk_bytes: int, cores: int, languages: Collection[str]) -> list[Advice]:
    """Every model of the table that speaks `languages`; the one to take first, then what fits, then what does not.

    The first is the best that fits with a licence without further terms; there may be none that fits.
    """
    rows = [row for row in table() if set(languages) <= set(row.languages)]
    advice = [(row, _advise(row, memory_bytes, free_disk_bytes, cores)) for row in rows]
    one = next((told for row, told in advice if told.is_fit and row.licence in _OPEN_LICENCES), None)
    return sorted((told for _, told in advice), key=lambda told: (told is not one, not told.is_fit))


def _advise(row: Row, memory_bytes: int, free_disk_bytes: int, cores: int) -> Advice:
    needed = int(row.size_bytes * 1.1) + _WORKING_BYTES
    bandwidth = min(READING_BYTES_PER_S * max(1, cores - 1), MACHINE_BYTES_PER_S)
    speed = bandwidth / row.active_bytes
    why_not = ""
    if needed > memory_bytes * _MEMORY_SHARE:
        why_not = "memory"
    elif row.size_bytes + _DISK_SPARE_BYTES > free_disk_bytes:
        why_not = "disk"
    elif speed < _PATIENCE_TOKENS_PER_S:
        why_not = "speed"
    return Advice(
        title=row.title,
        source=row.source,
        size_bytes=row.size_bytes,
        memory_bytes=needed,
        licence=row.licence,
        languages=row.languages,
        note=row.note,
        download_s=round(row.size_bytes / DOWNLOAD_BYTES_PER_S),
        tokens_per_s=round(speed, 1),
        is_fit=not why_not,
        why_not=why_not,
    )
