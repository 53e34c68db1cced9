"""Marks: kinds, and the details on which the level rests."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.marks import ACCOUNT_FULL, CARD_FULL, INTERNAL_WORD, MINOR, SECRET_WORD, marks


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Finding(0, 6, Kind.PERSON, "any"), {"PERSON"}),
        (Finding(0, 6, Kind.AGE), {"AGE", MINOR}),
        (Finding(8, 15, Kind.AGE), {"AGE"}),
        (Finding(8, 15, Kind.AGE, "minor"), {"AGE", MINOR}),
        (Finding(0, 6, Kind.CARD, "full"), {"CARD", CARD_FULL}),
        (Finding(0, 6, Kind.CARD, "partial"), {"CARD"}),
        (Finding(0, 6, Kind.BANK_ACCOUNT, "iban"), {"BANK_ACCOUNT", ACCOUNT_FULL}),
        (Finding(0, 6, Kind.ORG, "house_secret"), {SECRET_WORD}),
        (Finding(0, 6, Kind.ORG, "house_internal"), {INTERNAL_WORD}),
        (Finding(0, 6, Kind.ORG), {"ORG"}),
    ],
)
def test_marks_of_one_finding(finding: Finding, expected: set[str]) -> None:
    assert marks("7 años; 44 años", [finding]) == expected


def test_word_of_a_minor_marks_a_minor_and_no_special_category() -> None:
    assert marks("mi hija", [Finding(0, 2, Kind.SPECIAL, "minor", 0.9)]) == frozenset({MINOR})


@pytest.mark.parametrize(("text", "is_minors"), [("salida 14 de la A-6", False), ("nombre;edad\nCarla;14", True)])
def test_bare_number_is_a_minors_age_only_beside_a_word_of_age(text: str, is_minors: bool) -> None:
    start = text.index("14")
    assert (MINOR in marks(text, [Finding(start, start + 2, Kind.AGE, "", 0.5)])) is is_minors
