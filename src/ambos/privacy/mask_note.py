"""One line for the model: keep the codes. Knows where each dialect has room for an instruction."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from ambos.messages import Json

NoteDialect: TypeAlias = Literal["chat", "messages", "responses"]

_NOTE: Final = {
    "en": "Codes in square brackets of the form [KIND-code] stand for private values. "
    "Copy them exactly, brackets included, and never guess what they hide.",
    "es": "Los códigos entre corchetes de la forma [KIND-código] sustituyen a datos privados. "
    "Cópialos exactamente, con los corchetes, y no intentes adivinar qué ocultan.",
}


def with_note(tree: Json, *, dialect: NoteDialect, language: str) -> Json:
    """The request with one more instruction, in a copy; unchanged when the dialect's room for it is taken by other data."""
    if not isinstance(tree, dict):
        return tree
    note = _NOTE.get(language, _NOTE["en"])
    if dialect == "chat":
        return _in_messages(tree, note)
    return _in_field(tree, "system" if dialect == "messages" else "instructions", note)


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
