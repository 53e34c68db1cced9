from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import AuthenticationError, KeyServiceError
from ambos.identity import new_key
from ambos.identity.keys import KEY_PREFIX, SESSION_PREFIX, parse_key

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
RANDOMS = st.binary(min_size=32, max_size=32)


@given(RANDOMS)
def test_a_key_is_recognised(random: bytes) -> None:
    key = new_key(random)
    assert parse_key(key) == key
    assert len(key) == 60
    assert set(key.removeprefix(KEY_PREFIX)) <= set(LETTERS)


@given(random=RANDOMS, place=st.integers(4, 59), letter=st.sampled_from(LETTERS))
def test_one_wrong_letter_is_recognised(random: bytes, place: int, letter: str) -> None:
    key = new_key(random)
    wrong = key[:place] + letter + key[place + 1 :]
    if wrong != key:
        with pytest.raises(AuthenticationError) as caught:
            parse_key(wrong)
        assert wrong[4:] not in str(caught.value)


@given(st.text())
def test_any_text_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        parse_key(KEY_PREFIX + "\x00" + text + "\x01")
    assert "\x01" not in str(caught.value)


@pytest.mark.parametrize("cut", [0, 1, 4, 30, 59])
def test_a_cut_key_is_refused(cut: int) -> None:
    with pytest.raises(AuthenticationError):
        parse_key(new_key(bytes(range(32)))[:cut])


def test_capitals_spaces_and_sessions_are_no_keys() -> None:
    key = new_key(bytes(range(32)))
    session = new_key(bytes(range(32)), prefix=SESSION_PREFIX)
    for wrong in (key.upper(), f" {key}", f"{key}\n", key[4:], session, KEY_PREFIX + session[4:]):
        with pytest.raises(AuthenticationError):
            parse_key(wrong)
    assert parse_key(session, prefix=SESSION_PREFIX) == session


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_needs_32_random_bytes(size: int) -> None:
    with pytest.raises(KeyServiceError):
        new_key(bytes(size))
