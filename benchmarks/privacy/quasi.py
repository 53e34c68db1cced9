"""Measures the rule of quasi-identifiers on texts of our own (`quasi.txt`): `python -m benchmarks.privacy.quasi [--wrong]`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ambos.engines.tagger import Tagger
from ambos.messages import Known, Leaf, Level
from ambos.privacy import Cache, Detector, Reader, Settings, assess
from ambos.privacy.recogniser import finish

TEXTS = Path(__file__).with_name("quasi.txt")


def texts() -> Iterator[tuple[bool, str, str]]:
    """Whether somebody is identifiable, language, text."""
    for line in TEXTS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            said, language, text = line.split("\t")
            yield said == "yes", language, text


def main() -> None:
    settings = Settings()
    reader = Reader(Detector(settings, [Tagger.load()]), Cache(key=os.urandom(32), entries=1, size_bytes=1))
    right = {True: [0, 0], False: [0, 0]}
    for is_identifiable, _, text in texts():
        reading = finish(reader.read([Leaf(("content",), text)], scope=b"quasi"))
        level = assess(reading, known=Known(), settings=settings).level
        is_right = (level is Level.RESTRICTED) is is_identifiable
        right[is_identifiable][0] += is_right
        right[is_identifiable][1] += 1
        if not is_right and "--wrong" in sys.argv:
            found = [(text[f.start : f.end], f.kind.value, round(f.score, 2)) for f in reading.findings[0]]
            print("missed" if is_identifiable else "too much", level.label, text, found)
    names = {True: "identifiable judged restricted", False: "nobody identifiable and not restricted"}
    print(json.dumps({names[key]: f"{hits} of {count}" for key, (hits, count) in right.items()}))


if __name__ == "__main__":
    main()
