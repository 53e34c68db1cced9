"""The tables of the spec and of the code are the same."""

import re
from pathlib import Path

import pytest

from ambos.audit.events import ALWAYS, CHOICES, EVENTS, FIELDS, TYPES

SPEC = (Path(__file__).parents[2] / "docs/spec/audit-log.md").read_text()


def rows(after: str, before: str) -> list[list[str]]:
    section = SPEC[SPEC.index(after) : SPEC.index(before)]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_table_of_events_is_the_code() -> None:
    table = {words(row[0])[0]: row for row in rows("## 5.", "## 6.")}
    assert table.keys() == EVENTS.keys()
    for event, row in table.items():
        assert set(words(row[1])) == EVENTS[event].required - ALWAYS, event
        assert set(words(row[2])) == EVENTS[event].optional, event


def test_the_table_of_fields_is_the_code() -> None:
    written: dict[str, str] = {}
    for kind, _form, fields in rows("## 4.", "## 5."):
        if kind == "handle":
            for part in fields.split(";"):
                prefix, *names = words(part)
                written |= dict.fromkeys(names, f"handle {prefix[0]}")
        else:
            written |= dict.fromkeys(words(fields), kind)
    assert written == FIELDS


def test_the_limited_values_are_the_code() -> None:
    line = next(line for line in SPEC.splitlines() if line.startswith("Some fields are limited further"))
    written = {}
    for part in line.split(";"):
        where, *values = words(part)
        event, field = where.split(".")
        written[event, field] = frozenset(values)
    assert written == CHOICES


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_field_of_an_event_has_a_type(event: str) -> None:
    known = EVENTS[event]
    assert not known.required & known.optional
    assert all(FIELDS[field] in TYPES for field in known.required | known.optional)


def test_every_field_is_used() -> None:
    assert set(FIELDS) == {field for known in EVENTS.values() for field in known.required | known.optional}


def test_the_spec_keeps_its_length() -> None:
    assert 80 <= len(SPEC.splitlines()) <= 250
