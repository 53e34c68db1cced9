"""Rows of the store as rows of the chain file (docs/spec/experiment-seal.md, section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ambos.store import ItemRow, OutcomeRow, UnitRow


def item_of(row: ItemRow) -> tuple[str, ...]:
    """An item as the chain file has it."""
    return row.unit, row.item, row.content, row.digest, row.cluster, row.stratum


def unit_of(row: UnitRow) -> tuple[Any, ...]:
    """A unit as the chain file has it."""
    return row.seq, row.unit, row.stratum, row.ordinal, row.arm


def outcome_of(row: OutcomeRow) -> tuple[Any, ...]:
    """An outcome as the chain file has it."""
    return row.seq, row.unit, row.arm, row.trial, row.score, row.cost, row.request, row.provenance


def weakest(rows: Sequence[OutcomeRow]) -> str:
    """The weakest provenance that occurs."""
    return "recorded" if any(row.provenance == "recorded" for row in rows) or not rows else "run"
