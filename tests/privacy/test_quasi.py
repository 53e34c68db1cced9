"""The written rule of quasi-identifiers: how few people a passage leaves."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.marks import QUASI, marks
from ambos.privacy.quasi import is_telling, people_left

A, P, L, B, D, H = Kind.AGE, Kind.PROFESSION, Kind.LOCATION, Kind.ORG, Kind.DATE, Kind.HEALTH


def found(text: str, *wanted: tuple[str, Kind], score: float = 0.9) -> list[Finding]:
    return sorted(
        (Finding(text.index(part), text.index(part) + len(part), kind, "", score, "tagger") for part, kind in wanted),
        key=lambda finding: finding.start,
    )


@pytest.mark.parametrize(
    ("expected", "text", "wanted"),
    [
        (True, "ganadero de 61 años, vecino de Abejar", (("ganadero", P), ("61 años", A), ("Abejar", L))),
        (False, "ganadero de 61 años, vecino de Madrid", (("ganadero", P), ("61 años", A), ("Madrid", L))),
        (False, "vecino de Abejar de 61 años", (("Abejar", L), ("61 años", A))),
        (True, "de 61 años, del hospital San Blas, el 3/4/2024", (("61 años", A), ("hospital San Blas", B), ("3/4/2024", D))),
        (False, "de 61 años, del hospital San Blas, en 2024", (("61 años", A), ("hospital San Blas", B), ("2024", D))),
        (False, "profesora de 40 años, según la OMS", (("profesora", P), ("40 años", A), ("OMS", B))),
        (True, "the vicar of Much Wenlock has gout", (("gout", H),)),
        (False, "the mayor of London has gout", (("gout", H),)),
        (False, "the vicar has gout", (("gout", H),)),
        (True, "la única veterinaria de Abejar", (("Abejar", L),)),
        (True, "a falconer of 42 from Hexham", (("42", A), ("Hexham", L))),
        (False, "a falconer of 42 from Manchester", (("42", A), ("Manchester", L))),
        (True, "el organista de la catedral de Tuy, sordo", (("sordo", H),)),
        (False, "un organista de la catedral de Tuy, sordo", (("sordo", H),)),
        (False, "el organista de la catedral de Sevilla, sordo", (("sordo", H),)),
        (True, "vecina de Frías de 103 años", (("Frías", L), ("103 años", A))),
        (True, "the triplets, 6, of Ludlow", (("6", A), ("Ludlow", L))),
        (False, "a pilot study in Ludlow, aged 40", (("Ludlow", L), ("40", A))),
        (True, "campeona provincial de 17 años de Abejar", (("17 años", A), ("Abejar", L))),
        (True, "the treasurer of the bowls club at Ludlow, ill", (("ill", H),)),
        (True, "the bell founder in Ludlow, ill", (("ill", H),)),
        (True, "el portero del Haro Deportivo, epiléptico", (("epiléptico", H),)),
        (False, "la carretera de Abejar, epiléptico", (("epiléptico", H),)),
        (False, "el cardiologo de Abejar habla del ictus", (("ictus", H),)),
        (True, "the only female pilot at Oban airfield, bipolar", (("bipolar", H),)),
        (False, "the only pharmacy in Oban sells asthma inhalers", (("Oban", L), ("asthma", H))),
        (False, "la primera causa de muerte en Abejar es el ictus", (("Abejar", L), ("ictus", H))),
        (False, "a nurse in Spain, 40 years old, 3 May", (("nurse", P), ("Spain", L), ("40 years old", A), ("3 May", D))),
    ],
)  # fmt: skip
def test_rule(expected: bool, text: str, wanted: tuple[tuple[str, Kind], ...]) -> None:
    assert is_telling(text, found(text, *wanted)) is expected
    assert (QUASI in marks(text, found(text, *wanted))) is expected


def test_things_in_another_paragraph_are_not_of_the_same_person() -> None:
    text = "ganadero de 61 años\nAbejar es bonito"
    assert not is_telling(text, found(text, ("ganadero", P), ("61 años", A), ("Abejar", L)))


def test_unlikely_findings_do_not_count() -> None:
    text = "ganadero de 61 años, vecino de Abejar"
    assert not is_telling(text, found(text, ("ganadero", P), ("61 años", A), ("Abejar", L), score=0.2))


def test_a_doubtful_village_counts_where_it_is_written_as_a_name() -> None:
    for name, expected in (("Abejar", True), ("abejar", False), ("Q2", False)):
        text = f"una ganadera de 61 años de {name}"
        findings = found(text, ("61 años", A)) + found(text, (name, L), score=0.2)
        assert is_telling(text, findings) is expected


def test_more_that_is_said_never_leaves_more_people() -> None:
    text = "ganadero de 61 años, vecino de Abejar, el 3/4/2024, en las noticias"
    every = found(text, ("ganadero", P), ("61 años", A), ("Abejar", L), ("3/4/2024", D))
    centre = next(finding for finding in every if finding.kind is L)
    left = [people_left(text, centre, [one for one in every if one in (*every[:count], centre)]) for count in range(5)]
    assert left == sorted(left, reverse=True)


def test_adversarial_text_takes_linear_time() -> None:
    text = "la alcaldesa de la la la el herrero de la la la " * 10_000
    assert not is_telling(text, [Finding(index, index + 2, H, "", 0.9) for index in range(0, 400_000, 25)])
