"""What each recogniser costs in false alarms on texts that hold nobody: findings for each million characters.

    python benchmarks/false_alarms.py [--tuned] [--json FILE] [--show RULE]

Texts: made lines full of numbers that are nobody's (orders, GUIDs, hashes, ISBNs, versions, logs, prices), the source of
Python's standard library, Banking77 (queries), Cantemist and CodiEsp (clinical cases without identifiers; those that
MEDDOCAN's development half shares are left out). Ages in clinical cases are patients' and authors' addresses in code are
theirs: no false alarms. The rules were made with `--tuned` in sight (training halves, another seed, other files).
Also, where the corpus marks what is sensitive: findings that touch no marked span (MEDDOCAN train, the synthetic English set).
"""

from __future__ import annotations

import csv
import json
import random
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from origin import origin

from ambos.messages import Finding
from ambos.privacy import Detector, Settings
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers import PACKS

DATA = Path(__file__).parents[2] / "shared/data"
SEED, FRESH_SEED, LINES = 20261126, 7, 20_000
TUNED_FILES = 500


def numbers_of_nobody(seed: int = SEED, count: int = LINES) -> Iterator[str]:
    """Lines of logs, code, shops and books that hold numbers in every shape, and no person."""
    rng = random.Random(seed)

    def d(count: int) -> str:
        return "".join(rng.choices("0123456789", k=count))

    def h(count: int) -> str:
        return "".join(rng.choices("0123456789abcdef", k=count))

    def letters(count: int) -> str:
        return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=count))

    makers: tuple[Callable[[], str], ...] = (
        lambda: f"GET /api/v2/items/{d(9)} 200 {d(4)} {d(2)}ms",
        lambda: f"2026-11-{rng.randint(10, 28)}T10:{rng.randint(10, 59)}:07Z INFO worker-{d(2)} took {d(3)}.{d(6)} s",
        lambda: f"[{d(10)}.{d(6)}] usb 1-{d(1)}: new device found",
        lambda: f"commit {h(40)}",
        lambda: f"sha256:{h(64)}  file-{d(3)}.tar.gz",
        lambda: f"id = {h(8)}-{h(4)}-{h(4)}-{h(4)}-{h(12)}",
        lambda: f"ISBN 978-{d(2)}-{d(3)}-{d(4)}-{d(1)}",
        lambda: f"Pedido n.º {d(9)} enviado",
        lambda: f"Order #{letters(2)}-{d(8)} has shipped",
        lambda: f"SKU {letters(3)}{d(6)}, EAN {d(13)}",
        lambda: f"versión {d(1)}.{d(2)}.{d(3)}.{d(4)}",
        lambda: f"Precio: {d(1)}.{d(3)}.{d(3)},{d(2)} €",
        lambda: f"Total $ {d(3)},{d(3)}.{d(2)} for {d(2)} units",
        lambda: f"const MAX = {d(10)}; // {d(4)} bytes",
        lambda: f"x = [{d(3)}, {d(3)}, {d(4)}, {d(3)}, {d(3)}]",
        lambda: f"{d(3)} {d(3)} {d(3)} {d(4)} {d(2)} {d(3)}",
        lambda: f"def check_dni(dni: str) -> bool:  # {d(2)}",
        lambda: f"SELECT * FROM lines WHERE id = {d(8)} AND code = '{letters(2)}{d(4)}'",
        lambda: f"lat 40.{d(6)}, lon -3.{d(6)}",
        lambda: f"<rect x='{d(3)}' y='{d(3)}' width='{d(4)}' fill='#{h(6)}'/>",
        lambda: f"Artículo {d(2)} de la Ley {d(2)}/2015, de 1 de octubre",
        lambda: f"Ref. {letters(3)}/{d(4)}/{d(5)}",
        lambda: f"Tabla {d(1)}: {d(2)},{d(1)} % (IC 95 %: {d(2)},{d(1)}-{d(2)},{d(1)})",
        lambda: f"Hb {d(2)}.{d(1)} g/dl, leucocitos {d(1)}.{d(3)}/mm3, plaquetas {d(3)}.000",
        lambda: f"part number {d(3)}-{d(4)}-{d(2)}",
        lambda: f"Vuelo IB{d(4)}, asiento {d(2)}A, puerta {d(2)}",
        lambda: f"tracking 1Z{d(3)}AA{d(10)}",
        lambda: f"0x{h(8)} 0x{h(8)} {h(2)} {h(2)} {h(2)} {h(2)}",
        lambda: f"10.{d(2)}.{d(1)}.{d(2)} -> 192.168.{d(1)}.{d(2)}:{d(4)}",
        lambda: f"timestamp={d(13)} size={d(7)} etag={h(16)}",
        lambda: f"Expediente {d(4)}/{d(4)}, folio {d(3)}",
        lambda: f"doi:10.{d(4)}/j.{letters(4).lower()}.2019.{d(6)}",
        lambda: f"Room {d(3)}, building {d(1)}, from 9:{d(2)} to 17:00",
        lambda: f"The population was {d(1)},{d(3)},{d(3)} in 1998 and {d(8)} in 2020.",
        lambda: f"{letters(4)}{d(6)} model, serial {letters(2)}{d(9)}",
        lambda: f"GTIN {d(14)}; lote {letters(1)}{d(5)}",
        lambda: f'{{"id": {d(9)}, "parent": {d(12)}, "hash": "{h(32)}"}}',
        lambda: f"temperature {d(2)}.{d(2)} pressure {d(4)} humidity {d(2)}",
        lambda: f"1 {d(3)} {d(3)} {d(3)} habitantes",
        lambda: f"Resultado: {d(1)}-{d(1)}; temporada {d(4)}-{d(2)}",
    )
    for _ in range(count):
        yield rng.choice(makers)()


