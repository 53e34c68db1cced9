"""What is found inside a longer word is found with all of it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Finding, Kind
from ambos.privacy.thresholds import CAUTION
from ambos.privacy.whole_words import whole_words


def _found(text: str, *values: tuple[str, Kind, float]) -> list[tuple[str, str]]:
    found = [
        Finding(text.index(value), text.index(value) + len(value), kind, score=score) for value, kind, score in values
    ]
    return [(text[one.start : one.end], one.kind.value) for one in whole_words(found, text)]


@pytest.mark.parametrize(
    ("text", "value", "whole"),
    [
        ("mi usuario es perez_ana84, gracias", "perez", "perez_ana84"),
        ("see JohnSmith99", "JohnSmith", "JohnSmith99"),
        ("open report_ruiz_v2.pdf", "ruiz", "report_ruiz_v2"),
        ("Ana, hola", "Ana", "Ana"),
        ("(Ana) y García-Ruiz", "García", "García"),
        ("Ana", "Ana", "Ana"),
    ],
)
def test_a_part_becomes_the_word(text: str, value: str, whole: str) -> None:
    assert _found(text, (value, Kind.PERSON, 0.9)) == [(whole, "PERSON")]


def test_parts_of_one_word_cover_it_and_keep_their_kinds() -> None:
    """A name that a likelier place hides is nobody any more, and a diagnosis beside it would not be restricted."""
    text = "soy perez_madrid_1984 y ya"
    parts = (("perez", Kind.PERSON, 0.4), ("madrid", Kind.LOCATION, 0.9), ("1984", Kind.DATE, 0.2))
    assert _found(text, *parts) == [("perez_", "PERSON"), ("madrid_", "LOCATION"), ("1984", "DATE")]


def test_a_finding_over_several_words_keeps_its_inside() -> None:
    assert _found("de Ana Ruiz2 y", ("Ana Ruiz", Kind.PERSON, 0.9)) == [("Ana Ruiz2", "PERSON")]


def test_a_key_or_blob_is_left_to_the_rules() -> None:
    text = "a" * 80 + "ana" + "b" * 80
    assert _found(text, ("ana", Kind.PERSON, 0.9)) == [("ana", "PERSON")]


def test_cautions_come_in_any_order_and_take_nothing_from_what_is_found_without_them() -> None:
    """The tagger tells them after the spans of a block; each was lost, or cut a name short, when they were read in that order."""
    text = "pide ana_84_x y 77_leo, luego rosa8"
    sure = [Finding(5, 8, Kind.PERSON, score=0.9), Finding(19, 22, Kind.PERSON, score=0.9)]
    doubts = [Finding(9, 11, Kind.DATE, rule=CAUTION), Finding(16, 18, Kind.DATE, rule=CAUTION)]
    doubts += [Finding(30, 34, Kind.PERSON, rule=CAUTION)]
    whole = whole_words([*sure, *doubts], text)
    assert [(text[one.start : one.end], one.rule == CAUTION) for one in whole] == [
        ("ana_84_x", False), ("84", True), ("77_leo", False), ("77", True), ("rosa8", True),
    ]  # fmt: skip
    assert [one for one in whole if one.rule != CAUTION] == whole_words(sure, text)


@st.composite
def _cut_text(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    text = draw(st.text("ab_9 .-ñ", min_size=1, max_size=120))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    scores = draw(st.lists(st.floats(0, 1), min_size=len(pairs), max_size=len(pairs)))
    return text, [Finding(a, b, Kind.PERSON, score=score) for (a, b), score in zip(pairs, scores, strict=True)]


@given(_cut_text())
def test_nothing_that_was_covered_is_left_and_findings_stay_apart(made: tuple[str, list[Finding]]) -> None:
    text, found = made
    whole = whole_words(found, text)
    covered = {place for one in whole for place in range(one.start, one.end)}
    assert {place for one in found for place in range(one.start, one.end)} <= covered
    assert all(before.end <= after.start for before, after in itertools.pairwise(whole))
    assert all(0 <= one.start < one.end <= len(text) for one in whole)
    added = covered - {place for one in found for place in range(one.start, one.end)}
    assert all(text[place].isalnum() or text[place] == "_" for place in added)
