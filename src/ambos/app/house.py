"""The house of one process: every shell built once and joined to the corridor."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ambos.app.adapters import Adapters, Ask, Serving, print_wanted
from ambos.app.calibration import CalibrationKeeper
from ambos.app.canaries import REASON, Canaries
from ambos.app.enrolling import Enroller
from ambos.app.grading import Grading
from ambos.app.keeper import PolicyKeeper
from ambos.app.notices import Notices
from ambos.app.order import Order
from ambos.app.probes import Probes
from ambos.app.proving import Proving
from ambos.app.rating import Answers, Rating
from ambos.app.recall import Expected
from ambos.app.rows import row
from ambos.app.running import Runner
from ambos.app.served import EMBEDDED, cost, destinations, models, providers
from ambos.app.sign_in import IdentityProvider
from ambos.app.signals import signals_of
from ambos.app.standing import narrowed, standing
from ambos.app.system import SystemClock, SystemRandom
from ambos.app.watching import LogWatch
from ambos.app.witnessing import keep_witnessed
from ambos.config import Config, load
from ambos.egress import Egress
from ambos.engines.llama import LlamaEngine
from ambos.engines.plugins import load_plugin
from ambos.engines.tagger import Tagger
from ambos.gateway import Gateway, GatewaySettings, Shells
from ambos.identity import FIRST_KEY, Principal, Role, TokenBucket
from ambos.messages import ServedModel, Zone
from ambos.policy import Stance
from ambos.policy.change import Settled
from ambos.ports import Asked
from ambos.privacy import Cache, Detector, Reader, identifiers, scrub
from ambos.privacy import Settings as PrivacySettings
from ambos.privacy.certificate import InForce, settings_hash
from ambos.privacy.recogniser import Recogniser
from ambos.privacy.signal import Signals
from ambos.providers import is_retryable
from ambos.store import Scrub, Store, open_store

_log = logging.getLogger(__name__)
ALIASES = ("ambos/auto", "ambos/local", "ambos/external")
EXPIRE_EVERY_S = WATCH_EVERY_S = 3600.0
OVERVIEW_EVERY_S = 60.0
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Overview:
    """What the home page tells.

    Attributes:
        routes: requests of the last 30 days by route; `total` is their sum.
        is_whole, size, root, problem: of the log, as it was verified at `verified_at` (local time).
    """

    routes: Mapping[str, int]
    total: int
    is_whole: bool
    size: int
    root: str
    verified_at: str
    problem: str


class House:
    """Everything one worker (or one command without a server) needs."""

    def __init__(
        self,
        order: Order,
        config: Config,
        store: Store,
        detector: Detector,
        settled: Settled,
        *,
        clock: SystemClock,
        rng: SystemRandom,
    ) -> None:
        self.order = order
        self._tells = order.index == 0 and bool(order.listen)  # one worker of a server writes down for all
        self.config = self._started = config
        self.store = store
        self.clock = clock
        self.rng = rng
        self.watch = LogWatch(store, clock)
        self.egress = Egress(destinations(config, order))
        self.canaries = self._watched(detector.version)
        self.notices = Notices(lambda: self.config.notices, self.egress, store.log, tenant=config.tenant)
        self.providers = providers(config, order, self.egress)
        self.identity = IdentityProvider(config.oidc, self.egress, now_ms=clock.now_ms) if config.oidc else None
        self._adapted: tuple[ServedModel, ...] = ()
        self.models = models(config, order)
        self._dialects = {one.name: one.dialect for one in config.providers}
        self.keeper = PolicyKeeper(
            settled,
            store,
            reload=lambda: load(Path(order.directory), flags=order.flags),
            owner=self._owner_id,
            apply=self._apply,
            directory=config.directory,
            tenant=config.tenant,
            tells=self._tells,
        )
        self.detector = detector
        self.calibration = CalibrationKeeper(
            config.directory,
            store,
            in_force=self._in_force,
            is_required=lambda: self.config.privacy.require_certificate,
            now_ms=clock.now_ms,
            tenant=config.tenant,
            tells=self._tells,
        )
        cache = Cache(key=rng.token(32), entries=config.privacy.cache_entries, size_bytes=config.privacy.cache_bytes)
        self.reader = Reader(self.detector, cache)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ambos-long")
        self._long: Reader | None = None
        self._remover: Detector | None = None
        self.proving = Proving(store, clock, tenant=config.tenant, models=lambda: self.models, resolve=self.resolve)
        self.rating = Rating(self.proving, store, answers := Answers(store, tenant=config.tenant))
        self.grading = Grading(self.proving, store, answers)
        self._enroller = Enroller(self.proving, store.experiments, clock, tenant=config.tenant)
        self.probes, self.gateway = self._gateway()
        self.runner = Runner(self.proving, self.gateway, models=lambda: self.models, cost=cost)
        self._overview: tuple[float, Overview] | None = None
        self._buckets: dict[str, TokenBucket] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def _watched(self, detector: str) -> Canaries:
        """The canaries of the house, looked for in everything that leaves."""
        tenant, store = self.config.tenant, self.store
        key = store.secrets.canary_key(tenant)
        made = Canaries(self.config.directory, key, store.incidents, tenant=tenant, detector=detector)
        self.egress.canaries, self.egress.alarm = made.codes, made.seen
        return made

    def _gateway(self) -> tuple[Probes, Gateway]:
        config = self.config
        shells = Shells(
            log=self.store.log,
            conversations=self.store.conversations,
            providers=self.providers,
            policy=lambda: self.calibration.policy(self.keeper.policy),
            models=lambda: self.models,
            resolve=self.resolve,
            dialect=self.dialect,
            surrogate_key=self.store.secrets.surrogate_key,
            conversation_key=self.store.secrets.conversation_key,
            cost=cost,
            is_retryable=is_retryable,
            clock=self.clock,
            rng=self.rng,
            timer=time.perf_counter,
            enrol=self._enroller.enrolled,
            aside=self._aside,
        )
        settings = GatewaySettings(inside_tools=config.inside_tools, demo_allowed=config.inside.demo_model)
        make = partial(
            Gateway, reader=self.reader, long_reader=self._long_reader, privacy=config.privacy, settings=settings
        )
        probes = Probes(
            shells,
            make,
            log=self.store.log, detector=self.detector.version, tenant=config.tenant, tells=self._tells,
            alarm=lambda: REASON if self.canaries.is_seen else "",
            expected=Expected(self.calibration.recall, config.privacy.off),
        )  # fmt: skip
        return probes, make(replace(shells, policy=lambda: probes.policy(shells.policy())))

    async def _aside(self, work: Callable[[], Any]) -> Any:  # whatever the work gives
        """Long work in a thread of its own: the interpreter gives the event loop its turn every 5 ms."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _long_reader(self) -> Reader:
        """A second reader for that thread, made when the first long request comes: readers are not shared by threads."""
        if self._long is None:
            settings = self.config.privacy
            cache = Cache(key=self.rng.token(32), entries=64, size_bytes=settings.cache_bytes)
            self._long = Reader(build_detector(settings, self.detector.signals), cache)
        return self._long

    async def start(self) -> None:
        """Start the writer and the periodic work."""
        self.store.start()
        await self.keeper.start()
        await self.calibration.look()
        await self.probes.check()
        watches = (self.keeper.watch(), self.calibration.watch(), self.probes.watch(), self.canaries.watch())
        self._tasks = [asyncio.create_task(one) for one in watches]
        if self.order.listen and (following := self.adapters(print_wanted if self.order.index == 0 else None)):
            self._tasks.append(asyncio.create_task(following.watch()))
        if self.order.index == 0:
            await self.store.experiments.key_old_lineages(self.config.tenant)
            self._tasks.append(asyncio.create_task(self._expire()))
            self._tasks.append(asyncio.create_task(self._watch()))
            watched = keep_witnessed(self.store, self.config.directory, tenant=self.config.tenant)
            self._tasks.append(asyncio.create_task(watched))

    def _in_force(self) -> InForce:
        return InForce(self.detector.version, settings_hash(self.detector.settings), self.keeper.policy.hash)

    async def close(self) -> None:
        """Stop in order: periodic work, connections, then the writer, so that the last entries are kept."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.notices.close()
        await self.egress.close()
        self._thread.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.store.close)

    async def _expire(self) -> None:
        while True:
            try:
                # First what was ordered: a record of several people loses one of them, not its whole content.
                await self.store.erasures.due(self.without)
                await asyncio.to_thread(self.store.records.expire, self.clock.now_ms())
            except Exception as error:  # noqa: BLE001  tried again in an hour; the server goes on
                _log.error("what is due could not be destroyed: %s", type(error).__name__)
            await asyncio.sleep(EXPIRE_EVERY_S)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                report = await asyncio.to_thread(self.watch.look)
            except Exception as error:  # noqa: BLE001  tried again in an hour; the server goes on
                _log.error("the log could not be verified: %s", type(error).__name__)
                continue
            if report.fault is not None:
                _log.error("the log is NOT whole: %s", report.fault)

    def without(self, content: bytes, is_theirs: Callable[[tuple[str, str]], bool]) -> bytes:
        """A content without one person, found by a detector of its own: this runs beside the event loop."""
        if self._remover is None:
            self._remover = build_detector(self.config.privacy)
        return identifiers.without(content, self._remover, is_theirs)

    async def overview(self) -> Overview:
        """What the home page tells; what came to the log is verified at most once a minute, all of it once a day."""
        if self._overview is None or time.monotonic() - self._overview[0] > OVERVIEW_EVERY_S:
            self._overview = (time.monotonic(), await asyncio.to_thread(self._look))
        return self._overview[1]

    def _look(self) -> Overview:
        now_ms = self.clock.now_ms()
        report = self.watch.look()
        counts = {route.value: count for route, count in self.store.statistics(now_ms - 30 * DAY_MS).items()}
        clock = time.strftime("%H:%M", time.localtime(now_ms / 1000))
        return Overview(
            counts, sum(counts.values()), report.is_right, report.size, report.root, clock, str(report.fault or "")
        )

    async def owner(self) -> Principal:
        """The person at the terminal: whoever may read the data directory owns the installation."""
        config = self.config
        return Principal(
            await asyncio.to_thread(self._owner_id),
            config.tenant,
            "k_console",
            FIRST_KEY,
            is_person=True,
            language=config.language,
        )

    def _owner_id(self) -> str:
        keys = self.store.keys.lines(self.config.tenant)
        return next((key.principal for key in keys if Role.OWNER.value in key.roles), "p_console")

    def _apply(self, stance: Stance) -> None:
        """What became stricter or was approved while serving. A provider that this start did not know, or knew at
        another place, is served from the next start on: its row of the table of destinations was made at start."""
        self.config = narrowed(self._started, stance)
        self.store.regroup(self.config.store.groups)
        self._offer(self._adapted)

    def _offer(self, adapted: tuple[ServedModel, ...]) -> None:
        """The catalogue with these promoted chat models; they come after what the owner has named."""
        self._adapted = adapted
        named = models(self.config, self.order)
        taken = {one.name for one in named}
        self.models = (*named, *(one for one in adapted if one.name not in taken))

    def adapters(self, ask: Ask | None) -> Adapters | None:
        """Who follows the promoted chat models; None where no engine runs."""
        engine, told = self.providers.get(EMBEDDED), self.order.engine
        if not isinstance(engine, LlamaEngine) or "standing" not in told:
            return None
        about = Serving(EMBEDDED, str(told["sha256"]), Path(str(told["standing"])), self.config.tenant)
        return Adapters(
            self.store, engine, about, directory=self.config.directory, rng=self.rng, now_ms=self.clock.now_ms, ask=ask,
            served=self._offer,
        )  # fmt: skip

    async def serve_adapted(self, ask: Ask) -> None:
        """For one command without a server: an engine with what is promoted, if anything is."""
        following = self.adapters(ask)
        if following is not None:
            await following.look()

    async def entries_of(self, record_id: str) -> list[dict[str, Any]]:
        """The log's entries of one request, as rows; empty when it is not there."""
        return await asyncio.to_thread(lambda: [row(one) for one in self.store.entries_of(record_id)])

    # --- questions that `web` and `cli` ask --------------------------------------------------------------------------

    def problems(self) -> tuple[str, ...]:
        """Why this worker should get no requests; closed words."""
        return () if self.store.is_ready else ("log writer stopped",)

    def allows(self, principal: Principal) -> bool:
        """Count one request of this key against its minute."""
        bucket = self._buckets.get(principal.key_id)
        if bucket is None:
            per_minute = self.config.server.requests_per_minute
            bucket = TokenBucket(capacity=per_minute, per_second=per_minute / 60, now=time.monotonic())
        self._buckets[principal.key_id], is_allowed = bucket.take(time.monotonic())
        return is_allowed

    def resolve(self, name: str) -> str:
        """The full name of a model that was asked for by its short one."""
        if name in ALIASES or "/" in name:
            return name
        full = [model.name for model in self.models if model.upstream_name == name]
        return full[0] if len(full) == 1 else name

    def listed_models(self) -> Sequence[ServedModel]:
        """The catalogue as callers see it: the aliases first."""
        some = ServedModel("", "ambos", "", Zone.INSIDE)
        return [*(replace(some, name=alias) for alias in ALIASES), *self.models]

    def dialect(self, provider: str) -> str:
        """The dialect that a provider speaks."""
        return self._dialects.get(provider, "openai")


