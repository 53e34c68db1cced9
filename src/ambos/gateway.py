"""Corridor: the path of one request.

    find (every leaf) → decide → mask → [log: decided + egress, durable] → model → restore (each delta) → [log: ended]

It holds the order of these steps and nothing else: what is sensitive is known in `privacy`, what may be done in `policy`,
how a model is called in `providers` and `engines`, how it is written down in `store`.

Fail closed, at each step: a detector that errs makes the request restricted; a store or log that errs refuses it; a model
is called only with a `Dispatch`, and `Log.permit` makes one only after its entry is durable. Retries happen before the
first delta only, each with a dispatch of its own, and only inside the candidates of the decision.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ambos.errors import AmbosError, LogUnavailableError, ModelError, NoModelError, OverloadedError, StoreError
from ambos.identity import Principal, conversation_handle, new_handle
from ambos.messages import (
    Assessment,
    Batch,
    Finding,
    Known,
    Leaf,
    Level,
    Reason,
    Route,
    ServedModel,
    Text,
    Treatment,
    Zone,
)
from ambos.policy import Alias, Candidates, Decision, Policy, choose, prefer
from ambos.ports import Asked, Attempt, Clock, Conversations, Enrol, Log, Model, Outcome, Random
from ambos.privacy import Note, Outbound, Reader, Reading, Speech, Surrogates, assess, leaves, prepare
from ambos.privacy import Settings as PrivacySettings
from ambos.wire import ChatRequest, render

_log = logging.getLogger(__name__)

LONG_BODY = 20_000  # bytes; longer requests are read one at a time per principal, so that short ones stay quick
REMEMBERED = 256  # conversations whose surrogates are kept for the next turn
MAX_LONG_WAITING = 16  # long requests that may wait for their turn, over all principals


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What the corridor itself may be told.

    Attributes:
        slice_s: longest stretch of reading on the event loop, in seconds (design 3.14).
        max_attempts: calls of outside models for one request, retries included.
        inside_tools: tools whose arguments may hold originals.
        demo_allowed: a `demo` model may answer.
    """

    slice_s: float = 0.005
    max_attempts: int = 3
    inside_tools: frozenset[str] = frozenset()
    demo_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as `web` understood it."""

    principal: Principal
    chat: ChatRequest
    body: bytes = field(repr=False)
    conversation: str | None = None
    tighten: Level | None = None
    is_strict: bool = False
    metadata: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The request read and judged, before any model is called; what *explain* shows."""

    asked: Asked
    reading: Reading
    decision: Decision
    times_ms: Mapping[str, float]

    def pairs(self) -> list[tuple[Leaf, tuple[Finding, ...]]]:
        """Every leaf with its findings."""
        return self.reading.pairs()

    def note_on(self, error: AmbosError) -> None:
        """Let the answer to a failure still say which request it was, its level and the policy."""
        error.note(audit_id=self.asked.id, level=self.decision.level.label, policy=self.decision.policy)


@dataclass(slots=True)
class Answer:
    """An answer that has begun: its first batch is there, so its headers are true.

    Closing `batches` (or cancelling its consumer) stops the model and writes a `cancelled` entry.
    """

    asked: Asked
    decision: Decision
    model: ServedModel
    outbound: Outbound
    route: Route
    was_redirected: bool
    batches: AsyncIterator[Batch]
    times_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shells:
    """What stands behind the corridor's doors. `policy` and `models` are read anew for each request: they may change."""

    log: Log
    conversations: Conversations
    providers: Mapping[str, Model]
    policy: Callable[[], Policy]
    models: Callable[[], Sequence[ServedModel]]
    resolve: Callable[[str], str]
    dialect: Callable[[str], str]
    surrogate_key: Callable[[str], bytes]
    conversation_key: Callable[[str], bytes]
    cost: Callable[[ServedModel, object], tuple[float | None, str]]
    is_retryable: Callable[[Exception], bool]
    clock: Clock
    rng: Random
    timer: Callable[[], float]
    enrol: Enrol
    aside: Callable[[Callable[[], Any]], Awaitable[Any]]  # runs long work off the event loop, one piece at a time


