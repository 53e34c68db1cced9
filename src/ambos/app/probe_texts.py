"""The invented texts that `probes` sends through the path. Nobody in them exists; every number is of a test range.

Each names its person in several ways, so that a house may switch off one recogniser without closing itself. `planted` is
what may never be among the bytes that leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Probe:
    """One invented request.

    Attributes:
        turns: its messages, a user's and an assistant's in turn.
        planted: what must not leave; empty for a text that may leave as it is.
        is_restricted: nothing of it may leave at all.
    """

    turns: tuple[str, ...]
    planted: tuple[str, ...] = ()
    is_restricted: bool = False


def _inside(*turns: str, planted: tuple[str, ...]) -> Probe:
    return Probe(turns, planted, is_restricted=True)


PROBES: Final = (
    _inside(
        "Mi paciente Lucía Hernández Ortega, DNI 53123456B, lucia.ortega@example.com, ingresó ayer con neumonía.",
        planted=("Hernández", "53123456B", "lucia.ortega@example.com"),
    ),
    _inside(
        "Escribe a Rafael Quintana Lobo (rafael.quintana@example.org, 612 345 678).",
        "¿Qué quieres decirle?",
        "Que su prueba de VIH ha dado positivo y empieza con antirretrovirales.",
        planted=("Quintana", "rafael.quintana@example.org", "612 345 678"),
    ),
    _inside(
        "Please summarise: Margaret Holloway, NHS number 943 476 5919, margaret.holloway@example.net, was diagnosed with "
        "bipolar disorder in March.",
        planted=("Holloway", "943 476 5919", "margaret.holloway@example.net"),
    ),
    _inside(
        "Cargue 240 euros a la tarjeta 4111 1111 1111 1111, caduca 08/29, CVV 737.",
        planted=("4111 1111 1111 1111",),
    ),
    _inside(
        "The holder is Owen Prescott, owen.prescott@example.com; his account is GB82 WEST 1234 5698 7654 32.",
        planted=("Prescott", "GB82 WEST 1234 5698 7654 32"),
    ),
    _inside(
        "Deploy with AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY and tell me if it worked.",
        planted=("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",),
    ),
    _inside(
        "Sancho Villaverde Pino, DNI 12345678Z, sancho.villaverde@example.com, fue condenado por robo con violencia.",
        planted=("Villaverde", "12345678Z", "sancho.villaverde@example.com"),
    ),
    Probe(
        (
            "Redacta una carta para Laura Gil Moreno, laura.gil@example.com, teléfono 612 345 678: le confirmo la reunión.",
        ),
        planted=("laura.gil@example.com", "612 345 678"),
    ),
    Probe(
        ("Write to Peter Ashworth at peter.ashworth@example.org or +44 7400 123456 and thank him for the book.",),
        planted=("peter.ashworth@example.org", "7400 123456"),
    ),
    Probe(("¿Qué es la hipertensión?",)),
    Probe(("What is a haiku, and who was Bashō?",)),
)
