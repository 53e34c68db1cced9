"""Items of an evaluation: read from JSON lines or CSV, with the two hashes by which they are known later.

docs/spec/experiment-seal.md, section 3. Reading the file is the caller's.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import rfc8785

from ambos.errors import ExperimentError

MAX_ITEMS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its name, what a model is asked, and whatever a scorer reads. The text is not in `repr`."""

    name: str
    input: str = field(repr=False)
    row: Mapping[str, Any] = field(repr=False)  # Any: JSON values of its owner

    @property
    def content(self) -> str:
        """SHA-256 of the whole row, 64 hex digits.

        Raises:
            ExperimentError: a value has no canonical form.
        """
        try:
            return hashlib.sha256(rfc8785.dumps(dict(self.row))).hexdigest()
        except (rfc8785.CanonicalizationError, TypeError, ValueError, RecursionError):
            raise ExperimentError(f"the item {self.name[:40]!r} has a value without a canonical form") from None

    @property
    def digest(self) -> str:
        """SHA-256 of the normalised input, 64 hex digits: equal for the same text in a training set."""
        return digest_of(self.input)

    def label(self, name: str) -> str:
        """`cluster`, `stratum` or another column as text; empty without it."""
        value = self.row.get(name)
        return "" if value is None else str(value)


def digest_of(text: str) -> str:
    """The digest of a text (section 3).

    >>> digest_of("Where  is it?") == digest_of(" where is IT?")
    True
    """
    told = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.sha256(b"ambos/item/v1\0" + told.encode("utf-8", "surrogatepass")).hexdigest()


def item_of(row: object) -> Item:
    """An item from its row.

    Raises:
        ExperimentError: no object, or `id` or `input` is not there.
    """
    if not isinstance(row, Mapping):
        raise ExperimentError("an item is an object with `id` and `input`")
    name, text = row.get("id", row.get("item")), row.get("input")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name or len(name) > 200:
        raise ExperimentError("an item needs `id`: a name of at most 200 characters")
    if not isinstance(text, str) or not text.strip():
        raise ExperimentError(f"the item {name[:40]!r} needs `input`: a text that is not empty")
    return Item(name, text, row)


def read_items(data: bytes) -> list[Item]:
    """Items of a JSON lines or CSV file.

    Raises:
        ExperimentError: neither, or a row is no item; with its number.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExperimentError("the items are not UTF-8 text") from None
    found: list[Item] = []
    for number, row in enumerate(_rows(text), 1):
        try:
            found.append(item_of(row))
        except ExperimentError as error:
            raise ExperimentError(f"row {number}: {error}") from None
        if number > MAX_ITEMS:
            raise ExperimentError(f"more than {MAX_ITEMS} items")
    if not found:
        raise ExperimentError("the file has no items")
    return found


def read_digests(data: bytes) -> list[str]:
    """Digests of a lineage: items as in `read_items`, or lines of 64 hex digits with or without `sha256:`.

    Raises:
        ExperimentError: neither.
    """
    lines = [line.strip().removeprefix(b"sha256:") for line in data.splitlines() if line.strip()]
    if lines and all(len(line) == 64 and not line.strip(b"0123456789abcdef") for line in lines):
        return [line.decode() for line in lines]
    return [one.digest for one in read_items(data)]


def _rows(text: str) -> Iterator[object]:
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    yield json.loads(line, parse_constant=_refuse)
                except (ValueError, RecursionError):
                    raise ExperimentError(f"line {number} of the items is not JSON") from None
        return
    try:
        yield from csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="")
    except csv.Error as error:
        raise ExperimentError(f"the items are neither JSON lines nor CSV: {error}") from None


def _refuse(word: str) -> object:
    raise ValueError(word)
