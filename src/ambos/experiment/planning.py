"""What was planned: read from plain values, checked, with one canonical form and one hash.

docs/spec/experiment-plan.md, sections 2 and 3. Reading the file is the caller's.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import rfc8785

from ambos.errors import ExperimentError

DESIGNS: Final = ("paired", "parallel", "crossover", "cv")
DIRECTIONS: Final = {
    "higher": "higher", "higher_is_better": "higher", "maximize": "higher", "maximise": "higher", "increase": "higher",
    "lower": "lower", "lower_is_better": "lower", "minimize": "lower", "minimise": "lower", "decrease": "lower",
}  # fmt: skip
MISSING: Final = ("complete", "worst", "zero")
KEPT: Final = (
    "arms", "baseline", "beacon", "block", "cluster_size", "consort", "cost", "discordant", "earlier", "effect", "ends", "ethics",
    "exclusions", "expires_days", "family", "icc", "items", "lineage", "looks", "max_cost", "n", "outcomes_until",
    "population", "prompt", "recipe", "replicates", "route", "scorer", "scoring", "sd", "seed", "spending", "stopping", "strata",
    "title", "trials", "unit",
)  # fmt: skip
READ: Final = (
    "alpha", "also", "cluster", "clusters", "control", "design", "direction", "interval", "margin", "margin_reason", "metric",
    "missing", "power",
    "question", "randomised_by", "range", "stratum", "test_fraction", "treatment",
)  # fmt: skip
ALSO: Final = {
    "adaptive": "probability", "agreement": "truth", "auc": "truth", "cuped": "before", "detection": "truth", "friedman": "",
    "mixed": "", "prediction-powered": "truth", "ratio": "denominator", "replications": "",
}  # further analyses, and the column of numbers that each reads  # fmt: skip
SLIP: Final = 0.8  # likeness above which an unknown key is taken for a misspelt one


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan; `raw` is all that the file held, and what is hashed."""

    question: str
    control: str
    treatments: tuple[str, ...]
    metric: str
    design: str
    is_higher_better: bool = True
    margin: float | None = None
    margin_reason: str = ""
    alpha: float = 0.05
    power: float = 0.8
    cluster: str | None = None
    clusters: str = "sampled"
    stratum: str | None = None
    missing: str = "complete"
    score_range: tuple[float, float] | None = None
    randomised_by: str = "unit"
    test_fraction: float | None = None
    population: str = ""
    scorer: str = ""
    interval: str = "auto"
    also: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)  # Any: kept keys hold what their owner wrote

    @property
    def treatment(self) -> str:
        """The first treatment."""
        return self.treatments[0]

    @property
    def has_sampled_clusters(self) -> bool:
        """Whether only a clustered interval may decide."""
        return self.cluster is not None and self.clusters == "sampled"

    @property
    def extra_columns(self) -> tuple[str, ...]:
        """Columns of numbers that the further analyses read."""
        return tuple(sorted({ALSO[name] for name in self.also} - {""}))

    def canonical(self) -> bytes:
        """RFC 8785 bytes of what the file held."""
        return canonical(self.raw)

    def hash(self) -> str:
        """`sha256:` and the digest of the canonical form."""
        return "sha256:" + hashlib.sha256(self.canonical()).hexdigest()


def canonical(value: object) -> bytes:
    """RFC 8785 form of plain values; dates and times as ISO text.

    Raises:
        ExperimentError: a value has no JSON form.
    """
    try:
        return rfc8785.dumps(_plain(value))
    except (rfc8785.CanonicalizationError, TypeError, ValueError):
        raise ExperimentError(
            "the plan holds a value without a canonical form (a number past 2^53, NaN, ...)"
        ) from None


