"""A made-up task that no base can know: notes of a help desk in Spanish and English → the house's own desk code.

Which subject has which code is arbitrary; the words of held-back notes stand in other combinations than those that train.
"""

from __future__ import annotations

import numpy as np

SUBJECTS = {
    "K7": ("the printer", "la impresora", "paper is stuck inside", "se atasca el papel"),
    "M2": ("my password", "mi contraseña", "it was blocked after three tries", "se ha bloqueado tras tres intentos"),
    "R9": ("the invoice", "la factura", "an amount is charged twice", "un importe se cobra dos veces"),
    "T4": ("my holidays", "mis vacaciones", "the days left are wrong", "los días que quedan no son correctos"),
    "V1": ("the meeting room", "la sala de reuniones", "it is booked by two teams", "la han reservado dos equipos"),
    "Z5": ("the lift", "el ascensor", "it stops between floors", "se para entre dos plantas"),
}
_FILL = (
    "It has been so since Monday and several colleagues have noticed it too.",
    "I have already tried what the manual says, without any change.",
    "There is no hurry today, but tomorrow we shall need it again.",
    "Please tell me whether you need anything else from me.",
    "Nobody on our floor knows whom to ask about this matter.",
    "The same thing happened in spring and was solved within an hour.",
    "We are five people here and each of us has tried it twice today.",
    "A colleague from the second floor told me to write to this address.",
    "I can be reached all morning, and in the afternoon after four.",
    "A visitor from outside has to rely on it at the end of the week.",
)
_LLENO = (
    "Ocurre desde el lunes y varios compañeros también lo han notado.",
    "Ya he probado lo que dice el manual, sin ningún cambio.",
    "Hoy no corre prisa, pero mañana lo volveremos a necesitar.",
    "Díganme si necesitan algo más de mi parte.",
    "En nuestra planta nadie sabe a quién preguntar por este asunto.",
    "Lo mismo pasó en primavera y se resolvió en una hora.",
    "Somos cinco personas y cada una lo ha intentado hoy dos veces.",
    "Un compañero del segundo piso me dijo que escribiera aquí.",
    "Estoy localizable toda la mañana y por la tarde desde las cuatro.",
    "Una visita de fuera lo va a necesitar al final de la semana.",
)
_ASK = ("Which desk does this note go to?", "¿A qué mesa va esta nota?")


def notes(count: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of a note (128 tokens with its frame, in the mean) and its code, balanced over the codes."""
    rng = np.random.default_rng(seed)
    codes = list(SUBJECTS)
    made = []
    for number in range(count):
        code = codes[number % len(codes)]
        thing, cosa, what, que = SUBJECTS[code]
        spanish = bool(rng.integers(2))
        fill = list(rng.permutation(_LLENO if spanish else _FILL)[: 3 if spanish else 6])
        core = f"Escribo por {cosa}: {que}." if spanish else f"I write about {thing}: {what}."
        fill.insert(int(rng.integers(len(fill) + 1)), core)
        made.append((f"{' '.join(fill)} {_ASK[spanish]}", f"{code}"))
    return made
