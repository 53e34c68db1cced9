from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Finding, Json, Kind, Leaf
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.mask import Masked, mask
from ambos.privacy.mask_note import Note, with_note
from ambos.privacy.restore import Restorer, restore
from ambos.privacy.shifted import read_date
from ambos.privacy.stand_in import MARK, stand_in
from ambos.privacy.surrogate import Surrogates, without_surrogates

SURROGATES = Surrogates(bytes(range(32)), "c_example")
DRAW = bytes(range(8))
TEXT = "Nacida el 4 de mayo de 1961, vista el 10 de enero de 2025."


def age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def masked(
    text: str = TEXT, *, kinds: frozenset[Kind] = IDENTIFYING, beside: dict[str, Json] | None = None
) -> tuple[str, Masked]:
    birth, visit = "4 de mayo de 1961", "10 de enero de 2025"
    findings = tuple(
        Finding(text.index(part), text.index(part) + len(part), Kind.DATE, detail)
        for part, detail in ((birth, "birth"), (visit, "FECHAS"))
    )
    made = mask(
        {"content": text, **(beside or {})}, [(Leaf(("content",), text), findings)], surrogates=SURROGATES, kinds=kinds
    )
    assert isinstance(made.tree, dict)
    sent = made.tree["content"]
    assert isinstance(sent, str)
    return sent, made


@given(
    st.dates(date(1936, 1, 1), date(2006, 1, 1)),
    st.lists(st.dates(date(2024, 6, 1), date(2025, 12, 31)), min_size=1, max_size=4),
    st.binary(min_size=8, max_size=8),
)
def test_ages_computed_with_it_are_right(born: date, days: list[date], draw: bytes) -> None:
    made = stand_in(born.isoformat(), [day.isoformat() for day in days], draw)
    if made:
        other = date.fromisoformat(made)
        assert other != born
        assert [age(other, day) for day in days] == [age(born, day) for day in days]


@given(st.integers(0, 364), st.integers(0, 364), st.binary(min_size=8, max_size=8))
def test_it_tells_the_age_and_nothing_of_the_day(one: int, two: int, draw: bytes) -> None:
    first = date(1960, 6, 2)  # 64 years old on 1 June 2025 with any of these births
    births = [first + timedelta(days=days) for days in (one, two)]
    made = [stand_in(born.isoformat(), ["2025-06-01"], draw) for born in births]
    # Only a birth that the draw itself would give moves it on.
    assert made[0] == made[1] or {made[0], made[1]} & {born.isoformat() for born in births}


@pytest.mark.parametrize(
    ("birth", "days"),
    [
        ("4 de mayo de 1961", []),
        ("4 de mayo de 1961", ["enero de 2025"]),
        ("mayo de 1961", ["10 de enero de 2025"]),
        ("4 de mayo de 2010", ["10 de enero de 2025"]),  # a minor
        ("4 de mayo de 1930", ["10 de enero de 2025"]),  # 90 and more
        ("4 de mayo de 1961", ["10 de enero de 1950"]),  # before the birth
        ("4 de mayo de 1961", ["1 de mayo de 2025", "20 de mayo de 2024"]),  # three weeks are left
        ("04/11/1961", ["10 de julio de 2025"]),  # 11 April to an American
        ("31/02/1961", ["10/01/2025"]),
        ("4 de mayo de 1961", [str(date(2025, 1, 1) + timedelta(days=at)) for at in range(65)]),
    ],
)  # fmt: skip
def test_none_is_told(birth: str, days: list[str]) -> None:
    assert stand_in(birth, days, DRAW) == ""


@pytest.mark.parametrize(
    "birth", ["4 de mayo de 1961", "May 4, 1961", "4 May 1961", "1961-05-04", "04/05/1961", "04.05.61"]
)
def test_it_has_the_form_of_the_birth(birth: str) -> None:
    made = stand_in(birth, ["2025-01-10"], DRAW)
    assert made
    assert made != birth
    read = read_date(made)
    assert read is not None
    assert age(read, date(2025, 1, 10)) == 63


def test_it_stands_in_the_brackets_and_goes_with_them() -> None:
    sent, made = masked()
    assert MARK in sent
    assert "4 de mayo de 1961" not in sent
    assert sent.count("[DATE-") == 1
    assert len(made.stand_ins) == 1
    assert restore(sent, made.originals) == TEXT
    assert without_surrogates(sent, made.originals) == "Nacida el  , vista el 10 de enero de 2025."


def test_any_cut_changes_nothing() -> None:
    sent, made = masked()
    for cut in range(len(sent) + 1):
        restorer = Restorer(made.originals)
        assert restorer.feed(sent[:cut]) + restorer.feed(sent[cut:]) + restorer.close() == TEXT
    restorer = Restorer(made.originals)
    assert "".join(map(restorer.feed, sent)) + restorer.close() == TEXT


def test_the_model_may_write_the_code_alone_or_the_date_another_way() -> None:
    made = masked()[1]
    (surrogate,) = made.originals
    assert restore(f"Nació el {surrogate}.", made.originals) == "Nació el 4 de mayo de 1961."
    spoilt = f"{surrogate[:-1]} ~ 30 July 1961]"
    assert restore(f"Born on {spoilt}", made.originals) == "Born on 4 de mayo de 1961"


def test_what_does_not_end_with_the_bracket_is_no_stand_in() -> None:
    _, made = masked()
    (surrogate,) = made.originals
    assert restore(f"{surrogate[:-1]} ~ 63 años\n", made.originals) == "[4 de mayo de 1961 ~ 63 años\n"


def test_it_is_never_masked_again() -> None:
    sent, _ = masked()
    spans = SURROGATES.own_spans(sent)
    assert [sent[start:end][-1] for start, end in spans] == ["]"]
    assert MARK in sent[slice(*spans[0])]


@pytest.mark.parametrize("kind", [Kind.AGE, Kind.DATE])
def test_a_house_that_masks_ages_or_dates_tells_none(kind: Kind) -> None:
    sent, made = masked(kinds=IDENTIFYING | {kind})
    assert MARK not in sent
    assert not made.stand_ins


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_model_is_told(language: str) -> None:
    tree: Json = {"messages": []}
    assert "~" in str(with_note(tree, Note(language=language), has_stand_ins=True))
    assert "~" not in str(with_note(tree, Note(language=language)))


@pytest.mark.parametrize("key", ["tools", "functions", "response_format", "text"])
def test_a_request_whose_answer_a_program_reads_gets_none(key: str) -> None:
    sent, made = masked(beside={key: []})
    assert MARK not in sent
    assert not made.stand_ins
