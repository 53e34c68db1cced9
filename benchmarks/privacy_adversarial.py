"""What texts cost that were made to be dear: CPU milliseconds a kilobyte for the worst of them, and 10 MB of the worst.

    python benchmarks/privacy_adversarial.py [--json FILE]

For every rule: its keywords repeated, heads of its values repeated, whole values repeated, values cut off.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from origin import origin

from ambos.privacy import Detector, Settings
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers import PACKS

SIZE = 16_384
PIECES = (
    "1 ", "1.", "1-", "12 ", "123 ", "1\n", "a1", "A1 ", "a ", "A ", "Aa ", "a.", "a@", "@a.", "a@a.", "a-", "a_", "a=", "=", "+1", "+1 ", "00 ", "0044 ", "+34 6",
    "password=", "password ", "password is ", "clave de a ", "user/pass: a/", "curl ", "curl -u a", "mysql ", "pin es ", "cvv ", "seed phrase: ab ", "abc ",
    "-----BEGIN RSA PRIVATE KEY-----", "eyJ", "eyJa.", "sk-", "AKIA", "a://a:", "http://a:a", "?token=", "&key=a", "Sr. ", "Sr. A ", "Dear A ", "Mi paciente A", "Nombre: A",
    "calle A ", "calle a 1, ", "C. de la A ", "1 A Street ", "vivo en A a ", "nacido el 1 de ", "1/1/", "niño a a ", "edad ", "de 1 año ",
    "%41", "%c3", "%", "&#1;", "&amp;", "&a", "\\u0041", "\\n", "\\\"", "=C3=", "YWJj", "QUJD", "4142", "0x41", "uno ", "uno dos ", "double ", "treinta y ", "cien ", "uno, 2 ",
    ",\n", "a,b\n", "a,b\n1,2\n", "a|b\n", ";;;;\n", "a;a;a;a\n1;1;1;1\n", "insert into a(", "insert into a(b) values (", "insert into a(b) values ('", "''", "('", "'),(",
    "a\u200b", "\u0301", "Ж ", "１", "٣", "dni ", "iban es", "es12 ", "gb12 a", "de1", "x1", "\ud800", "cuenta ", "tel ", "fax 1", "isbn 1", "order ", "ref. a-1", "id: 1",
)  # fmt: skip


def texts() -> Iterator[str]:
    """One long text for each way of being dear."""
    for piece in (*PIECES, *_of_rules()):
        yield (piece * (SIZE // len(piece) + 1))[:SIZE]


def _of_rules() -> Iterator[str]:
    for rules in PACKS.values():
        for rule in rules:
            words = re.findall(r"[A-Za-z]{2,}", rule.keyword + " " + rule.pattern)
            for word in dict.fromkeys(words[:4]):
                yield from (f"{word} ", f"{word}: 1 2 3 ", f"{word} a1b2c3d4 ")


def measure() -> dict[str, object]:
    """Milliseconds a kilobyte of each text, the dearest first, and seconds for 10 MB of the dearest three."""
    detector = Detector(Settings())
    costs: dict[str, float] = {}
    for text in texts():
        piece = text[:24]
        best = min(_cpu_s(detector, text) for _ in range(2))
        costs[piece] = max(costs.get(piece, 0), best / SIZE * 1e6)
    dearest = sorted(costs, key=lambda piece: -costs[piece])
    long = {}
    for piece in dearest[:3]:
        text = next(text for text in texts() if text.startswith(piece))
        long[piece] = _cpu_s(detector, text * (10_000_000 // SIZE))
    return {
        "origin": origin(),
        "texts": len(costs),
        "ms a kilobyte, dearest": {piece: round(costs[piece], 3) for piece in dearest[:12]},
        "ms a kilobyte, median": round(sorted(costs.values())[len(costs) // 2], 3),
        "s for 10 MB": {piece: round(seconds, 2) for piece, seconds in long.items()},
    }


def _cpu_s(detector: Detector, text: str) -> float:
    begin = time.process_time()
    finish(detector.steps(text))
    return time.process_time() - begin


if __name__ == "__main__":
    result = measure()
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    else:
        print(json.dumps(result, indent=1))
