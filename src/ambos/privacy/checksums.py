"""Check digits of identifiers that more than one country or any Spanish text has, as evidence. Each takes letters and
digits only, in lower case; those of single countries stand beside their rules in `recognisers`.
"""

from __future__ import annotations

from collections.abc import Sequence

from stdnum.es import ccc as _ccc
from stdnum.iso7064 import mod_97_10

_DNI_LETTERS = "trwagmyfpdxbnjzsqvhlcke"
_CIF_KINDS = frozenset("abcdefghjnpqrsuvw")
_CIF_LETTERS = "jabcdefghi"
# What a digit counts for when it is doubled and its digits are added.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def dni(value: str) -> bool:
    """Spanish DNI: eight digits and the letter of number mod 23 (Real Decreto 1553/2005).

    >>> dni("53123456a")
    False
    """
    number = value[:-1]
    return number.isdigit() and _DNI_LETTERS[int(number) % 23] == value[-1]


def nie(value: str) -> bool:
    """Spanish NIE: X, Y, Z count as 0, 1, 2 before seven digits, then as a DNI."""
    return value[0] in "xyz" and dni(str("xyz".index(value[0])) + value[1:])


def cif(value: str) -> bool:
    """Tax number of Spanish organisations (Orden EHA/451/2008); the check is a digit or its letter.

    >>> cif("b58818501"), cif("b5881850a"), cif("b58818502")
    (True, True, False)
    """
    number, check = value[1:-1], value[-1:]
    if len(value) != 9 or value[0] not in _CIF_KINDS or not number.isdigit():
        return False
    digit = -_luhn_sum(number + "0") % 10
    return check in (str(digit), _CIF_LETTERS[digit])


def luhn(value: str) -> bool:
    """The last digit by ISO/IEC 7812-1, annex B."""
    return value.isdigit() and _luhn_sum(value) % 10 == 0


def weighed(value: str, weights: Sequence[int]) -> int:
    """The sum of the first digits of `value`, each by its weight.

    >>> weighed("123", (5, 4))
    13
    """
    return sum(int(digit) * weight for digit, weight in zip(value, weights, strict=False))


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right doubled (ISO/IEC 7812-1, annex B)."""
    return sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))


def nss(value: str) -> bool:
    """Spanish social-security number: province, number, and mod 97 of both as check."""
    if len(value) != 12 or not value.isdigit():
        return False
    province, number = int(value[:2]), int(value[2:10])
    whole = province * 10_000_000 + number if number < 10_000_000 else int(value[:10])
    return whole % 97 == int(value[10:])


def ccc(value: str) -> bool:
    """Spanish account (CCC): two check digits mod 11."""
    return bool(_ccc.is_valid(value))


def iban(value: str) -> bool:
    """IBAN of any country: ISO 13616, mod 97-10 of the rearranged string."""
    return bool(mod_97_10.is_valid(value[4:] + value[:4]))


def card(value: str) -> bool:
    """Payment card: Luhn (ISO/IEC 7812-1), and not one digit repeated."""
    return len(set(value)) > 1 and value.isdigit() and _luhn_sum(value) % 10 == 0


def imei(value: str) -> bool:
    """Device number: Luhn over 15 digits (3GPP TS 23.003)."""
    return len(value) == 15 and value.isdigit() and _luhn_sum(value) % 10 == 0
