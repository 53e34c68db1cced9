"""What a learned recogniser takes for people and identifiers and what is none."""

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy.noise import without_noise
from ambos.privacy.recogniser import finish


def kept(text: str, part: str, kind: Kind, score: float = 0.5) -> bool:
    start = text.index(part)
    return bool(finish(without_noise([Finding(start, start + len(part), kind, "", score, "tagger")], text)))


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        ("el pedido ES-48112233-204 no llega", "48112233", Kind.GOV_ID),
        ("Order no. #A-99123-7 is late", "99123-7", Kind.PHONE),
        ("factura 2024/00117", "2024/00117", Kind.GOV_ID),
        ("debe 1200 € de alquiler", "1200", Kind.GOV_ID),
        ("it cost $1,250.00 in all", "1,250.00", Kind.PHONE),
        ("Repartid 250 € entre tres", "Repartid 250", Kind.ADDRESS),
        ("yes please", "yes", Kind.PERSON),
        ("Claramente no", "no", Kind.PERSON),
        ("empezó en 2016", "2016", Kind.GOV_ID),
    ],
)
def test_amounts_orders_years_and_everyday_words_are_no_findings(text: str, part: str, kind: Kind) -> None:
    assert not kept(text, part, kind)


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        ("calle Mayor 12, a 250 € al mes", "calle Mayor 12", Kind.ADDRESS),
        ("Rosa yes", "Rosa", Kind.PERSON),
        ("NHC 2016481", "2016481", Kind.HEALTH_ID),
        ("historia 123456789012345678901234", "123456789012345678901234", Kind.HEALTH_ID),
        ("expediente 12345678901234567890123456789012", "12345678901234567890123456789012", Kind.GOV_ID),
        ("lo pidió Ana Order", "Ana Order", Kind.PERSON),
    ],
)
def test_what_only_looks_like_noise_stays(text: str, part: str, kind: Kind) -> None:
    assert kept(text, part, kind)


def test_head_of_a_column_is_no_name() -> None:
    assert not kept("Teléfono;correo", "Teléfono", Kind.PERSON, 0.92)


def test_likely_name_of_an_everyday_word_stays() -> None:
    assert kept("Gracias Todo", "Todo", Kind.PERSON, 0.97)


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        (
            "Delete resource fa67f822-a9e2-6b01-8414-a811da2d05db",
            "resource fa67f822-a9e2-6b01-8414-a811da2d05db",
            Kind.ADDRESS,
        ),
        ("docker@sha256:39c0ab582b0fca4ef2cdab7ef6c6252ef196143b0370a9d348494accf87dc964", "sha256:39c0ab582", Kind.IP),
        ("El objeto fe28101dcd59c69314e9e74c no existe", "28101dcd59", Kind.ADDRESS),
        ("PMID 16437908", "PMID 16437908", Kind.ADDRESS),
        ("The journal's ISSN is 7953-0899", "7953-0899", Kind.PHONE),
        ("arXiv:2103.31232v2", "31232v2", Kind.ADDRESS),
        ("doi:10.1016/j.cell.2019.3299", "2019.3299", Kind.PHONE),
        ("Barcode 8479776652713", "Barcode 8479776652713", Kind.ADDRESS),
        ("Write to your.name@example.com", "name@example.com", Kind.EMAIL),
        ("curl https://api.example.com/v1/orders", "api.example.com", Kind.EMAIL),
    ],
)
def test_hashes_books_goods_and_examples_are_no_findings(text: str, part: str, kind: Kind) -> None:
    assert not kept(text, part, kind)


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        (
            "Calle Mayor 3 fa67f822-a9e2-6b01-8414-a811da2d05db",
            "Calle Mayor 3 fa67f822-a9e2-6b01-8414-a811da2d05db",
            Kind.ADDRESS,
        ),
        ("ana.garcia@example.com", "ana.garcia@example.com", Kind.EMAIL),
        ("12a34567", "12a34567", Kind.GOV_ID),
        ("vive en Lavapiés", "Lavapiés", Kind.ADDRESS),
    ],
)
def test_what_says_more_than_the_shape_stays(text: str, part: str, kind: Kind) -> None:
    assert kept(text, part, kind)


@pytest.mark.parametrize(
    ("label", "score", "is_kept"),
    [("NOMBRE_SUJETO_ASISTENCIA", 0.99, True), ("NOMBRE_SUJETO_ASISTENCIA", 0.9, False), ("NOMBRE", 0.99, False)],
)
def test_a_patient_may_be_called_like_a_public_figure(label: str, score: float, is_kept: bool) -> None:
    found = [Finding(8, 13, Kind.PERSON, label, score, "tagger")]
    assert bool(finish(without_noise(found, "Nombre: Jesús."))) is is_kept


@pytest.mark.parametrize(("score", "is_kept"), [(0.99, True), (0.9, False)])
def test_a_sure_postcode_may_be_cut_short(score: float, is_kept: bool) -> None:
    assert kept("CP: 28.", "28", Kind.LOCATION, score) is is_kept


@pytest.mark.parametrize(("score", "is_kept"), [(0.44, True), (0.2, False)])
def test_the_number_of_a_house_may_be_found_by_itself(score: float, is_kept: bool) -> None:
    assert kept("Ixtaccihuatl 11 Col", "11", Kind.ADDRESS, score) is is_kept
