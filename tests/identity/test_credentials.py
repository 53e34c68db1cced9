from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import AuthenticationError
from ambos.identity import new_key, presented_key

KEY = new_key(bytes(range(32)))
OTHER = new_key(bytes(32))
Headers = list[tuple[bytes, bytes]]


def bearer(key: str, scheme: str = "Bearer") -> tuple[bytes, bytes]:
    return b"authorization", f"{scheme} {key}".encode()


@pytest.mark.parametrize(
    "headers",
    [
        [bearer(KEY)],
        [bearer(KEY, "bearer")],
        [bearer(f"  {KEY} ")],
        [(b"x-api-key", KEY.encode())],
        [bearer(KEY), (b"x-api-key", KEY.encode())],
        [(b"host", b"localhost"), bearer(KEY), (b"cookie", b"a=b")],
    ],
)
def test_a_key_is_found(headers: Headers) -> None:
    assert presented_key(headers, query=b"beta=true&limit=3") == KEY


BAD: dict[str, Headers] = {
    "none": [],
    "empty": [(b"authorization", b"")],
    "scheme alone": [(b"authorization", b"Bearer ")],
    "another scheme": [bearer(KEY, "Basic")],
    "no scheme": [(b"authorization", KEY.encode())],
    "empty x-api-key": [(b"x-api-key", b"")],
    "two authorization headers": [bearer(KEY), bearer(KEY)],
    "two different": [bearer(KEY), (b"x-api-key", OTHER.encode())],
    "one empty beside one": [bearer(KEY), (b"x-api-key", b"")],
    "another house's form": [bearer("sk-abc")],
    "not ascii": [(b"authorization", "Bearer amb_ñ".encode())],
    "far too long": [bearer("amb_" + "a" * 5000)],
    "mistyped": [bearer(KEY[:-1] + ("a" if KEY[-1] != "a" else "b"))],
    "SQL": [bearer("' OR 1=1 --")],
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused(headers: Headers) -> None:
    with pytest.raises(AuthenticationError) as caught:
        presented_key(headers)
    assert KEY not in str(caught.value)
    assert "1=1" not in str(caught.value)


def test_a_key_from_before_the_checksum_is_left_to_the_look_up() -> None:
    old = "amb_" + "A" * 43
    assert presented_key([bearer(old)]) == old


@pytest.mark.parametrize(
    "query", ["key={}", "api_key={}", "a=1&api-key=x", "x-api-key=x", "API_KEY=x", "api%5Fkey=x", "q={}", "a=1;key=x"]
)
def test_a_key_in_the_address_is_refused_even_beside_a_good_one(query: str) -> None:
    with pytest.raises(AuthenticationError, match="revoke") as caught:
        presented_key([bearer(KEY)], query=query.format(OTHER).encode())
    assert OTHER not in str(caught.value)


@given(
    headers=st.lists(
        st.tuples(st.sampled_from([b"authorization", b"x-api-key", b"host"]), st.binary(max_size=80)), max_size=4
    ),
    query=st.binary(max_size=40),
)
def test_any_headers_are_read_or_refused(headers: Headers, query: bytes) -> None:
    try:
        key = presented_key(headers, query=query)
    except AuthenticationError:
        return
    assert key.startswith("amb_")
