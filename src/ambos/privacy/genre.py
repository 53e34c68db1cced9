"""Whether a text is a clinical record in Spanish: such records are read with weights of their own.

Knows a list of words and how many of them make a record; a chat that mentions a patient stays a chat.
"""

from __future__ import annotations

import re

from ambos.privacy.features import folded

# Words of records; everyday letters use two or three of them.
CUES = frozenset(
    [
        "abdominal",
        "alta",
        "analitica",
        "anamnesis",
        "antecedentes",
        "biopsia",
        "cardiaca",
        "cirugia",
        "clinica",
        "diagnostico",
        "diagnosticado",
        "dolor",
        "dosis",
        "ecografia",
        "enfermedad",
        "episodio",
        "evolucion",
        "exploracion",
        "fiebre",
        "hemograma",
        "hemorragia",
        "hepatica",
        "historia",
        "infeccion",
        "ingreso",
        "ingresado",
        "intervencion",
        "izquierdo",
        "derecho",
        "lesion",
        "medicacion",
        "meses",
        "mg",
        "mm",
        "cm",
        "nhc",
        "paciente",
        "patologia",
        "presentaba",
        "presenta",
        "quirurgica",
        "quirurgico",
        "radiografia",
        "remitido",
        "remitida",
        "renal",
        "resonancia",
        "servicio",
        "sintomas",
        "tac",
        "torax",
        "tratamiento",
        "tumor",
        "urgencias",
    ]
)
LEAST_CUES = 6
# What is read to decide: about 0.2 ms.
HEAD_CHARACTERS = 4000
_WORD = re.compile(r"[a-z]+")


def is_clinical(text: str) -> bool:
    """True for a record: at least LEAST_CUES different cues in its first HEAD_CHARACTERS.

    >>> is_clinical("Mi paciente tiene fiebre y dolor, ¿qué tratamiento le pongo?")
    False
    """
    return len(CUES & set(_WORD.findall(folded(text[:HEAD_CHARACTERS])))) >= LEAST_CUES
