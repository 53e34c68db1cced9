"""What findings hold, and the union of it."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.document import Values, beyond, union, values_of
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import finish


@pytest.mark.parametrize(
    ("value", "is_kept"), [("1234", True), ("1987", False), ("123", False), ("abcd", False), ("abcde", True)]
)
def test_short_secrets_and_years_are_not_spread(value: str, is_kept: bool) -> None:
    known = finish(values_of([Finding(0, len(value), Kind.SECRET)], fold(value)))
    assert bool(known.ids) is is_kept


def test_particles_are_no_names() -> None:
    known = finish(values_of([Finding(0, 18, Kind.PERSON)], fold("María de los Ríos ")))
    assert known.names == {b"maria", b"rios"}


def test_what_the_first_text_says_of_a_value_counts() -> None:
    first, second = Finding(0, 5, Kind.GOV_ID, "dni"), Finding(0, 5, Kind.PHONE)
    every = union([Values(ids={b"12345": first}), Values(names=frozenset({b"ana"}), ids={b"12345": second})])
    assert every == Values(frozenset({b"ana"}), {b"12345": first})
    assert beyond(every, Values(ids={b"12345": second})) == Values(frozenset({b"ana"}))
    assert not beyond(every, every)
