"""One example of a corpus, and how a table of any origin becomes examples (docs/spec/corpus.md section 3)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ambos.corpus.terms import simple
from ambos.errors import CorpusError

# Names of columns that are taken without being told, Spanish and English alike; compared after `simple`.
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("text", "texto", "question", "pregunta", "query", "consulta", "message", "mensaje", "prompt", "utterance"),
    "label": ("label", "labels", "etiqueta", "etiquetas", "category", "categoria", "class", "clase", "intent", "intencion"),
    "answer": ("answer", "respuesta", "good answer", "buena respuesta", "completion", "output", "salida", "response"),
    "group": (
        "group", "grupo", "patient", "paciente", "customer", "cliente", "subject", "sujeto", "device", "dispositivo",
        "user", "usuario", "patient id", "customer id", "subject id", "device id", "id paciente", "id cliente",
    ),
    "id": ("id", "identifier", "identificador"),
}  # fmt: skip
MAX_TEXT: Final = 1_000_000  # characters of one text
_APART: Final = re.compile(r"\s*[;|]\s*")


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One example.

    Attributes:
        id: unique in the corpus.
        text: what is asked or classified; empty for a signal.
        labels: its labels; none for a chat.
        answer: the good answer, for a chat.
        group: whom it belongs to (patient, customer, subject, device); "" when nobody is told.
        split: "train" or "evaluate".
        source: number of its source.
        record: handle of the sealed record it came from, or "".
        signal: number of its row in the array of signals, or -1.
    """

    id: str
    text: str = ""
    labels: tuple[str, ...] = ()
    answer: str = ""
    group: str = ""
    split: str = "train"
    source: int = 0
    record: str = ""
    signal: int = -1

    def with_split(self, split: str) -> Row:
        """The same row on another side."""
        return msgspec.structs.replace(self, split=split)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; "" takes the first known name, "-" takes none."""

    text: str = ""
    label: str = ""
    answer: str = ""
    group: str = ""
    id: str = ""
    apart: bool = field(default=True)  # a label cell may hold several, apart by ; or |

    def found(self, names: Sequence[str]) -> Columns:
        """The names that this table really has.

        Raises:
            CorpusError: a named column is not there, or none can be the text.
        """
        simple_names = {simple(name): name for name in reversed(names)}
        taken: dict[str, str] = {}
        for role, known in KNOWN.items():
            named = getattr(self, role)
            if named == "-":
                taken[role] = ""
            elif named:
                if named not in names:
                    raise CorpusError(f"there is no column {named[:60]!r}; there are: {_listed(names)}")
                taken[role] = named
            else:
                taken[role] = next((simple_names[one] for one in known if one in simple_names), "")
        if not taken["text"]:
            raise CorpusError(f"no column looks like the text; name it. There are: {_listed(names)}")
        return Columns(**taken, apart=self.apart)


def rows_of(table: Iterable[Mapping[str, object]], columns: Columns, *, source: int, prefix: str) -> list[Row]:
    """The rows of a table whose columns were found.

    Raises:
        CorpusError: a cell is too long or an id is given twice.
    """
    rows, seen = [], set()
    for number, line in enumerate(table):
        name = _cell(line, columns.id) or str(number)
        if name in seen:
            raise CorpusError(f"row {number + 1}: an id is there twice")
        seen.add(name)
        row = Row(
            id=f"{prefix}/{name}",
            text=_cell(line, columns.text),
            labels=_labels(line.get(columns.label), apart=columns.apart) if columns.label else (),
            answer=_cell(line, columns.answer),
            group=_cell(line, columns.group),
            source=source,
        )
        if len(row.text) > MAX_TEXT or len(row.answer) > MAX_TEXT:
            raise CorpusError(f"row {number + 1}: a text is longer than {MAX_TEXT} characters; cut it")
        rows.append(row)
    return rows


def _is_none(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))  # data frames leave empty cells NaN


def _cell(line: Mapping[str, object], column: str) -> str:
    value = line.get(column) if column else None
    if _is_none(value):
        return ""
    if not isinstance(value, str | int | float | bool):
        raise CorpusError(f"column {column[:60]!r} holds lists or tables where a text is expected")
    return str(value).strip()


def _labels(value: object, *, apart: bool) -> tuple[str, ...]:
    if _is_none(value):
        return ()
    if isinstance(value, list | tuple):
        found = [str(one).strip() for one in value]
    else:
        found = _APART.split(str(value).strip()) if apart else [str(value).strip()]
    return tuple(sorted({one for one in found if one}))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(str(name)[:40] for name in names[:12]) or "none"
