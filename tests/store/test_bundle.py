"""Parts that are sealed together come apart as they were; what was written one part a row opens as before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.conftest import SystemRandom, Talk
from tests.store.test_told import another_row

from ambos.errors import IntegrityError
from ambos.store import Store
from ambos.store.bundle import Part, open_rows, seal_parts
from ambos.store.sealing import Nonces, Sealer, place

KEY = Sealer(bytes(32), Nonces(SystemRandom()))
NAMES = st.sampled_from(["request", "findings", "outbound-0", "outbound-1", "answer-0", "resealed-request"])
PARTS = st.lists(st.tuples(NAMES, st.binary(max_size=300)), min_size=1, max_size=5, unique_by=lambda part: part[0])


@given(PARTS)
def test_a_bundle_comes_apart_as_it_was(parts: list[Part]) -> None:
    assert open_rows(KEY, "house", "r_1", [seal_parts(KEY, "house", "r_1", parts)]) == dict(parts)


def test_one_part_is_sealed_as_it_always_was() -> None:
    name, sealed = seal_parts(KEY, "house", "r_1", [("request", b"what came in")])
    assert (name, KEY.open(sealed, place("record_parts", "house", "r_1", "request"))) == ("request", b"what came in")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("request+answer-0", b"\0\0\0\x0atoo short", "the part request of a record is longer"),
        ("request+answer-0", b"\0\0", "the part request of a record is longer"),
        ("request+answer-0", b"", "the part request of a record is longer"),
        ("a+b+c", b"\0\0\0\x01a\xff\xff\xff\xffb", "the part b of a record is longer"),
        ("request+request", b"\0\0\0\0", "the part request of a record is there twice"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(name: str, content: bytes, words: str) -> None:
    sealed = KEY.seal(content, place("record_parts", "house", "r_1", name))
    with pytest.raises(IntegrityError, match=words):
        open_rows(KEY, "house", "r_1", [(name, sealed)])


def test_names_are_part_of_what_is_sealed() -> None:
    name, sealed = seal_parts(KEY, "house", "r_1", [("request", b"a"), ("findings", b"b")])
    with pytest.raises(IntegrityError, match="does not open"):
        open_rows(KEY, "house", "r_1", [("findings+request", sealed)])
    with pytest.raises(IntegrityError, match="does not open"):
        open_rows(KEY, "house", "r_2", [(name, sealed)])


async def test_a_record_of_before_with_a_row_for_each_part_opens_and_verifies(any_store: Store, talk: Talk) -> None:
    asked = await talk.whole(any_store)
    whole = await any_store.records.open(asked.id, tenant="house", owner="p_lucia")
    apart = list[Part]()

    def aside(parts: list[Part]) -> list[Part]:
        apart.extend(parts)
        return [("aside", b"")]

    another_row(any_store, 0, aside)
    foundation = any_store._foundation
    with foundation.content.writing() as connection:
        connection.exec_driver_sql("DELETE FROM record_parts WHERE name = 'aside'")
        wrapped = connection.exec_driver_sql("SELECT wrapped_key FROM records").scalar_one()
        key = Sealer(foundation.ring.record_key("house", "p_lucia", asked.id, bytes(wrapped)), foundation.nonces)
        insert = any_store.log._writer._sequencer._sql.insert_part.text
        for part in apart:
            connection.exec_driver_sql(insert, (0, *seal_parts(key, "house", asked.id, [part])))
    assert await any_store.records.open(asked.id, tenant="house", owner="p_lucia") == whole
    report = any_store.verify(deep=True)
    assert (report.fault, report.parts) == (None, 4)
