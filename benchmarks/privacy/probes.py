"""Texts of the kind that people type, sensitive and harmless: `python -m benchmarks.privacy.probes [--wrong] [--json FILE]`.

`probes.txt` names for each text the level it deserves and the values that must be covered. It was written before any
rule was looked at and run once before anything was mended: what it says afterwards is flattering.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.origin import origin

from ambos.engines.tagger import Tagger
from ambos.messages import Known, Leaf, Level
from ambos.privacy import Cache, Detector, Reader, Settings, assess
from ambos.privacy.recogniser import finish

TEXTS = Path(__file__).with_name("probes.txt")


class Probe(NamedTuple):
    """One text, the level it deserves, and what in it must be covered."""

    section: str
    level: str
    language: str
    text: str
    values: list[str]


def probes() -> Iterator[Probe]:
    """Every text of the file."""
    section = ""
    for line in TEXTS.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            level, language, text, values = line.replace("⏎", "\n").split("\t")
            yield Probe(section, level, language, text, values.split("|") if values else [])


def judge(reader: Reader, settings: Settings, probe: Probe) -> tuple[Level, list[str]]:
    """The level, and the values of which some letter or digit is left."""
    reading = finish(reader.read([Leaf(("content",), probe.text)], scope=os.urandom(8)))
    covered = {at for found in reading.findings[0] for at in range(found.start, found.end)}
    left = [value for value in probe.values if _letters(probe.text, value) - covered]
    return assess(reading, known=Known(), settings=settings).level, left


def _letters(text: str, value: str) -> set[int]:
    start = text.index(value)
    return {at for at in range(start, start + len(value)) if text[at].isalnum()}


def measure(is_wrong_shown: bool) -> dict[str, object]:
    settings = Settings()
    reader = Reader(Detector(settings, [Tagger.load()]), Cache(key=os.urandom(32), entries=1, size_bytes=1))
    sections: dict[str, dict[str, int]] = {}
    for probe in probes():
        level, left = judge(reader, settings, probe)
        counts = sections.setdefault(
            probe.section, dict.fromkeys(("texts", "level right", "level lower", "values", "values left"), 0)
        )
        due = next(each for each in Level if each.label == probe.level)
        for name, count in (
            ("texts", 1),
            ("level right", level is due),
            ("level lower", level < due),
            ("values", len(probe.values)),
            ("values left", len(left)),
        ):
            counts[name] += count
        if is_wrong_shown and (left or level is not due):
            print(f"{probe.section}: {level.label}, not {probe.level}; left {left}: {probe.text!r}")
    return {"origin": origin(), "sections": sections}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = measure(given.wrong)
    print(json.dumps(result, indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
