"""Windows cover a text, overlap, and are cut where words end."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ambos.privacy.recogniser import windows


@given(st.text(alphabet="ab \n", max_size=400))
def test_windows_cover_the_text_and_overlap(text: str) -> None:
    ranges = list(windows(text, size=60, overlap=12))
    assert ranges[0][0] == 0
    assert ranges[-1][1] == len(text)
    for (start, end), (following, last) in pairwise(ranges):
        assert start < following < end < last or (following < end and last == len(text))
        assert end - start <= 60


def test_windows_end_after_a_space() -> None:
    text = "palabra " * 40
    assert all(text[end - 1] == " " for _, end in windows(text, size=60, overlap=12))
