"""Overlaps: evidence wins, nothing sensitive falls between, the order does not matter."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.messages import Finding, Kind
from ambos.privacy.overlaps import merge

TEXT = "7" * 100


FINDINGS = st.builds(
    lambda start, length, kind, score: Finding(start, start + length, kind, "", score, "r"),
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from([Kind.PERSON, Kind.PHONE, Kind.GOV_ID]),
    st.sampled_from([0.5, 0.8, 0.99]),
)


@given(st.lists(FINDINGS, max_size=12))
def test_merged_findings_do_not_overlap_and_cover_nearly_all(found: list[Finding]) -> None:
    merged = merge(found, TEXT)
    assert all(left.end <= right.start for left, right in pairwise(merged))
    before = {place for finding in found for place in range(finding.start, finding.end)}
    after = {place for finding in merged for place in range(finding.start, finding.end)}
    assert after <= before
    assert after == before


@given(st.lists(FINDINGS, max_size=12), st.randoms())
def test_merge_does_not_depend_on_the_order(found: list[Finding], shuffler: object) -> None:
    shuffled = list(found)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives its own Random
    assert merge(found, TEXT) == merge(shuffled, TEXT)


def test_valid_checksum_wins_over_length() -> None:
    long, valid = Finding(0, 30, Kind.PHONE, score=0.9), Finding(5, 14, Kind.GOV_ID, score=0.99, rule="es.dni")
    assert [finding.kind for finding in merge([long, valid], TEXT)] == [Kind.PHONE, Kind.GOV_ID, Kind.PHONE]


def test_very_many_touching_findings_are_settled_in_linear_time() -> None:
    chain = [Finding(place, place + 2, Kind.PERSON, score=0.8) for place in range(200_000)]
    merged = merge(chain, "")
    assert merged[0].start == 0
    assert merged[-1].end == 200_001
    assert all(left.end <= right.start for left, right in pairwise(merged))


@pytest.mark.parametrize(
    ("kind", "rule"), [(Kind.CARD, "card"), (Kind.SECRET, "password.field"), (Kind.BANK_ACCOUNT, "iban")]
)
def test_no_guess_hides_what_makes_a_text_restricted(kind: Kind, rule: str) -> None:
    grave = Finding(9, 28, kind, "full", 0.85, rule)
    guess = Finding(0, 40, Kind.PHONE, "TELEFONO", 1.0, "tagger")
    assert grave in merge([guess, grave], TEXT)


def test_finer_label_that_covers_a_rule_keeps_its_span() -> None:
    rule, guess = (
        Finding(4, 10, Kind.HEALTH_ID, "cip", 0.85, "es.cip_any"),
        Finding(0, 10, Kind.HEALTH_ID, "ID", 0.7, "tagger"),
    )
    assert merge([rule, guess], TEXT) == (Finding(0, 10, Kind.HEALTH_ID, "ID", 0.85, "es.cip_any"),)


def test_remainder_without_digit_or_capital_is_dropped() -> None:
    text = "70 años de edad, Marta Gil fue"
    found = [Finding(0, 15, Kind.AGE, "age", 0.85, "age.said"), Finding(0, 7, Kind.AGE, "EDAD", 0.9, "tagger")]
    assert [(item.start, item.end) for item in merge(found[:1], text)] == [(0, 15)]
    name = [Finding(17, 26, Kind.PERSON, "", 0.9, "tagger"), Finding(17, 30, Kind.PERSON, "", 0.5, "x")]
    assert [(item.start, item.end) for item in merge(name, text)] == [(17, 30)]
    cut = [Finding(17, 22, Kind.GOV_ID, "", 0.99, "es.dni"), Finding(17, 30, Kind.PERSON, "", 0.5, "x")]
    assert [(item.start, item.end) for item in merge(cut, text)] == [(17, 22), (23, 30)]
    low = [Finding(17, 26, Kind.GOV_ID, "", 0.99, "es.dni"), Finding(17, 30, Kind.PERSON, "", 0.5, "x")]
    assert [(item.start, item.end) for item in merge(low, text)] == [(17, 26)]


def test_fact_is_not_hidden_by_a_guess_nor_hides_a_name() -> None:
    text = "padece Marta neumonía"
    fact, guess = (
        Finding(13, 21, Kind.HEALTH, "condition", 0.9, "health.es"),
        Finding(7, 21, Kind.PERSON, "X", 0.99, "tagger"),
    )
    assert [(item.kind, text[item.start : item.end]) for item in merge([fact, guess], text)] == [
        (Kind.PERSON, "Marta"),
        (Kind.HEALTH, "neumonía"),
    ]


def test_fact_inside_the_name_of_a_hospital_is_part_of_it() -> None:
    place = Finding(0, 40, Kind.ORG, "HOSPITAL", 0.7, "tagger")
    assert merge([Finding(10, 20, Kind.HEALTH, "c", 0.9, "health.es"), place], TEXT) == (place,)


def test_street_named_like_a_condition_keeps_its_number() -> None:
    text = "Vive en Irunlarrea, 3"
    street = Finding(8, 21, Kind.ADDRESS, "CALLE", 0.9, "tagger")
    assert merge([Finding(8, 18, Kind.HEALTH, "condition", 0.9, "health.es"), street], text) == (street,)


def test_what_a_cut_leaves_ends_with_a_word() -> None:
    text = "Navarra a@b.es Gil"
    found = [Finding(8, 14, Kind.EMAIL, "", 0.99, "email"), Finding(0, 18, Kind.LOCATION, "X", 0.9, "tagger")]
    assert [text[item.start : item.end] for item in merge(found, text)] == ["Navarra", "a@b.es", "Gil"]


def test_a_fact_is_none_inside_the_name_of_a_person_that_a_tagger_is_sure_of() -> None:
    text = "Valentina Fernández Ladrón"
    fact = Finding(20, 26, Kind.SPECIAL, "crime", 0.95, "crime")
    sure = Finding(0, 26, Kind.PERSON, "NOMBRE", 0.99, "tagger")
    assert merge([sure, fact], text) == (sure,)
    assert fact in merge([replace(sure, score=0.7), fact], text)


def test_learned_date_that_covers_a_birth_is_a_birth() -> None:
    text = "DOB 5 June 1951"
    learned = Finding(0, 15, Kind.DATE, "FECHAS", 0.91, "tagger")
    rule = Finding(4, 15, Kind.DATE, "birth", 0.9, "birth")
    assert merge([learned, rule], text) == (Finding(0, 15, Kind.DATE, "FECHAS", 0.9, "birth"),)


def test_word_between_two_numbers_is_none() -> None:
    text = "+447700900417, SSN 412-55-1902"
    wide = Finding(13, 30, Kind.PHONE, "NUMERO_TELEFONO", 0.65, "tagger")
    first, last = (
        Finding(0, 13, Kind.PHONE, "", 0.96, "phone.plus"),
        Finding(19, 30, Kind.GOV_ID, "ssn", 0.99, "us.ssn"),
    )
    assert merge([wide, first, last], text) == (first, last)


def test_who_is_called_so_is_no_place() -> None:
    text = "My sister Florence paints"
    place = Finding(10, 18, Kind.LOCATION, "TERRITORIO", 0.99, "tagger")
    name = Finding(10, 18, Kind.PERSON, "", 0.8, "name.cue_one")
    assert merge([place, name], text) == (name,)
    assert merge([place], text) == (place,)


def test_surname_that_is_a_street_leaves_the_sentence() -> None:
    text = "Ana Camino Zamora debe 1200 €"
    street = Finding(4, 27, Kind.ADDRESS, "street", 0.8, "address.es")
    assert merge([Finding(0, 17, Kind.PERSON, "", 0.97, "tagger"), street], text)[-1].end == 17


def test_street_named_after_somebody_keeps_its_number() -> None:
    text = "Ana Camino Zamora 12, 3 B"
    street = Finding(4, 25, Kind.ADDRESS, "street", 0.8, "address.es")
    found = merge([Finding(0, 17, Kind.PERSON, "", 0.97, "tagger"), street], text)
    assert [text[one.start : one.end] for one in found] == ["Ana Camino Zamora", "12, 3 B"]


def test_fact_beside_a_finding_leaves_it_whole_and_is_told_all_the_same() -> None:
    text = "una mujer de raza caucásica"
    fact = Finding(10, 17, Kind.SPECIAL, "ethnic", 0.9, "special.ethnic")
    likely = Finding(13, 27, Kind.HEALTH_ID, "ID_SUJETO_ASISTENCIA", 0.6, "tagger")
    assert merge([fact, likely], text) == (replace(fact, end=12), likely)
    unlikely = replace(likely, score=0.2)
    assert merge([fact, unlikely], text) == (replace(fact, end=12), unlikely)


def test_fact_inside_a_likely_finding_is_told_and_what_stands_before_it_stays_masked() -> None:
    text = "el padre tiene diabetes tipo 1"
    fact = Finding(9, 23, Kind.HEALTH, "condition", 0.9, "health")
    likely = Finding(3, 30, Kind.FAMILY, "FAMILIARES_SUJETO_ASISTENCIA", 0.7, "tagger")
    merged = merge([fact, likely], text)
    assert [text[one.start : one.end] for one in merged] == ["padre", "tiene diabetes", "tipo 1"]
    assert merged[1] == fact
    assert merge([fact, replace(likely, score=0.4)], text)[0] == fact


def test_guess_as_long_as_a_cue_gives_it_the_finer_label() -> None:
    said = Finding(5, 12, Kind.AGE, "age", 0.85, "age.said")
    guess = Finding(5, 12, Kind.AGE, "EDAD_SUJETO_ASISTENCIA", 0.18, "tagger")
    assert merge([said, guess], "edad 38 años") == (replace(guess, score=0.85, rule="age.said"),)
    longer = replace(guess, end=20)
    assert merge([said, longer], "edad 38 años quizá no")[0] == said


def test_number_that_a_tagger_cuts_from_a_road_stays_masked() -> None:
    text = "Ctra. Nnal. 332"
    road = Finding(0, 15, Kind.ADDRESS, "street", 0.8, "address.es")
    likely = Finding(0, 10, Kind.ADDRESS, "CALLE", 0.9, "tagger")
    assert [text[one.start : one.end] for one in merge([road, likely], text)] == ["Ctra. Nnal", ". 332"]
    assert len(merge([replace(road, end=20), likely], "Ctra. Nnal y no me gusta")) == 1
