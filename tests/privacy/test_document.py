"""What findings hold, and the union of it."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.document import Values, beyond, squeeze, union, values_of
from ambos.privacy.normalise import fold
from ambos.privacy.occurrences import Wanted, spread
from ambos.privacy.recogniser import finish

ANA = Finding(0, 1, Kind.PERSON, "", 0.79, "document")


@pytest.mark.parametrize(
    ("value", "is_kept"), [("1234", True), ("1987", False), ("123", False), ("abcd", False), ("abcde", True)]
)
def test_short_secrets_and_years_are_not_spread(value: str, is_kept: bool) -> None:
    known = finish(values_of([Finding(0, len(value), Kind.SECRET)], fold(value)))
    assert bool(known.ids) is is_kept


def test_particles_are_no_names() -> None:
    known = finish(values_of([Finding(0, 18, Kind.PERSON)], fold("María de los Ríos ")))
    assert known.names.keys() == {b"maria", b"rios"}


def test_what_the_first_text_says_of_a_value_counts() -> None:
    first, second = Finding(0, 5, Kind.GOV_ID, "dni"), Finding(0, 5, Kind.PHONE)
    every = union([Values(ids={b"12345": first}), Values(names={b"ana": ANA}, ids={b"12345": second})])
    assert every == Values({b"ana": ANA}, {b"12345": first})
    assert beyond(every, Values(ids={b"12345": second})) == Values({b"ana": ANA})
    assert not beyond(every, every)


@pytest.mark.parametrize(("score", "names"), [(0.3, set()), (0.5, {b"lucia"})])
def test_unlikely_name_tells_nothing_of_other_places(score: float, names: set[bytes]) -> None:
    known = finish(values_of([Finding(0, 5, Kind.PERSON, "NOMBRE", score, "tagger")], fold("Lucía")))
    assert known.names.keys() == names


@pytest.mark.parametrize("text", ["País", "la Unidad", "Doctora"])
def test_everyday_words_are_no_names(text: str) -> None:
    assert not finish(values_of([Finding(0, len(text), Kind.PERSON, "", 0.9)], fold(text))).names


def test_name_found_elsewhere_has_the_label_of_its_first_finding() -> None:
    found = [Finding(0, 5, Kind.PERSON, "NOMBRE_SUJETO_ASISTENCIA", 0.9), Finding(6, 11, Kind.PERSON, "", 0.9)]
    known = finish(values_of(found, fold("Lucía Lucía")))
    assert known.names[b"lucia"].detail == "NOMBRE_SUJETO_ASISTENCIA"


@pytest.mark.parametrize(("score", "is_kept"), [(0.07, False), (0.8, True)])
def test_small_words_of_an_unlikely_place_tell_nothing_of_other_places(score: float, is_kept: bool) -> None:
    text = "Plaza de la Flor"
    values = finish(values_of([Finding(6, 11, Kind.ADDRESS, "CALLE", score, "tagger")], fold(text)))
    assert (values.phrases.keys() == {b"de la"}) is is_kept


@pytest.mark.parametrize("place", ["Plaza de la Flor", "C.P. 40140"])
def test_doubtful_place_that_says_something_is_looked_for(place: str) -> None:
    values = finish(values_of([Finding(0, len(place), Kind.ADDRESS, "CALLE", 0.2, "tagger")], fold(place)))
    assert values.phrases.keys() == {place.lower().encode()}


@pytest.mark.parametrize(
    ("text", "kind", "detail", "names"),
    [
        ("Kestrel Holdings Ltd", Kind.ORG, "INSTITUCION", {b"kestrel"}),
        ("National Bank of the West", Kind.ORG, "INSTITUCION", set()),
        ("Hospital Virgen del Rocío", Kind.ORG, "HOSPITAL", set()),
        ("tom.okafor@kestrel.co.uk", Kind.EMAIL, "", {b"okafor", b"kestrel"}),
        ("support@gmail.com", Kind.EMAIL, "", set()),
        ("https://www.kestrel-tools.com/home", Kind.URL, "", {b"kestrel", b"tools"}),
    ],
)
def test_a_body_and_an_address_are_known_by_the_words_that_tell_them(
    text: str, kind: Kind, detail: str, names: set[bytes]
) -> None:
    known = finish(values_of([Finding(0, len(text), kind, detail, 0.9)], fold(text)))
    assert known.names.keys() == names


def test_a_person_found_too_keeps_a_persons_name() -> None:
    found = [Finding(0, 13, Kind.EMAIL, "", 0.95), Finding(14, 19, Kind.PERSON, "NOMBRE", 0.9)]
    known = finish(values_of(found, fold("ruizm@mail.es Ruizm")))
    assert (known.names[b"ruizm"].kind, known.names[b"ruizm"].detail) == (Kind.PERSON, "NOMBRE")


@pytest.mark.parametrize(("text", "is_found"), [("we met Kestrel again", True), ("a kestrel flew by", False)])
def test_a_word_of_a_body_counts_elsewhere_with_a_capital(text: str, is_found: bool) -> None:
    values = finish(values_of([Finding(0, 16, Kind.ORG, "INSTITUCION", 0.9)], fold("Kestrel Holdings")))
    folded = fold(text)
    found = finish(spread(text, folded, squeeze(folded.lower), Wanted(values)))
    assert [(text[one.start : one.end], one.kind) for one in found] == [("Kestrel", Kind.ORG)] * is_found
