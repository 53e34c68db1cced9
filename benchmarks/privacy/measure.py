"""Measures level and leak on the own bilingual test set (`chats`): whole detector, document pass, level rule.

    python -m benchmarks.privacy.measure dev [--wrong] [--json FILE]

`held` is scored at the end of a piece of work only, and its texts are not looked at: `--wrong` works for dev alone.
Intervals are 95 % bootstrap intervals by template; for no case at all, the upper bound of Clopper and Pearson over templates.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from benchmarks.privacy.chats import HOUSE, Conversation, conversations

from ambos.engines.tagger import Tagger
from ambos.messages import Known, Level
from ambos.privacy import Cache, Detector, Reader, assess, leaves
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.recogniser import finish
from ambos.privacy.spans import wanted_findings

_FACTS: Final = frozenset({"HEALTH", "SPECIAL", "FINANCE"})
# Characters that say who it is about, taken alone; the others help only together.
_QUASI: Final = frozenset({"AGE", "LOCATION", "PROFESSION", "ORG", "DATE"})
_DRAWS: Final = 2000


@dataclass(frozen=True, slots=True)
class Scored:
    """One conversation: letters and digits of gold identifying spans and those left, and the level found."""

    conversation: Conversation
    level: Level
    letters: int
    left: int
    direct: int
    direct_left: int
    unmasked: int
    harmless: int
    masked: int
    facts: int
    facts_found: int
    missed: tuple[str, ...]
    reasons: tuple[str, ...]


def score(conversation: Conversation, reader: Reader) -> Scored:
    reading = finish(reader.read(leaves(conversation.request), scope=b"own"))
    assessed = assess(reading, known=Known(), settings=HOUSE)
    found = {leaf.path: findings for leaf, findings in reading.pairs() if not leaf.is_key}
    sums = np.zeros(9, dtype=np.int64)
    missed = []
    for number, message in enumerate(conversation.messages):
        text = message.text
        alnum = np.array([c.isalnum() for c in text])
        hidden, masked_out, gold, direct = np.zeros((4, len(text)), dtype=np.bool_)
        findings = found["messages", number, "content"]
        for finding in findings:
            if finding.kind.value not in _FACTS:
                hidden[finding.start : finding.end] = True
        for finding in wanted_findings(text, findings, IDENTIFYING):
            masked_out[finding.start : finding.end] = True
        facts = facts_found = 0
        for span in message.spans:
            if span.kind in _FACTS:
                facts += 1
                facts_found += any(
                    f.kind.value in _FACTS and f.start < span.end and span.start < f.end for f in findings
                )
                continue
            gold[span.start : span.end] = True
            direct[span.start : span.end] = span.kind not in _QUASI
            if (alnum & ~hidden)[span.start : span.end].any():
                missed.append(f"{span.kind}:{text[span.start : span.end]}")
        sums += [
            (alnum & gold).sum(), (alnum & gold & ~hidden).sum(), (alnum & direct).sum(), (alnum & direct & ~hidden).sum(),
            (alnum & direct & ~masked_out).sum(),
            (alnum & ~gold).sum(), (alnum & ~gold & masked_out).sum(), facts, facts_found,
        ]  # fmt: skip
    rules = tuple(reason.rule for reason in assessed.reasons)
    letters, left, direct_all, direct_left, unmasked, harmless, masked, facts, facts_found = map(int, sums)
    return Scored(
        conversation, assessed.level, letters, left, direct_all, direct_left, unmasked, harmless, masked, facts, facts_found, tuple(missed), rules
    )  # fmt: skip


def figures(scored: Sequence[Scored]) -> dict[str, float]:
    restricted = [one for one in scored if one.conversation.template.level is Level.RESTRICTED]
    return {
        "leak": sum(one.left for one in scored) / max(sum(one.letters for one in scored), 1),
        "leak_direct": sum(one.direct_left for one in scored) / max(sum(one.direct for one in scored), 1),
        # What a masked request would still show, by the kinds that are masked by default.
        "unmasked_direct": sum(one.unmasked for one in scored) / max(sum(one.direct for one in scored), 1),
        "harmless_masked": sum(one.masked for one in scored) / max(sum(one.harmless for one in scored), 1),
        "level_accuracy": sum(one.level is one.conversation.template.level for one in scored) / len(scored),
        "restricted_judged_lower": sum(one.level < Level.RESTRICTED for one in restricted) / max(len(restricted), 1),
        "judged_lower": sum(one.level < one.conversation.template.level for one in scored) / len(scored),
        "facts_found": sum(one.facts_found for one in scored) / max(sum(one.facts for one in scored), 1),
    }


def summary(scored: Sequence[Scored]) -> dict[str, list[float]]:
    """Each figure with its interval; templates are drawn, not conversations."""
    groups = [list(group) for _, group in groupby(scored, key=lambda one: one.conversation.template.id)]
    rng = np.random.default_rng(0)
    draws = [
        list(figures([one for i in rng.integers(0, len(groups), len(groups)) for one in groups[i]]).values())
        for _ in range(_DRAWS)
    ]
    low, high = np.percentile(np.array(draws), [2.5, 97.5], axis=0)
    made = {}
    for place, (name, value) in enumerate(figures(scored).items()):
        upper = float(high[place])
        if value == 0:
            restricted = sum(group[0].conversation.template.level is Level.RESTRICTED for group in groups)
            units = restricted if name.startswith("restricted") else len(groups)
            upper = 1 - 0.025 ** (1 / max(units, 1))
        made[name] = [round(value, 4), round(float(low[place]), 4), round(upper, 4)]
    return made


def by_group(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """Leak by origin of the first person's name, by noise and by language."""
    made: dict[str, dict[str, float]] = {}
    axes: dict[str, Callable[[Scored], str]] = {
        "name": lambda one: one.conversation.group or "none",
        "noise": lambda one: one.conversation.noise or "none",
        "language": lambda one: one.conversation.template.id[:2],
    }
    for axis, key in axes.items():
        for value in sorted({key(one) for one in scored}):
            some = [one for one in scored if key(one) == value]
            every = figures(some)
            made[f"{axis}={value}"] = {
                "n": len(some),
                "leak": round(every["leak"], 4),
                "level_accuracy": round(every["level_accuracy"], 4),
            }
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("split", choices=("dev", "held"))
    parser.add_argument("--wrong", action="store_true", help="print the conversations judged wrong and what leaked")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if asked.wrong and asked.split == "held":
        sys.exit("the held-out half is scored, not looked at")
    reader = Reader(Detector(HOUSE, [Tagger.load()]), Cache(key=os.urandom(32), entries=1000, size_bytes=1 << 24))
    scored = [score(one, reader) for one in conversations(asked.split)]
    if asked.wrong:
        for one in scored:
            expected = one.conversation.template.level
            if one.level is not expected or one.missed:
                print(
                    f"{one.conversation.template.id} {one.conversation.noise or '-'} {expected.label}->{one.level.label} {list(one.reasons)} left={list(one.missed)}"
                )
                if one.level is not expected:
                    print("   ", " / ".join(message.text.replace("\n", "\\n") for message in one.conversation.messages))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    result = {
        "split": asked.split, "templates": len({one.conversation.template.id for one in scored}),
        "conversations": len(scored),
        "restricted": sum(one.conversation.template.level is Level.RESTRICTED for one in scored),
        "figures": summary(scored), "groups": by_group(scored), "detector": reader.detector.version,
        "commit": commit, "date": datetime.now(UTC).date().isoformat(), "machine": f"{platform.machine()} {platform.python_version()}",
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
