from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as some

from ambos.identity.mac import Mac, mac_of


@given(key=some.binary(max_size=200), message=some.binary(max_size=300))
def test_it_is_the_standard_librarys(key: bytes, message: bytes) -> None:
    assert Mac(key).of(message) == mac_of(key).of(message) == hmac.digest(key, message, "sha256")


def test_a_second_message_knows_nothing_of_the_first() -> None:
    mac = Mac(b"k")
    assert mac.of(b"a") != mac.of(b"b")
    assert mac.of(b"a") == hmac.digest(b"k", b"a", "sha256")
