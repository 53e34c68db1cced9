"""The cache: scoped, keyed and bounded."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.cache import Cache, Found, Joint, Local, Recent
from ambos.privacy.document import Values

ANA = Finding(0, 1, Kind.PERSON, "", 0.79, "document")
LOCAL = Local(Found((Finding(0, 1, Kind.PERSON),)))


def cache(*, key: bytes = b"k" * 32) -> Cache:
    return Cache(key=key, entries=10, size_bytes=1_000_000)


def test_name_depends_on_scope_field_text_and_key() -> None:
    one, other = cache(), cache(key=b"x" * 32)
    names = [
        one.namer(b"a").name("", "bc"),
        one.namer(b"ab").name("", "c"),
        one.namer(b"a").name("", "bd"),
        one.namer(b"a").name("b", "c"),
        other.namer(b"a").name("", "bc"),
    ]
    assert len(set(names)) == 5
    assert one.namer(b"a").name("", "\ud800")
    assert one.namer(b"a").name("", "bc") == names[0]


def test_entries_are_bounded_and_the_oldest_goes() -> None:
    kept: Recent[Local] = Recent(entries=2, size_bytes=1_000_000)
    kept.put(b"0", LOCAL)
    kept.put(b"1", LOCAL)
    assert kept.get(b"0") is LOCAL
    kept.put(b"2", LOCAL)
    assert kept.get(b"1") is None
    assert kept.get(b"0") is LOCAL
    assert len(kept) == 2


@pytest.mark.parametrize("entry", [LOCAL, Joint(Values({b"ana": ANA}), frozenset({b"x"}), {b"x": LOCAL.found})])
def test_bytes_are_bounded(entry: Local | Joint) -> None:
    kept: Recent[Local | Joint] = Recent(size_bytes=3 * entry.size_bytes, entries=1000)
    for number in range(50):
        kept.put(str(number % 40).encode(), entry)
    assert len(kept) == 3


def test_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        cache(key=b"short")
