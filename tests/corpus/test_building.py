"""A corpus is clean, split by groups, checked, and named by its hash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.corpus import Columns, Corpus, Origin, Row, Wish, build, folds, opened, read_order, rows_of
from ambos.corpus.building import masked
from ambos.corpus.duplicates import clusters, equal, near_pairs
from ambos.corpus.splits import contaminated, divide
from ambos.errors import CorpusError, IntegrityError
from ambos.messages import Finding, Kind

ORIGIN = Origin("q.csv", "help desk", "GDPR-6.1.f", "own")
LONG = "I would like to know why the transfer that I made on Monday has not arrived yet"


def rows(count: int = 40, *, groups: int = 0) -> list[Row]:
    words = [*"αβγδεζηθικλμνξ", "kilo", "lima"]
    rng = np.random.default_rng(3)
    return [
        Row(
            f"0/{n}",
            " ".join(rng.choice(words, 6)) + f" {n}",
            ("yes" if n % 2 else "no",),
            "",
            f"g{n % groups}" if groups else "",
        )
        for n in range(count)
    ]


def nothing(_: str) -> Sequence[Finding]:
    return ()


def made(some: Sequence[Row], **wish: object) -> Corpus:
    return build(some, [ORIGIN], Wish("one", "text", **wish), nothing, {})  # type: ignore[arg-type]  # keywords of a test


def test_equal_texts_are_joined_whatever_their_case_accents_and_spaces() -> None:
    assert equal(["¿Qué  PASÓ?", "que paso", "otra"]) == [0, 0, 2]


def test_near_duplicates_are_found_and_others_are_not() -> None:
    texts = [LONG, LONG + " today", "What is the fee of a card?", LONG.replace("Monday", "monday,")]
    assert clusters(texts) == [0, 0, 2, 0]
    assert list(near_pairs(["abc", "xyz"])) == []


@given(st.lists(st.text(max_size=30), max_size=12))
def test_every_near_pair_overlaps_as_much_as_asked(texts: list[str]) -> None:
    assert all(one < other for one, other in near_pairs(texts))


def test_duplicates_go_and_contradictions_go_whole() -> None:
    some = [
        *rows(),
        Row("1/1", rows()[0].text.upper() + "!", ("no",)),
        Row("1/2", "the same", ("yes",)),
        Row("1/3", "The same.", ("no",)),
        Row("1/4", " ?", ("no",)),
    ]
    removed = made(some, near=0).manifest["removed"]
    assert removed == {"empty": 1, "exact": 1, "contradicted": 2, "near": 0}


def test_near_duplicates_of_other_labels_stay() -> None:
    some = [*rows(), Row("1/1", LONG, ("yes",)), Row("1/2", LONG + " now", ("yes",)), Row("1/3", LONG + " ok", ("no",))]
    kept = {row.id for row in made(some).rows}
    assert {"1/1", "1/3"} <= kept
    assert "1/2" not in kept


def test_groups_stay_whole() -> None:
    corpus = made(rows(60, groups=12))
    sides = {row.group: {r.split for r in corpus.rows if r.group == row.group} for row in corpus.rows}
    assert all(len(one) == 1 for one in sides.values())
    assert corpus.manifest["split"] == "grouped"


def test_a_random_split_of_groups_is_an_error() -> None:
    with pytest.raises(CorpusError, match="random split"):
        made(rows(60, groups=12), mode="random")
    with pytest.raises(CorpusError, match="random split"):
        folds(["a"] * 10, ["s"] * 5 + ["t"] * 5, 2, np.random.default_rng(0), mode="random")


def test_folds_spread_labels_evenly() -> None:
    strata = ["a"] * 50 + ["b"] * 10
    fold = np.array(folds(strata, [""] * 60, 5, np.random.default_rng(0)))
    assert [int((fold[:50] == one).sum()) for one in range(5)] == [10] * 5
    assert [int((fold[50:] == one).sum()) for one in range(5)] == [2] * 5


@given(st.lists(st.sampled_from("abcdefgh"), min_size=8, max_size=60), st.integers(2, 4), st.integers(0, 5))
def test_no_fold_ever_cuts_a_group(groups: list[str], count: int, seed: int) -> None:
    if len(set(groups)) < count:
        with pytest.raises(CorpusError, match="too few"):
            folds(["x"] * len(groups), groups, count, np.random.default_rng(seed))
        return
    fold = folds(["x"] * len(groups), groups, count, np.random.default_rng(seed))
    assert all(len({f for f, g in zip(fold, groups, strict=True) if g == one}) == 1 for one in set(groups))


def test_contamination_is_refused_until_every_row_of_it_is_named() -> None:
    some = [*rows(), Row("1/1", LONG, ("yes",)), Row("2/1", LONG.upper() + "!", ("yes",), split="evaluate")]
    assert contaminated(some) == [("2/1", "1/1", "equal")]
    near = [*rows(), Row("1/1", LONG, ("yes",)), Row("2/1", LONG + " please", ("no",), split="evaluate")]
    with pytest.raises(CorpusError, match="near: 2/1 and 1/1"):
        made(near, share=0)
    told = made(near, share=0, accept=frozenset({"2/1"})).manifest["contamination"]
    assert told == {"found": 1, "accepted": ["2/1"]}


def test_a_group_on_both_sides_is_contamination() -> None:
    some = [Row("1/1", "one text", ("a",), group="p"), Row("2/1", "quite another", ("b",), group="p", split="evaluate")]
    assert contaminated(some) == [("2/1", "1/1", "group")]


def test_near_duplicates_stand_on_one_side() -> None:
    copies = [Row(f"c{row.id}", row.text + "!", row.labels) for row in rows()]
    divided = divide([*rows(), *copies], 0.2, np.random.default_rng(1))
    assert {row.split for row in divided} == {"train", "evaluate"}
    assert not contaminated(divided)


def test_hash_is_of_what_is_in_it() -> None:
    one, again, other = made(rows()), made(rows()), made(rows(), seed=2)
    assert one.hash == again.hash
    assert one.hash != other.hash
    assert opened(one.manifest, one.content()).rows == one.rows
    with pytest.raises(IntegrityError, match="not what its manifest says"):
        opened(one.manifest, one.content()[:-1] + b"x")


def test_masking_replaces_findings_by_their_kind() -> None:
    found = [
        Finding(0, 4, Kind.PERSON, "", 1.0, "r"),
        Finding(2, 9, Kind.ADDRESS, "", 1.0, "r"),
        Finding(10, 11, Kind.AGE, "", 1.0, "r"),
    ]
    assert masked("Anna Bell 9 x", found) == "[PERSON] [AGE] x"
    corpus = build(
        rows(), [ORIGIN], Wish("one", "text", mask=True), lambda _: [Finding(0, 2, Kind.PERSON, "", 1.0, "r")], {}
    )
    assert all(row.text.startswith("[PERSON]") for row in corpus.rows)
    assert corpus.manifest["privacy"] == {"kinds": {"PERSON": 40}, "rows": 40, "masked": True}


def test_rows_that_only_a_name_told_apart_are_one_once_masked() -> None:
    names = ["Ana", "Eva", "Leo", "Noa"]
    some = [
        *rows(),
        *(Row(f"1/{n}", f"{name} asks for a new card", ("yes",), "", f"p{n}") for n, name in enumerate(names)),
    ]

    def find(text: str) -> Sequence[Finding]:
        return [Finding(0, 3, Kind.PERSON, "", 1.0, "r")] if text[:3] in names else []

    corpus = build(some, [ORIGIN], Wish("one", "text", mask=True, near=0), find, {})
    assert sum(row.text.endswith("a new card") for row in corpus.rows) == 1
    assert corpus.manifest["removed"] == {"empty": 0, "exact": 3, "contradicted": 0, "near": 0}


def windows(*groups: str, same: int) -> Corpus:
    x = np.random.default_rng(2).normal(0, 10, (len(groups), 2, 64)).astype(np.float32)
    x[same] = x[0]
    some = [Row(f"0/{n}", labels=("rest", "task")[n % 2 : n % 2 + 1], group=g, signal=n) for n, g in enumerate(groups)]
    return build(some, [ORIGIN], Wish("one", "signal"), None, {"x": x})


def test_a_window_stands_once_and_under_one_name() -> None:
    people = [f"s{n // 4}" for n in range(24)]
    corpus = windows(*people, same=2)
    assert corpus.manifest["removed"] == {"empty": 0, "exact": 1, "contradicted": 0, "near": 0}
    assert len(corpus.rows) == 23
    for other in (1, 20):  # another label, another subject
        with pytest.raises(CorpusError, match="under two subjects or labels"):
            windows(*people, same=other)


@pytest.mark.parametrize(
    ("some", "words"),
    [
        ([], "nothing is left"),
        ([Row("1", "only one", ("a",)), Row("2", "class here", ("a",))], "at least two labels"),
        ([Row("1", "a text", ("a",)), Row("2", "another text", ())], "labels|no label"),
        ([Row("1", "a text", ("a",)), Row("2", "another one", ("b",), split="evaluate")], "no row that trains"),
    ],
)
def test_what_cannot_teach_is_refused(some: list[Row], words: str) -> None:
    with pytest.raises(CorpusError, match=words):
        made(some, share=0)


def test_a_source_without_basis_is_refused() -> None:
    with pytest.raises(CorpusError, match="basis, a licence and an origin"):
        build(rows(), [Origin("x", "y", "", "own")], Wish("one", "text"), nothing, {})


def test_orders_refuse_slips() -> None:
    good = 'name = "a"\n[[sources]]\npath="x.csv"\nbasis="B"\nlicence="own"\norigin="o"\n'
    assert read_order(good).sources[0].path == "x.csv"
    for bad in (
        good.replace("name", "nam"), good.replace('"a"', '"A b"'), good + "lable='x'\n", "near = 0.2\n" + good,
        "family = 'image'\n" + good, "name = 'a'\nsources = []\n", "not toml", good + "split = 'test'\n",
    ):  # fmt: skip
        with pytest.raises(CorpusError):
            read_order(bad)


def test_rows_keep_the_source_that_they_came_from() -> None:
    found = rows_of([{"text": "a", "label": 3}], Columns().found(["text", "label"]), source=2, prefix="2")
    assert found == [Row("2/0", "a", ("3",), source=2)]
