import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spent import spent

from ambos.privacy.exits import Exits, is_exit
from ambos.privacy.restore import Restorer, restore

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "surrogate" / "exits.json").read_text(encoding="utf-8")
)
ORIGINALS: dict[str, str] = VECTORS["originals"]
MARKUP = st.lists(
    st.sampled_from(
        [
            "[",
            "]",
            "(",
            ")",
            "](",
            "![",
            "<a ",
            "<b",
            "<!",
            ">",
            '="',
            '"',
            "='",
            "'",
            "=",
            "/",
            "//",
            ":",
            "https:",
            "?q=",
            "\n",
            "\n\n",
            " ",
            "x",
            "\\",
            "www.",
            "a.example",
            "%20",
            "<script>",
            "</script>",
            "]:",
            "é",
        ]
    )
)


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["name"])
def test_injection_lets_no_original_out(case: dict[str, str]) -> None:
    assert restore(case["text"], ORIGINALS) == case.get("shown", case["text"])


def test_injection_set_is_large_enough() -> None:
    assert len({case["text"] for case in VECTORS["reject"]}) >= 100


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["name"])
def test_injection_in_a_stream_of_single_characters(case: dict[str, str]) -> None:
    restorer = Restorer(ORIGINALS)
    shown = "".join(map(restorer.feed, case["text"])) + restorer.close()
    assert shown == case.get("shown", case["text"])


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["name"])
def test_injection_after_harmless_text(case: dict[str, str]) -> None:
    before = "Hola [PERSON-9AV9RT7D7S], mira:\n\n"
    shown = restore(before + case["text"], ORIGINALS)
    assert shown == "Hola Ana García, mira:\n\n" + case.get("shown", case["text"])


@pytest.mark.parametrize("case", VECTORS["restored address"], ids=lambda case: case["name"])
def test_restored_address_is_an_address(case: dict[str, str]) -> None:
    assert restore(case["text"], VECTORS["restored address originals"]) == case["shown"]


@given(MARKUP, st.integers(0, 60))
def test_cutting_changes_nothing(pieces: list[str], cut: int) -> None:
    text = "".join(pieces)
    whole, parts = Exits(), Exits()
    whole.note(text)
    parts.note(text[:cut])
    parts.note(text[cut:])
    assert whole.is_exit() == parts.is_exit() == is_exit(text)


@given(MARKUP, st.lists(st.integers(0, 60), max_size=4))
def test_asking_between_changes_nothing(pieces: list[str], asked_at: list[int]) -> None:
    text = "".join(pieces)
    exits = Exits()
    position = 0
    for place in sorted(asked_at):
        exits.note(text[position:place])
        assert exits.is_exit() == is_exit(text[:place])
        position = max(position, place)
    exits.note(text[position:])
    assert exits.is_exit() == is_exit(text)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Hola ",
        "a < b ",
        "x<y\n",
        "[a](b) ",
        "![a](b) ",
        "![a]\n\n",
        "[a](b\n\n",
        "<p>",
        "<a href='x'>",
        "</p>",
        "<!-- x -->",
        "https://a.example ",
        "[^1]: ",
        "nota: ",
        "C:\\",
        "50% ",
        "f(x)",
        "[x] ",
        "<script>x</script>",
        "él/ella ",
        "p. ej./",
    ],
)
def test_text_is_no_exit(shown: str) -> None:
    assert not is_exit(shown)


@pytest.mark.parametrize(
    "unit",
    [
        "<a ",
        "<a>",
        "<zz ",
        "](",
        "](a)",
        "![",
        "![a]",
        "[x]: ",
        "<script>",
        "a.b/",
        '="',
        '<a ="',
        "((",
        "\\",
        "https:/",
        ">",
    ],
)
def test_no_text_takes_super_linear_time(unit: str) -> None:
    hostile = unit * (200_000 // len(unit))

    def work() -> None:
        restorer = Restorer(ORIGINALS)
        for _ in range(20):
            restorer.feed(hostile[:10_000] + " [PERSON-9AV9RT7D7S] ")
        restorer.close()
        is_exit(hostile)
        is_exit("](" + hostile + ")" + hostile)

    assert spent(work) < 3


def test_long_run_and_long_open_construct_are_exits() -> None:
    assert is_exit("x" * 5000)
    exits = Exits()
    exits.note("[a](" + "b " * 40_000)
    assert exits.is_exit()
    exits.note(")\n\nHola ")
    assert exits.is_exit()


def test_many_lines_are_forgotten_but_not_what_is_open() -> None:
    assert not is_exit("línea de texto\n" * 10_000)
    assert is_exit('<img alt="' + "línea de texto\n" * 1_000)


def test_asking_twice_forgets_no_line() -> None:
    exits = Exits()
    exits.note("[^a <zz b]:\n")
    assert [exits.is_exit(), exits.is_exit()] == [False, False]
