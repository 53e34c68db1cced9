"""What the tagger observes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.privacy.features import HERE, SLOTS, SLOTS_OF, Context, Observed, attributes, folded, read, shape, word_of
from ambos.privacy.gazetteer import digest, hashed, lists_with
from ambos.privacy.tokens import lines_of

LISTS = hashed({"first": ["lucia"], "last": ["ortega"], "place": ["ortega", "getafe"]})


def observe(text: str) -> list[Observed]:
    context = Context(lines=text.count("\n") + 1)
    return [read(line, context, lambda token: word_of(token, LISTS)) for line in lines_of(text)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("LUCÍA", "lucia"), ("Ñuño", "nuno"), ("Wałęsa", "walesa"), ("Țepeș", "tepes"), ("abc", "abc")],
)
def test_folded_drops_case_and_accents(word: str, expected: str) -> None:
    assert folded(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Ana", "Xxx"),
        ("ANA", "XXX"),
        ("ana", "xxx"),
        ("McKay", "xXx"),
        ("12", "dd"),
        ("1234567890", "d" * 9),
        (",", ","),
    ],
)
def test_shape_tells_case_and_number_of_digits(word: str, expected: str) -> None:
    assert shape(word) == expected


def test_word_on_two_lists_says_both() -> None:
    assert word_of("Ortega", LISTS).lists == ("last", "place")


def test_short_lists_need_no_model() -> None:
    assert "month" in lists_with("enero", {})
    assert "kin" in lists_with("grandmother", {})
    assert lists_with("xyzzy", {}) == ()


def test_digest_is_the_published_crc() -> None:
    assert digest("123456789") == 0xCBF43926  # check value of CRC-32 (ISO-HDLC)


def test_field_name_speaks_to_what_follows_and_to_the_next_line() -> None:
    first, second = observe("Nº de historia: 123\n456")
    said = [[value for value in row if value[2:4] == "k="] for row in attributes(first)]
    assert said == [[], [], [], [], ["4:k=nº de historia"]]
    assert "Lk=nº de historia" in second.whole


def test_short_line_before_is_seen_and_a_long_one_only_as_long() -> None:
    assert "Lb=kind regards ," in observe("Kind regards,\nSarah")[1].whole
    assert "Lb=<long>" in observe("one two three four five\nSarah")[1].whole
    assert "Lb=<start>" in observe("Sarah")[0].whole


def test_accents_make_no_difference_to_the_word() -> None:
    assert word_of("María", LISTS).letters == word_of("maria", LISTS).letters


def test_part_of_the_document_is_only_told_of_long_ones() -> None:
    assert "Lp=none" in observe("a\nb")[1].whole
    assert "Lp=5" in observe("\n".join("abcdefghij"))[5].whole


def test_window_at_both_ends_shows_the_edge() -> None:
    (rows,) = [list(attributes(line)) for line in observe("Ana")]
    edges = sorted(row.split(":")[0] for row in rows[0] if row.endswith("w=<edge>"))
    assert edges == sorted(str(slot) for slot in range(9) if slot != HERE)


@given(st.text(max_size=200))
def test_any_text_is_observed_and_every_attribute_has_a_slot(text: str) -> None:
    for line, observed in zip(lines_of(text), observe(text), strict=True):
        rows = list(attributes(observed))
        assert len(rows) == len(line.words)
        for row in rows:
            for attribute in row:
                slot, _, value = attribute.partition(":")
                assert 0 <= int(slot) < SLOTS
                assert value[0] in SLOTS_OF
