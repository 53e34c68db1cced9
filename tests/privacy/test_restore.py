import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spent import spent

from ambos.privacy.restore import Restorer, json_string, restore

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "surrogate" / "forms.json").read_text(encoding="utf-8")
)
ORIGINALS: dict[str, str] = VECTORS["originals"]
LONGER = {"[PERSON-9AV9RT7D7S]": "Ana", "[PERSON-4AV9RT7D7BEZ]": "Eva", "[GOV_ID-9AV9RT7D7S5XA]": "Sol"}
PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            *ORIGINALS,
            *(
                "[",
                "]",
                "PERSON",
                "-",
                "9AV9RT7D7S",
                "9av9rt7d7s",
                "-KC",
                "s",
                "'s",
                "**",
                "`",
                "\\",
                "<",
                ">",
                " ",
                "_",
            ),
            *(
                "[PERSON-",
                "PER",
                "E",
                "9",
                "9AV",
                "http://",
                "](",
                "\n",
                ".",
                ".a.example",
                "@",
                "%5B",
                "é",
                "–",
                "】",
                "【",
            ),
        ]
    ),
)
STREAMS = st.lists(PIECES, max_size=14)


@pytest.mark.parametrize("case", VECTORS["accept"], ids=lambda case: case["name"])
def test_form_is_understood(case: dict[str, str]) -> None:
    assert restore(case["text"], ORIGINALS) == case["shown"]


@pytest.mark.parametrize("case", VECTORS["reject"], ids=lambda case: case["name"])
def test_what_is_no_surrogate_is_left(case: dict[str, str]) -> None:
    assert restore(case["text"], ORIGINALS) == case["text"]


@pytest.mark.parametrize("case", VECTORS["accept"] + VECTORS["reject"], ids=lambda case: case["name"])
def test_any_cut_of_the_vectors_changes_nothing(case: dict[str, str]) -> None:
    text, shown = case["text"], case.get("shown", case["text"])
    for cut in range(len(text) + 1):
        restorer = Restorer(ORIGINALS)
        assert restorer.feed(text[:cut]) + restorer.feed(text[cut:]) + restorer.close() == shown
    restorer = Restorer(ORIGINALS)
    assert "".join(map(restorer.feed, text)) + restorer.close() == shown


@given(STREAMS)
def test_any_chunking_changes_nothing(pieces: list[str]) -> None:
    whole = restore("".join(pieces), ORIGINALS)
    restorer = Restorer(ORIGINALS)
    assert "".join(map(restorer.feed, pieces)) + restorer.close() == whole
    restorer = Restorer(ORIGINALS)
    assert "".join(map(restorer.feed, "".join(pieces))) + restorer.close() == whole


@given(STREAMS)
def test_every_split_point_of_any_text_changes_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = restore(text, LONGER)
    for cut in range(len(text) + 1):
        restorer = Restorer(LONGER)
        assert restorer.feed(text[:cut]) + restorer.feed(text[cut:]) + restorer.close() == whole


@given(st.text())
def test_text_without_codes_is_left(text: str) -> None:
    assert restore(text, ORIGINALS) == text


@given(STREAMS)
def test_empty_map_is_the_identity(pieces: list[str]) -> None:
    restorer = Restorer({})
    assert [restorer.feed(piece) for piece in pieces] == pieces
    assert restorer.close() == ""


@given(st.text(), st.text())
def test_restored_value_is_not_scanned_again(before: str, after: str) -> None:
    originals = {"[PERSON-9AV9RT7D7S]": f"{before}[EMAIL-4DVVWR08BJ]{after}", "[EMAIL-4DVVWR08BJ]": "canary"}
    assert "canary" not in restore("x [PERSON-9AV9RT7D7S]", originals)


@pytest.mark.parametrize(
    "token", ["Hola", " paciente", "Claro", ",", " 1", "\n", "**", "The", "é", "1. ", "El 12 de", ")"]
)
def test_harmless_token_is_never_delayed(token: str) -> None:
    assert Restorer(ORIGINALS).feed(token) == token


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Hola [", "["),
        ("Hola [PERSON-9AV9", "[PERSON-9AV9"),
        ("Hola [x y", ""),
        ("Hola [nombre que es muy largo", ""),
        ("la P", "P"),
        ("la PERSONA", ""),
        ("son 9", "9"),
        ("son 95", ""),
        ("son 3", ""),
        ("una \\", "\\"),
        ("una \\x", ""),
        ("Hola [PERSON-9AV9RT7D7S]", "[PERSON-9AV9RT7D7S]"),
        ("Hola [PERSON-9AV9RT7D7S] ", ""),
        ("9AV9RT7D7S.", "9AV9RT7D7S."),
        ("x9AV9", ""),
    ],
)
def test_only_the_longest_possible_prefix_is_held(text: str, held: str) -> None:
    restorer = Restorer(ORIGINALS)
    shown = restorer.feed(text)
    assert restorer.close() == restore(held, ORIGINALS)
    assert shown == restore(text[: len(text) - len(held)], ORIGINALS)


