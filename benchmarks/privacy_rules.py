"""What rules, word lists and the document pass cost: CPU time of one request, ratios from one run.

    python benchmarks/privacy_rules.py [--json]

Texts are made from a seed that changes with every request, so that nothing fresh was seen before.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections.abc import Callable, Sequence

from ambos.messages import Json, Known, Leaf
from ambos.privacy import Cache, Detector, Reader, Settings, assess, leaves
from ambos.privacy.recogniser import finish

_SENTENCES = (
    "Hola, necesito redactar una carta para un cliente que quiere cambiar las condiciones de su contrato. ",
    "Por favor, revisa el borrador y propón mejoras de estilo, sin cambiar el sentido de los párrafos. ",
    "Mi nombre es {name} y mi teléfono es {phone}; escríbame a {mail}. ",
    "El proyecto empezó en 2019 y terminará en diciembre de 2027, con un presupuesto de 1.250.000 euros. ",
    "Please summarise the main points of the meeting and list the action items for each department. ",
    "We shipped order #A-99123 on 12/03/2024; version 3.2.1 of the firmware is required for the update. ",
    "La reunión será en la calle {street} 12, 3º B, 28013 Madrid. ",
    "El paciente toma metformina 850 mg y enalapril. ",
)
_ROUNDS, _COUNT = 15, 25


_PLAIN = [sentence for sentence in _SENTENCES if "{" not in sentence and "mg" not in sentence]


def text(seed: int, size: int = 1000, *, sentences: Sequence[str] = _SENTENCES) -> str:
    """A letter about somebody of its own: names, telephone and street are no other text's."""
    rng = random.Random(seed)

    def word() -> str:
        return "".join(rng.choice(("ba", "lo", "mi", "ra", "ne", "to", "su", "ge")) for _ in range(4)).capitalize()

    first, last = word(), word()
    person = {
        "name": f"{first} {last} {word()}",
        "phone": f"6{rng.randrange(10):d}{rng.randrange(10):d} {rng.randrange(100, 1000)} {rng.randrange(100, 1000)}",
        "mail": f"{first}.{last}@correo.es".lower(),
        "street": word(),
    }
    made = f"[{seed}] "
    while len(made) < size:
        made += rng.choice(sentences).format(**person)
    return made[:size]


def request(*texts: str) -> Json:
    return {"model": "ambos/auto", "messages": [{"role": "user", "content": each} for each in texts]}


def cpu_ms(works: dict[str, Callable[[int], object]]) -> dict[str, float]:
    """CPU milliseconds for one call of each, run in turn; the first round warms up.

    The lowest round counts: a busy neighbour only ever adds.
    """
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for number in range(_ROUNDS + 1):
        for name, work in works.items():
            begin = time.process_time()
            for each in range(_COUNT):
                work(number * _COUNT + each)
            rounds[name].append((time.process_time() - begin) / _COUNT * 1e3)
    return {name: min(times[1:]) for name, times in rounds.items()}


def measure() -> dict[str, float]:
    """All figures, in ms of CPU for one request unless the name says otherwise."""
    settings = Settings()
    reader = Reader(
        Detector(settings), Cache(key=b"benchmark key 32 bytes long.....", entries=50_000, size_bytes=1 << 28)
    )
    total = (_ROUNDS + 1) * _COUNT
    old = [text(90_000_000 + number) for number in range(10)]
    alone = [leaves(request(text(number))) for number in range(total)]
    after = [leaves(request(*old, text(10_000_000 + number))) for number in range(total)]
    fresh = [text(20_000_000 + number) for number in range(total)]
    plain = [leaves(request(text(30_000_000 + number, sentences=_PLAIN))) for number in range(total)]

    def read(found: tuple[Leaf, ...]) -> None:
        assess(finish(reader.read(found, scope=b"t/p")), known=Known(), settings=settings)

    finish(reader.read(leaves(request(*old)), scope=b"t/p"))
    # The prepared requests are the benchmark's, not the gateway's: the collector leaves them alone.
    gc.collect()
    gc.freeze()
    figures = cpu_ms(
        {
            "rules, 1 kB fresh": lambda number: finish(reader.detector.steps(fresh[number])),
            "request, 1 kB fresh, nobody in it": lambda number: read(plain[number]),
            "request, 1 kB fresh": lambda number: read(alone[number]),
            "request, 1 kB fresh after ten old": lambda number: read(after[number]),
            "request, eleven messages, all seen": lambda _: read(after[0]),
            "request, 1 kB seen": lambda _: read(alone[0]),
            "leaves, eleven messages": lambda _: leaves(request(*old, fresh[0])),
        }
    )
    figures["ten old messages, share of one new"] = (
        figures["request, 1 kB fresh after ten old"] / figures["request, 1 kB fresh"] - 1
    )
    return figures | longest_step()


def longest_step() -> dict[str, float]:
    """A fresh text of 500 kB: total and steps between which the event loop runs."""
    reader = Reader(Detector(Settings()), Cache(key=b"k" * 32, entries=10, size_bytes=1 << 24))
    steps = reader.read(leaves(request(text(1, 500_000))), scope=b"t/p")
    times: list[float] = []
    while True:
        begin = time.process_time()
        try:
            next(steps)
        except StopIteration:
            break
        times.append((time.process_time() - begin) * 1e3)
    times.sort()
    return {
        "500 kB, total": sum(times),
        "500 kB, longest step": times[-1],
        "500 kB, 99th percentile of steps": times[int(len(times) * 0.99)],
    }


if __name__ == "__main__":
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name:42s} {value:8.3f}" for name, value in found.items()))
