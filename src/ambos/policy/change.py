"""What a new policy relaxes and what it tightens, so that a relaxing change can wait for approval (design 3.6).

The comparison errs to one side: what it cannot prove to be harmless counts as relaxing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ambos.messages import Treatment
from ambos.policy.matrix import HARD, Matrix, place
from ambos.policy.policy import Policy
from ambos.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Change:
    """The differences of two policies, in plain words without any text of a rule."""

    relaxes: tuple[str, ...] = ()
    tightens: tuple[str, ...] = ()

    @property
    def is_relaxing(self) -> bool:
        """Anything in it lets more out than before: it waits as pending."""
        return bool(self.relaxes)


_EXPOSURE = {None: 0, Treatment.MASKED: 1, Treatment.RAW: 2}


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


def _cells(old: Matrix, new: Matrix) -> tuple[list[str], list[str]]:
    relaxes: list[str] = []
    tightens: list[str] = []
    for cell in HARD:
        before, after = old.cells[cell], new.cells[cell]
        line = f"{place(cell)}: {before or 'none'} -> {after or 'none'}"
        if _EXPOSURE[after] > _EXPOSURE[before]:
            relaxes.append(line)
        elif _EXPOSURE[after] < _EXPOSURE[before]:
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
