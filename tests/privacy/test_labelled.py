"""Labelled data: read strictly, and counted as the spec says (docs/spec/calibration.md, 2 and 3)."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import CalibrationError
from ambos.messages import Finding, Kind
from ambos.privacy.labelled import Document, Gold, count, doubt, firsts, read_labelled, units

TEXT = "Ana Ruiz, de Toro, llamó."
NAME = {"start": 0, "end": 8, "label": "PERSON"}
PLACE = {"start": 13, "end": 17, "label": "TERRITORIO"}


def line(**fields: Any) -> bytes:
    return json.dumps({"id": "a", "text": TEXT, "spans": [NAME, PLACE], **fields}).encode()


def document() -> Document:
    return read_labelled([line()])[0]


def test_a_line_is_a_document_with_kinds_of_ours() -> None:
    assert document() == Document("a", "a", (TEXT,), ((Gold(0, 8, Kind.PERSON), Gold(13, 17, Kind.LOCATION)),))
    assert read_labelled([line(group="dr-4"), b"\n"])[0].group == "group dr-4"


def test_a_conversation_has_texts() -> None:
    row = {"id": 7, "texts": [{"text": "hola", "spans": []}, {"text": TEXT, "spans": [NAME]}]}
    made = read_labelled([json.dumps(row).encode()])[0]
    assert made.texts == ("hola", TEXT)
    assert made.is_sensitive


@pytest.mark.parametrize(
    ("fault", "rows"),
    [
        ("object", [b"{"]),
        ("object", [b"[1]"]),
        ("object", [b"\xff\xfe"]),
        ("object", [b'{"id":"a","id":"b","text":"x","spans":[]}']),
        ("object", [b"[" * 100_000]),
        ("id", [line(id="")]),
        ("id", [line(id=True)]),
        ("id", [line(id="x" * 201)]),
        ("group", [line(group=[1])]),
        ("texts", [line(texts=[])]),
        ("texts", [line(texts="x")]),
        ("text", [line(text=3)]),
        ("text", [line(texts=["x"])]),
        ("spans", [line(spans={"start": 0})]),
        ("spans", [line(spans=["PERSON"])]),
        ("spans", [b'{"id":"a","text":"x"}']),
        ("overlap", [line(spans=[NAME, {"start": 4, "end": 9, "label": "PERSON"}])]),
        ("overlap", [line(spans=[NAME, NAME])]),
        ("offsets", [line(spans=[{"start": 0, "end": 99, "label": "PERSON"}])]),
        ("offsets", [line(spans=[{"start": -3, "end": 2, "label": "PERSON"}])]),
        ("offsets", [line(spans=[{"start": 4, "end": 4, "label": "PERSON"}])]),
        ("offsets", [line(spans=[{"start": 0.0, "end": 8, "label": "PERSON"}])]),
        ("offsets", [line(spans=[{"start": False, "end": True, "label": "PERSON"}])]),
        ("label", [line(spans=[{"start": 0, "end": 8, "label": "NAME"}])]),
        ("label", [line(spans=[{"start": 0, "end": 8, "label": ["PERSON"]}])]),
        ("twice", [line(), line()]),
        ("empty", []),
        ("empty", [b"\n", b"  \n"]),
    ],
)
def test_what_cannot_be_is_refused_by_line_without_its_text(fault: str, rows: list[bytes]) -> None:
    with pytest.raises(CalibrationError) as caught:
        read_labelled(rows)
    assert caught.value.word == f"labelled_{fault}"
    assert "Ana" not in str(caught.value)
    if rows and rows[0].strip():
        assert f"line {len(rows)}" in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_documents_or_our_error(data: bytes) -> None:
    with contextlib.suppress(CalibrationError):
        read_labelled(data.splitlines())


def test_what_a_name_leaves_in_clear_is_a_leak_and_a_direct_identifier_left() -> None:
    found = count(document(), [[Finding(0, 3, Kind.PERSON), Finding(13, 17, Kind.LOCATION)]])
    assert (found.sensitive, found.leaked, found.is_direct_left) == (11, 4, True)
    assert found.leak == pytest.approx(4 / 11)
    assert (found.harmless, found.masked) == (7, 0)


def test_a_fact_is_covered_when_found_and_an_identifier_only_when_masked() -> None:
    as_place = [Finding(0, 8, Kind.LOCATION), Finding(13, 17, Kind.PERSON)]
    found = count(document(), [as_place])
    assert (found.leaked, found.is_direct_left) == (7, True)
    only_place_left = count(document(), [[Finding(0, 8, Kind.PERSON)]])
    assert (only_place_left.leaked, only_place_left.is_direct_left) == (4, False)


def test_harmless_letters_that_are_found_are_counted_but_for_facts_of_the_level() -> None:
    whole = Finding(0, len(TEXT), Kind.PERSON)
    assert count(document(), [[whole]]).masked == 7
    assert count(document(), [[Finding(0, len(TEXT), Kind.HEALTH)]]).masked == 0


def test_a_span_of_signs_alone_is_still_looked_at() -> None:
    made = read_labelled([line(text="a ** b", spans=[{"start": 2, "end": 4, "label": "SECRET"}])])[0]
    assert count(made, [[]]).leaked == 2


def test_one_author_is_one_unit_and_what_holds_nothing_is_none() -> None:
    rows = [line(id="a", group="g"), line(id="b", group="g"), line(id="c"), line(id="d", spans=[])]
    documents = read_labelled(rows)
    found: list[list[Finding]] = [[], [Finding(0, 17, Kind.PERSON)], [Finding(0, 17, Kind.PERSON)], []]
    counts = [count(one, [findings]) for one, findings in zip(documents, found, strict=True)]
    made = units(documents, counts)
    assert [(one.leak, one.direct, one.is_single) for one in made] == [(0.5, 0.5, False), (0.0, 0.0, True)]


def test_the_watch_compares_one_text_of_each_group_harmless_ones_too() -> None:
    rows = [line(id="a", group="g"), line(id="b", group="g"), line(id="c", spans=[]), line(id="d")]
    assert firsts(read_labelled(rows)) == [0, 2, 3]


def test_doubt_is_the_share_of_letters_found_with_a_low_score() -> None:
    found = [[Finding(0, 8, Kind.PERSON, score=0.9), Finding(13, 17, Kind.LOCATION, score=0.3)]]
    assert doubt(document(), found) == pytest.approx(4 / 18)
