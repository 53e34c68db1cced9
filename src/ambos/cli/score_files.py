"""Reads plans (TOML) and scores (CSV, Parquet) for `ambos experiment`. docs/spec/experiment-plan.md, section 4."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
import tomllib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ambos.errors import ExperimentError
from ambos.evaluate.items import Item, read_digests, read_items
from ambos.experiment import Columns, Plan, read_plan

NEEDED = ("item", "arm", "score")
LABELS = ("cluster", "stratum", "trial", "participant")
NUMBERS = ("cost", "weight")
WORDS = {"true": 1.0, "false": 0.0}


def read_plan_file(path: Path) -> Plan:
    """A checked plan.

    Raises:
        ExperimentError: the file cannot be read, is not TOML, or is no plan.
    """
    return read_plan(_toml(path))


def plan_values(path: Path) -> dict[str, Any]:
    """What a plan's file holds, as JSON has it: the values that are sealed.

    Raises:
        ExperimentError: as `read_plan_file`.
    """
    return dict(json.loads(read_plan_file(path).canonical()))


def read_item_file(path: Path) -> list[Item]:
    """Items of an evaluation.

    Raises:
        ExperimentError: the file cannot be read, or holds no items.
    """
    return read_items(_bytes(path))


def read_digest_file(path: Path) -> list[str]:
    """Digests of items, or of a file that lists them."""
    return read_digests(_bytes(path))


def read_lineage(told: str) -> tuple[str, list[str]]:
    """ARM=FILE as the arm and its digests.

    Raises:
        ExperimentError: not of this form, or the file cannot be read.
    """
    arm, _, name = told.partition("=")
    if not arm or not name:
        raise ExperimentError(f"--lineage takes ARM=FILE: {told[:60]!r}")
    return arm, read_digest_file(Path(name))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExperimentError(f"cannot read {path.name}: {error.strerror}") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExperimentError(f"cannot read {path.name}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        if place is None:
            raise ExperimentError(f"{path.name} is not TOML: it ends too early, or is not UTF-8") from None
        raise ExperimentError(f"{path.name} is not TOML: look at line {place[1]}, column {place[2]}") from None


def read_scores(path: Path, plan: Plan) -> Columns:
    """Rows in long form; columns that the plan names as cluster or stratum are kept under their own name.

    Raises:
        ExperimentError: the file cannot be read, lacks a column, or a value is not a number.
    """
    wanted = (*LABELS, *(name for name in (plan.cluster, plan.stratum) if name and name not in (*LABELS, *NEEDED)))
    numbers = (*NUMBERS, *plan.extra_columns)
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == b"PAR1"
        return _parquet(path, wanted, numbers) if is_parquet else _csv(path, wanted, numbers)
    except OSError as error:
        raise ExperimentError(f"cannot read {path.name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ExperimentError(f"{path.name} is not UTF-8 text") from None
    except csv.Error as error:
        raise ExperimentError(f"{path.name} is not CSV: {error}") from None


def _csv(path: Path, wanted: Sequence[str], of_numbers: Sequence[str]) -> Columns:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        header = [name.strip() for name in next(rows, [])]
        places = _places(header, (*wanted, *of_numbers), path)
        texts: dict[str, list[str]] = {name: [] for name in places if name not in ("score", *of_numbers)}
        numbers = {name: array("d") for name in places if name in ("score", *of_numbers)}
        take_texts = [(places[name], column.append) for name, column in texts.items()]
        take_numbers = [(places[name], column.append, name) for name, column in numbers.items()]
        width, intern = len(header), sys.intern
        for row in rows:
            if not row:
                continue
            if len(row) != width:
                raise ExperimentError(f"row {rows.line_num}: {len(row)} fields, the header has {width}")
            for at, put in take_texts:
                put(intern(row[at]))
            for at, put_number, name in take_numbers:
                put_number(_number(row[at], name, rows.line_num))
    return _columns(texts, numbers, header, places)


def _parquet(path: Path, wanted: Sequence[str], of_numbers: Sequence[str]) -> Columns:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise ExperimentError(
            "reading Parquet needs pyarrow: pip install 'ambos[prove]'; CSV needs nothing more"
        ) from None
    try:
        header = parquet.read_schema(path).names
        places = _places(header, (*wanted, *of_numbers), path)
        table = parquet.read_table(path, columns=[*places])
    except ArrowException as error:
        raise ExperimentError(f"{path.name} is not Parquet: {error}") from None
    texts: dict[str, list[str]] = {}
    numbers: dict[str, array[float]] = {}
    for name in places:
        values: Iterable[Any] = table.column(name).to_pylist()  # Any: a column may hold anything; it is checked here
        if name in ("score", *of_numbers):
            numbers[name] = array("d", (_value(one, name, row) for row, one in enumerate(values, 1)))
        else:
            texts[name] = ["" if one is None else sys.intern(str(one)) for one in values]
    return _columns(texts, numbers, header, places)


def _places(header: Sequence[str], wanted: Sequence[str], path: Path) -> dict[str, int]:
    for name in NEEDED:
        if name not in header:
            if not header:
                raise ExperimentError(f"{path.name} is empty: its first row must name the columns item, arm and score")
            raise ExperimentError(f"{path.name} has no column {name!r}; it has {', '.join(header)}")
    for name in header:
        if header.count(name) > 1:
            raise ExperimentError(f"{path.name} has the column {name!r} twice")
    return {name: header.index(name) for name in (*NEEDED, *wanted) if name in header}


def _columns(
    texts: Mapping[str, list[str]],
    numbers: Mapping[str, Sequence[float]],
    header: Sequence[str],
    used: Mapping[str, int],
) -> Columns:
    for name in ("item", "arm"):
        if "" in texts[name]:
            raise ExperimentError(f"row {texts[name].index('') + 2}: {name!r} is empty")
    labels = {name: column for name, column in texts.items() if name not in ("item", "arm")}
    unknown = tuple(name for name in header if name not in used)
    cost, weight = numbers.get("cost"), numbers.get("weight")
    extra = {name: column for name, column in numbers.items() if name not in ("score", *NUMBERS)}
    return Columns(texts["item"], texts["arm"], numbers["score"], labels, cost, weight, unknown, extra)


def _number(text: str, name: str, row: int) -> float:
    """A finite number; an empty cell is missing (NaN)."""
    try:
        value = float(text)
    except ValueError:
        stripped = text.strip().lower()
        if not stripped:
            return math.nan
        if stripped in WORDS:
            return WORDS[stripped]
        raise ExperimentError(f"row {row}: {name!r} is not a number; leave the cell empty if it is missing") from None
    if not math.isfinite(value):
        raise ExperimentError(f"row {row}: {name!r} is NaN or infinite; leave the cell empty if it is missing")
    return value


def _value(value: Any, name: str, row: int) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool | int | float):
        if not math.isfinite(value):
            raise ExperimentError(f"row {row}: {name!r} is NaN or infinite; use null if it is missing")
        return float(value)
    return _number(str(value), name, row)
