"""A house whose writers are killed with -9 and looked at again: for tests and `benchmarks/kills.py`.

Processes are forked from one that has imported everything and opened nothing, so that a turn costs tenths of a second
instead of seconds: the store, the log, the files and the kill are the real ones. A writer dies at a random moment, or by its
own hand at a named step: just before or just after one of our functions.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.store.child import WallClock, load, orders
from tests.store.conftest import SystemRandom
from tests.store.test_crash import logged
from tests.store.test_erasure_kills import states

from ambos.store import Store, StoreSettings, batch, foundation, open_store, rewriting, rotation, writer
from ambos.store.keyring import KeyRing

REQUESTS: Final = 16  # of one writer, eight at a time; then it waits to be killed, so that looking stays short
ORDERS: Final = 3  # turns of `orders`: each blocks, erases and changes keys
# Name of the step: whose function it is, whether the writer dies after it (or before), and in which work it comes.
STEPS: Final[dict[str, tuple[Any, str, bool, str]]] = {
    "a batch is begun": (batch.Sequencer, "_begin", True, "load"),
    "the head is signed, no row is written": (batch.Sequencer, "_append", True, "load"),
    "all rows are written, nothing is committed": (batch.Sequencer, "_flush", True, "load"),
    "the batch is committed, nobody is told": (batch.Sequencer, "commit", True, "load"),
    "the waiters are told": (writer, "_settle", True, "load"),
    "an owner's key is to be made": (KeyRing, "_new_owner", False, "load"),
    "an owner's key is made": (KeyRing, "_new_owner", True, "load"),
    "a generation is to begin": (rewriting.Rewriter, "carry_out", False, "orders"),
    "the ring has begun a generation, the content has not": (rewriting.Rewriter, "carry_out", True, "orders"),
    "the content has committed a generation, the ring has not ended it": (KeyRing, "finish", False, "orders"),
    "the ring has ended a generation": (KeyRing, "finish", True, "orders"),
    "tenants' keys are to be changed": (KeyRing, "renew_tenants", False, "orders"),
    "tenants' keys are changed": (KeyRing, "renew_tenants", True, "orders"),
    "a new root key is kept": (rotation, "keep_following", True, "orders"),
    "both root keys are accepted": (rotation, "replace_file", True, "orders"),
    "the ring is sealed under the new root key": (KeyRing, "renew_root", True, "orders"),
    "the old root key is to go": (foundation, "settle_roots", False, "orders"),
}
ONCE: Final = frozenset({"an owner's key is to be made", "an owner's key is made"})  # in a house


@dataclass
class Toll:
    """What the kills so far came to."""

    kills: int = 0
    at_steps: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def add(self, other: Toll) -> None:
        """Count another's kills too."""
        self.kills += other.kills
        for mine, theirs in ((self.at_steps, other.at_steps), (self.acknowledged, other.acknowledged)):
            for word, count in theirs.items():
                mine[word] = mine.get(word, 0) + count
        self.lost += other.lost
        self.alarms += other.alarms