def corpora(*, tuned: bool) -> Iterator[tuple[str, list[str]]]:
    """Every text that holds nobody, by the name of its set."""
    lines = list(numbers_of_nobody(SEED if tuned else FRESH_SEED))
    yield "numbers", ["\n".join(batch) for batch in _batches(lines, 40)]
    yield "code", list(_sources(tuned=tuned))
    if not DATA.is_dir():
        return
    with (DATA / "text/banking77/train.csv").open(encoding="utf-8", newline="") as file:
        yield "banking77", [row["text"] for row in csv.DictReader(file)]
    half = "train" if tuned else "dev"
    yield "cantemist", [row["text"] for row in _rows(f"cantemist/{half}.jsonl")]
    shared = {row["id"] for row in _rows("meddocan/dev.jsonl")}
    yield "codiesp", [row["text"] for row in _rows(f"text/codiesp/{half}.jsonl") if row["id"] not in shared]


def marked() -> Iterator[tuple[str, list[dict]]]:  # type: ignore[type-arg]  # rows of a corpus
    """Texts with marked spans."""
    if DATA.is_dir():
        yield "meddocan", list(_rows("meddocan/train.jsonl"))
        yield "synth", list(_rows("presidio-synth-en/synth_v2.jsonl"))


def _rows(name: str) -> Iterator[dict]:  # type: ignore[type-arg]  # rows of a corpus
    with (DATA / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _sources(*, tuned: bool) -> Iterator[str]:
    paths = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    paths = [path for path in paths if "site-packages" not in path.parts and "test" not in path.parts]
    random.Random(1).shuffle(paths)
    for path in paths[:TUNED_FILES] if tuned else paths[TUNED_FILES:]:
        yield path.read_text(encoding="utf-8", errors="replace")


def _batches(lines: list[str], size: int) -> Iterator[list[str]]:
    return (lines[place : place + size] for place in range(0, len(lines), size))


def measure(show: str = "", *, tuned: bool = False) -> dict[str, object]:
    """Findings for each million characters, by corpus and rule."""
    detector = Detector(Settings(off=frozenset({"tagger"})))
    rules = {rule.name for pack in PACKS.values() for rule in pack}
    found: dict[str, dict[str, float]] = {}
    sizes: dict[str, int] = {}
    for name, texts in corpora(tuned=tuned):
        hits = [(text, one) for text in texts for one in finish(detector.steps(text))]
        found[name], sizes[name] = _rates(hits, texts, rules, show)
    for name, rows in marked():
        hits = []
        for row in rows:
            spans = [(span["start"], span["end"]) for span in row["spans"]]
            hits += [(row["text"], one) for one in finish(detector.steps(row["text"])) if not _touches(one, spans)]
        found[name], sizes[name] = _rates(hits, [row["text"] for row in rows], rules, show)
    return {"origin": origin(), "characters": sizes, "per million": found}


def _rates(
    hits: list[tuple[str, Finding]], texts: list[str], rules: set[str], show: str
) -> tuple[dict[str, float], int]:
    size = sum(map(len, texts))
    for text, one in hits:
        if show in ("all", one.rule):
            print(
                f"{one.rule:16} {one.score:.2f} ...{text[max(0, one.start - 30) : one.start]!r} >>{text[one.start : one.end]!r}<< {text[one.end : one.end + 15]!r}"
            )
    counts = Counter(one.rule for _, one in hits if one.rule in rules)
    return {rule: round(count / size * 1e6, 1) for rule, count in counts.most_common()}, size


def _touches(one: Finding, spans: list[tuple[int, int]]) -> bool:
    return any(one.start < end and start < one.end for start, end in spans)


if __name__ == "__main__":
    shown = sys.argv[sys.argv.index("--show") + 1] if "--show" in sys.argv else ""
    result = measure(shown, tuned="--tuned" in sys.argv)
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    else:
        print(json.dumps(result, indent=1))
