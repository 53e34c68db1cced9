"""Training texts with their labelled spans, whatever they come from: one noun and the readers of the data sets."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # records of data sets are JSON of their own shapes

from ambos.privacy.features import folded
from ambos.privacy.gazetteer import lists_with
from ambos.privacy.tokens import Line


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of a text: code points, end exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Example:
    """One text. `group` names what it was made from (document, template): splits go by it."""

    text: str
    spans: tuple[Span, ...]
    group: str


def meddocan(path: Path) -> Iterator[Example]:
    """The documents of a MEDDOCAN file, labels as they are."""
    for record in _records(path):
        spans = tuple(Span(s["start"], s["end"], s["label"]) for s in record["spans"])
        yield Example(record["text"], spans, record["id"])


def harmless_lines(path: Path, *, every: int) -> Iterator[Example]:
    """Every so many of the questions of a CSV file with a `text` column (BANKING77): nobody is named in them."""
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            if number % every == 0:
                yield Example(row["text"], (), f"{path.parent.name}-{number}")


# Sentences of clinical prose that may tell a date, an age, kin, a trade or a place: nobody marked them, so they go.
_TELLING = re.compile(
    r"(?:19|20)\d\d|\d/\d|años|edad|meses|semanas de vida|mujer|var[oó]n|hombre|niñ[oa]|pacient|señor|familia|madre|padre|"
    r"herman|hij[oa]|abuel|tí[oa]|prim[oa] |profesi|trabaj|jubilad|emplead|hospital|centro|unidad|servicio|comité|"
    r"ener|febrer|marzo|abril|mayo|juni|juli|agost|septiemb|octubr|noviemb|diciembr|dr\.|dra\.|hace |día",
    re.IGNORECASE,
)


def harmless_prose(path: Path, *, every: int) -> Iterator[Example]:
    """Sentences of clinical cases without identifiers (CANTEMIST), of every so many documents."""
    for number, record in enumerate(_records(path)):
        if number % every == 0:
            lines = (_harmless_sentences(line) for line in record["text"].split("\n"))
            yield Example("\n".join(line for line in lines if line), (), record["id"])


def _harmless_sentences(line: str) -> str:
    return " ".join(part for part in re.split(r"(?<=[.;]) ", line) if not _TELLING.search(part))


_PRESIDIO = {
    "PERSON": "NOMBRE",
    "STREET_ADDRESS": "CALLE",
    "GPE": "TERRITORIO",
    "ZIP_CODE": "TERRITORIO",
    "ORGANIZATION": "INSTITUCION",
    "DATE_TIME": "FECHAS",
    "PHONE_NUMBER": "NUMERO_TELEFONO",
    "EMAIL_ADDRESS": "CORREO_ELECTRONICO",
    "DOMAIN_NAME": "URL_WEB",
    "IP_ADDRESS": "DIREC_PROT_INTERNET",
    "US_SSN": "NUMERO_IDENTIF",
    "US_DRIVER_LICENSE": "NUMERO_IDENTIF",
    "AGE": "EDAD_SUJETO_ASISTENCIA",
}
_YEARS_AFTER = re.compile(r"[ -]?(?:years?[ -]olds?|y/o|years of age)", re.IGNORECASE)


def presidio(path: Path, *, held_out: bool) -> Iterator[Example]:
    """Sentences of the synthetic English set in our labels; every fifth template is held out."""
    for record in _records(path):
        template = int(record["template_id"])
        if (template % 5 == 0) is not held_out:
            continue
        text = record["text"]
        spans = tuple(_translated(text, record["spans"]))
        yield Example(text, spans, f"presidio-{template}")


def _translated(text: str, spans: Iterable[Mapping[str, object]]) -> Iterator[Span]:
    covered = -1
    for item in sorted(spans, key=lambda s: (int(str(s["start"])), -int(str(s["end"])))):
        start, end, name = int(str(item["start"])), int(str(item["end"])), str(item["label"])
        words = text[start:end]
        label = _PRESIDIO.get(name, "")
        if name == "TITLE" and len(words) > 4:
            label = "PROFESION"
        if name == "GPE" and "country" in lists_with(folded(words.split()[0]), {}):
            label = "PAIS"
        if name == "AGE" and (more := _YEARS_AFTER.match(text, end)):
            end = more.end()
        if label and start > covered:
            covered = end - 1
            yield Span(start, end, label)


def drafts() -> Iterator[Example]:
    """English letters, stories and chats that a small language model drafted (see the card); labels partly guessed."""
    with gzip.open(Path(__file__).parent / "drafts_en.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield Example(record["text"], tuple(Span(*span) for span in record["spans"]), f"draft-{record['kind']}")


def _records(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def labels_of(line: Line, spans: Iterable[Span]) -> list[str]:
    """ "O", "B-X" or "I-X" for each token of a line; a token belongs to the first span that touches it."""
    labels = ["O"] * len(line.words)
    for span in spans:
        begun = False
        for token, (start, end) in enumerate(zip(line.starts, line.ends, strict=True)):
            if start >= span.end:
                break
            if end > span.start and labels[token] == "O":
                labels[token] = f"{'I' if begun else 'B'}-{span.label}"
                begun = True
    return labels
