"""The cache: scoped, keyed and bounded."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.cache import Cache, Local

LOCAL = Local((Finding(0, 1, Kind.PERSON),))


def cache(*, entries: int = 10, size_bytes: int = 1_000_000, key: bytes = b"k" * 32) -> Cache:
    return Cache(key=key, entries=entries, size_bytes=size_bytes)


def test_name_depends_on_scope_text_and_key() -> None:
    one, other = cache(), cache(key=b"x" * 32)
    names = {one.name(b"a", "bc"), one.name(b"ab", "c"), one.name(b"a", "bd"), other.name(b"a", "bc")}
    assert len(names) == 4
    assert one.name(b"a", "\ud800")


def test_entries_are_bounded_and_the_oldest_goes() -> None:
    kept = cache(entries=2)
    names = [kept.name(b"s", str(number)) for number in range(3)]
    kept.put(names[0], LOCAL)
    kept.put(names[1], LOCAL)
    assert kept.get(names[0]) is LOCAL
    kept.put(names[2], LOCAL)
    assert kept.get(names[1]) is None
    assert kept.get(names[0]) is LOCAL
    assert len(kept) == 2


def test_bytes_are_bounded() -> None:
    kept = cache(size_bytes=3 * LOCAL.size_bytes, entries=1000)
    for number in range(50):
        kept.put(kept.name(b"s", str(number)), LOCAL)
    assert len(kept) == 3


def test_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        cache(key=b"short")
