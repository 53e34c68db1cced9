"""Linear patterns: the inner matcher of google-re2 finds what its public one finds."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from ambos.privacy import linear
from ambos.privacy.linear import Linear

PATTERNS = [r"a+", r"\bx?(b)?|(c+)", r"", r"[0-9](?:[ ]?[0-9]){2,4}\b", r"(^|\n)a"]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text("abcx 01\n", max_size=60))
def test_matches_are_those_of_the_public_interface(pattern: str, text: str) -> None:
    raw = text.encode()
    public = [match.span() for match in re2.compile(pattern.encode()).finditer(raw)]
    found = Linear(pattern)
    assert [tuple(spans[0]) for spans in found.spans(raw)] == public
    assert found.has(raw) is bool(public)


def test_public_interface_is_used_when_the_inner_one_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_inner", lambda _: None)
    found = Linear("(b)(c)?")
    assert list(found.spans(b"ab bc")) == [[(1, 2), (1, 2), (-1, -1)], [(3, 5), (3, 4), (4, 5)]]
    assert found.has(b"b")
    assert not found.has(b"a")


def test_inner_interface_of_this_version_is_known() -> None:
    assert linear._inner(re2.compile(b"a")) is not None