@given(STREAMS)
def test_hold_back_is_bounded(pieces: list[str]) -> None:
    restorer = Restorer(ORIGINALS)
    given_chars = 0
    for piece in pieces:
        given_chars += len(piece)
        restorer.feed(piece)
        assert len(restorer._held) <= 400


def test_letters_of_an_earlier_piece_make_another_word() -> None:
    restorer = Restorer(ORIGINALS)
    assert restorer.feed("0f") + restorer.feed("9AV9RT7D7S ") + restorer.close() == "0f9AV9RT7D7S "


def test_lengthened_code_is_not_cut_to_the_shorter() -> None:
    text = "[PERSON-4AV9RT7D7BEZ] [PERSON-9AV9RT7D7S] 9AV9RT7D7S5XA 9AV9RT7D7S"
    assert restore(text, LONGER) == "Eva Ana Sol Ana"


def test_structured_output_stays_json() -> None:
    originals = {"[PERSON-9AV9RT7D7S]": 'Ana "la" García\n\\'}
    answer = '{"name": "[PERSON-9AV9RT7D7S]"}'
    assert json.loads(restore(answer, originals, as_json=True)) == {"name": 'Ana "la" García\n\\'}


@given(st.text(st.characters(exclude_categories=())))
def test_json_string_reads_back(text: str) -> None:
    written = json_string(text)
    assert json.loads(f'"{written}"') == text
    written.encode()


def test_kept_counts_surrogates_at_exits() -> None:
    restorer = Restorer(ORIGINALS)
    restorer.feed("[a](https://x.example/[PERSON-9AV9RT7D7S]) [PERSON-9AV9RT7D7S] ")
    assert restorer.kept == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CONTRATO DE [PERSON-9AV9RT7D7S]", "CONTRATO DE ANA GARCÍA"),
        ("RENTAL CONTRACT, [PERSON-9AV9RT7D7S]'s", "RENTAL CONTRACT, ANA GARCÍA's"),
        ("# RESUMEN DEL CASO DE [person-9av9rt7d7s]", "# RESUMEN DEL CASO DE ANA GARCÍA"),
        ("CONTRATO DE\n[PERSON-9AV9RT7D7S]", "CONTRATO DE\nAna García"),
        ("Contrato DE [PERSON-9AV9RT7D7S]", "Contrato DE Ana García"),
        ("DNI DE [PERSON-9AV9RT7D7S]", "DNI DE Ana García"),
        ("NOMBRE COMPLETO: [PERSON-9AV9RT7D7S]", "NOMBRE COMPLETO: Ana García"),
        ("SELECT A FROM PEOPLE WHERE NAME = '[PERSON-9AV9RT7D7S]'", "SELECT A FROM PEOPLE WHERE NAME = 'Ana García'"),
        ("CONTRATO DE ALQUILER [EMAIL-4DVVWR08BJ]", "CONTRATO DE ALQUILER ana@example.org"),
        ("CONTRATO DE ALQUILER [PERSON-9AV9RT7D7S-KC]", "CONTRATO DE ALQUILER García"),
        ("VER HTTPS://EVIL.EXAMPLE/[PERSON-9AV9RT7D7S]", "VER HTTPS://EVIL.EXAMPLE/[PERSON-9AV9RT7D7S]"),
    ],
)
def test_names_are_raised_in_headings_in_capitals_only(text: str, shown: str) -> None:
    capitals = {"[PERSON-9AV9RT7D7S]"}
    assert restore(text, ORIGINALS, capitals=capitals) == shown
    restorer = Restorer(ORIGINALS, capitals=capitals)
    assert "".join(map(restorer.feed, text)) + restorer.close() == shown


def test_nothing_is_raised_unasked_or_in_structured_output() -> None:
    text = "CONTRATO DE [PERSON-9AV9RT7D7S]"
    assert restore(text, ORIGINALS) == "CONTRATO DE Ana García"
    assert restore(text, ORIGINALS, as_json=True, capitals=ORIGINALS) == "CONTRATO DE Ana García"


def test_repr_shows_no_original() -> None:
    restorer = Restorer({"[PERSON-9AV9RT7D7S]": "canary"})
    restorer.feed("[PERSON-9AV9RT7D7S] y [PERSON-9AV9RT7D7S]")
    assert "canary" not in f"{restorer!r}{restorer!s}{restorer._forms!r}{restorer._exits!r}"


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "[a",
        "[PERSON-",
        "PERSON-9AV9RT7D7",
        "9AV9RT7D7S",
        "9AV9RT7D7S.",
        "\\",
        "<a ",
        "[PERSON-9AV9RT7D7S]",
        "a.",
        "9 ",
    ],
)
def test_no_answer_takes_super_linear_time(unit: str) -> None:
    hostile = unit * (100_000 // len(unit))
    assert spent(lambda: restore(hostile, ORIGINALS)) < 3
