"""What is nobody's must not be judged personal, and four languages must be: `python -m benchmarks.privacy.harmless [--wrong] [--json FILE]`.

`harmless.txt` holds 30 texts or more, half of them Spanish and half English, of each of eight kinds that look like
personal data: public figures, dates in history, drugs, documentation examples, identifiers in code, GUIDs and hashes,
books, orders. Any level above *public* is a false alarm. `languages.txt` holds 30 messages each in Catalan, Galician,
Basque and Portuguese: a level below *confidential* is a miss. Both were written before anything was measured on them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.origin import origin

from ambos.engines.tagger import Tagger
from ambos.messages import Json, Known, Level
from ambos.privacy import Cache, Detector, Reader, Settings, assess, leaves
from ambos.privacy.recogniser import finish

FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(guid|sha256|sha|oid|md5|isbn10|isbn|issn|ean|d\d+)\}")


def texts(name: str, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Section and text of every line of a file, its slots filled."""
    rng, section = random.Random(seed), ""
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            yield section, _SLOT.sub(lambda found: _value(found[1], rng), line)


def _value(slot: str, rng: random.Random) -> str:
    def some(count: int, of: str = "0123456789") -> str:
        return "".join(rng.choices(of, k=count))

    hexadecimal = "0123456789abcdef"
    sizes = {"sha256": 64, "sha": 40, "oid": 24, "md5": 32}
    if slot in sizes:
        return some(sizes[slot], hexadecimal)
    if slot == "guid":
        return "-".join(some(size, hexadecimal) for size in (8, 4, 4, 4, 12))
    if slot in ("isbn", "ean"):
        digits = ("978" if slot == "isbn" else "84") + some(9 if slot == "isbn" else 10)
        check = -sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10
        whole = f"{digits}{check}"
        return f"{whole[:3]}-{whole[3:5]}-{whole[5:8]}-{whole[8:12]}-{whole[12]}" if slot == "isbn" else whole
    if slot == "isbn10":
        return f"{some(2)}-{some(3)}-{some(4)}-X"
    return f"{some(4)}-{some(4)}" if slot == "issn" else some(int(slot[1:]))


def judged(name: str, reader: Reader, settings: Settings) -> Iterator[tuple[str, str, Level]]:
    """Section, text and level of every line."""
    for section, text in texts(name):
        request: Json = {"messages": [{"role": "user", "content": text}]}
        reading = finish(reader.read(leaves(request), scope=b"harmless"))
        yield section, text, assess(reading, known=Known(), settings=settings).level


def counts(name: str, reader: Reader, settings: Settings, *, show: bool = False) -> dict[str, list[int]]:
    """By section: how many are judged wrong, of how many."""
    made: dict[str, list[int]] = {}
    for section, text, level in judged(name, reader, settings):
        is_wrong = level > Level.PUBLIC if name == "harmless.txt" else level < Level.CONFIDENTIAL
        tally = made.setdefault(section, [0, 0])
        tally[0] += is_wrong
        tally[1] += 1
        if show and is_wrong:
            print(section, level.name, text)
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    settings = Settings()
    reader = Reader(Detector(settings, [Tagger.load()]), Cache(key=os.urandom(32), entries=10, size_bytes=1 << 20))
    result = {
        name.removesuffix(".txt"): {
            section: f"{wrong} of {count}"
            for section, (wrong, count) in counts(name, reader, settings, show=asked.wrong).items()
        }
        for name in ("harmless.txt", "languages.txt")
    }
    print(json.dumps(result, indent=1))
    if asked.json:
        more = {"detector": reader.detector.version, "date": datetime.now(UTC).date().isoformat(), "origin": origin()}
        asked.json.write_text(json.dumps({**result, **more}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
