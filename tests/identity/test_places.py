from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.identity import host_is_allowed, origin_is_own


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8800", "127.0.0.1:8800", "127.9.9.9", "[::1]:8800", "ambos.house.example:443"]
)
def test_our_names_are_allowed(host: str) -> None:
    assert host_is_allowed(host, allowed=("Ambos.House.example",))


REBINDING = [
    *("evil.example", "evil.example:8800", "localhost.evil.example", "127.0.0.1.evil.example", "", ":8800", "0.0.0.0"),
    *("evil@localhost", "localhost/evil.example", "localhost?x", "localhost#x", "localhost:8800@evil.example"),
    *("localhost, evil.example", "localhost evil", "10.0.0.1", "[::]", "[::1", "2130706433", "0x7f.1", "localhost:"),
    *("ambos.house.example.evil", "localhost:999999", "localhost\n", "ｌｏｃａｌｈｏｓｔ", "localhost:٨"),
]


@pytest.mark.parametrize("host", REBINDING)
def test_other_names_are_refused(host: str) -> None:
    assert not host_is_allowed(host, allowed=("ambos.house.example",))


@given(st.text(max_size=40))
def test_any_host_and_origin_get_an_answer(text: str) -> None:
    assert host_is_allowed(text, allowed=()) in (True, False)
    assert not origin_is_own(text, host="localhost:8800", fetch_site="cross-site")
    assert origin_is_own(text, host="localhost:8800", fetch_site=None) in (True, False)


@pytest.mark.parametrize(
    ("origin", "site", "is_own"),
    [
        ("http://localhost:8800", "same-origin", True),
        ("http://localhost:8800", None, True),
        ("https://localhost:8800", None, True),
        (None, "same-origin", True),
        (None, None, False),
        (None, "none", False),
        ("null", None, False),
        ("null", "same-origin", False),
        ("", None, False),
        ("http://localhost:9900", None, False),
        ("http://localhost", None, False),
        ("http://evil.example", None, False),
        ("http://localhost:8800@evil.example", None, False),
        ("http://evil.example", "same-origin", False),
        ("http://localhost:8800", "cross-site", False),
        ("http://localhost:8800", "same-site", False),
        ("file://localhost:8800", None, False),
        ("http://[::1", None, False),
    ],
)
def test_only_our_own_page_may_change_something(origin: str | None, site: str | None, is_own: bool) -> None:
    assert origin_is_own(origin, host="localhost:8800", fetch_site=site) is is_own


def test_an_empty_host_has_no_page() -> None:
    assert not origin_is_own("http://", host="", fetch_site=None)
