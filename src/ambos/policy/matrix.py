"""The plain policy: what may go where, by level and destination, and its form in Cedar (design 3.4, 3.6).

Knows the table, its defaults and the hard rules that no table may break. Own rules of the house are in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from ambos.errors import PolicyError
from ambos.messages import Json, Level, ServedModel, Treatment, Zone


class Destination(StrEnum):
    """Where a model stands for the policy: `agreed` and `other` are outside, with and without an agreement."""

    INSIDE = "inside"
    AGREED = "agreed"
    OTHER = "other"

    @classmethod
    def of(cls, model: ServedModel) -> Destination:
        """The destination of a model; an agreement that is blank is none."""
        if model.zone is Zone.INSIDE:
            return cls.INSIDE
        return cls.AGREED if model.agreement.strip() else cls.OTHER


Cell = tuple[Level, Destination]
_Option = TypeVar("_Option")

HARD: Mapping[Cell, frozenset[Treatment | None]] = {
    **{(level, Destination.INSIDE): frozenset({Treatment.RAW, None}) for level in Level},
    **{
        (level, destination): allowed
        for destination in (Destination.AGREED, Destination.OTHER)
        for level, allowed in (
            (Level.PUBLIC, frozenset({Treatment.RAW, Treatment.MASKED, None})),
            (Level.INTERNAL, frozenset({Treatment.RAW, Treatment.MASKED, None})),
            (Level.CONFIDENTIAL, frozenset({Treatment.MASKED, None})),
            (Level.RESTRICTED, frozenset({None})),
        )
    },
}
"""What a cell may say at all: restricted never leaves, confidential never leaves raw (design 3.4, 3.6)."""

DEFAULTS: Mapping[Cell, Treatment | None] = {
    (Level.PUBLIC, Destination.INSIDE): Treatment.RAW,
    (Level.PUBLIC, Destination.AGREED): Treatment.RAW,
    (Level.PUBLIC, Destination.OTHER): Treatment.RAW,
    (Level.INTERNAL, Destination.INSIDE): Treatment.RAW,
    (Level.INTERNAL, Destination.AGREED): Treatment.RAW,
    (Level.INTERNAL, Destination.OTHER): None,
    (Level.CONFIDENTIAL, Destination.INSIDE): Treatment.RAW,
    (Level.CONFIDENTIAL, Destination.AGREED): Treatment.MASKED,
    (Level.CONFIDENTIAL, Destination.OTHER): None,
    (Level.RESTRICTED, Destination.INSIDE): Treatment.RAW,
    (Level.RESTRICTED, Destination.AGREED): None,
    (Level.RESTRICTED, Destination.OTHER): None,
}
"""Design 3.4, last line."""

_ORDER: tuple[Cell, ...] = tuple((level, destination) for level in Level for destination in Destination)
_WORDS: Mapping[str, Treatment | None] = {"raw": Treatment.RAW, "masked": Treatment.MASKED, "none": None}


@dataclass(frozen=True, slots=True)
class Matrix:
    """What each level may become at each destination; every cell is filled.

    Raises:
        PolicyError: a cell breaks a hard rule or is missing.
    """

    cells: Mapping[Cell, Treatment | None] = field(default_factory=lambda: dict(DEFAULTS))

    def __post_init__(self) -> None:
        for cell, allowed in HARD.items():
            if cell not in self.cells:
                raise PolicyError(f"[policy.matrix] {place(cell)} is missing: write raw, masked or none")
            if self.cells[cell] not in allowed:
                raise PolicyError(_refusal(cell, self.cells[cell], allowed))


def read_matrix(table: Json) -> Matrix:
    """The matrix of `[policy.matrix]`; a cell that is not written keeps its default.

    Args:
        table: level -> destination -> "raw", "masked" or "none", as TOML gives it.

    Raises:
        PolicyError: an unknown level, destination or word, or a cell that breaks a hard rule.
    """
    cells = dict(DEFAULTS)
    for level_name, row in _table(table, "[policy.matrix]").items():
        level = _known(level_name, {level.label: level for level in Level}, "a level")
        for destination_name, word in _table(row, f"[policy.matrix] {level_name}").items():
            destination = _known(destination_name, {d.value: d for d in Destination}, "a destination")
            cells[level, destination] = _known(word, _WORDS, "a treatment")
    return Matrix(cells)


def matrix_cedar(matrix: Matrix) -> str:
    """The matrix as Cedar text: one rule a cell, in a fixed order, each with its `@id`.

    A cell that says `raw` permits `send_masked` too, so that a house rule against `send_raw` leaves masking.
    """
    rules = [_rule(cell, matrix.cells[cell]) for cell in _ORDER]
    return "\n".join(rule for rule in rules if rule)


def place(cell: Cell) -> str:
    """The name of a cell, as in settings and rule ids: "confidential.agreed"."""
    return f"{cell[0].label}.{cell[1].value}"


def _rule(cell: Cell, treatment: Treatment | None) -> str:
    if treatment is None:
        return ""
    level, destination = cell
    actions = ("use_inside",) if destination is Destination.INSIDE else _OUTSIDE_ACTIONS[treatment]
    listed = ", ".join(f'Action::"{action}"' for action in actions)
    return (
        f'@id("matrix.{place(cell)}")\n'
        f"permit (principal, action in [{listed}], resource)\n"
        f'when {{ context.level == {int(level)} && resource.destination == "{destination.value}" }};\n'
    )


_OUTSIDE_ACTIONS: Mapping[Treatment, tuple[str, ...]] = {
    Treatment.RAW: ("send_raw", "send_masked"),
    Treatment.MASKED: ("send_masked",),
}


def _refusal(cell: Cell, word: Treatment | None, allowed: frozenset[Treatment | None]) -> str:
    why = (
        "an inside model gets the text as it is or not at all"
        if cell[1] is Destination.INSIDE
        else f"{cell[0].label} text never leaves {'as it is' if Treatment.MASKED in allowed else 'at all'}"
    )
    options = " or ".join(sorted(option.value if option else "none" for option in allowed))
    return f'[policy.matrix] {place(cell)} is "{word.value if word else "none"}", and {why}: write {options}'


def _table(value: Json, name: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise PolicyError(f"{name} must be a table")
    return value


def _known(value: Json, options: Mapping[str, _Option], what: str) -> _Option:
    if not isinstance(value, str) or value not in options:
        raise PolicyError(f"[policy.matrix] {str(value)[:40]!r} is not {what}: write one of {', '.join(options)}")
    return options[value]