class Gateway:
    """The path of one request, for any number at once."""

    def __init__(
        self,
        shells: Shells,
        *,
        reader: Reader,
        long_reader: Callable[[], Reader],
        privacy: PrivacySettings,
        settings: GatewaySettings,
    ) -> None:
        self._shells = shells
        self._reader = reader
        self._long_reader = long_reader
        self._privacy = privacy
        self._settings = settings
        self._turns: dict[str, asyncio.Lock] = {}
        self._long_waiting = 0
        # The next turn of a conversation spells the values of the last one: their codes are derived once.
        self._surrogates = lru_cache(REMEMBERED)(Surrogates)

    # --- find, decide ------------------------------------------------------------------------------------------------

    async def judge(self, ask: Ask) -> Judged:
        """Read and judge a request; nothing is sent and nothing is logged.

        Raises:
            StoreError: the conversation's earlier level cannot be read, so nothing can be decided.
        """
        started = self._shells.timer()
        principal = ask.principal
        conversation = self._conversation(ask)
        known = await self._shells.conversations.known(conversation, tenant=principal.tenant, owner=principal.id)
        reading, assessed = await self._find(ask, known)
        found = self._shells.timer()
        asked = Asked(
            id=new_handle("r", self._shells.rng.token(10), at_ms=self._shells.clock.now_ms()),
            principal=principal,
            conversation=conversation,
            asked_model=self._known_name(ask.chat.model),
            body=ask.body,
            assessed=assessed,
            detector=self._reader.detector.version,
            metadata=ask.metadata,
            identifiers=reading.identifiers,
        )
        decision = self._shells.policy().decide(
            assessed,
            principal,
            self._shells.models(),
            tighten=ask.tighten,
            demo_allowed=self._settings.demo_allowed,
            has_tools=ask.chat.has_tools,
        )
        decided = self._shells.timer()
        return Judged(asked, reading, decision, {"find": (found - started) * 1e3, "decide": (decided - found) * 1e3})

    def _known_name(self, name: str) -> str:
        """The full name of a model of the catalogue; "" for any other text, which must not enter the log."""
        full = self._shells.resolve(name)
        return full if any(full == model.name for model in self._shells.models()) else ""

    async def _find(self, ask: Ask, known: Known) -> tuple[Reading, Assessment]:
        request_leaves = leaves(ask.chat.tree)
        scope = f"{ask.principal.tenant}/{ask.principal.id}".encode()
        try:
            if len(ask.body) <= LONG_BODY:
                reading = await self._slices(request_leaves, scope)
                return reading, assess(reading, known=known, settings=self._privacy, tighten=ask.tighten)
            async with self._turn(ask.principal):
                found: tuple[Reading, Assessment] = await self._shells.aside(
                    lambda: _read_long(self._long_reader(), request_leaves, scope, known, self._privacy, ask.tighten)
                )
                return found
        except OverloadedError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a recogniser does, the text then counts as restricted
            _log.error("detector failed: %s; the request counts as restricted", type(error).__name__)
            failed = Reason("detector_failed", Level.RESTRICTED)
            return Reading(tuple(request_leaves), ((),) * len(request_leaves)), Assessment(
                Level.RESTRICTED, known.kinds, (failed,)
            )

    @asynccontextmanager
    async def _turn(self, principal: Principal) -> AsyncIterator[None]:
        """The principal's turn with a long request: one at a time each, and not too many over all."""
        if self._long_waiting >= MAX_LONG_WAITING:
            raise OverloadedError("too many long requests are waiting to be read; try again in a moment")
        turn = self._turns.setdefault(principal.id, asyncio.Lock())
        self._long_waiting += 1
        try:
            async with turn:
                yield
        finally:
            self._long_waiting -= 1
            if not turn.locked():
                self._turns.pop(principal.id, None)

    async def _slices(self, request_leaves: Sequence[Leaf], scope: bytes) -> Reading:
        timer, limit = self._shells.timer, self._settings.slice_s
        steps = self._reader.read(request_leaves, scope=scope)
        since = timer()
        while True:
            try:
                next(steps)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # a generator's value has no static type here
            if timer() - since > limit:
                await asyncio.sleep(0)
                since = timer()

    def _conversation(self, ask: Ask) -> str:
        named = ask.conversation or ask.chat.previous_id
        return conversation_handle(
            self._shells.conversation_key(ask.principal.tenant),
            tenant=ask.principal.tenant,
            principal=ask.principal.id,
            name=named,
            first_message=ask.chat.first_user_text,
        )

    # --- the whole path ----------------------------------------------------------------------------------------------

    async def answer(self, ask: Ask) -> Answer:
        """The whole path, up to the first batch of the answer.

        Raises:
            PolicyBlockedError, NoModelError: nothing may or can answer; a `refused` entry was written.
            ModelError: every candidate failed before its first delta.
            LogUnavailableError, StoreError: nothing could be written down, so nothing was sent.
        """
        judged = await self.judge(ask)
        try:
            candidates = choose(
                judged.decision,
                self._shells.models(),
                self._shells.resolve(ask.chat.model),
                strict=ask.is_strict,
                language=ask.principal.language,
            )
        except AmbosError as error:
            if ask.chat.model == Alias.AUTO:  # an experiment counts whom not every arm may have
                await self._shells.enrol(judged.asked, ())
            await self._refuse(judged, error)
            raise
        if ask.chat.model == Alias.AUTO:
            judged, candidates = await self._by_experiment(judged, candidates)
        return await self._first_that_answers(ask, judged, candidates)

    async def _by_experiment(self, judged: Judged, candidates: Candidates) -> tuple[Judged, Candidates]:
        """The arm of an experiment goes first, inside the candidates and nowhere else (design 3.4)."""
        found = await self._shells.enrol(judged.asked, [one.model.name for one in candidates.order])
        if found is None:
            return judged, candidates
        asked = replace(judged.asked, experiment=found.experiment, arm=found.arm)
        return replace(judged, asked=asked), prefer(candidates, found.model)

    async def _refuse(self, judged: Judged, error: AmbosError) -> None:
        judged.note_on(error)
        await self._shells.log.refused(judged.asked, judged.decision, error.code)

    async def _first_that_answers(self, ask: Ask, judged: Judged, candidates: Candidates) -> Answer:
        attempts = self._attempts(candidates)
        problem: AmbosError = NoModelError("no model is left to try")
        for ordinal, model in enumerate(attempts):
            try:
                return await self._call(ask, judged, model, ordinal, was_redirected=candidates.was_redirected)
            except StoreError:
                raise
            except AmbosError as error:
                judged.note_on(error)
                if not self._shells.is_retryable(error):
                    raise
                problem = error
        raise problem

    def _attempts(self, candidates: Candidates) -> Sequence[ServedModel]:
        """Each candidate in its order; a single one is tried again, since most failures before the first byte pass."""
        models = tuple(candidate.model for candidate in candidates.order[: self._settings.max_attempts])
        return models * 2 if len(models) == 1 else models

    async def _call(
        self, ask: Ask, judged: Judged, model: ServedModel, ordinal: int, *, was_redirected: bool
    ) -> Answer:
        timer = self._shells.timer
        attempt = Attempt(ordinal, model.name, model.provider, model.zone)
        times = dict(judged.times_ms)
        started = timer()
        outbound = await self._masked(ask, judged, model)
        masked = timer()
        dispatch = await self._shells.log.permit(judged.asked, outbound, judged.decision, attempt)
        logged = timer()
        times["mask"], times["log"] = (masked - started) * 1e3, (logged - masked) * 1e3
        call = _Call(self._shells, judged.asked, attempt, model, _route(model, outbound), times, logged)
        stream = self._shells.providers[model.provider].stream(dispatch)
        speech = Speech(outbound.originals, inside_tools=self._settings.inside_tools, capitals=outbound.capitals)
        first = await call.first(stream)
        times["first"] = (timer() - logged) * 1e3
        batches = call.restored(stream, first, speech)
        return Answer(judged.asked, judged.decision, model, outbound, call.route, was_redirected, batches, times)

    def preview(self, ask: Ask, judged: Judged) -> bytes | None:
        """What an outside model would be sent, None when none would get anything. Nothing is sent and nothing logged."""
        for model in self._shells.models():
            if model.zone is Zone.OUTSIDE and model.name in judged.decision.treatments:
                return self._outbound(ask, judged, model).body
        return None

    async def _masked(self, ask: Ask, judged: Judged, model: ServedModel) -> Outbound:
        if len(ask.body) <= LONG_BODY:
            return self._outbound(ask, judged, model)
        masked: Outbound = await self._shells.aside(lambda: self._outbound(ask, judged, model))
        return masked

    def _outbound(self, ask: Ask, judged: Judged, model: ServedModel) -> Outbound:
        principal, dialect = ask.principal, self._shells.dialect(model.provider)
        key = self._shells.surrogate_key(principal.tenant)
        return prepare(
            ask.chat.tree,
            judged.pairs(),
            treatment=judged.decision.treatments[model.name],
            zone=model.zone,
            assessment=judged.asked.assessed,
            surrogates=self._surrogates(key, judged.asked.conversation),
            note=Note("chat", "es" if principal.language == "es" else "en"),
            render=lambda tree: render(dialect, tree, model=model.upstream_name, is_stream=ask.chat.is_stream),
        )


