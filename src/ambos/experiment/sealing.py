"""What a seal fixes, and what it refuses: keys, beacon, items, lineage, evidence budget. docs/spec/experiment-seal.md.

Standard library and the plan only: the gateway may load this without the statistics.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from ambos.errors import ExperimentError
from ambos.experiment.planning import Plan, canonical

OPENED: Final = ("secret", "secret-salt", "items-salt", "data")  # section 4: all but `units`
CODE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/+-]{0,95}").fullmatch  # a code of the log
BUDGET: Final = 0.05  # alpha of a recipe on the used items of one population
ETHICS: Final = ("information", "basis", "leave", "stop")
USES: Final = ("trained", "tuned", "selected", "scored")
EXPIRES_DAYS: Final = 365
LONGEST_ARM: Final = 80  # characters; rows beside have a word before it, and a code of the log has 96
_WHO_RATES: Final = (
    'raters read the items and the answers: say who they are, scoring = { scorer = "rating", people = ["ana"] }, or people '
    '= "all" for everybody who may rate'
)
DAY_MS: Final = 86_400_000
_ROUND: Final = re.compile(r"drand/(default|quicknet)/([1-9][0-9]{0,11})").fullmatch
# Genesis (seconds since 1970) and period in seconds of the League of Entropy's two chains, from their /info.
_CHAINS: Final = {"default": (1_595_431_050, 30), "quicknet": (1_692_803_367, 3)}


@dataclass(frozen=True, slots=True)
class Item:
    """One sealed item: its name, the hash of all of it, and the digest of its input."""

    name: str
    content: str
    digest: str
    cluster: str = ""
    stratum: str = ""


def key_of(root: bytes, word: str) -> bytes:
    """One key of an experiment, 32 bytes, from the experiment's own."""
    return hmac.digest(root, word.encode(), "sha256")


