"""What a new policy relaxes and what it tightens, so that a relaxing change can wait for approval (design 3.6).

The comparison errs to one side: what it cannot prove to be harmless counts as relaxing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ambos.policy.matrix import HARD, Matrix, place
from ambos.policy.policy import Policy, load
from ambos.policy.rules import Rule
from ambos.policy.stance import EXPOSURE, ORGANISATION, STRICTEST, Declared, Stance, known_level, stricter


@dataclass(frozen=True, slots=True)
class Change:
    """The differences of two policies, in plain words without any text of a rule."""

    relaxes: tuple[str, ...] = ()
    tightens: tuple[str, ...] = ()

    @property
    def is_relaxing(self) -> bool:
        """Anything in it lets more out than before: it waits as pending."""
        return bool(self.relaxes)


def diff(old: Policy, new: Policy) -> Change:
    """What `new` relaxes and tightens against `old`.

    A cell is compared by exposure (none < masked < raw). House rules are compared one by one, names and notes apart:
    a permit that appears or a forbid that goes relaxes; a forbid that appears tightens. A permit that goes tightens,
    and relaxes too if it carried a duty, since another permit may now answer without it.
    """
    relaxes, tightens = _cells(old.settings.matrix, new.settings.matrix)
    gone, come = _rules(old.rules, new.rules)
    for rule in come:
        (relaxes if rule.effect == "permit" else tightens).append(f"{rule.id}: {rule.effect} added")
    for rule in gone:
        (tightens if rule.effect == "permit" else relaxes).append(f"{rule.id}: {rule.effect} removed")
        if rule.duties:
            relaxes.append(f"{rule.id}: duty {', '.join(rule.duties)} removed")
    return Change(tuple(relaxes), tuple(tightens))


def compare(old: Stance, new: Stance) -> Change:
    """What `new` relaxes and tightens against `old`: policy, providers, levels, lists, and who must approve.

    Raises:
        PolicyError: one of the policies is not one.
    """
    relaxes, tightens = (list(lines) for lines in _lines(diff(load(old.policy), load(new.policy))))
    if old.profile != new.profile:
        line = f"profile: {old.profile} -> {new.profile}"
        (relaxes if old.profile == ORGANISATION else tightens).append(line)
    _providers(old, new, relaxes, tightens)
    if old.levels_profile != new.levels_profile:
        line = f"levels.profile: {old.levels_profile or 'none'} -> {new.levels_profile or 'none'}"
        (relaxes if old.levels_profile else tightens).append(line)
    for kind in sorted({*old.levels, *new.levels}):
        before, after = known_level(old, kind), known_level(new, kind)
        if before != after:
            (relaxes if after < before else tightens).append(f"levels.{kind}: {before.label} -> {after.label}")
    _lists(old.grants, new.grants, come=relaxes, gone=tightens)
    _lists(old.wards, new.wards, come=tightens, gone=relaxes)
    return Change(tuple(relaxes), tuple(tightens))


def _lines(change: Change) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return change.relaxes, change.tightens


def _lists(
    old: Mapping[str, frozenset[str]], new: Mapping[str, frozenset[str]], *, come: list[str], gone: list[str]
) -> None:
    for name in sorted({*old, *new}):
        before, after = old.get(name, frozenset()), new.get(name, frozenset())
        if more := after - before:
            come.append(f"{name}: {len(more)} added")
        if less := before - after:
            gone.append(f"{name}: {len(less)} removed")


def _providers(old: Stance, new: Stance, relaxes: list[str], tightens: list[str]) -> None:
    before, after = ({one.name: one for one in stance.providers} for stance in (old, new))
    relaxes += [f"provider {name}: added" for name in after if name not in before]
    tightens += [f"provider {name}: removed" for name in before if name not in after]
    for name in (name for name in after if name in before):
        for line, is_relaxing in _facts(before[name], after[name]):
            (relaxes if is_relaxing else tightens).append(f"provider {name}: {line}")


def _facts(old: Declared, new: Declared) -> Iterator[tuple[str, bool]]:
    """What differs, and whether it counts as relaxing: what is not declared is the worst, anything else may be better."""
    if old.place != new.place:
        yield "another place (kind, base_url, zone or ca_file)", True
    for name, before, after in (("agreement", old.agreement, new.agreement), ("region", old.region, new.region)):
        if before != after:
            yield f"{name} {'changed' if before and after else 'added' if after else 'removed'}", bool(after)
    if (before_days := old.retention_days) != (after_days := new.retention_days):
        is_better = after_days is not None and (before_days is None or after_days < before_days)
        yield f"retention_days: {_days(before_days)} -> {_days(after_days)}", is_better
    if old.trains_on_data != new.trains_on_data:
        yield f"trains_on_data: {old.trains_on_data} -> {new.trains_on_data}", old.trains_on_data
    if old.allow_private != new.allow_private:
        yield f"allow_private_addresses: {old.allow_private} -> {new.allow_private}", new.allow_private
    if more := [model for model in new.models if model not in old.models]:
        yield f"models added: {', '.join(more)}", True
    if less := [model for model in old.models if model not in new.models]:
        yield f"models removed: {', '.join(less)}", False


def _days(value: int | None) -> str:
    return "unknown" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is in force, and what waits.

    Attributes:
        in_force: never laxer than what was approved.
        change: of the file against what was approved; what it relaxes waits unless `takes` says otherwise.
        takes: why `in_force` is to be kept as approved from now on: "first", "tightened", "restarted", or "" for not.
    """

    in_force: Stance
    change: Change
    takes: str

    @property
    def waits(self) -> tuple[str, ...]:
        """What a waiting change would relax."""
        return () if self.takes else self.change.relaxes


