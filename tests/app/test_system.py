from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from ambos.app.system import SystemRandom


def test_no_piece_is_given_twice_whoever_asks() -> None:
    rng = SystemRandom()
    with ThreadPoolExecutor(4) as threads:
        given = [
            piece for some in threads.map(lambda _: [rng.token(12) for _ in range(2_000)], range(4)) for piece in some
        ]
    assert len(set(given)) == len(given) == 8_000
    assert {len(piece) for piece in given} == {12}
    assert [len(rng.token(size)) for size in (0, 5, 12, 13, 32)] == [0, 5, 12, 13, 32]


def test_a_child_process_takes_others() -> None:
    rng = SystemRandom()
    rng.token(12)  # more are drawn ahead
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, rng.token(12))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 12) != rng.token(12)
    os.close(reading)
    os.close(writing)
