"""One line in the user's language when another model than the asked one answered, or masked text was used."""

from __future__ import annotations

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
}


def notice_for(answer: Answer, *, language: str, is_wanted: bool) -> str:
    """The line to add, "" for none. A demo model is named whether or not notices are wanted."""
    said = []
    if answer.model.fitness == "demo":
        said.append("demo")
    is_wanted = is_wanted or "notice" in answer.decision.duties.get(answer.model.name, ())
    if is_wanted and answer.was_redirected:
        said.append("redirected")
    if is_wanted and answer.route is Route.MASKED:
        said.append("stand_in" if answer.model.is_stand_in else "masked")
    count = answer.outbound.redactions
    lines = [_WORDS[code][language].format(model=answer.model.name, count=count) for code in said]
    return "\n\n— Ambos: " + " ".join(lines) if lines else ""


def has_tool_calls(batch: tuple[object, ...]) -> bool:
    """The batch holds a piece of a tool call, beside which no notice may stand."""
    return any(type(delta) is ToolCall for delta in batch)
