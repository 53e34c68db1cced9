"""Every named refusal of an adaptation has its Spanish words, with the same values."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import ambos
from ambos.cli.refusal_words import SPANISH_REFUSALS
from ambos.cli.words import told
from ambos.errors import AdaptError

SOURCE = Path(ambos.__file__).parent


def raised() -> dict[str, set[str]]:
    """Reason → names of its values, of every `AdaptError(..., reason=...)` in the source."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AdaptError":
                keys = {one.arg: one.value for one in node.keywords if one.arg}
                reason = keys.pop("reason", None)
                for one in ast.walk(reason) if reason is not None else ():
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        found.setdefault(one.value, set()).update(keys)
    return found


def test_every_reason_is_told_in_spanish_with_its_values() -> None:
    reasons = raised()
    assert set(reasons) == set(SPANISH_REFUSALS)
    for reason, words in SPANISH_REFUSALS.items():
        assert {name for _, name, _, _ in string.Formatter().parse(words) if name} <= reasons[reason], reason


def test_the_reader_s_language_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    error = AdaptError("no row trains", reason="no_rows")
    monkeypatch.setenv("AMBOS_LANG", "es")
    assert told(error) == "ninguna fila de este corpus entrena"
    monkeypatch.setenv("AMBOS_LANG", "en")
    assert told(error) == "no row trains"
    assert told(AdaptError("unnamed")) == "unnamed"
