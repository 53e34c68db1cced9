"""Characters per CPU second of the whole detector on fresh text, beside plain regular expressions in the same run.

    python benchmarks/privacy_speed.py [--json FILE]

The plain ones are fourteen identifier patterns, one pass of Python's `re` each: the least that a filter of this kind can
do, and no names, no facts, no loose forms. A busy neighbour slows both, so the ratio is what can be compared.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from origin import origin
from privacy_rules import text

from ambos.engines.tagger import Tagger
from ambos.privacy import Detector, Settings
from ambos.privacy.recogniser import finish

SIZE, COUNT, ROUNDS = 4000, 8, 7
BARE = [
    re.compile(pattern)
    for pattern in (
        r"\b\d{8}[- ]?[A-Z]\b", r"\b[XYZ]\d{7}[A-Z]\b", r"\b[A-HJNP-SUVW]\d{7}[0-9A-J]\b", r"\bES\d{2}(?: ?\d{4}){5}\b",
        r"\b(?:\d[ -]?){13,19}\b", r"\b[6789]\d{2}[ -]?\d{3}[ -]?\d{3}\b", r"\+\d{1,3}[ -]?\d{6,12}\b", r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b", r"\b(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b", r"\b\d{4}[ -]?[B-Z]{3}\b", r"\b\d{3}-\d{2}-\d{4}\b",
        r"\b[A-Z]{2}\d{6}[A-D]\b", r"\b(?:sk|pk)-\w{16,}\b",
    )
]  # fmt: skip


def rate(work: Callable[[str], object], begin: int) -> float:
    """Characters per CPU second, the best of some rounds; no text is read twice."""
    best = 0.0
    for number in range(ROUNDS):
        fresh = [text(begin + number * COUNT + each, SIZE) for each in range(COUNT)]
        started = time.process_time()
        for one in fresh:
            work(one)
        best = max(best, SIZE * COUNT / (time.process_time() - started))
    return best


def measure() -> dict[str, object]:
    """All figures."""
    tagger = Tagger.load()
    whole, rules = Detector(Settings(), [tagger]), Detector(Settings())
    rates = {
        "whole detector": rate(lambda one: finish(whole.steps(one)), 1_000_000),
        "rules and lists": rate(lambda one: finish(rules.steps(one)), 2_000_000),
        "tagger": rate(lambda one: finish(tagger.steps(one)), 3_000_000),
        "14 plain patterns (re)": rate(lambda one: [pattern.findall(one) for pattern in BARE], 4_000_000),
    }
    plain = rates["14 plain patterns (re)"]
    return {
        "origin": origin(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "characters per CPU second": {name: round(value, -3) for name, value in rates.items()},
        "share of plain patterns": {name: round(value / plain, 4) for name, value in rates.items()},
    }


if __name__ == "__main__":
    result = measure()
    print(json.dumps(result, indent=1))
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
