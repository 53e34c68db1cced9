"""Whether who scored can be trusted: agreement of raters, and a judge's controls. docs/spec/experiment-seal.md, section 6."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from scipy import stats

from ambos.experiment import beside
from ambos.experiment.agreement import cohen_kappa, fleiss_kappa
from ambos.experiment.disclosure import Disclosure
from ambos.experiment.planning import Plan

NULL_MOST: Final = 0.1  # mean score of a constant text: one slip in ten, and no more
SWAP_MOST: Final = 0.1  # mean change of a score when only the order of the parts changes
KAPPA_LEAST: Final = 0.4  # "moderate" begins here (Landis and Koch 1977)
PEOPLE_LEAST: Final = 20  # answers with a person's score; below, the interval of a kappa is wider than half a unit
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement beyond chance with its 95 % interval; NaN where it cannot be told."""

    n: int = 0
    value: float = math.nan
    lower: float = math.nan
    upper: float = math.nan


@dataclass(frozen=True, slots=True)
class Validity:
    """What is known of who scored.

    Attributes:
        kind: "rating" or "judge".
        agreement: of raters with each other (Fleiss), or of the judge with people (Cohen).
        raters: how many people took part; of a judge, how many graded its answers.
        left: share of the choices for the left answer among those for one of the two.
        unsure: share of ratings that were "cannot say".
        null: mean score of the constant text; null_wins names the arms that it equals or beats.
        swap: mean absolute change by the order of the parts; swap_shift its mean with its sign.
        checked: answers on which a judge's controls were run.
        failures: codes of the controls that did not hold.
    """

    kind: str
    agreement: Kappa = Kappa()
    raters: int = 0
    left: float = math.nan
    unsure: float = math.nan
    null: float = math.nan
    null_wins: tuple[str, ...] = ()
    swap: float = math.nan
    swap_shift: float = math.nan
    checked: int = 0
    failures: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:  # Any: plain JSON values
        """Plain values; null where something was not measured."""
        told = {one.name: _plain(getattr(self, one.name)) for one in fields(self) if one.name != "agreement"}
        kappa = {one.name: _plain(getattr(self.agreement, one.name)) for one in fields(Kappa)}
        return {**told, "agreement": kappa}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [*value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def validity_of(plan: Plan, outcomes: beside.Rows, seed: bytes) -> Validity | None:
    """What the rows of a sealed experiment say of who scored; None where a rule did.

    Args:
        outcomes: rows of the chain file.
        seed: of the sides.
    """
    if beside.is_rated(plan):
        return _of_raters(plan, outcomes, seed)
    return _of_judge(plan, outcomes) if beside.scorer_of(plan) == "judge" else None


# --- people ----------------------------------------------------------------------------------------------------------


def _of_raters(plan: Plan, outcomes: beside.Rows, seed: bytes) -> Validity:
    rated = beside.ratings_of(outcomes)
    every = [chosen for told in rated.values() for _, chosen in told]
    decided = [chosen for chosen in every if chosen in (0.0, 1.0)]
    most = beside.raters_of(plan)
    rows = [
        [_word(beside.preferred(seed, unit, rater, chosen)) for rater, chosen in told[:most]]
        for unit, told in rated.items()
        if len(told) >= most
    ]
    return Validity(
        "rating",
        _fleiss(rows) if most > 1 else Kappa(),
        raters=len({rater for told in rated.values() for rater, _ in told}),
        left=_mean(decided),
        unsure=_mean([chosen is None for chosen in every]),
    )


def _word(share: float | None) -> str:
    return "none" if share is None else f"{share:g}"


def _fleiss(rows: Sequence[Sequence[str]]) -> Kappa:
    """With the interval of a jackknife over items (raters need not be the same)."""
    if len(rows) < 3:
        return Kappa(len(rows))
    table = np.array(rows)
    return _jackknifed(len(rows), lambda keep: fleiss_kappa(table[keep]).estimate)


def _jackknifed(n: int, value: Callable[[np.ndarray], float]) -> Kappa:
    """Quenouille and Tukey: n·whole − (n − 1)·part, a t of n − 1 degrees of freedom."""
    whole = value(np.arange(n))
    parts = np.array([value(np.delete(np.arange(n), at)) for at in range(n)])
    pseudo = n * whole - (n - 1) * parts
    reach = float(pseudo.std(ddof=1)) / math.sqrt(n) * float(stats.t.ppf((1 + LEVEL) / 2, n - 1))
    return Kappa(n, whole, max(-1.0, whole - reach), min(1.0, whole + reach))


# --- judges ----------------------------------------------------------------------------------------------------------


def _of_judge(plan: Plan, outcomes: beside.Rows) -> Validity:
    arms = (plan.control, *plan.treatments)
    own = {(row[1], row[2]): row[4] for row in outcomes if row[2] in arms and row[3] == 0 and row[4] is not None}
    null = {arm: _of(outcomes, beside.NULL + arm) for arm in arms}
    null_mean = _mean([one for scores in null.values() for one in scores.values()])
    wins = tuple(
        arm for arm in arms if null[arm] and _wins(null[arm], {unit: own.get((unit, arm)) for unit in null[arm]})
    )
    swapped = {(unit, arm): one for arm in arms for unit, one in _of(outcomes, beside.SWAP + arm).items()}
    shifts = [one - own[key] for key, one in swapped.items() if key in own]
    people = _of_people(outcomes, arms)
    pairs = [(own[key], float(np.mean(given))) for key, given in people.items() if key in own]
    found = Validity(
        "judge",
        _cohen(pairs),
        raters=max((len(given) for given in people.values()), default=0),
        null=null_mean,
        null_wins=wins,
        swap=_mean([abs(one) for one in shifts]),
        swap_shift=_mean(shifts),
        checked=len(shifts),
    )
    return _failing(found)


def _wins(null: Mapping[str, float], own: Mapping[str, float | None]) -> bool:
    """A constant text that earns something, and no less than the arm's answers to the same items."""
    theirs = [one for one in own.values() if one is not None]
    return bool(theirs) and 0 < _mean([*null.values()]) >= _mean(theirs)


def _of(outcomes: beside.Rows, arm: str) -> dict[str, float]:
    return {row[1]: float(row[4]) for row in outcomes if row[2] == arm and row[4] is not None}


def _of_people(outcomes: beside.Rows, arms: Sequence[str]) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for row in outcomes:
        arm = str(row[2]).removeprefix(beside.PERSON)
        if row[2].startswith(beside.PERSON) and arm in arms and row[4] is not None:
            found.setdefault((row[1], arm), []).append(float(row[4]))
    return found


def _cohen(pairs: Sequence[tuple[float, float]]) -> Kappa:
    if len(pairs) < 2:
        return Kappa(len(pairs))
    judge, people = ([one >= 0.5 for one in side] for side in zip(*pairs, strict=True))
    found = cohen_kappa(judge, people, level=LEVEL)
    return Kappa(len(pairs), found.estimate, found.ci_lower, found.ci_upper)


def _failing(one: Validity) -> Validity:
    codes = []
    if math.isnan(one.null) or math.isnan(one.swap):
        codes.append("unchecked")
    if one.null > NULL_MOST or one.null_wins:
        codes.append("null")
    if one.swap > SWAP_MOST:
        codes.append("swap")
    if one.agreement.n >= PEOPLE_LEAST and not one.agreement.value >= KAPPA_LEAST:
        codes.append("people")
    told = {each.name: getattr(one, each.name) for each in fields(one)}
    return Validity(**{**told, "failures": tuple(codes)})


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


# --- what is said ----------------------------------------------------------------------------------------------------


def disclose(one: Validity) -> Iterator[Disclosure]:
    """What a report says of who scored."""
    if one.kind == "rating":
        yield Disclosure("raters", {"k": one.raters, "left": _per_cent(one.left), "unsure": _per_cent(one.unsure)})
        yield Disclosure("raters_agree", _told(one.agreement)) if one.agreement.n >= 3 else Disclosure("raters_alone")
        return
    yield Disclosure(
        "judge_controls",
        {"n": one.checked, "null": _short(one.null), "swap": _short(one.swap), "shift": _short(one.swap_shift)},
    )
    is_known = one.agreement.n >= PEOPLE_LEAST
    yield (
        Disclosure("judge_people", _told(one.agreement))
        if is_known
        else Disclosure("judge_alone", {"n": one.agreement.n})
    )


def first_words(one: Validity) -> Disclosure:
    """What comes before all else when a judge failed; its codes are words of their own in both languages."""
    return Disclosure("judge_failed", {"which": tuple({"control": f"control_{code}"} for code in one.failures)})


def _told(kappa: Kappa) -> dict[str, object]:
    return {"n": kappa.n, "kappa": _short(kappa.value), "lower": _short(kappa.lower), "upper": _short(kappa.upper)}


def _short(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"


def _per_cent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.0f}"
