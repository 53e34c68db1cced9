from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ambos.identity import conversation_handle, new_handle


def named(key: bytes = b"k" * 32, tenant: str = "t", principal: str = "p", name: str | None = "n") -> str:
    return conversation_handle(key, tenant=tenant, principal=principal, name=name, first_message="hola")


def test_the_same_conversation_keeps_its_handle() -> None:
    assert named() == named()
    assert named(name=None) == named(name="")  # no name: the first message speaks


def test_every_part_counts_and_parts_do_not_run_together() -> None:
    handles = [
        named(),
        named(b"x" * 32),
        named(tenant="u"),
        named(principal="q"),
        named(name="m"),
        named(name=None),
        named(name="hola"),
        named(tenant="tp", principal=""),
        named(tenant="", principal="tp"),
    ]
    assert all(one != other for one, other in combinations(handles, 2))


@given(st.text(alphabet=st.characters(), max_size=50))
def test_any_message_has_a_handle_that_hides_it(message: str) -> None:
    handle = conversation_handle(b"k" * 32, tenant="t", principal="p", name=None, first_message=message)
    assert handle.startswith("c_")
    assert len(handle) == 28
    assert set(handle[2:]) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_lone_surrogate_has_a_handle() -> None:
    assert conversation_handle(b"k" * 32, tenant="t", principal="p", name=None, first_message="\ud800")


def test_handles_with_a_time_are_neighbours_and_stay_random() -> None:
    one, two = (new_handle("r", bytes([n]) * 10, at_ms=1_790_000_000_000) for n in (1, 2))
    assert one[:11] == two[:11]
    assert one != two
    assert new_handle("r", bytes(10), at_ms=1_790_000_000_000)[:9] != new_handle("r", bytes(10), at_ms=0)[:9]


def test_random_handles_are_their_random_bytes() -> None:
    assert new_handle("k", bytes(16)) == "k_" + "a" * 26
    assert new_handle("p", b"\xff" * 16) != new_handle("p", b"\xfe" * 16)
