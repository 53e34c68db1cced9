"""What texts of the kind that people type once showed: values that were left, and harmless words that were not."""

from __future__ import annotations

import pytest

from ambos.messages import Finding, Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.noise import without_noise
from ambos.privacy.recogniser import finish

DETECTOR = Detector(Settings())


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("dni: ocho nueve tres dos ocho ocho cero cuatro erre", "ocho nueve tres dos ocho ocho cero cuatro erre", Kind.GOV_ID),
        ("NI number: BG 12 34 56 C", "BG 12 34 56 C", Kind.GOV_ID),
        ("la visa 4586978153972063 y el pin apuntado, que es 7659.", "7659", Kind.SECRET),
        ("tarjeta 4163 9679 5571 4923 cad 08/29 y el de atrás 417", "417", Kind.SECRET),
        ("vehículo 5732 rfn, multado", "5732 rfn", Kind.VEHICLE),
        ("she has been poorly since Friday", "been poorly", Kind.HEALTH),
        ("quemado en el accidente", "quemado en", Kind.HEALTH),
        ("a potter of 63 from Wetheral", "63", Kind.AGE),
        ("She's 101, lives alone", "101", Kind.AGE),
    ],
)  # fmt: skip
def test_it_is_found(text: str, value: str, kind: Kind) -> None:
    found = [(text[one.start : one.end], one.kind) for one in finish(DETECTOR.steps(text))]
    assert (value, kind) in found


@pytest.mark.parametrize(
    "text",
    [
        "cite ISBN 0-306-40615-2 in Harvard style",
        "the plan performed poorly",
        "a total of 63 from four shops",
        "El pin de la placa es verde",
        "matrícula de 2024 abierta",
    ],
)
def test_it_is_none(text: str) -> None:
    assert finish(DETECTOR.steps(text)) == ()


@pytest.mark.parametrize(
    ("text", "name", "score", "is_kept"),
    [
        ("what Ada Lovelace wrote", "Ada", 0.3, False),
        ("what Ada Lovelace wrote", "Ada", 0.97, True),
        ("what Ada Lorenz wrote", "Ada", 0.3, True),
        ("discursos de Salvador Allende y otros", "Salvador Allende", 0.99, False),
        ("vino Salvador Allendesalazar", "Salvador", 0.3, True),
    ],
)
def test_a_part_of_a_public_figures_name_is_its(text: str, name: str, score: float, is_kept: bool) -> None:
    start = text.index(name)
    learned = [Finding(start, start + len(name), Kind.PERSON, "", score, "tagger")]
    assert bool(finish(without_noise(learned, text))) is is_kept
