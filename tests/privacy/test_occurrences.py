"""Where known values stand: every occurrence, in any number of values and any length of text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Finding, Kind
from ambos.privacy.document import SEPARATORS, Values, squeeze, union, values_of
from ambos.privacy.normalise import fold
from ambos.privacy.occurrences import Wanted, elsewhere, spread
from ambos.privacy.recogniser import finish


def occurrences(text: str, known: Values) -> list[str]:
    folded = fold(text)
    found = finish(spread(text, folded, squeeze(folded.lower), Wanted(known)))
    return sorted(text[finding.start : finding.end] for finding in found)


NAME = finish(values_of([Finding(0, 22, Kind.PERSON)], fold("Lucía Hernández Ortega")))
IDS = finish(values_of([Finding(0, 9, Kind.GOV_ID), Finding(10, 22, Kind.PHONE)], fold("53123456B 612 345 678.")))
LONG = " Nada que ver aquí, solo relleno de la carta." * 500


@pytest.mark.parametrize("filler", ["", LONG])
def test_each_token_of_a_name_is_found_in_any_case(filler: str) -> None:
    text = "LUCIA vino con la señora ortega; Lucíana no." + filler
    assert occurrences(text, NAME) == ["LUCIA", "ortega"]


@pytest.mark.parametrize("filler", ["", LONG])
def test_parts_of_a_name_side_by_side_are_one(filler: str) -> None:
    text = "vinieron Lucía Hernández de la Ortega y Lucía" + filler
    assert occurrences(text, NAME) == ["Lucía", "Lucía Hernández de la Ortega"]


@pytest.mark.parametrize("filler", ["", LONG])
def test_identifiers_are_found_in_their_loose_forms(filler: str) -> None:
    text = "el 53.123.456-b y el (612) 34-56-78; no el 1612345678" + filler
    assert occurrences(text, IDS) == ["53.123.456-b", "612) 34-56-78"]


@pytest.mark.parametrize("filler", ["", LONG])
def test_everyday_word_is_a_name_only_with_a_capital(filler: str) -> None:
    known = finish(values_of([Finding(0, 10, Kind.PERSON)], fold("Ana Blanco")))
    assert occurrences("vino blanco de Blanco" + filler, known) == ["Blanco"]


@pytest.mark.parametrize("filler", ["", LONG])
def test_addresses_are_found_as_phrases(filler: str) -> None:
    known = finish(values_of([Finding(0, 14, Kind.ADDRESS)], fold("Calle Mayor 12")))
    assert occurrences("en calle mayor 12, no en Calle Mayor 123" + filler, known) == ["calle mayor 12"]


def test_many_values_and_few_find_the_same() -> None:
    texts = [f"Persona{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(200)]
    many = union([NAME, *(finish(values_of([Finding(0, len(text), Kind.PERSON)], fold(text))) for text in texts)])
    text = "Hola Lucía y personaaa. " + "x " * 200
    assert occurrences(text, many) == ["Lucía", "personaaa"]


def test_value_on_the_seam_of_two_windows_is_found_once() -> None:
    for place in range(4_060, 4_110):
        assert occurrences("x" * (place - 1) + " lucia " + "y " * 2_000, NAME) == ["lucia"]


_TOKENS = ["ana", "gil", "12345", "6", "(91)", "+34", "a@b.es", "calle", "mayor", "no"]
_PLAIN = st.lists(st.sampled_from([*_TOKENS, " ", "-", ".", "   ", "    ", "x", "9"]), max_size=40).map("".join)


@given(_PLAIN, st.sets(st.sampled_from(["12345", "123456", "66666", "a@b.es".replace(".", ""), "+3412345"])))
def test_loose_forms_are_those_of_the_written_rule(text: str, ids: set[str]) -> None:
    between = "[" + re.escape(SEPARATORS.decode()) + "]{0,3}"
    lower = fold(text).lower.decode()
    rules = [r"(?<![a-z0-9])(?=(" + between.join(map(re.escape, value)) + r")(?![a-z0-9]))" for value in ids]
    expected = sorted(match[1] for rule in rules for match in re.finditer(rule, lower))
    found = {value.encode(): Finding(0, 1, Kind.GOV_ID) for value in ids}
    assert occurrences(text, Values(ids=found)) == expected


@given(_PLAIN, st.integers(1, 9))
def test_own_values_are_looked_for_elsewhere_only(text: str, size: int) -> None:
    text = "Ana Gil " + text
    found = [Finding(0, min(size, len(text)), Kind.PERSON)]
    folded = fold(text)
    values, squeezed = finish(values_of(found, folded)), squeeze(folded.lower)
    every = finish(spread(text, folded, squeezed, Wanted(values)))
    some = finish(spread(text, folded, squeezed, Wanted(elsewhere(values, found, folded, squeezed))))
    # A part beside the found name is joined to it in one and stands alone in the other: what is covered counts.
    assert _covered(some, text, found[0].end) == _covered(every, text, found[0].end)


def _covered(found: list[Finding], text: str, after: int) -> set[int]:
    """Places that findings cover behind `after`, without what stands between the parts of a name."""
    covered = {place for one in found for place in range(max(one.start, after), one.end)}
    between = re.finditer(r"\s+(?:(?:de|del|las?|los|da|dos?|van|von|der|den|bin)\s)*", text, re.IGNORECASE)
    return covered - {place for match in between for place in range(*match.span())}
