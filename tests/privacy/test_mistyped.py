import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spent import spent

from ambos.messages import Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.lexicons import LISTS
from ambos.privacy.mistyped import Mistyped
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import finish

MISTYPED = Mistyped(LISTS)
DETECTOR = Detector(Settings())


def facts(text: str) -> list[str]:
    found = finish(DETECTOR.steps(text))
    return [text[one.start : one.end] for one in found if one.kind in (Kind.HEALTH, Kind.SPECIAL)]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("la revisión de su marcapaos", "marcapaos"),
        ("tiene DIABTEES tipo 2", "DIABTEES"),
        ("le dieron quimoterapia", "quimoterapia"),
        ("toma paracetamoll", "paracetamoll"),
        ("her chemotheapy starts", "chemotheapy"),
        ("diagnosed with deprssion", "deprssion"),
        ("su esquizofernia", "esquizofernia"),
        ("está emabrazada", "emabrazada"),
        ("es miliante de Vox", "miliante de"),
        ("es mi\u00adliante de Vox", "mi\u00adliante de"),
        ("padece esclerosis mútliple", "esclerosis mútliple"),
        ("she is pregnnant", "pregnnant"),
    ],
)
def test_mistyped_fact_is_found_where_it_stands(text: str, fact: str) -> None:
    assert any(fact in one for one in facts(text))


@pytest.mark.parametrize(
    "text",
    [
        "append the addition to the list and disable it",
        "calcula la transferencia y la facturación del deporte",
        "La hipótesis de Cristina Delgado es una alegría",
        "strangers migrate and the behavior is compliant",
        "def calculate(position, sequence, session): append(position)",
    ],
)
def test_right_words_are_no_mistyped_ones(text: str) -> None:
    assert facts(text) == []


def test_a_text_without_mistakes_is_not_read_again() -> None:
    assert MISTYPED.corrected(fold("tiene diabetes y un marcapasos")) is None


@given(st.text(st.sampled_from("marcpos diabtesn\n\u00adéA1"), max_size=60))
def test_findings_lie_inside_any_text(text: str) -> None:
    right = MISTYPED.corrected(fold(text))
    if right is not None:
        assert right.offsets is not None
        assert len(right.offsets) == len(right.lower)
        assert all(0 <= place < len(text) for place in right.offsets)
        assert list(right.offsets) == sorted(right.offsets)


def test_a_text_of_mistakes_takes_linear_time() -> None:
    once = spent(lambda: MISTYPED.corrected(fold("marcapaos " * 200)))
    assert spent(lambda: MISTYPED.corrected(fold("marcapaos " * 2_000))) < 40 * once + 0.01