class Writing:
    """One forked writer, and what it says."""

    def __init__(self, settings: StoreSettings, what: str, step: str = "", nth: int = 0) -> None:
        self.what = what
        self._end, inner = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._end)
            _as_child(inner, lambda: _write(settings, what, step, nth))
        os.close(inner)
        self._text = b""

    def hear(self, seconds: float) -> bool:
        """Read what it says for so long; False once it has ended."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._end], [], [], left)[0]:
                piece = os.read(self._end, 65_536)
                if not piece:
                    return False
                self._text += piece
        return True

    def until_said(self, lines: int) -> None:
        """Read until it has said so much."""
        deadline = time.monotonic() + 60
        while self._text.count(b"\n") < lines and self.hear(0.02):
            assert time.monotonic() < deadline, "a writer says nothing"

    def kill(self) -> None:
        """The end, at once."""
        os.kill(self.pid, signal.SIGKILL)

    def said(self) -> dict[str, list[str]]:
        """All that it said, whole lines only; it is over."""
        while self.hear(60):
            pass
        os.close(self._end)
        status = os.waitpid(self.pid, 0)[1]
        if not os.WIFSIGNALED(status):
            raise AssertionError(f"a writer ended by itself: {self._text[-2000:].decode()}")
        found: dict[str, list[str]] = {}
        for line in self._text.decode().splitlines(keepends=True):
            word, _, what = line.rstrip("\n").partition(" ")
            if line.endswith("\n"):
                found.setdefault(word, []).append(what)
        return found


def _as_child(output: int, work: Callable[[], None]) -> None:
    """Run in the forked process, whose words go into the pipe; never returns."""
    code = 1
    try:
        os.dup2(output, 1)
        sys.stdout = os.fdopen(1, "w")
        work()
        sys.stdout.flush()
        code = 0
    except BaseException:  # noqa: BLE001  told to the parent, whatever it is
        os.write(output, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _write(settings: StoreSettings, what: str, step: str, nth: int) -> None:
    if step:
        _die_at(step, nth)
    with reopen(settings) as store:
        asyncio.run(load(store, REQUESTS) if what == "load" else orders(store, ORDERS))
        while True:  # it is killed: what it has said stands
            signal.pause()


def _die_at(step: str, nth: int) -> None:
    """The `nth` call from now on is the last thing that this process does."""
    whose, name, is_after, _ = STEPS[step]
    real, left = getattr(whose, name), nth

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0 and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(whose, name, dying)


def reopen(settings: StoreSettings, *, read_only: bool = False) -> Store:
    """The house, as another process opens it; opening settles what was cut off."""
    return open_store(settings, WallClock(), SystemRandom(), scrub=lambda content, _: content, read_only=read_only)


def strike(settings: StoreSettings, chance: random.Random, step: str = "") -> dict[str, list[str]]:
    """Let two writers write; one is killed, or kills itself at the step, and then the other. What both said."""
    what = STEPS[step][3] if step else chance.choice(("load", "load", "orders"))
    is_once = what == "orders" or step in ONCE
    first = Writing(settings, what, step, 1 if is_once else chance.randrange(1, 4))
    # Orders come one after the other in a house, and a key is made once; beside load there is a second writer.
    writers = [first] if is_once else [first, Writing(settings, "load")]
    if step:
        deadline = time.monotonic() + 60
        while first.hear(0.05):
            assert time.monotonic() < deadline, f"the step never came: {step}"
            for other in writers[1:]:
                other.hear(0.001)
    else:
        # One of four is killed at any moment from its beginning on, the others amid their work.
        for one in writers:
            if chance.random() < 0.25:
                one.hear(chance.random() * 0.1)
            else:
                one.until_said(chance.randrange(1, 4 * ORDERS if one.what == "orders" else 2 * REQUESTS))
                one.hear(chance.random() * 0.02)
        first.kill()
    for other in writers[1:]:
        other.kill()
    said: dict[str, list[str]] = {}
    for one in writers:
        for word, names in one.said().items():
            said.setdefault(word, []).extend(names)
    return said


def look(settings: StoreSettings, known: dict[str, set[str]]) -> tuple[list[str], list[str]]:
    """What is lost of that which was said, and false alarms: as the crash left it, and once a start has settled it."""
    lost, alarms = list[str](), list[str]()
    if settings.directory.exists():
        with closing(reopen(settings, read_only=True)) as store:
            fault = store.verify(deep=True).fault
        if fault:
            alarms.append(f"as the crash left it: {fault}")
    with reopen(settings) as store:
        report = store.verify(deep=True)
        if report.fault or report.is_unfinished:
            alarms.append(f"once settled: {report.fault or 'unfinished'}")
        there, found = logged(store), states(store)
    for word, names in there.items():
        lost += [f"{word} {name}" for name in known.get(word, set()) - names]
    gone, blocked = known.get("gone", set()), known.get("blocked", set())
    lost += [f"kept {name}" for name in known.get("kept", set()) if found.get(name) != "open"]
    lost += [f"permitted {name}" for name in known.get("permitted", set()) if found.get(name) != "open"]
    lost += [f"gone {name}" for name in gone if found.get(name) != "gone"]
    lost += [f"blocked {name}" for name in blocked - gone if found.get(name) not in ("blocked", "gone")]
    return lost, alarms


def looked(settings: StoreSettings, known: dict[str, set[str]]) -> tuple[list[str], list[str]]:
    """`look` in a process of its own, so that this one never has a thread and may fork again."""
    end, inner = os.pipe()
    if (pid := os.fork()) == 0:
        os.close(end)
        _as_child(inner, lambda: print(json.dumps(look(settings, known))))
    os.close(inner)
    with os.fdopen(end, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    try:
        lost, alarms = json.loads(text)
    except ValueError:
        return [], [f"the house does not open: {text[-600:].decode()}"]
    return lost, alarms


def survive(folder: Path, *, seed: int, kills: int, steps: Sequence[str] = (), a_house: int = 8) -> Toll:
    """Kill again and again; every third time at a named step. A house is left for a fresh one before looking gets long."""
    chance, toll, house = random.Random(seed), Toll(), 0
    left = 0
    named = list(steps or STEPS)
    known: dict[str, set[str]] = {}
    while toll.kills < kills:
        turn = 7 * seed + toll.kills // 3  # short runs of different seeds come to all steps
        step = named[turn % len(named)] if toll.kills % 3 == 0 else ""
        if not left or step in ONCE:
            house, known, left = house + 1, {}, a_house
            settings = StoreSettings(folder / str(house) / "data", folder / str(house) / "roots", may_create=True)
            looked(settings, {})
        left -= 1
        said = strike(settings, chance, step)
        for word, names in said.items():
            known.setdefault(word, set()).update(names)
            toll.acknowledged[word] = toll.acknowledged.get(word, 0) + len(names)
        lost, alarms = looked(settings, known)
        toll.lost += [f"kill {toll.kills} {step}: {one}" for one in lost]
        toll.alarms += [f"kill {toll.kills} {step}: {one}" for one in alarms]
        toll.kills += 1
        if step:
            toll.at_steps[step] = toll.at_steps.get(step, 0) + 1
    return toll
