"""Readers of data sets, and labels of tokens."""

import json
from pathlib import Path

import pytest

from ambos.adapt.tagger.examples import Span, drafts, harmless_lines, harmless_prose, labels_of, meddocan, presidio
from ambos.adapt.tagger.lists import ine, long_lists, own_names, words_of
from ambos.privacy.tagging import KIND_OF
from ambos.privacy.tokens import lines_of


def record(template: int, text: str, *spans: tuple[str, str]) -> dict[str, object]:
    found = [{"start": text.index(part), "end": text.index(part) + len(part), "label": label} for part, label in spans]
    return {"id": f"t{template}", "lang": "en", "text": text, "template_id": template, "spans": found}


@pytest.fixture
def english(tmp_path: Path) -> Path:
    path = tmp_path / "synth.jsonl"
    records = [
        record(5, "I am Ann Bee", ("Ann Bee", "PERSON")),
        record(
            6,
            "A 38 year old man from Spain, Mr. Bee",
            ("38", "AGE"),
            ("Spain", "GPE"),
            ("Mr.", "TITLE"),
            ("Bee", "PERSON"),
        ),
        record(7, "12 High St Leeds", ("12 High St Leeds", "STREET_ADDRESS"), ("Leeds", "GPE")),
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    return path


def texts(path: Path, *, held_out: bool) -> list[list[tuple[str, str]]]:
    return [[(e.text[s.start : s.end], s.label) for s in e.spans] for e in presidio(path, held_out=held_out)]


def test_held_out_templates_are_never_trained_on(english: Path) -> None:
    assert texts(english, held_out=True) == [[("Ann Bee", "NOMBRE")]]
    trained = {e.group for e in presidio(english, held_out=False)}
    assert not trained & {e.group for e in presidio(english, held_out=True)}


def test_foreign_labels_become_ours(english: Path) -> None:
    assert texts(english, held_out=False)[0] == [
        ("38 year old", "EDAD_SUJETO_ASISTENCIA"),
        ("Spain", "PAIS"),
        ("Bee", "NOMBRE"),
    ]


def test_span_inside_another_is_left_to_the_outer(english: Path) -> None:
    assert texts(english, held_out=False)[1] == [("12 High St Leeds", "CALLE")]


def test_meddocan_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text('{"id":"d","lang":"es","text":"Ana","spans":[{"start":0,"end":3,"label":"FECHAS"}]}\n', "utf-8")
    (example,) = meddocan(path)
    assert (example.text, example.spans, example.group) == ("Ana", (Span(0, 3, "FECHAS"),), "d")


def test_harmless_lines_take_every_so_many(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text('text,category\none,a\n"two, too",b\nthree,c\n', "utf-8")
    assert [e.text for e in harmless_lines(path, every=2)] == ["one", "three"]


def test_clinical_prose_drops_sentences_that_may_tell_of_somebody(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    text = "Mujer de 40 años. Abdomen blando.\nOperada en mayo. Sin dolor. Carnicera de profesión.\nIngresó en 2015."
    path.write_text(json.dumps({"id": "a", "text": text, "spans": []}) + "\n", "utf-8")
    assert [e.text for e in harmless_prose(path, every=1)] == ["Abdomen blando.\nSin dolor."]


def test_labels_begin_once_and_go_on() -> None:
    (line,) = lines_of("de Ana Paz, Leo")
    spans = [Span(3, 10, "NOMBRE"), Span(12, 15, "NOMBRE")]
    assert labels_of(line, spans) == ["O", "B-NOMBRE", "I-NOMBRE", "O", "B-NOMBRE"]


def test_token_that_two_spans_touch_belongs_to_the_first() -> None:
    (line,) = lines_of("abc")
    assert labels_of(line, [Span(0, 2, "FECHAS"), Span(2, 3, "CALLE")]) == ["B-FECHAS"]


def test_own_names_cover_many_origins() -> None:
    origins = {names.origin for names in own_names()}
    assert {"es", "la", "ca", "eu", "gl", "en", "ar", "in", "zh", "ro"} <= origins


def test_words_of_names_leave_out_small_words_and_signs() -> None:
    assert words_of("DE LA PEÑA", "O'Neill", "Saint-Jean") == {"pena", "saint", "jean"}


def test_lists_of_the_statistics_office_are_read(tmp_path: Path) -> None:
    first = {
        "nombres_por_decada": {
            "1950": [{"nombre": "EVA", "frecuencia": 3}],
            "1960": [{"nombre": "EVA", "frecuencia": 4}],
        }
    }
    last = {"apellidos": [{"apellido": "CANO", "frecuencia": 900}, {"apellido": "RARO", "frecuencia": 2}]}
    for name, content in {
        "nombres_hombres": first,
        "nombres_mujeres": {"nombres_por_decada": {}},
        "apellidos": last,
        "municipios": {"municipios": ["Alcalá de Henares"]},
    }.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    gazetteer = ine(tmp_path)
    assert (gazetteer.first_names, gazetteer.surnames) == (("EVA",), ("CANO",))
    assert {"alcala", "henares", "lagos"} <= long_lists(gazetteer)["place"]


def test_drafts_have_labels_with_a_kind_in_order() -> None:
    every = list(drafts())
    assert len(every) > 400
    for example in every:
        end = 0
        for span in example.spans:
            assert span.label in KIND_OF
            assert end <= span.start < span.end <= len(example.text)
            assert example.text[span.start : span.end].strip()
            end = span.end