def _read_long(
    reader: Reader, some: Sequence[Leaf], scope: bytes, known: Known, settings: PrivacySettings, tighten: Level | None
) -> tuple[Reading, Assessment]:
    """Read and assess in one go; off the event loop, so that nobody waits for it."""
    steps = reader.read(some, scope=scope)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            reading: Reading = done.value
            return reading, assess(reading, known=known, settings=settings, tighten=tighten)


def _route(model: ServedModel, outbound: Outbound) -> Route:
    if model.zone is Zone.INSIDE:
        return Route.LOCAL
    return Route.MASKED if outbound.treatment is Treatment.MASKED else Route.EXTERNAL


@dataclass(slots=True)
class _Call:
    """One attempt that is under way: whatever happens to it, exactly one entry tells how it ended."""

    shells: Shells
    asked: Asked
    attempt: Attempt
    model: ServedModel
    route: Route
    times_ms: dict[str, float]
    started: float
    said: list[str] = field(default_factory=list)

    async def first(self, stream: AsyncIterator[Batch]) -> Batch:
        """The first batch that is not empty; a failure before it ends the attempt."""
        try:
            async for batch in stream:
                if batch:
                    return batch
        except asyncio.CancelledError:
            await self._ended(Outcome("cancelled", self.route, reason="client_gone"))
            raise
        except AmbosError as error:
            await self._ended(Outcome("failed", self.route, reason=error.code))
            raise
        except Exception as error:
            await self._ended(Outcome("failed", self.route, reason="internal_error"))
            raise ModelError("the model failed; the operator finds the error's class in the server's log") from error
        await self._ended(Outcome("failed", self.route, reason="empty_answer"))
        raise ModelError("the model ended without an answer")

    async def restored(self, stream: AsyncIterator[Batch], first: Batch, speech: Speech) -> AsyncIterator[Batch]:
        """The answer, restored; `Finished` and `Usage` come last, after `completed` is durable."""
        state, reason = "cancelled", "client_gone"
        try:
            if out := self._tell(speech.feed(first)):
                yield out
            async for batch in stream:
                if out := self._tell(speech.feed(batch)):
                    yield out
            if out := self._tell(speech.close()):
                yield out
            state, reason = "completed", speech.finished[-1].reason if speech.finished else "stop"
        except AmbosError as error:
            state, reason = "failed", error.code
            raise
        except Exception as error:
            state, reason = "failed", "internal_error"
            raise ModelError("the model failed in the middle of its answer") from error
        finally:
            await _close(stream)
            cost, currency = self.shells.cost(self.model, speech.usage)
            outcome = Outcome(
                state, self.route, "".join(self.said).encode(), speech.usage, reason, cost, currency, self._times()
            )
            await self._ended(outcome)
        yield (*speech.finished, *((speech.usage,) if speech.usage else ()))

    def _tell(self, batch: Batch) -> Batch:
        self.said.extend(delta.text if type(delta) is Text else getattr(delta, "arguments", "") for delta in batch)
        return batch

    def _times(self) -> dict[str, float]:
        return {**self.times_ms, "total": (self.shells.timer() - self.started) * 1e3}

    async def _ended(self, outcome: Outcome) -> None:
        # Not shielded: a log takes its entry before it first suspends, so that a cancelled client leaves one too.
        try:
            await self.shells.log.ended(self.asked, self.attempt, outcome)
        except LogUnavailableError:
            _log.error("an answer could not be logged as %s", outcome.event)
            raise


async def _close(stream: AsyncIterator[Batch]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
