"""The generator of training texts."""

import re

import numpy as np
import pytest

from ambos.adapt.tagger.lists import Gazetteer
from ambos.adapt.tagger.writing import Writer, corpus, templates
from ambos.privacy.tagging import KIND_OF

GAZETTEER = Gazetteer(("ANA",), ("GARCIA", "LOPEZ", "PEÑA"), ("Getafe", "Soria"))


def writer(language: str, seed: int = 1) -> Writer:
    return Writer(language, np.random.default_rng(seed), GAZETTEER)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_template_is_filled_to_the_last_slot(language: str) -> None:
    filler = writer(language)
    for kind in ("templates", "passages", "harmless"):
        for template in templates(f"{kind}_{language}.txt"):
            pieces = filler.write(template)
            text = "".join(part for part, _ in pieces)
            assert not re.search(r"\{[a-z_]+(:[a-z])?\}", text), template
            assert "|]" not in text, template
            if kind == "harmless":
                assert not any(label for _, label in pieces), template


@pytest.mark.parametrize("language", ["es", "en"])
def test_spans_have_labels_with_a_kind_and_lie_inside_the_text(language: str) -> None:
    for example in corpus(writer(language), each=1, each_harmless=1):
        end = 0
        for span in example.spans:
            assert span.label in KIND_OF
            assert end <= span.start < span.end <= len(example.text)
            end = span.end


def test_same_seed_writes_the_same_corpus() -> None:
    first, again, other = (
        [example.text for example in corpus(writer("en", seed), each=1, each_harmless=1)] for seed in (5, 5, 6)
    )
    assert first == again != other


def test_groups_are_templates_so_that_splits_can_go_by_them() -> None:
    groups = {example.group for example in corpus(writer("es"), each=3, each_harmless=2)}
    assert len(groups) == sum(len(templates(f"{kind}_es.txt")) for kind in ("templates", "passages", "harmless"))


def test_a_named_slot_comes_back_as_the_same_person() -> None:
    for seed in range(20):
        pieces = writer("en", seed).write("{person:a} of {company:b}; {company:b}, {last:a}, {first:a}, {first:a}")
        person, firm, again, last, first, once_more = [text for text, label in pieces if label]
        assert (firm, first) == (again, once_more)
        assert person.endswith(last)
        assert person.startswith(first) or person.split()[0].endswith(".")


def test_wear_keeps_the_labels_of_the_pieces() -> None:
    filler = writer("es")
    pieces = [("Soy ", ""), ("Íñigo Peña", "NOMBRE"), (", de Ávila", "")]
    seen = set()
    for _ in range(200):
        worn = filler.worn(pieces)
        assert [label for _, label in worn] == ["", "NOMBRE", ""]
        seen.add(worn[1][0])
    assert {"Íñigo Peña", "íñigo peña", "Iñigo Peña", "Inigo Pena"} & seen >= {"Íñigo Peña", "íñigo peña"}
    assert any(text.isascii() for text in seen)


def test_first_name_and_surname_are_one_name() -> None:
    filler = writer("en")
    for _ in range(20):
        pieces = filler.write("call {first} {last}, {first} and {first}")
        assert [label for _, label in pieces] == ["", "NOMBRE", "", "NOMBRE", "", "NOMBRE"]


def test_owners_templates_are_filled_like_ours_and_their_slots_are_checked() -> None:
    filler = writer("es")
    texts = [
        e for e in corpus(filler, each=2, each_harmless=1, own=("Parte de obra de {person}",)) if "de obra" in e.group
    ]
    assert len(texts) == 2
    assert all("NOMBRE" in {span.label for span in text.spans} for text in texts)
    assert filler.unknown("{person} y {perro}, {first:a} {gato:b}") == ["{perro}", "{gato:b}"]
