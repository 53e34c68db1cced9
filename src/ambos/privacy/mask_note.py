"""One line for the model: keep the codes. Knows where each dialect has room for an instruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ambos.messages import Json


@dataclass(frozen=True, slots=True)
class Note:
    """Where and how the model is told.

    Attributes:
        dialect: of the tree: "chat" (a system message), "messages" (`system`) or "responses" (`instructions`).
        language: "es" or "en".
    """

    dialect: Literal["chat", "messages", "responses"] = "chat"
    language: str = "en"


_NOTE: Final = {
    "en": "Codes in square brackets of the form [KIND-code] stand for private values. "
    "Copy them exactly, brackets included, and never guess what they hide.",
    "es": "Los códigos entre corchetes de la forma [KIND-código] sustituyen a datos privados. "
    "Cópialos exactamente, con los corchetes, y no intentes adivinar qué ocultan.",
}


_STAND_INS: Final = {
    "en": " A date after ~ inside the brackets is not the real one, but ages computed with it are right: "
    "use it to compute and never write it alone.",
    "es": " Una fecha tras ~ dentro de los corchetes no es la verdadera, pero las edades calculadas con ella son correctas: "
    "úsala para calcular y nunca la escribas sola.",
}


def with_note(tree: Json, note: Note, *, has_stand_ins: bool = False) -> Json:
    """The request with one more instruction, in a copy; unchanged where there is no room for one."""
    if not isinstance(tree, dict):
        return tree
    language = note.language if note.language in _NOTE else "en"
    words = _NOTE[language] + (_STAND_INS[language] if has_stand_ins else "")
    if note.dialect == "chat":
        return _in_messages(tree, words)
    return _in_field(tree, "system" if note.dialect == "messages" else "instructions", words)


def _in_messages(tree: dict[str, Json], note: str) -> Json:
    messages = tree.get("messages")
    if not isinstance(messages, list):
        return tree
    # After the instructions of the caller, before the first turn: later system lines confuse some templates.
    place = 0
    while place < len(messages) and _is_instruction(messages[place]):
        place += 1
    made: list[Json] = [*messages[:place], {"role": "system", "content": note}, *messages[place:]]
    return {**tree, "messages": made}


def _is_instruction(message: Json) -> bool:
    return isinstance(message, dict) and message.get("role") in ("system", "developer")


def _in_field(tree: dict[str, Json], name: str, note: str) -> Json:
    present = tree.get(name)
    if present is None:
        return {**tree, name: note}
    if isinstance(present, str):
        return {**tree, name: f"{present}\n\n{note}"}
    if isinstance(present, list):
        block: Json = {"type": "text", "text": note}
        return {**tree, name: [*present, block]}
    return tree