def build_house(order: Order, *, may_create: bool = False) -> House:
    """Read the settings, open the store, join everything; nothing is started yet.

    Raises:
        ConfigError, StoreError, PolicyError, IntegrityError: with what to do about it.
    """
    config = load(Path(order.directory), flags=order.flags, may_create=may_create)
    clock, rng = SystemClock(), SystemRandom()
    made: list[Detector] = []  # the store comes first: it knows which detector was approved
    store = open_store(config.store, clock, rng, scrub=_scrubber(lambda: made[0]))
    settled = standing(config, store, is_start=bool(order.listen))
    config = narrowed(config, settled.in_force)
    store.regroup(config.store.groups)
    made.append(build_detector(config.privacy, signals_of(config, store, clock)))
    return House(order, config, store, made[0], settled, clock=clock, rng=rng)


def build_detector(settings: PrivacySettings, signals: Signals | None = None) -> Detector:
    """The detector of these settings: rules, word lists, and the tagger unless the house has switched it off."""
    return Detector(settings, recognisers(settings), signals)


def recognisers(settings: PrivacySettings) -> list[Recogniser]:
    """What reads beside the rules: the tagger, at the lowest threshold of the house, and its plug-ins."""
    tagger = [] if "tagger" in settings.off else [Tagger.load(caution=min(settings.least().values()))]
    return [*tagger, *(load_plugin(name) for name in settings.plugins)]


def _scrubber(detector: Callable[[], Detector]) -> Scrub:
    """Passwords, keys, PINs and CVV are replaced before anything is sealed (design 3.12)."""

    def scrubbed(body: bytes, asked: Asked) -> bytes:
        return scrub(body, detector()) if "SECRET" in asked.assessed.kinds else body

    return scrubbed
