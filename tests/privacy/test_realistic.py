"""The realistic style: invented, consistent inside one export, intervals and bands kept, nobody's numbers."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import ConfigError
from ambos.messages import Finding, Kind
from ambos.privacy import Detector, Settings, checksums
from ambos.privacy.realistic import KEPT, Realistic
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers.united_kingdom import nhs

KEYS = st.binary(min_size=32, max_size=32)
DETECTOR = Detector(Settings())


def one(key: bytes, text: str, kind: Kind) -> str:
    return Realistic(key).replaced(text, [Finding(0, len(text), kind)])


def find(text: str, *wanted: tuple[str, Kind]) -> list[Finding]:
    found = []
    for part, kind in wanted:
        start = text.index(part)
        found.append(Finding(start, start + len(part), kind))
    return found


@given(KEYS)
def test_letter_holds_no_original_and_keeps_its_facts(key: bytes) -> None:
    text = (
        "Mi paciente Lucía Hernández Ortega, DNI 53123456B, vive en la calle Mayor 12, 3º B, tiene neumonía. "
        "Llámela al 612 345 678 o escriba a lucia.hernandez@correo.es. La señora HERNÁNDEZ fuma."
    )
    made = Realistic(key).replaced(text, finish(DETECTOR.steps(text)))
    for original in (
        "Lucía",
        "Hernández",
        "HERNÁNDEZ",
        "Ortega",
        "53123456",
        "Mayor 12",
        "612 345 678",
        "lucia.hernandez",
    ):
        assert original not in made
    assert "tiene neumonía" in made
    assert made.startswith("Mi paciente ")


@given(KEYS)
def test_one_value_has_one_invention_in_an_export_and_its_part_the_same_part(key: bytes) -> None:
    text = "Ana Ruiz vino. RUIZ fuma. Ana Ruiz volvió."
    made = Realistic(key).replaced(
        text, [Finding(0, 8, Kind.PERSON), Finding(15, 19, Kind.PERSON), Finding(26, 34, Kind.PERSON)]
    )
    first, second, third = re.fullmatch(r"(.+) vino\. (.+) fuma\. (.+) volvió\.", made).groups()  # type: ignore[union-attr]  # it matches
    assert first == third
    assert second == first.split()[1].upper()


def test_two_exports_cannot_be_linked() -> None:
    made = {one(bytes([number]) * 32, "Ana Ruiz Moya", Kind.PERSON) for number in range(20)}
    assert len(made) > 15


@given(KEYS, st.dates(date(1950, 1, 1), date(2024, 1, 1)), st.integers(0, 400))
def test_intervals_survive(key: bytes, first: date, days: int) -> None:
    from datetime import timedelta

    last = first + timedelta(days=days)
    text = f"{first.isoformat()} {last:%d/%m/%Y}"
    made = Realistic(key).replaced(text, [Finding(0, 10, Kind.DATE), Finding(11, 21, Kind.DATE)])
    moved = date.fromisoformat(made[:10])
    assert moved != first
    day, month, year = map(int, made[11:].split("/"))
    assert (date(year, month, day) - moved).days == days


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("3 de abril de 1977", r"\d{1,2} de [a-z]+ de \d{4}"),
        ("3 April 1977", r"\d{1,2} [A-Z][a-z]+ \d{4}"),
        ("April 3, 1977", r"[A-Z][a-z]+ \d{1,2}, \d{4}"),
        ("Apr 3, 1977", r"[A-Z][a-z]{2} \d{1,2}, \d{4}|May\. \d{1,2}, \d{4}"),
        ("03/04/77", r"\d\d/\d\d/\d\d"),
        ("el jueves", "el jueves"),
        ("mayo de 1977", "mayo de ####"),
        ("31/02/1977", "##/##/####"),
    ],
)
def test_date_keeps_its_form_and_one_not_understood_loses_its_numbers(text: str, shape: str) -> None:
    assert re.fullmatch(shape, one(b"k" * 32, text, Kind.DATE))


@given(KEYS, st.integers(1, 89))
def test_age_keeps_its_band_and_a_minor_stays_one(key: bytes, years: int) -> None:
    made = int(one(key, f"{years} años", Kind.AGE).split()[0])
    assert made // 5 == years // 5
    assert (made < 18) is (years < 18)


def test_the_very_old_are_one_class() -> None:
    assert one(b"k" * 32, "103 años", Kind.AGE) == "90 años"


NUMBERS = {
    "53123456B": checksums.dni,
    "X1234567L": checksums.nie,
    "ES9121000418450200051332": checksums.iban,
    "4111 1111 1111 1111": checksums.card,
    "943 476 5919": nhs,
}


@given(KEYS, st.sampled_from(sorted(NUMBERS)))
def test_invented_numbers_fail_the_check_of_their_original(key: bytes, number: str) -> None:
    made = one(key, number, Kind.GOV_ID)
    plain = made.replace(" ", "")
    assert made != number
    assert [char for char in made if not char.isalnum()] == [char for char in number if not char.isalnum()]
    assert not NUMBERS[number](plain)
    assert not NUMBERS[number](plain.lower())


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_facts_stay(kind: Kind) -> None:
    assert one(b"k" * 32, "neumonía", kind) == "neumonía"


def test_secret_is_gone() -> None:
    assert one(b"k" * 32, "Xk29!ppQ", Kind.SECRET) == "********"


def test_value_that_stands_elsewhere_unfound_is_replaced_too() -> None:
    text = "Soy Ana Ruiz Moya; repito: Ana Ruiz Moya."
    made = Realistic(b"k" * 32).replaced(text, find(text, ("Ana Ruiz Moya", Kind.PERSON)))
    assert "Ruiz" not in made


@given(
    KEYS,
    st.text(max_size=80),
    st.lists(st.tuples(st.integers(0, 79), st.integers(1, 20), st.sampled_from(Kind)), max_size=4),
)
def test_any_text_with_any_findings_is_accepted(key: bytes, text: str, wanted: list[tuple[int, int, Kind]]) -> None:
    found = sorted(
        (Finding(start, min(start + size, len(text)), kind) for start, size, kind in wanted if start < len(text)),
        key=lambda finding: finding.start,
    )
    Realistic(key).replaced(text, found)


def test_short_key_is_refused_and_nothing_is_shown() -> None:
    with pytest.raises(ConfigError):
        Realistic(b"short")
    assert repr(Realistic(b"k" * 32)) == "Realistic(...)"
