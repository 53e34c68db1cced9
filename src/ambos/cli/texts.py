"""What a command is given to read: one text, or a text in each line of JSON. What is wrong is told, never quoted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ambos.cli.words import say
from ambos.errors import MalformedError


def read_text(file: Path | None) -> str:
    """The text of a file, or of standard input.

    Raises:
        MalformedError: it cannot be read, or is not UTF-8.
    """
    data = _bytes(file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedError(say("not_utf8", file=_name(file))) from None


def rows(file: Path | None) -> Iterator[dict[str, Any]]:  # Any: the other members of a row are the caller's
    """The objects of a file of JSON lines, each with its `text`; empty lines are passed over.

    Raises:
        MalformedError: a line is no such object; the rows before it were given.
    """
    for number, line in enumerate(_lines(file), 1):
        if line.strip():
            yield _row(number, line)


def line_of(row: Mapping[str, Any]) -> str:
    """A line of JSON; halves of surrogate pairs, which no encoding holds, stay escaped."""
    line = json.dumps(row, ensure_ascii=False)
    return (line if line.isprintable() else json.dumps(row)) + "\n"


def _row(number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise MalformedError(say("row_not_json", line=number)) from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise MalformedError(say("row_no_text", line=number))
    return row


def _lines(file: Path | None) -> Iterator[bytes]:
    if file is None:
        yield from sys.stdin.buffer
        return
    try:
        with file.open("rb") as source:
            yield from source
    except OSError as error:
        raise MalformedError(say("unreadable", file=_name(file), why=error.strerror)) from None


def _bytes(file: Path | None) -> bytes:
    return b"".join(_lines(file))


def _name(file: Path | None) -> str:
    return file.name if file is not None else say("standard_input")
