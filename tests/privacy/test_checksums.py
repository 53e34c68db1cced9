"""Check digits, against values computed by hand from the published rules."""

import pytest

from ambos.privacy import checksums


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
        (checksums.nhs, "9434765919", "9434765918"),
        (checksums.ssn, "123456789", "000456789"),
        (checksums.imei, "490154203237518", "490154203237519"),
    ],
)
def test_valid_and_wrong_digit(check: object, valid: str, invalid: str) -> None:
    assert callable(check)
    assert check(valid) is True
    assert check(invalid) is False


def test_one_digit_repeated_is_no_card() -> None:
    assert not checksums.card("0000000000000000")
