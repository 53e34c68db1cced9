"""Check digits, against values computed by hand from the published rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.es import cif

from ambos.privacy import checksums
from ambos.privacy.recognisers import united_kingdom, united_states


@pytest.mark.parametrize(
    ("check", "valid", "invalid"),
    [
        (checksums.dni, "53123456b", "53123456c"),
        (checksums.nie, "x1234567l", "x1234567m"),
        (checksums.cif, "b58818501", "b58818502"),
        (checksums.nss, "281234567840", "281234567841"),
        (checksums.ccc, "21000418450200051332", "21000418460200051332"),
        (checksums.iban, "es9121000418450200051332", "es9121000418450200051333"),
        (checksums.card, "4111111111111111", "4111111111111112"),
        (united_kingdom.nhs, "9434765919", "9434765918"),
        (united_states.ssn, "123456789", "000456789"),
        (checksums.imei, "490154203237518", "490154203237519"),
    ],
)
def test_valid_and_wrong_digit(check: object, valid: str, invalid: str) -> None:
    assert callable(check)
    assert check(valid) is True
    assert check(invalid) is False


def test_one_digit_repeated_is_no_card() -> None:
    assert not checksums.card("0000000000000000")


@given(st.text("0123456789", min_size=2, max_size=19))
def test_cards_and_devices_follow_luhn(value: str) -> None:
    assert checksums.card(value) == (len(set(value)) > 1 and luhn.is_valid(value))
    assert checksums.imei(value) == (len(value) == 15 and luhn.is_valid(value))


@given(st.from_regex(r"[a-z][0-9]{6,8}[0-9a-j]", fullmatch=True))
def test_tax_numbers_of_organisations_agree_with_another_implementation(value: str) -> None:
    assert checksums.cif(value) == cif.is_valid(value.upper())
