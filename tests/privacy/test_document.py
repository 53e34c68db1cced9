"""The document pass: one occurrence tells all others."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.document import Values, spread, squeeze, union, values_of
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import finish


def occurrences(text: str, known: Values) -> list[str]:
    folded = fold(text)
    found = finish(spread(text, folded, squeeze(folded.lower), known))
    return sorted(text[finding.start : finding.end] for finding in found)


NAME = finish(values_of([Finding(0, 22, Kind.PERSON)], fold("Lucía Hernández Ortega")))
IDS = finish(values_of([Finding(0, 9, Kind.GOV_ID), Finding(10, 22, Kind.PHONE)], fold("53123456B 612 345 678.")))
LONG = " Nada que ver aquí, solo relleno de la carta." * 500


@pytest.mark.parametrize("filler", ["", LONG])
def test_each_token_of_a_name_is_found_in_any_case(filler: str) -> None:
    text = "LUCIA vino con la señora ortega; Lucíana no." + filler
    assert occurrences(text, NAME) == ["LUCIA", "ortega"]


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


@pytest.mark.parametrize(
    ("value", "is_kept"), [("1234", True), ("1987", False), ("123", False), ("abcd", False), ("abcde", True)]
)
def test_short_secrets_and_years_are_not_spread(value: str, is_kept: bool) -> None:
    known = finish(values_of([Finding(0, len(value), Kind.SECRET)], fold(value)))
    assert bool(known.ids) is is_kept


def test_particles_are_no_names() -> None:
    known = finish(values_of([Finding(0, 18, Kind.PERSON)], fold("María de los Ríos ")))
    assert known.names == {b"maria", b"rios"}
