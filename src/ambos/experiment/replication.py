"""A verdict that anyone can recompute: the analysis file, its links, and whether new data agree.

docs/spec/experiment-plan.md, section 7.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from scipy import stats

from ambos.errors import ExperimentError, IntegrityError
from ambos.experiment.analysis import Analysis, analyse
from ambos.experiment.chain import Chain, check_chain, read_chain
from ambos.experiment.planning import Plan, canonical, read_plan
from ambos.experiment.reporting import render
from ambos.experiment.scores import Columns
from ambos.experiment.validity import validity_of

VERSION: Final = 1
LIBRARIES: Final = ("numpy", "scipy", "statsmodels")
DIGITS: Final = 10  # significant; the last bits differ between versions of the libraries
LINKS: Final = ("plan", "scores", "result", "report")
SEALED_LINKS: Final = ("plan", "seal", "assignment", "scores", "departures", "result", "report", "chain", "log")


def analysis_file(found: Analysis, *, language: str, chain: bytes | None = None) -> dict[str, Any]:  # Any: plain JSON
    """Plan, hashes, figures and the report's hash, rounded: what `verify` and `replicate` read.

    Args:
        chain: bytes of the chain file of a sealed experiment.
    """
    told = {} if chain is None else {"chain_hash": hash_of(chain)}
    report = hash_of(render(found, language=language).encode())
    libraries = {name: version(name) for name in LIBRARIES}
    return {
        **told,
        "libraries": {**libraries, "hash": _libraries_hash(libraries, report)},
        "version": VERSION,
        "language": language,
        "plan": json.loads(found.plan.canonical()),
        "plan_hash": found.plan.hash(),
        "scores_hash": found.table.digest,
        "result": rounded(found.to_json()),
        "report_hash": report,
    }


def _libraries_hash(libraries: Mapping[str, Any], report: str) -> str:
    """So that no byte of the versions is another's."""
    return hash_of(canonical({name: one for name, one in libraries.items() if name != "hash"}) + report.encode())


def written(file: Mapping[str, Any]) -> bytes:
    """The bytes of an analysis file."""
    return (json.dumps(file, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def read_analysis_file(data: bytes) -> dict[str, Any]:
    """An analysis file.

    Raises:
        ExperimentError: it is not one, or of another version.
    """
    try:
        file = json.loads(data)
    except ValueError:
        raise ExperimentError("this is not an analysis file: it is not JSON") from None
    names = {"version", "language", "libraries", "plan", "plan_hash", "scores_hash", "result", "report_hash"}
    if (
        not isinstance(file, dict)
        or set(file) - {"chain_hash"} != names
        or file["version"] != VERSION
        or not isinstance(file["plan"], dict)
        or not isinstance(file["libraries"], dict)
    ):
        raise ExperimentError(f"this is not an analysis file of version {VERSION}")
    return file


def verify(file: Mapping[str, Any], columns: Columns, report: bytes | None) -> Analysis:
    """Recompute every link from plan to report.

    1. plan: its canonical form has the hash. 2. scores: the cells have the hash. 3. result: plan and scores give these
    figures. 4. report: they give this page, and the page at hand is it.

    Raises:
        IntegrityError: `place` names the first link that does not hold.
    """
    # 1. plan
    _check_plan(file)
    return _verified(file, analyse(read_plan(file["plan"]), columns), report)


def verify_sealed(file: Mapping[str, Any], chain: bytes, report: bytes | None) -> Analysis:
    """The same for a sealed experiment, whose scores come with their chain (docs/spec/experiment-seal.md, section 8).

    Raises:
        IntegrityError: `place` names the first link that does not hold.
    """
    _check_plan(file)
    plan = read_plan(file["plan"])
    try:
        read = read_chain(chain)
    except ExperimentError:
        raise _broken("chain") from None
    check_chain(read, plan)
    found = analyse_chain(read, plan)
    _verified(file, found, report)
    if file.get("chain_hash") != hash_of(chain):
        raise _broken("chain")
    return found


def analyse_chain(chain: Chain, plan: Plan) -> Analysis:
    """The verdict on what a chain file holds.

    Raises:
        ExperimentError: its rows do not fit the plan.
    """
    scored = validity_of(plan, chain.outcomes, chain.seed)
    return analyse(plan, chain.columns(plan), standing=chain.standing, scored=scored)


def _check_plan(file: Mapping[str, Any]) -> None:
    try:
        is_right = hash_of(canonical(file["plan"])) == file["plan_hash"]
    except ExperimentError:
        is_right = False
    if not is_right:
        raise _broken("plan")


def _verified(file: Mapping[str, Any], found: Analysis, report: bytes | None) -> Analysis:
    # 2. scores
    if found.table.digest != file["scores_hash"]:
        raise _broken("scores")
    again = analysis_file(found, language=str(file["language"]))
    # 3. result
    if again["result"] != file["result"]:
        raise _broken("result")
    # 4. report
    if again["report_hash"] != file["report_hash"] or (report is not None and hash_of(report) != file["report_hash"]):
        raise _broken("report")
    if file["libraries"].get("hash") != _libraries_hash(file["libraries"], file["report_hash"]):
        raise _broken("report")
    return found


def _broken(link: str) -> IntegrityError:
    return IntegrityError(f"the link {link!r} does not hold: it is not what was analysed", place=link)


def differing(a: Any, b: Any, where: str = "") -> Iterator[str]:  # Any: JSON values
    """Places where two analysis files differ, but for the libraries that made them.

    >>> [*differing({"x": [1, 2], "libraries": 1}, {"x": [1, 3], "libraries": 2})]
    ['x[1]']
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b} - {"libraries"}):
            yield from differing(a.get(key), b.get(key), f"{where}.{key}" if where else key)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for at, pair in enumerate(zip(a, b, strict=True)):
            yield from differing(*pair, f"{where}[{at}]")
    elif a != b:
        yield where


def hash_of(data: bytes) -> str:
    """`sha256:` and the digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def rounded(value: Any) -> Any:
    """The same tree with numbers of ten significant digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether new data say the same: the new effect against its prediction interval from the old one."""

    old_effect: float
    new_effect: float
    lower: float
    upper: float
    old_verdict: str
    new_verdict: str

    @property
    def is_within(self) -> bool:
        """Whether the new effect lies where the old one predicted."""
        return self.lower <= self.new_effect <= self.upper

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "is_within": self.is_within}


def agree(old: Mapping[str, Any], fresh: Analysis) -> Agreement:
    """Compare an earlier result with the plan run on new units (Spence and Stanley 2016).

    The interval is old effect ± t · sqrt(old se² + new se²), with the errors that decided.

    Raises:
        ExperimentError: one of the two has no variance.
    """
    new = fresh.to_json()
    is_clustered = new["verdict_basis"] == "clustered" and bool(new["clustered"]) and bool(old["clustered"])
    a, b = (old["clustered"], new["clustered"]) if is_clustered else (old, new)
    if not a["se"] or not b["se"]:
        raise ExperimentError("a result without variance predicts nothing")
    reach = float(stats.t.ppf(1 - fresh.plan.alpha / 2, min(a["df"], b["df"]))) * math.hypot(a["se"], b["se"])
    return Agreement(
        old["effect"], new["effect"], old["effect"] - reach, old["effect"] + reach, str(old["verdict"]), new["verdict"]
    )
