"""The commands of `ambos experiment` for programs: the same names, plans as mappings, scores as tables in memory.

Pure where no house is needed. What a house does (seal, assign, record, hand out the chain) is asked through `House`, a door
that the caller brings: `ambos.cli.reach.at` gives the one of a data directory. Docs: the guide, "From Python".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from ambos.errors import IntegrityError
from ambos.experiment import replication
from ambos.experiment.analysis import Analysis
from ambos.experiment.analysis import analyse as _analyse
from ambos.experiment.chain import check_log, read_chain
from ambos.experiment.planning import Plan, read_plan
from ambos.experiment.reporting import render
from ambos.experiment.scores import Columns, columns_of

Planned: TypeAlias = Plan | Mapping[str, Any]  # Any: values of a plan's file
Scores: TypeAlias = Any  # Columns, or a pandas, polars or pyarrow table: none of them is imported here


class House(Protocol):
    """Calls one operation of a house, of those that `ambos experiment` calls."""

    def __call__(self, operation: str, **arguments: Any) -> Any:  # Any: plain JSON values
        """Its result.

        Raises:
            AmbosError: the operation was refused, or there is no house.
        """
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """What `ambos experiment report` writes: the page (HTML), the analysis file, and the chain file of a sealed experiment."""

    found: Analysis
    page: bytes
    file: bytes
    chain: bytes = b""


@dataclass(frozen=True, slots=True)
class Replication:
    """Whether an analysis file could be made again byte for byte; `differing` names the places where not."""

    is_same: bool
    differing: tuple[str, ...]


def plan(values: Planned) -> Plan:
    """A checked plan.

    Args:
        values: of its file (docs/spec/experiment-plan.md, section 2).

    Raises:
        ExperimentError: a key is missing, misspelt, of another form, or contradicts another.
    """
    return values if isinstance(values, Plan) else read_plan(values)


def seal(values: Planned, items: Any = (), *, house: House, lineage: Mapping[str, list[str]] | None = None) -> Any:
    """Fix a plan and its items in the audit log; the seal as JSON (`experiment`, `plan`, `items`, `index`, `fate`, ...).

    Args:
        items: rows (mappings) or a table with `id`, `input` and what the scorer reads; none where units are enrolled.
        lineage: by arm, digests of what its model has seen.

    Raises:
        AmbosError: it cannot be sealed, or the house cannot be asked.
    """
    return house("experiment.seal", plan=_values(values), rows=_rows(items), lineage=dict(lineage or {}))


def assign(values: Planned | str, participant: str, *, house: House, stratum: str = "") -> str:
    """The arm of a participant: enrolled now, or as before. The log has it before it is told.

    Args:
        values: the plan, or the handle of its seal (`x_...`).
    """
    told = house("experiment.assign", **_named(values), participant=participant, stratum=stratum)
    return str(told["arm"])


def record(
    values: Planned | str,
    participant: str,
    score: float | None,
    *,
    house: House,
    arm: str = "",
    cost: float | None = None,
    trial: int = 0,
) -> bool:
    """Take an outcome of a participant, or of an item and an arm; False when the same was there.

    Args:
        score: None when the answer is missing.
    """
    about = {"participant": participant, "score": score, "arm": arm, "cost": cost, "trial": trial}
    return bool(house("experiment.record", **_named(values), **about)["is_new"])


def analyse(values: Planned | str, scores: Scores = None, *, house: House | None = None, **facts: Any) -> Analysis:
    """The verdict on scores (exploratory), or on the outcomes of a sealed experiment, which the log then knows of.

    Args:
        scores: `Columns`, or a table with the columns of docs/spec/experiment-plan.md, section 4.
        house: asked for the outcomes where no scores are given.
        facts: `standing` and `scored` of a chain file, as `analysis.analyse` takes them.
    """
    if scores is None:
        return report(values, house=house).found
    read = plan(_planned(values))
    return _analyse(read, _columns(scores, read), **facts)


def report(values: Planned | str, scores: Scores = None, *, house: House | None = None, language: str = "en") -> Report:
    """The report with its files; of a sealed experiment with its chain, and the look is in the log before it is shown.

    Raises:
        ExperimentError: the scores do not fit the plan, or neither scores nor a house are given.
    """
    if scores is not None:
        return _reported(analyse(values, scores), language=language)
    if house is None:
        raise ValueError("report takes scores, or the house whose outcomes are meant")
    told = house("experiment.chain", **_named(values))
    chain = str(told["chain"]).encode()
    sealed = read_chain(chain)
    found = replication.analyse_chain(sealed, read_plan(told["plan"]))
    made, result = _reported(found, language=language, chain=chain), found.to_json()
    house(
        "experiment.looked",
        **_named(values),
        verdict="judge_failed" if found.validity and found.validity.failures else result["verdict"],
        report=replication.hash_of(made.page),
        count=result["n"],
        is_final=sealed.standing.is_complete,
    )
    return made


def verify(
    file: bytes,
    scores: Scores = None,
    *,
    page: bytes | None = None,
    chain: bytes = b"",
    house: House | None = None,
) -> list[str]:
    """The links that hold, from plan to report; of a sealed experiment from seal to log.

    Args:
        file, page, chain: what `report` made.
        scores: where they were imported.
        house: whose log is asked too.

    Raises:
        IntegrityError: `place` names the first link that does not hold.
        ExperimentError: the file is none.
    """
    read = replication.read_analysis_file(file)
    if not chain:
        replication.verify(read, _columns(scores, read_plan(read["plan"])), page)
        return [one for one in replication.LINKS if one != "report" or page is not None]
    replication.verify_sealed(read, chain, page)
    links = [one for one in replication.SEALED_LINKS if one != "log" and (one != "report" or page is not None)]
    if house is not None:
        check_in_log(chain, house)
        links.append("log")
    return links


def replicate(
    file: bytes, scores: Scores = None, *, chain: bytes = b"", fresh: bool = False
) -> Replication | replication.Agreement:
    """Make an analysis file anew and compare its bytes; with `fresh`, run its plan on new scores and compare the effects."""
    read = replication.read_analysis_file(file)
    planned, sealed = read_plan(read["plan"]), read_chain(chain) if chain else None
    found = replication.analyse_chain(sealed, planned) if sealed else _analyse(planned, _columns(scores, planned))
    if fresh:
        return replication.agree(read["result"], found)
    again = replication.analysis_file(found, language=str(read["language"]), chain=chain or None)
    is_same = replication.written(again | {"libraries": read["libraries"]}) == file
    return Replication(is_same, tuple(replication.differing(read, again)))


def _reported(found: Analysis, *, language: str, chain: bytes = b"") -> Report:
    page = render(found, language=language).encode()
    file = replication.analysis_file(found, language=language, chain=chain or None)
    return Report(found, page, replication.written(file), chain)


def check_in_log(chain: bytes, house: House) -> None:
    """Nothing, if a house's log has every entry of a chain file.

    Raises:
        IntegrityError: at `log`.
        AmbosError: the house cannot be asked, or knows no such experiment.
    """
    read = read_chain(chain)
    told = house("experiment.leaves", experiment=read.experiment)
    if not told["is_whole"]:
        raise IntegrityError("the log is not whole", place="log")
    check_log(read, [(index, leaf) for index, leaf in told["leaves"]])


def _columns(scores: Scores, read: Plan) -> Columns:
    return scores if isinstance(scores, Columns) else columns_of(scores, read)


def _planned(values: Planned | str) -> Planned:
    if isinstance(values, str):
        raise TypeError("a handle names outcomes of a house: give the plan where scores are given")
    return values


def _values(values: Planned) -> Any:
    """The plan as JSON has it: the values that are sealed."""
    return json.loads(plan(values).canonical())


def _named(values: Planned | str) -> dict[str, Any]:
    return {"experiment": values} if isinstance(values, str) else {"plan": _values(values)}


def _rows(items: Any) -> list[dict[str, Any]]:
    """Rows of a table in memory, or as they are."""
    for name in ("to_pylist", "to_dicts"):  # pyarrow, polars
        if hasattr(items, name):
            return list(getattr(items, name)())
    return items.to_dict("records") if hasattr(items, "to_dict") else [dict(one) for one in items]  # pandas
