"""One line in the user's language when another model than the asked one answered, or masked text was used."""

from __future__ import annotations

from collections.abc import Sequence

from ambos.gateway import Answer
from ambos.messages import Route, ToolCall

_WORDS = {
    "demo": {
        "en": "Answered inside by a small demonstration model: do not rely on it.",
        "es": "Respuesta de un pequeño modelo de demostración, dentro de la casa: no se fíe de ella.",
    },
    "redirected": {
        "en": "Answered inside by {model}: the request must not leave the house.",
        "es": "Ha respondido {model}, dentro de la casa: la petición no debe salir.",
    },
    "masked": {
        "en": "Answered by {model} outside; {count} personal data were replaced before sending.",
        "es": "Ha respondido {model}, fuera; antes de enviar se sustituyeron {count} datos personales.",
    },
    "stand_in": {
        "en": "This is a stand-in for an outside provider: it only repeats what it received.",
        "es": "Esto es un sustituto de un proveedor externo: solo repite lo que recibió.",
    },
    "false_date": {
        "en": "{dates} is no true date of birth: it was sent in the place of one.",
        "es": "{dates} no es una fecha de nacimiento verdadera: se envió en lugar de una.",
    },
}


def notice_for(answer: Answer, *, language: str, is_wanted: bool, said: str = "") -> str:
    """The line to add, "" for none. A demo model, and a date of birth that is none, are named whether or not notices are
    wanted.

    Args:
        said: the restored answer.
    """
    dates = sorted(date for date in answer.outbound.stand_ins if date in said)
    return _line(answer, language, is_wanted=is_wanted, dates=dates)


def _line(answer: Answer, language: str, *, is_wanted: bool, dates: Sequence[str]) -> str:
    said = ["false_date"] if dates else []
    if answer.model.fitness == "demo":
        said.append("demo")
    is_wanted = is_wanted or "notice" in answer.decision.duties.get(answer.model.name, ())
    if is_wanted and answer.was_redirected:
        said.append("redirected")
    if is_wanted and answer.route is Route.MASKED:
        said.append("stand_in" if answer.model.is_stand_in else "masked")
    count = answer.outbound.redactions
    values = {"model": answer.model.name, "count": count, "dates": ", ".join(dates)}
    lines = [_WORDS[code][language].format(**values) for code in said]
    return "\n\n— Ambos: " + " ".join(lines) if lines else ""


def has_tool_calls(batch: tuple[object, ...]) -> bool:
    """The batch holds a piece of a tool call, beside which no notice may stand."""
    return any(type(delta) is ToolCall for delta in batch)