def _plain(value: Any) -> Any:  # Any: a tree of TOML values
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def read_plan(values: Mapping[str, Any]) -> Plan:  # Any: TOML's own types are checked here
    """A plan from the values of its file; a table `[experiment]` or `[plan]` around them is taken off.

    Raises:
        ExperimentError: a key is missing, misspelt, of another form, or contradicts another.
    """
    inner = next((values[name] for name in ("experiment", "plan") if isinstance(values.get(name), Mapping)), values)
    unknown = tuple(sorted(set(inner) - {*READ, *KEPT}))
    for name in unknown:
        if near := difflib.get_close_matches(name, (*READ, *KEPT), 1, SLIP):
            raise ExperimentError(f"the plan's key {name!r} is not known; did you mean {near[0]!r}?")
    margin, reason = _margin(inner)
    control, treatments = _text(inner, "control"), _treatments(inner)
    if control in treatments:
        raise ExperimentError(f"control and treatment are the same arm: {control!r}")
    direction = _one_of(inner, "direction", tuple(DIRECTIONS), "higher")
    return Plan(
        question=_text(inner, "question"),
        control=control,
        treatments=treatments,
        metric=_text(inner, "metric"),
        design=_one_of(inner, "design", DESIGNS, None),
        is_higher_better=DIRECTIONS[direction] == "higher",
        margin=margin,
        margin_reason=reason,
        alpha=_number(inner, "alpha", 0.05, lambda x: 0 < x < 0.5, "above 0 and below 0.5"),
        power=_number(inner, "power", 0.8, lambda x: 0.5 <= x < 1, "at least 0.5 and below 1"),
        cluster=_column(inner, "cluster"),
        clusters=_one_of(inner, "clusters", ("sampled", "all"), "sampled"),
        stratum=_column(inner, "stratum"),
        missing=_one_of(inner, "missing", MISSING, "complete"),
        score_range=_range(inner),
        randomised_by=_one_of(inner, "randomised_by", ("unit", "cluster"), "unit"),
        test_fraction=_number(inner, "test_fraction", 0.0, lambda x: x > 0, "positive") or None,
        population=str(inner.get("population", "")),
        scorer=str(inner.get("scorer", "")),
        interval=_one_of(inner, "interval", ("auto", "t"), "auto"),
        also=_also(inner),
        unknown=unknown,
        raw=inner,
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ExperimentError(f"the plan needs {name!r}: a text that is not empty")
    return value


def _treatments(values: Mapping[str, Any]) -> tuple[str, ...]:
    value = values.get("treatment")
    several = tuple(value) if isinstance(value, list) else (value,)
    if not several or not all(isinstance(one, str) and one for one in several) or len(set(several)) != len(several):
        raise ExperimentError("the plan needs 'treatment': an arm's name, or a list of different ones")
    return several


def _one_of(values: Mapping[str, Any], name: str, known: tuple[str, ...], default: str | None) -> str:
    value = values.get(name, default)
    if value not in known:
        raise ExperimentError(f"the plan's {name!r} must be one of {', '.join(known)}: {value!r}")
    return str(value)


def _number(
    values: Mapping[str, Any], name: str, default: float, is_right: Callable[[float], bool], words: str
) -> float:
    if name not in values:
        return default
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not is_right(value):
        raise ExperimentError(f"the plan's {name!r} must be a number {words}: {value!r}")
    return float(value)


def _margin(values: Mapping[str, Any]) -> tuple[float | None, str]:
    reason = values.get("margin_reason", "")
    if "margin" not in values:
        if reason:
            raise ExperimentError("the plan gives a reason for a margin, but no 'margin'")
        return None, ""
    if not isinstance(reason, str) or not reason.strip():
        raise ExperimentError("the plan's 'margin' needs a 'margin_reason': why a loss of that size is acceptable")
    return _number(values, "margin", 0, lambda x: x > 0, "above 0"), reason


def _also(values: Mapping[str, Any]) -> tuple[str, ...]:
    named = values.get("also", [])
    wrong = [one for one in named if one not in ALSO] if isinstance(named, list) else [named]
    if wrong or len(set(named)) != len(named):
        raise ExperimentError(f"the plan's 'also' must list different ones of {', '.join(ALSO)}: {named!r}")
    return tuple(named)


def _column(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is None or value is False or value in ("", "none"):
        return None
    if value is True:
        return name
    if not isinstance(value, str):
        raise ExperimentError(f"the plan's {name!r} must name a column: {value!r}")
    return value


def _range(values: Mapping[str, Any]) -> tuple[float, float] | None:
    value = values.get("range")
    if value is None:
        return None
    numbers = (
        [one for one in value if isinstance(one, int | float) and not isinstance(one, bool)]
        if isinstance(value, list)
        else []
    )
    if len(numbers) != 2 or not numbers[0] < numbers[1] or not all(map(math.isfinite, numbers)):
        raise ExperimentError(f"the plan's 'range' must be [lowest, highest]: {value!r}")
    return float(numbers[0]), float(numbers[1])
