"""How many facts in everyday words the lists know: `python -m benchmarks.privacy.facts [--wrong]` (texts in `facts.txt`).

The *open* texts mended the lists and show nothing but that they stay mended; the *fresh* ones were written afterwards.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ambos.messages import Kind
from ambos.privacy import Detector, Settings
from ambos.privacy.recogniser import finish

TEXTS = Path(__file__).with_name("facts.txt")
FACTS = frozenset({Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE})


def texts() -> Iterator[tuple[bool, str, str]]:
    """Whether a fact is there, the split, the text."""
    for line in TEXTS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            said, split, text = line.split("\t")
            yield said == "yes", split, text


def counts(detector: Detector, *, show: bool = False) -> dict[str, tuple[int, int]]:
    """By split and truth: how many are right, of how many."""
    made: dict[str, tuple[int, int]] = {}
    for is_fact, split, text in texts():
        is_found = any(finding.kind in FACTS for finding in finish(detector.steps(text)))
        name = f"{split}, {'facts found' if is_fact else 'none and none found'}"
        hits, count = made.get(name, (0, 0))
        made[name] = hits + (is_found is is_fact), count + 1
        if show and split == "open" and is_found is not is_fact:
            print(name, text)
    return made


if __name__ == "__main__":
    result = counts(Detector(Settings()), show="--wrong" in sys.argv)
    print(json.dumps({name: f"{hits} of {count}" for name, (hits, count) in result.items()}))
