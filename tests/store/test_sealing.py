"""Nonces never come twice, a sealed value is good at one place only, and no key is shown."""

from __future__ import annotations

import os
import threading

import pytest
from tests.store.conftest import SystemRandom

from ambos.errors import IntegrityError
from ambos.store.sealing import Drawn, Nonces, Sealer, place


class SameRandom:
    """A random source that has stopped: what a copied machine or a broken kernel would be."""

    def token(self, size_bytes: int) -> bytes:
        return bytes(size_bytes)


def test_nonces_differ_though_the_random_source_has_stopped() -> None:
    nonces = Nonces(SameRandom())
    assert len({nonces.take() for _ in range(10_000)}) == 10_000


def test_nonces_of_several_threads_differ() -> None:
    nonces, taken = Nonces(SameRandom()), list[bytes]()

    def take() -> None:
        taken.extend([nonces.take() for _ in range(5_000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(taken)) == len(taken) == 20_000


def test_the_random_half_is_drawn_anew_before_the_counter_could_repeat() -> None:
    nonces = Nonces(SystemRandom())
    prefixes = {nonces.take()[:8] for _ in range(640)}
    assert len(prefixes) == 10


def test_a_forked_child_repeats_none_of_its_parents_nonces() -> None:
    nonces = Nonces(SystemRandom())
    mine = nonces.take()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(nonces.take() for _ in range(128)))
        os._exit(0)
    os.waitpid(child, 0)
    whole = os.read(reading, 128 * 12)
    os.close(reading)
    os.close(writing)
    theirs = {whole[at : at + 12] for at in range(0, len(whole), 12)}
    ours = {mine, *(nonces.take() for _ in range(256))}
    assert len(theirs) == 128
    assert not theirs & ours


def test_a_value_opens_at_its_place_alone_and_the_key_is_not_shown() -> None:
    key = os.urandom(32)
    sealer = Sealer(key, Nonces(SystemRandom()))
    sealed = sealer.seal(b"content", place("records", "house", "r_a"))
    assert sealer.open(sealed, place("records", "house", "r_a")) == b"content"
    with pytest.raises(IntegrityError):
        sealer.open(sealed, place("records", "house", "r_b"))
    assert key.hex() not in repr(sealer)
    with pytest.raises(ValueError, match="zero byte"):
        place("records", "house\0r_a")


def test_drawn_pieces_differ() -> None:
    drawn = Drawn(SystemRandom(), 32)
    assert len({drawn.take() for _ in range(1_000)}) == 1_000