def settle(approved: Stance | None, declared: Stance, *, is_start: bool, is_readable: bool = True) -> Settled:
    """What is in force of a file (design 3.6; ADR 0006).

    Args:
        approved: the state that was last approved; None for a house that has none yet.
        declared: the file as it is now.
        is_start: a server starts, which in a `personal` house is its owner's word for what the file says.
        is_readable: False when there is an approved state that cannot be read: the strictest stands in for it.
    """
    if approved is None and is_readable:
        return Settled(declared, Change(), "first")
    before = approved if approved is not None and is_readable else STRICTEST
    change = compare(before, declared)
    if not change.is_relaxing:
        return Settled(declared, change, "tightened" if declared.hash != before.hash and is_readable else "")
    if is_start and is_readable and ORGANISATION not in (before.profile, declared.profile):
        return Settled(declared, change, "restarted")
    rules = diff(load(before.policy), load(replace(declared.policy, matrix=before.policy.matrix)))
    return Settled(stricter(before, declared, keep_rules=rules.is_relaxing), change, "")


def _cells(old: Matrix, new: Matrix) -> tuple[list[str], list[str]]:
    relaxes: list[str] = []
    tightens: list[str] = []
    for cell in HARD:
        before, after = old.cells[cell], new.cells[cell]
        line = f"{place(cell)}: {before or 'none'} -> {after or 'none'}"
        if EXPOSURE[after] > EXPOSURE[before]:
            relaxes.append(line)
        elif EXPOSURE[after] < EXPOSURE[before]:
            tightens.append(line)
    return relaxes, tightens


def _rules(old: Iterable[Rule], new: Iterable[Rule]) -> tuple[list[Rule], list[Rule]]:
    """House rules that went and that came; a rule that stands twice counts twice."""
    before = [rule for rule in old if rule.id.startswith("house.")]
    after = [rule for rule in new if rule.id.startswith("house.")]
    return _missing(before, after), _missing(after, before)


def _missing(rules: Iterable[Rule], others: Iterable[Rule]) -> list[Rule]:
    left = Counter(rule.canonical for rule in others)
    missing = []
    for rule in rules:
        if left[rule.canonical]:
            left[rule.canonical] -= 1
        else:
            missing.append(rule)
    return missing
