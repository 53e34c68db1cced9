"""From a sealed plan to its verdict, link by link, from one file and without the house. docs/spec/experiment-seal.md, 8.

Knows the leaves of the log as text only: whether they stand in a log is asked by who has one at hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ambos.errors import ExperimentError, IntegrityError
from ambos.experiment import beside, sealing
from ambos.experiment.assignment import assign, seed_of
from ambos.experiment.looking import looks_of, units_in
from ambos.experiment.planning import Plan
from ambos.experiment.scores import Columns
from ambos.experiment.standing import ITEM, OUTCOME, UNIT, Rows, Standing, columns_from, ineligible, is_complete

VERSION: Final = 1
KEYS: Final = {
    "version": int, "experiment": str, "keys": dict, "beacon": str, "items": list, "units": list, "outcomes": list,
    "entries": list, "standing": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chain:
    """What a chain file holds, in its own form. `beacon` is hex, empty without one."""

    experiment: str
    keys: Mapping[str, bytes]
    beacon: bytes
    items: Rows
    units: Rows
    outcomes: Rows
    entries: Sequence[tuple[int, str]]
    standing: Standing

    def written(self) -> bytes:
        """The bytes of the file."""
        told = {
            "version": VERSION,
            "experiment": self.experiment,
            "keys": {name: key.hex() for name, key in self.keys.items()},
            "beacon": self.beacon.hex(),
            **{name: [[*row] for row in getattr(self, name)] for name in ("items", "units", "outcomes", "entries")},
            "standing": self.standing.to_json(),
        }
        return (json.dumps(told, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()

    def columns(self, plan: Plan) -> Columns:
        """The scores, as the analysis takes them; at a planned look those of units that are in, since the others wait."""
        items, units = self.items, self.units
        if looks_of(plan) and not self.standing.is_complete:
            whole = units_in(plan, self.outcomes)
            items, units = [row for row in items if row[0] in whole], [row for row in units if row[1] in whole]
        return columns_from(plan, items, units, self.outcomes, seed=self.seed)

    @property
    def seed(self) -> bytes:
        """Of assignments and sides."""
        return seed_of(self.keys["secret"], self.beacon)


def open_keys(root: bytes) -> dict[str, bytes]:
    """The keys that a chain file opens, from the experiment's own."""
    return {word: sealing.key_of(root, word) for word in sealing.OPENED}


