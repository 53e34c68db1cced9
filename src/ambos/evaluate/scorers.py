"""Scorers: one answer against what was expected, a number from 0 to 1. Judges are in `judge`.

docs/spec/experiment-seal.md, section 6. Pure: the answer is there already.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ambos.errors import ExperimentError

_NUMBER: Final = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?")
_MAX_SEARCHED: Final = 100_000  # characters of an answer that a pattern looks at


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the plan scores: a scorer's name and its options."""

    scorer: str = "exact"
    options: Mapping[str, Any] = field(default_factory=dict)  # Any: TOML values, checked by each scorer


def read_scoring(table: object) -> Scoring:
    """The plan's `scoring`.

    Raises:
        ExperimentError: an unknown scorer, or an option it does not have.
    """
    values = {"scorer": table} if isinstance(table, str) else table if isinstance(table, Mapping) else None
    if values is None:
        raise ExperimentError("the plan's 'scoring' must be a scorer's name or a table with 'scorer'")
    name = str(values.get("scorer", "exact"))
    options = {str(key): one for key, one in values.items() if key != "scorer"}
    if name not in OPTIONS:
        raise ExperimentError(f"the scorer must be one of {', '.join(OPTIONS)}: {name[:40]!r}")
    unknown = sorted(set(options) - OPTIONS[name])
    if unknown:
        raise ExperimentError(f"the scorer {name!r} has no option {unknown[0]!r}")
    if name == "regex":
        _pattern(options)
    return Scoring(name, options)


def score(scoring: Scoring, said: str, item: Mapping[str, Any]) -> float | None:
    """The score of an answer; None where the item has nothing to compare it with.

    Args:
        scoring: of the plan; not a judge.
        said: what the model answered.
        item: the item's row; `answer` is a text, a number, or a list of which one suffices.
    """
    if scoring.scorer == "regex":
        return _regex(scoring.options, said, item)
    expected = _expected(item)
    if not expected:
        return None
    return max(_SCORERS[scoring.scorer](said, one, scoring.options) for one in expected)


def _expected(item: Mapping[str, Any]) -> list[str]:
    answer = item.get("answer")
    several = answer if isinstance(answer, list) else [answer]
    return [one if isinstance(one, str) else json.dumps(one) for one in several if one is not None and one != ""]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _folded(text: str, options: Mapping[str, Any]) -> str:
    return _plain(text).casefold() if options.get("ignore_case", True) else _plain(text)


def _exact(said: str, expected: str, options: Mapping[str, Any]) -> float:
    return float(_folded(said, options).strip(" .") == _folded(expected, options).strip(" ."))


def _contains(said: str, expected: str, options: Mapping[str, Any]) -> float:
    return float(_folded(expected, options) in _folded(said, options))


def _numeric(said: str, expected: str, options: Mapping[str, Any]) -> float:
    """The last number of the answer: models say it at the end."""
    a, b = last_number(said), last_number(expected)
    tolerance = options.get("tolerance", 0)
    return float(a is not None and b is not None and abs(a - b) <= float(tolerance) + 1e-9 * max(1.0, abs(b)))


def last_number(text: str) -> float | None:
    """The last number of a text, in Spanish or English form.

    >>> last_number("son 1.234,5 euros"), last_number("1,234.5 in all"), last_number("none")
    (1234.5, 1234.5, None)
    """
    found = _NUMBER.findall(text[-_MAX_SEARCHED:])
    if not found:
        return None
    word = found[-1].rstrip(".,")
    comma, point = word.rfind(","), word.rfind(".")
    if comma > point:
        decimals = len(word) - comma - 1
        is_thousands = point < 0 and word.count(",") >= 1 and decimals == 3 and not word.startswith("0")
        word = word.replace(",", "") if is_thousands else word.replace(".", "").replace(",", ".")
    else:
        word = word.replace(",", "") if comma >= 0 or word.count(".") < 2 else word.replace(".", "")
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _f1(said: str, expected: str, options: Mapping[str, Any]) -> float:
    """Overlap of words (Rajpurkar and others 2016, SQuAD), without taking articles away."""
    a = Counter(re.findall(r"\w+", _folded(said, options)))
    b = Counter(re.findall(r"\w+", _folded(expected, options)))
    shared = sum((a & b).values())
    return 2 * shared / (sum(a.values()) + sum(b.values())) if shared else 0.0


def _json(said: str, expected: str, options: Mapping[str, Any]) -> float:
    """A field of the first JSON object in the answer."""
    found = _first_object(said)
    for name in str(options.get("field", "")).split("."):
        if name:
            found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return 0.0
    told = found if isinstance(found, str) else json.dumps(found)
    return _exact(told, expected, options)


def _first_object(text: str) -> Any:  # Any: JSON
    start = text.find("{")
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text[start : start + _MAX_SEARCHED])[0]
    except (ValueError, RecursionError):
        return None


def _pattern(options: Mapping[str, Any]) -> Any:  # Any: re2 has no types
    import re2  # linear time: a pattern of a plan cannot stop the house

    try:
        return re2.compile(str(options.get("pattern", "")))
    except re2.error:
        raise ExperimentError("the scorer's 'pattern' is not a regular expression (RE2)") from None


def _regex(options: Mapping[str, Any], said: str, item: Mapping[str, Any]) -> float:
    found = _pattern(options).search(said[:_MAX_SEARCHED])
    if found is None:
        return 0.0
    expected = _expected(item)
    if not expected or not found.groups():
        return 1.0
    return max(_exact(found.group(1) or "", one, options) for one in expected)


_SCORERS: Final[Mapping[str, Callable[[str, str, Mapping[str, Any]], float]]] = {
    "exact": _exact, "contains": _contains, "number": _numeric, "f1": _f1, "json": _json,
}  # fmt: skip
OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "exact": frozenset({"ignore_case"}),
    "contains": frozenset({"ignore_case"}),
    "number": frozenset({"tolerance"}),
    "regex": frozenset({"pattern", "ignore_case"}),
    "f1": frozenset({"ignore_case"}),
    "json": frozenset({"field", "ignore_case"}),
    "judge": frozenset({"model", "people", "prompt"}),
    "rating": frozenset({"people"}),
}
