"""The prefilter says which patterns occur, and refuses to start when it could not."""

import pytest

from ambos.errors import DetectorError
from ambos.privacy.prefilter import Prefilter


def test_hits_are_indexes_in_order() -> None:
    prefilter = Prefilter([rb"\bb+\b", rb"never", rb"a"])
    assert prefilter.hits(b"a bb") == [0, 2]
    assert prefilter.hits(b"zzz") == []


def test_set_that_does_not_compile_is_refused() -> None:
    with pytest.raises(DetectorError):
        Prefilter([b"(unclosed"])


def test_set_that_is_too_large_is_refused() -> None:
    with pytest.raises(DetectorError):
        Prefilter([b"(?:[a-z]{1,90}z){5}%d" % number for number in range(2_000)])
