"""Folding: one byte for each visible code point, and the way back."""

from hypothesis import given
from hypothesis import strategies as st

from ambos.privacy.normalise import fold, join


@given(st.text(alphabet=st.characters(), max_size=200))
def test_each_byte_leads_back_to_one_code_point(text: str) -> None:
    folded = fold(text)
    assert len(folded.cased) == len(folded.lower)
    assert all(byte < 128 for byte in folded.lower)
    if folded.offsets is None:
        assert len(folded.lower) == len(text)
    else:
        assert list(folded.offsets) == sorted(set(folded.offsets.tolist()))
    for place in range(len(folded.lower)):
        start, end = folded.span(place, place + 1)
        assert end == start + 1
        assert end <= len(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_join_to_the_whole(first: str, second: str) -> None:
    joined = join([(0, fold(first)), (len(first), fold(second))])
    whole = fold(first + second)
    assert (joined.cased, joined.lower) == (whole.cased, whole.lower)
    assert all(joined.span(place, place + 1) == whole.span(place, place + 1) for place in range(len(whole.lower)))


def test_other_digits_letters_and_marks_count_as_plain_ones() -> None:
    assert fold("５３٣٤ ÁÑç Łódź Аnа “x”–").lower == b'5334 anc lodz ana "x"-'


def test_invisible_characters_vanish() -> None:
    folded = fold("a\u200bb\u00adc\ufe0fe\u0301\U000e0041d")
    assert folded.lower == b"abced"
    assert folded.span(1, 3) == (2, 5)
    assert folded.slice(2, 5) == b"bc"


def test_lone_surrogates_are_characters_like_others() -> None:
    assert fold("a\ud800b").lower == b"a?b"
