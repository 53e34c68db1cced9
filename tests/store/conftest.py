"""What tests of the store share: a clock that tests move, real randomness, and a house in a fresh directory."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ambos.identity import Principal, Role
from ambos.messages import Assessment, Kind, Level, Reason, Route, Treatment, Usage, Zone
from ambos.policy import Decision
from ambos.ports import Asked, Attempt, Outcome
from ambos.privacy import Outbound
from ambos.store import Store, StoreSettings, open_store

POLICY = "sha256:" + "ab" * 32
OWNER = Principal("p_lucia", "house", "k_lucia", frozenset({Role.USER}))
BIG = Attempt(0, "acme/big-1", "acme", Zone.OUTSIDE)
SMALL = Attempt(0, "ambos/smollm2", "engine", Zone.INSIDE)


@dataclass
class TestClock:
    """Time that stands still until a test moves it."""

    __test__ = False
    time_ms: int = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.time_ms


class SystemRandom:
    """The real thing: keys and nonces of tests are as unpredictable as those of a house."""

    def token(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)


@dataclass
class Talk:
    """Makes what a corridor would hand to the log."""

    owner: Principal = OWNER
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def asked(self, body: bytes = b'{"q":"hola"}', *, level: Level = Level.CONFIDENTIAL, **more: str) -> Asked:
        reasons = (Reason("person", level, (Kind.PERSON,)),)
        assessed = Assessment(level, frozenset({"PERSON", "PERSON:holder"}), reasons)
        identity = more.get("id", f"r_{os.getpid()}x{next(self.numbers)}")
        conversation = more.get("conversation", "c_one")
        return Asked(identity, self.owner, conversation, "acme/big-1", body, assessed, metadata={"stream": True})

    def outbound(
        self, body: bytes = b"masked", zone: Zone = Zone.OUTSIDE, level: Level = Level.CONFIDENTIAL
    ) -> Outbound:
        treatment = Treatment.MASKED if zone is Zone.OUTSIDE else Treatment.RAW
        return Outbound(
            body=body, treatment=treatment, zone=zone, level=level, redactions=2
        )  # the house test allows tests

    def decision(self, level: Level = Level.CONFIDENTIAL) -> Decision:
        treatments = {SMALL.model: Treatment.RAW} | ({BIG.model: Treatment.MASKED} if level < Level.RESTRICTED else {})
        return Decision(level, treatments, POLICY, (Reason("level_matrix", level),))

    def answered(self, answer: bytes = b"respuesta") -> Outcome:
        return Outcome("completed", Route.MASKED, answer, Usage(3, 4), "stop", 0.5, "EUR", {"total": 12.5})


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def rng() -> SystemRandom:
    return SystemRandom()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    return StoreSettings(directory=tmp_path / "data", roots=tmp_path / "config" / "roots", may_create=True)


@pytest.fixture
def reopen(settings: StoreSettings, clock: TestClock, rng: SystemRandom) -> Callable[..., Store]:
    """Open the house again, as another process would; closed by whoever opens it."""

    def opened(*, read_only: bool = False, **changed: object) -> Store:
        changes = replace(settings, **changed)  # type: ignore[arg-type]  # any field of the settings
        return open_store(changes, clock, rng, read_only=read_only, scrub=lambda content, _asked: content)

    return opened


@pytest.fixture
def store(reopen: Callable[..., Store]) -> Iterator[Store]:
    with reopen() as opened:
        yield opened
