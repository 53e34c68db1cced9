"""Bytes of a file to a table of rows: JSONL, CSV, XLSX, plain text. Hostile bytes give our error or rows, nothing else.

Whoever reads files knows the path; here are only bytes, so that all of it is tested without a disk.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

import msgspec

from ambos.errors import CorpusError

Table = list[Mapping[str, object]]

MAX_ROWS: Final = 5_000_000
_MAX_SHEET_BYTES: Final = 512 << 20  # unpacked; an archive of zeros must not fill the memory
_NS: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def names_of(table: Table) -> list[str]:
    """Every column that a row has: a group that only later rows tell must not be overlooked."""
    return [str(name) for name in dict.fromkeys(name for line in table for name in line)]


def read_jsonl(content: bytes) -> Table:
    """One object a line.

    Raises:
        CorpusError: a line that is not a JSON object.
    """
    table: Table = []
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).splitlines(), 1):
        if not line.strip():
            continue
        try:
            table.append(msgspec.json.decode(line, type=dict[str, object]))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise CorpusError(f"line {number} is not a JSON object") from None
    return table


def read_csv(content: bytes) -> Table:
    """A header, then rows; comma, semicolon or tab, whichever the header has most of. UTF-8, UTF-16 with its mark, or Latin-1.

    Raises:
        CorpusError: no header, a row of another width, or quotes that never close.
    """
    text = _text(content)
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise CorpusError(f"this is not a table of comma-separated values: {error}") from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    return _table(lines)


def read_text(content: bytes) -> Table:
    """Paragraphs, apart by empty lines; one row each."""
    paragraphs = re.split(r"\n\s*\n", _text(content))
    return [{"text": one.strip()} for one in paragraphs if one.strip()]


def read_xlsx(content: bytes) -> Table:
    """The first sheet of a workbook: a header, then rows. Formulas give the value that was saved with them.

    Raises:
        CorpusError: not a workbook, or one that unpacks to more than half a gigabyte.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            sheet = min((n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)), default="")
            if not sheet:
                raise CorpusError("this workbook has no sheet")
            shared = _shared(_member(archive, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            return _table(_sheet(_member(archive, sheet), shared))
    except (
        zipfile.BadZipFile,
        ET.ParseError,
        KeyError,
        ValueError,
        IndexError,
        NotImplementedError,
        EOFError,
        OSError,
    ):
        raise CorpusError("this is not a workbook that can be read; save it as .xlsx or .csv again") from None


def _member(archive: zipfile.ZipFile, name: str) -> ET.Element:
    with archive.open(name) as packed:
        content = packed.read(_MAX_SHEET_BYTES + 1)
    if len(content) > _MAX_SHEET_BYTES or b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content:
        raise CorpusError("this workbook is too large, or declares entities, which no sheet needs")
    return ET.fromstring(content)  # noqa: S314  entities were refused above, and expat bounds what is left


def _shared(tree: ET.Element) -> list[str]:
    return ["".join(part.text or "" for part in item.iter(f"{_NS}t")) for item in tree.iter(f"{_NS}si")]


def _sheet(tree: ET.Element, shared: list[str]) -> list[list[str]]:
    lines = []
    for row in tree.iter(f"{_NS}row"):
        cells: dict[int, str] = {}
        for position, cell in enumerate(row.iter(f"{_NS}c")):
            letters = re.match(r"[A-Z]{1,3}", cell.get("r") or "")
            at = _column(letters.group()) if letters else position
            cells[at] = _value(cell, shared)
        lines.append([cells.get(at, "") for at in range(max(cells, default=-1) + 1)])
    return [line for line in lines if any(one.strip() for one in line)]


def _value(cell: ET.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_NS}t"))
    found = cell.find(f"{_NS}v")
    value = (found.text or "") if found is not None else ""
    return shared[int(value)] if cell.get("t") == "s" else value


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _table(lines: list[list[str]]) -> Table:
    if not lines:
        raise CorpusError("this table is empty")
    head = [name.strip() for name in lines[0]]
    if len(set(head)) != len(head):
        raise CorpusError("two columns have the same name, or none")
    for number, line in enumerate(lines[1:], 2):
        if len(line) > len(head):
            raise CorpusError(f"row {number} has {len(line)} cells where the header has {len(head)}")
    return [dict(zip(head, [*line, *[""] * (len(head) - len(line))], strict=True)) for line in lines[1:]]


def _text(content: bytes) -> str:
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what a spreadsheet calls "Unicode text"
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
