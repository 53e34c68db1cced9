"""Ages: minors, and times that are no ages."""

import pytest

from ambos.privacy.ages import is_minor, is_minors_age


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("7 años", True),
        ("17 years old", True),
        ("18", False),
        ("45a", False),
        ("11 meses", True),
        ("3-week-old", True),
        ("menor de edad", True),
        ("adulto", False),
    ],
)
def test_minor(age: str, expected: bool) -> None:
    assert is_minor(age) is expected


@pytest.mark.parametrize(
    ("text", "age", "expected"),
    [
        ("su hija, 7 años, vino", "7 años", True),
        ("lo hicimos hace 7 años con Ana", "7 años", False),
        ("un contrato de 5 años", "5 años", False),
        ("tiene 8 años de experiencia", "8 años", False),
        ("treated for 6 months", "6 months", False),
        ("hace\u200b 7 años", "7 años", True),
    ],
)
def test_time_is_no_age(text: str, age: str, expected: bool) -> None:
    start = text.index(age)
    assert is_minors_age(text, start, start + len(age)) is expected
