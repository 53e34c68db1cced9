"""Tables: CSV, tabs, Markdown and SQL's INSERT, read so that each cell stands beside the name of its column.

"dni,tel\\n53123456,612345678" reads as "dni: 53123456" and "tel: 612345678": the name of a column is a keyword like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ambos.privacy.normalise import Writer, Written

_DELIMITERS = "\t|;,"
_LONGEST_NAME = 40
_MOST_COLUMNS = 64
_RULER = re.compile(r"[\s|:+=-]*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-.]+")
_INSERT = re.compile(r"\binsert into [^\n(]{1,120}\(([^)]{1,600})\)\s{0,4}values\s{0,4}", re.IGNORECASE)
_TUPLE = re.compile(r"\s{0,4},?\s{0,4}\(((?:'(?:[^']|'')*+'|[^')])*+)\)")
_SQL_CELL = re.compile(r"'(?:[^']|'')*+'|[^,]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns and what stands between its cells."""

    names: tuple[str, ...]
    delimiter: str


def columns(text: Written, header: Header | None) -> tuple[list[Written], Header | None]:
    """Views of the rows of every table in `text`; `header` is of the table that an earlier window ended in."""
    views = list(_inserts(text))
    out, is_used = text.writer(), False
    start, lines = 0, text.text.split("\n")
    for number, line in enumerate(lines):
        cells = _cells(line, start, header.delimiter) if header else []
        if header and len(cells) == len(header.names):
            if not _RULER.fullmatch(line):
                is_used = True
                _put_row(out, header.names, cells)
        elif header is None or 0 < number < len(lines) - 1:
            header = _header(line, lines[number + 1] if number + 1 < len(lines) else "")
        start += len(line) + 1
    if is_used:
        views.append(out.done())
    return views, header


def _put_row(out: Writer, names: Sequence[str], cells: Iterable[tuple[int, int]]) -> None:
    for name, (first, last) in zip(names, cells, strict=True):
        if first < last:
            out.put(name + ": ", first, first + 1)
            out.copy(first, last)
            out.put("\n", last - 1, last)


def _header(line: str, following: str) -> Header | None:
    """`line` as the head of a table, when the next line has as many cells."""
    for delimiter in _DELIMITERS:
        count = line.count(delimiter)
        if count and count <= following.count(delimiter) and len(line) <= (count + 1) * _LONGEST_NAME:
            names = [line[first:last] for first, last in _cells(line, 0, delimiter)]
            is_head = 1 < len(names) <= _MOST_COLUMNS and all(map(_is_name, names))
            if is_head and len(_cells(following, 0, delimiter)) == len(names):
                return Header(tuple(_CAMEL.sub(" ", name).strip() for name in names), delimiter)
    return None


def _is_name(cell: str) -> bool:
    return len(cell) <= _LONGEST_NAME and not any(character.isdigit() or character in "@.!?" for character in cell)


def _cells(line: str, base: int, delimiter: str) -> list[tuple[int, int]]:
    """Where each cell stands, without the marks and spaces around it; a delimiter inside quotes is none."""
    cells, first, is_quoted = [], 0, False
    for place, character in enumerate(line):
        if character == '"':
            is_quoted = not is_quoted
        elif character == delimiter and not is_quoted:
            cells.append((first, place))
            first = place + 1
    cells.append((first, len(line)))
    if delimiter == "|":
        cells = cells[not line[slice(*cells[0])].strip() :]
        cells = cells[:-1] if cells and not line[slice(*cells[-1])].strip() else cells
    return [_bare(line, base, first, last) for first, last in cells]


def _bare(line: str, base: int, first: int, last: int) -> tuple[int, int]:
    cell = line[first:last]
    left = len(cell) - len(cell.lstrip(" \"'\r"))
    right = len(cell.rstrip(" \"'\r"))
    return base + first + min(left, right), base + first + max(right, min(left, right))


def _inserts(text: Written) -> Iterator[Written]:
    for head in _INSERT.finditer(text.text):
        names = [_CAMEL.sub(" ", name).strip(' `"[]\n') for name in head[1].split(",")]
        out, place = text.writer(), head.end()
        while match := _TUPLE.match(text.text, place):
            place = match.end()
            cells = [
                _bare(text.text, 0, match.start(1) + a, match.start(1) + b)
                for a, b in map(re.Match.span, _SQL_CELL.finditer(match[1]))
            ]
            if len(cells) == len(names):
                _put_row(out, names, cells)
        yield out.done()