def unit_of(units_key: bytes, name: str) -> str:
    """What stands for a participant or an item in the log."""
    return "u_" + hmac.digest(units_key, name.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def secret_commitment(secret: bytes, salt: bytes) -> str:
    """As the log commits to a secret (docs/spec/audit-log.md section 6)."""
    return hashlib.sha256(b"ambos/v1/secret\0" + salt + secret).hexdigest()


def items_hash(contents: Iterable[str], salt: bytes) -> str:
    """`sha256:` of all items, whatever their order."""
    return "sha256:" + hashlib.sha256(b"ambos/items/v1\0" + salt + "".join(sorted(contents)).encode()).hexdigest()


def row_evidence(data_key: bytes, row: Mapping[str, Any]) -> str:
    """What an `outcome` entry holds of a row of outcomes."""
    return "sha256:" + hmac.digest(data_key, canonical(row), "sha256").hex()


def question_key(question: str) -> str:
    """Two plans ask the same when only case and spacing differ."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFKC", question).casefold().split()).encode()).hexdigest()


def arms_of(plan: Plan) -> tuple[str, ...]:
    """Control first."""
    return (plan.control, *plan.treatments)


def block_of(plan: Plan) -> int:
    """Size of a block of assignments."""
    return int(plan.raw.get("block", 2 * len(arms_of(plan))))


def strata_of(plan: Plan) -> tuple[str, ...]:
    """The strata an enrolment may name; one empty one without."""
    return tuple(plan.raw.get("strata", ())) or ("",)


def recipe_of(plan: Plan) -> str:
    """What the evidence budget is counted for."""
    return str(plan.raw.get("recipe") or " + ".join(sorted(arms_of(plan))))


def is_enrolling(plan: Plan) -> bool:
    """Whether units are assigned, in contrast to items that every arm answers."""
    return plan.design in ("parallel", "crossover")


def last_ms(plan: Plan, key: str) -> int | None:
    """End of the day that the plan gives under this key, milliseconds since 1970."""
    value = plan.raw.get(key)
    if value is None:
        return None
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return int(datetime.combine(day, time.max, UTC).timestamp() * 1000)


def check_sealable(plan: Plan, items: Sequence[Item], *, now_ms: int) -> None:
    """Nothing, if this plan may be sealed with these items.

    Raises:
        ExperimentError: it could not be carried out or checked as it is.
    """
    for one in (*arms_of(plan), *(name for name in strata_of(plan) if name)):
        if not CODE(one):
            raise ExperimentError(f"arms and strata enter the log: {one[:40]!r} must be letters, digits and _.:/+-")
        if one.startswith("_") or len(one) > LONGEST_ARM:
            raise ExperimentError(f"no arm and no stratum begins with _ or has more than {LONGEST_ARM} characters")
    _check_numbers(plan)
    _check_dates(plan)
    _check_rating(plan)
    _check_ethics(plan)
    if is_enrolling(plan) and "n" not in plan.raw and "ends" not in plan.raw:
        raise ExperimentError("participants are enrolled: the plan needs 'n' or 'ends' before it can be sealed")
    if not is_enrolling(plan) and not items:
        raise ExperimentError(f"a {plan.design} experiment compares answers to the same items: give --items FILE")
    if (begins := round_ms(plan)) is not None and begins <= now_ms:
        raise ExperimentError("the plan's 'beacon' names a round that has begun already: name one to come")
    names, digests = {one.name for one in items}, {one.digest for one in items}
    if len(names) != len(items) or len(digests) != len(items):
        raise ExperimentError(f"{len(items)} items have {len(names)} names and {len(digests)} different inputs")


def _check_numbers(plan: Plan) -> None:
    k = len(arms_of(plan))
    for name, least in (("block", k), ("n", 2), ("trials", 1), ("expires_days", 1)):
        value = plan.raw.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ExperimentError(f"the plan's {name!r} must be a whole number of at least {least}: {value!r}")
    if block_of(plan) % k:
        raise ExperimentError(f"the plan's 'block' must be a multiple of {k} arms: {block_of(plan)}")
    strata = plan.raw.get("strata", [])
    if not isinstance(strata, list) or not all(isinstance(one, str) for one in strata):
        raise ExperimentError("the plan's 'strata' must be a list of names")
    if plan.raw.get("route", "ambos/auto") != "ambos/auto":
        raise ExperimentError("the plan's 'route' can only be \"ambos/auto\"")
    if "route" in plan.raw and plan.design != "parallel":
        raise ExperimentError("with 'route' a unit is sent to one arm: design = \"parallel\"")
    if "route" in plan.raw and plan.raw.get("unit") not in ("key", "conversation"):
        raise ExperimentError("with 'route' the plan's 'unit' must be \"key\" or \"conversation\"")


def _check_rating(plan: Plan) -> None:
    told = plan.raw.get("scoring")
    if not isinstance(told, Mapping) or told.get("scorer") != "rating":
        if told == "rating":
            raise ExperimentError(_WHO_RATES)
        return
    if plan.design != "paired" or len(plan.treatments) != 1:
        raise ExperimentError('raters compare two answers: design = "paired" and one treatment')
    people = told.get("people")
    is_list = isinstance(people, list) and people and all(isinstance(one, str) and one for one in people)
    if people != "all" and not is_list:
        raise ExperimentError(_WHO_RATES)


def _check_ethics(plan: Plan) -> None:
    told = plan.raw.get("ethics", {})
    lacking = [name for name in ETHICS if not isinstance(told, Mapping) or not str(told.get(name, "")).strip()]
    if is_enrolling(plan) and lacking:
        raise ExperimentError(
            f"people take part: the plan's [ethics] must say {', '.join(ETHICS)} (lacking: {', '.join(lacking)}): how they are "
            "informed, on what basis, how they leave, and what stops the experiment"
        )


def _check_dates(plan: Plan) -> None:
    for name in ("ends", "outcomes_until"):
        try:
            last_ms(plan, name)
        except (TypeError, ValueError):
            raise ExperimentError(f"the plan's {name!r} must be a date, for example 2027-03-31") from None


def round_ms(plan: Plan) -> int | None:
    """When the named round of the beacon begins; None without a beacon.

    Raises:
        ExperimentError: a beacon that is not known.
    """
    beacon = plan.raw.get("beacon")
    if beacon is None:
        return None
    found = _ROUND(beacon) if isinstance(beacon, str) else None
    if found is None:
        raise ExperimentError("the plan's 'beacon' must be drand/quicknet/ROUND or drand/default/ROUND")
    genesis, period = _CHAINS[found[1]]
    return 1000 * (genesis + (int(found[2]) - 1) * period)


def beacon_value(plan: Plan, text: str, *, now_ms: int) -> bytes:
    """The 32 bytes of a round: its randomness, or the SHA-256 of its signature (48 or 96 bytes).

    Raises:
        ExperimentError: the plan names no beacon, the round has not begun, or this is neither.
    """
    begins = round_ms(plan)
    if begins is None:
        raise ExperimentError("the plan names no beacon: its seed is known already")
    if now_ms < begins:
        raise ExperimentError("the round that the plan names has not begun yet: nobody can know its value")
    try:
        given = bytes.fromhex(text.strip())
    except ValueError:
        given = b""
    if len(given) in (48, 96):
        return hashlib.sha256(given).digest()
    if len(given) != 32:
        raise ExperimentError("the value of a round is 64 hex digits of randomness, or its signature")
    return given


def declared_lineage(plan: Plan) -> dict[str, frozenset[str]]:
    """What the plan says of each arm's lineage; an arm that is absent is not known.

    Raises:
        ExperimentError: not a table of arm to "none" or a list of digests.
    """
    table = plan.raw.get("lineage", {})
    if not isinstance(table, Mapping):
        raise ExperimentError("the plan's 'lineage' must be a table of arms")
    found = {}
    for arm, told in table.items():
        listed = [] if told == "none" else told
        if arm not in arms_of(plan) or not isinstance(listed, list):
            raise ExperimentError(f"the plan's 'lineage' names {str(arm)[:40]!r}: an arm, with \"none\" or a list")
        found[str(arm)] = frozenset(str(one).removeprefix("sha256:") for one in listed)
    return found


def check_lineage(items: Sequence[Item], lineage: Mapping[str, Collection[str]]) -> None:
    """Nothing, if no arm has seen one of the items.

    Raises:
        ExperimentError: how many, and the first, for the first arm that has.
    """
    for arm, digests in lineage.items():
        seen = [one.name for one in items if one.digest in digests]
        if seen:
            raise ExperimentError(
                f"{len(seen)} of {len(items)} items are in the lineage of the arm {arm!r}, the first is {seen[0][:40]!r}: "
                "it was trained, tuned, selected or scored on them; take others"
            )


def check_budget(plan: Plan, spent: float) -> None:
    """Nothing, if the recipe can still afford this plan on this population.

    Args:
        spent: alpha of earlier sealed plans of the recipe on the population that had some of these items.

    Raises:
        ExperimentError: the budget would be passed.
    """
    if spent and spent + plan.alpha > BUDGET * (1 + 1e-9):
        raise ExperimentError(
            f"the recipe {recipe_of(plan)[:60]!r} has spent {spent:g} of its alpha of {BUDGET:g} on these items, and the plan "
            f"takes {plan.alpha:g}: bring fresh items, or plan with a smaller alpha from the start"
        )