def read_chain(data: bytes) -> Chain:
    """A chain file.

    Raises:
        ExperimentError: it is not one, or of another version.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise ExperimentError("this is not a chain file: it is not JSON") from None
    if not isinstance(told, dict) or set(told) != set(KEYS) or told["version"] != VERSION:
        raise ExperimentError(f"this is not a chain file of version {VERSION}")
    if not all(isinstance(told[name], kind) for name, kind in KEYS.items()):
        raise ExperimentError("a part of the chain file is not of its form")
    widths = {"items": len(ITEM), "units": len(UNIT), "outcomes": len(OUTCOME), "entries": 2}
    for name, width in widths.items():
        if not all(isinstance(row, list) and len(row) == width and _is_flat(row) for row in told[name]):
            raise ExperimentError(f"the chain file's {name!r} must be rows of {width} values")
    if not all(isinstance(index, int) and isinstance(leaf, str) for index, leaf in told["entries"]):
        raise ExperimentError("the chain file's 'entries' must be pairs of index and leaf")
    try:
        keys = {name: bytes.fromhex(told["keys"][name]) for name in sealing.OPENED}
        beacon = bytes.fromhex(told["beacon"])
    except (KeyError, TypeError, ValueError):
        raise ExperimentError(f"the chain file must open the keys {', '.join(sealing.OPENED)}") from None
    entries = [(index, leaf) for index, leaf in told["entries"]]
    rows = (told["items"], told["units"], told["outcomes"])
    return Chain(told["experiment"], keys, beacon, *rows, entries, Standing.of_json(told["standing"]))


def _is_flat(row: Sequence[object]) -> bool:
    return all(one is None or isinstance(one, str | int | float) for one in row)


def check_chain(chain: Chain, plan: Plan) -> None:
    """Steps 2 to 4 of section 8: the seal, every assignment, every outcome.

    Raises:
        IntegrityError: `place` names the link that does not hold.
    """
    leaves = [(index, _leaf(leaf)) for index, leaf in chain.entries]
    _check_seal(chain, plan, leaves)
    _check_assignment(chain, plan, leaves)
    _check_outcomes(chain, plan, leaves)
    _check_standing(chain, plan)
    _check_departures(chain, leaves)
    counts = {one.get("count") for _, one in leaves if one.get("event") == "analysed"}
    _hold(
        "scores", set(chain.standing.looked) <= counts and list(chain.standing.looked) == sorted(chain.standing.looked)
    )


def _leaf(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise IntegrityError("an entry of the chain file is no entry", place="seal")
    return told


def _check_seal(chain: Chain, plan: Plan, leaves: Sequence[tuple[int, dict[str, Any]]]) -> None:
    sealed = [(index, one) for index, one in leaves if one.get("event") == "sealed_plan"]
    seeded = [one for _, one in leaves if one.get("event") == "seeded"]
    _hold("seal", len(sealed) == 1 and len(seeded) <= 1)
    index, entry = sealed[0]
    secret = sealing.secret_commitment(chain.keys["secret"], chain.keys["secret-salt"])
    _hold("seal", index == min(place for place, _ in leaves) and len({place for place, _ in leaves}) == len(leaves))
    _hold("seal", all(one.get(_names(one)) == chain.experiment for _, one in leaves))
    _hold("seal", entry.get("plan") == plan.hash() and entry.get("secret") == secret)
    _hold("seal", chain.standing.experiment == chain.experiment and chain.standing.sealed_ms == entry.get("time"))
    contents = [str(row[2]) for row in chain.items]
    hashed = sealing.items_hash(contents, chain.keys["items-salt"]) if contents else None
    _hold("seal", entry.get("items") == hashed and entry.get("beacon") == plan.raw.get("beacon"))
    evidence = "sha256:" + hashlib.sha256(chain.beacon).hexdigest()
    given = [one.get("evidence") for one in seeded]
    _hold("seal", given == ([evidence] if chain.beacon else []))
    _hold("seal", chain.standing.has_beacon == bool(chain.beacon))


def _check_assignment(chain: Chain, plan: Plan, leaves: Sequence[tuple[int, dict[str, Any]]]) -> None:
    entries = [(index, one) for index, one in leaves if one.get("event") == "assigned"]
    told = [
        (index, one.get("unit"), one.get("stratum", ""), one.get("ordinal"), one.get("arm")) for index, one in entries
    ]
    _hold("assignment", told == [tuple(row) for row in chain.units])
    seed, arms, block = seed_of(chain.keys["secret"], chain.beacon), sealing.arms_of(plan), sealing.block_of(plan)
    seen: dict[str, int] = {}
    for _, unit, stratum, ordinal, arm in told:
        expected = seen.get(stratum, 0)
        _hold("assignment", ordinal == expected and isinstance(unit, str))
        _hold("assignment", arm == assign(seed, arms, stratum=stratum, ordinal=expected, block=block))
        seen[stratum] = expected + 1
    _hold("assignment", len({row[1] for row in told}) == len(told))


def _check_outcomes(chain: Chain, plan: Plan, leaves: Sequence[tuple[int, dict[str, Any]]]) -> None:
    entries = {index: one for index, one in leaves if one.get("event") == "outcome"}
    _hold("scores", sorted(entries) == [row[0] for row in chain.outcomes])
    known = (
        {row[1]: row[4] for row in chain.units} if sealing.is_enrolling(plan) else {row[0]: "" for row in chain.items}
    )
    cells = set()
    for row in chain.outcomes:
        index, unit, arm, trial, _, _, request, provenance = row
        entry = entries[index]
        _hold(
            "scores",
            entry.get("evidence") == sealing.row_evidence(chain.keys["data"], outcome_row(chain.experiment, row)),
        )
        named = (entry.get("unit"), entry.get("arm", ""), entry.get("request", ""), entry.get("provenance"))
        _hold("scores", named == (unit, arm, request, provenance) and provenance in ("run", "recorded"))
        _hold("scores", not arm or (_is_arm(arm, plan) and unit in known))
        is_own = not arm or beside.is_beside(arm) or known[unit] == arm
        _hold("scores", plan.design != "parallel" or is_own)
        cells.add((unit, arm, trial))
    _hold("scores", len(cells) == len(chain.outcomes))


def _is_arm(arm: str, plan: Plan) -> bool:
    arms = sealing.arms_of(plan)
    return arm in arms or beside.is_known(arm, arms)


def _check_standing(chain: Chain, plan: Plan) -> None:
    """What of the standing the rows themselves say; the rest is asked of the log."""
    one = chain.standing
    _hold("scores", one.ineligible == ineligible(chain.units, chain.outcomes))
    if not sealing.is_enrolling(plan):
        is_whole = is_complete(plan, chain.items, chain.units, chain.outcomes, now_ms=0)
        # Raters may have a term: whether it had passed is asked of the clock then, not of the rows.
        has_term = beside.is_rated(plan) and "outcomes_until" in plan.raw
        _hold("scores", one.is_complete == is_whole or (has_term and one.is_complete))


def _names(entry: Mapping[str, Any]) -> str:
    """The field of an entry that names the experiment: version 1 of the log has none of this name for an incident."""
    return "reason" if entry.get("event") == "incident" else "experiment"


def _check_departures(chain: Chain, leaves: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Every departure opens its entry, and none is left out (docs/spec/audit-log.md section 6)."""
    entered = [one.get("why") for _, one in leaves if one.get("event") == "incident"]
    try:
        opened = [
            hashlib.sha256(b"ambos/v1/why\0" + bytes.fromhex(one["salt"]) + one["reason"].encode()).hexdigest()
            for one in chain.standing.departures
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        opened = [""]
    _hold("departures", entered == opened)


def outcome_row(experiment: str, row: Sequence[Any]) -> dict[str, Any]:
    """The row that the evidence of an outcome commits to (section 6), from a row of the chain file."""
    _, unit, arm, trial, score, cost, request, _ = row
    return {
        "arm": arm, "cost": cost, "experiment": experiment, "request": request, "score": score, "trial": trial, "unit": unit,
    }  # fmt: skip


def _hold(link: str, is_right: bool) -> None:
    if not is_right:
        raise IntegrityError(f"the link {link!r} does not hold: it is not what the log says", place=link)


def check_log(chain: Chain, kept: Sequence[tuple[int, str]]) -> None:
    """Step 8: the leaves are those of the log, and none of the experiment's is left out.

    Args:
        kept: index and leaf of every entry of the experiment in the log, but for looks after the analysis.

    Raises:
        IntegrityError: at `log`.
    """
    ours = dict(chain.entries)
    newest = max(ours, default=-1)
    _hold("log", ours == {index: leaf for index, leaf in kept if index <= newest})
