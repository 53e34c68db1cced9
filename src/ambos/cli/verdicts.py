"""How a command comes to a verdict: from a file of scores, or from the house's own outcomes, which the log then knows of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ambos.cli.reach import at, call
from ambos.cli.score_files import plan_values, read_item_file, read_plan_file, read_scores
from ambos.errors import AmbosError, ExperimentError, IntegrityError
from ambos.evaluate.items import Item
from ambos.experiment import Analysis, Columns, analyse, canonical, read_plan, render, replication, report
from ambos.experiment.api import check_in_log
from ambos.experiment.chain import Chain, read_chain


@dataclass(frozen=True, slots=True)
class Verdict:
    """An analysis; `chain` are the bytes of its chain file, empty where scores were imported."""

    found: Analysis
    chain: bytes = b""


def sealed_items(items: Sequence[Item]) -> Any:  # JSON of our own control route
    """Items as `seal` takes them: names, hashes and groups, no text."""
    return [
        {
            "name": one.name,
            "content": one.content,
            "digest": one.digest,
            "cluster": one.label("cluster"),
            "stratum": one.label("stratum"),
        }
        for one in items
    ]


def run_again(files: Files, items: Path, *, data: Path | None, key: str, language: str) -> Verdict:
    """The plan of an analysis file, sealed anew on new items, run and analysed.

    Raises:
        AmbosError: it cannot be sealed on these items, or not all of them were answered.
    """
    from ambos.cli.running import run_cells

    plan: Any = {**files.read["plan"], "replicates": files.read["plan_hash"]}  # JSON of our own control route
    read = read_item_file(items)
    hashed = replication.hash_of(canonical(plan))
    sealed: Any = call(data, "experiment.list", key=key)
    if not any(row["plan"] == hashed for row in sealed):  # else it was begun before, and goes on where it stopped
        call(data, "experiment.seal", plan=plan, items=sealed_items(read), lineage={}, key=key)
    done = asyncio.run(run_cells(data, plan, read, parallel=4, max_cost=None, is_agreed=False, is_quiet=True, key=key))
    if done["left"]:
        raise ExperimentError(f"{done['left']} answers are left ({done['problem']}): try again")
    return _sealed_verdict({"plan": plan}, data=data, key=key, language=language)


def verdict_of(plan: Path, scores: Path | None, *, data: Path | None, key: str, language: str) -> Verdict:
    """The verdict on imported scores, or on a sealed experiment's outcomes; the log is told of the second.

    Raises:
        AmbosError: the plan, the scores or the house cannot be read.
    """
    if scores is not None:
        read = read_plan_file(plan)
        return Verdict(analyse(read, read_scores(scores, read)))
    about: Any = {"experiment": str(plan)} if str(plan).startswith("x_") else {"plan": plan_values(plan)}
    return _sealed_verdict(about, data=data, key=key, language=language)


def _sealed_verdict(about: Any, *, data: Path | None, key: str, language: str) -> Verdict:  # Any: JSON of our own
    name = about.get("experiment") or about["plan"]
    made = report(name, house=at(data, key=key), language=language)
    return Verdict(made.found, made.chain)


@dataclass(frozen=True, slots=True)
class Files:
    """An analysis file with what lies beside it."""

    read: dict[str, Any]  # Any: plain JSON values
    raw: bytes
    chain: bytes | None
    page: bytes | None


def open_files(file: Path, page: Path | None) -> Files:
    """The analysis file, its chain file where it is sealed, and its page where it is there.

    Raises:
        ExperimentError: one that is needed cannot be read.
    """
    raw = _read(file)
    read = replication.read_analysis_file(raw)
    chain = _read(file.with_suffix(".chain.json")) if "chain_hash" in read else None
    where = page or file.with_suffix(".html")
    return Files(read, raw, chain, where.read_bytes() if where.exists() else None)


def columns_of_files(files: Files, scores: Path | None) -> tuple[Columns, Chain | None]:
    """The scores that belong to an analysis file.

    Raises:
        ExperimentError: they were imported, and no file of them is given.
    """
    plan = read_plan(files.read["plan"])
    if scores is not None:
        return read_scores(scores, plan), None
    if files.chain is None:
        raise ExperimentError("these scores were imported: give them with --scores FILE")
    chain = read_chain(files.chain)
    return chain.columns(plan), chain


def verify_files(files: Files, scores: Path | None, *, data: Path | None, key: str) -> list[str]:
    """The links that hold, all that could be asked.

    Raises:
        IntegrityError: `place` names the first that does not.
    """
    if files.chain is None or scores is not None:
        columns, _ = columns_of_files(files, scores)
        replication.verify(files.read, columns, files.page)
        return [*(replication.LINKS if files.page is not None else replication.LINKS[:3])]
    replication.verify_sealed(files.read, files.chain, files.page)
    links = [one for one in replication.SEALED_LINKS if one != "log" and (one != "report" or files.page is not None)]
    return [*links, "log"] if _is_in_log(files.chain, data, key) else links


def _is_in_log(chain: bytes, data: Path | None, key: str) -> bool:
    """True when the house's log has it all; False when there is no house that could be asked.

    Raises:
        IntegrityError: the house knows the experiment, and its log says something else.
    """
    try:
        check_in_log(chain, at(data, key=key))
    except IntegrityError:
        raise
    except AmbosError:
        if data is not None:
            raise
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExperimentError(f"cannot read {path.name}: {error.strerror}") from None


def written(path: Path, verdict: Verdict, language: str) -> list[Path]:
    """Write the page, the analysis file, and the chain file where there is one; their paths."""
    page = render(verdict.found, language=language).encode()
    chain = verdict.chain or None
    beside = path.with_suffix(".json")
    path.write_bytes(page)
    beside.write_bytes(replication.written(replication.analysis_file(verdict.found, language=language, chain=chain)))
    if chain is None:
        return [path, beside]
    path.with_suffix(".chain.json").write_bytes(chain)
    return [path, beside, path.with_suffix(".chain.json")]


def remade(files: Files, columns: Columns, chain: Chain | None) -> dict[str, Any]:
    """The analysis file made anew, by the libraries that are here."""
    plan = read_plan(files.read["plan"])
    found = replication.analyse_chain(chain, plan) if chain else analyse(plan, columns)
    language = str(files.read["language"])
    return replication.analysis_file(found, language=language, chain=files.chain)
