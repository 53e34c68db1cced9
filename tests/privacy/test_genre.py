"""Which texts count as clinical records in Spanish."""

import pytest

from ambos.privacy.genre import HEAD_CHARACTERS, is_clinical

RECORD = "Varón remitido por DOLOR abdominal y fiebre. Exploración: blando. Analítica normal. Tratamiento: reposo. Antecedentes."


def test_record_is_clinical_with_and_without_accents_and_capitals() -> None:
    assert is_clinical(RECORD)
    assert is_clinical(RECORD.upper())
    assert is_clinical("NHC: 1\nPaciente\nIngreso\nAlta\nServicio\nDiagnostico")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mi paciente tiene fiebre y dolor, ¿qué tratamiento le pongo?",
        "The patient has abdominal pain and fever; renal function is normal.",
        "Contrato de arrendamiento de la vivienda sita en la calle Mayor, con servicio de portería.",
        "dolor " * 500,
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert not is_clinical(text)


def test_only_the_head_is_read() -> None:
    assert not is_clinical("x " * HEAD_CHARACTERS + RECORD)
