from __future__ import annotations

import unicodedata

import pytest

from ambos.errors import AuthenticationError, RequestError
from ambos.identity.passwords import check_new, hash_password, verify_password

PEPPER, SALT = b"p" * 32, b"s" * 16
GOOD = "la cigüeña vuelve en febrero"


def test_the_right_password_passes_however_its_letters_are_typed() -> None:
    stored = hash_password(GOOD, pepper=PEPPER, salt=SALT)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    verify_password(GOOD, stored, pepper=PEPPER)
    verify_password(unicodedata.normalize("NFD", GOOD), stored, pepper=PEPPER)


@pytest.mark.parametrize("wrong", ["", GOOD + " ", GOOD.upper(), "\ud800", "x" * 10_000])
def test_another_is_refused_in_the_same_words_as_none(wrong: str) -> None:
    stored = hash_password(GOOD, pepper=PEPPER, salt=SALT)
    told = set()
    for against in (stored, None, "not a hash", ""):
        with pytest.raises(AuthenticationError) as caught:
            verify_password(wrong, against, pepper=PEPPER)
        told.add(str(caught.value))
    assert len(told) == 1


def test_without_the_pepper_the_table_is_of_no_use() -> None:
    with pytest.raises(AuthenticationError):
        verify_password(GOOD, hash_password(GOOD, pepper=PEPPER, salt=SALT), pepper=b"q" * 32)


@pytest.mark.parametrize(
    "wrong", ["short", "x" * 257, "aaaaaaaaaaaaaaaaaaaa", "abababababababababab", "my name is Ana.Ruiz here"]
)
def test_passwords_that_nobody_may_have(wrong: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_new(wrong, login="ana.ruiz")
    assert wrong not in str(caught.value)


def test_a_sentence_is_good() -> None:
    check_new(GOOD, login="ana.ruiz")
