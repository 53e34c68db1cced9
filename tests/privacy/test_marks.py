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
