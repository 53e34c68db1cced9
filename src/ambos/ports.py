"""The doors: protocols that a corridor may call, and the nouns that pass through them.

`app` puts shells behind the doors. A shell keeps its fake for unit tests of the corridors beside its door.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ambos.errors import DispatchError
from ambos.identity import Principal
from ambos.messages import Assessment, Batch, Json, Known, Level, Route, Treatment, Usage, Zone
from ambos.policy import Decision

if TYPE_CHECKING:
    from ambos.privacy import Outbound


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what: shared by all entries of one request.

    Attributes:
        id: random handle of the request, its audit id ("r_...").
        conversation: handle of the conversation, a keyed hash ("c_...").
        asked_model: the name in `model`, when it is one of the catalogue, else "".
        body: the request as received; sealed with the record, never logged.
        assessed: level, kinds and reasons of the whole conversation.
        detector: version hash of recognisers and taggers.
        metadata: small closed facts for the entry (dialect, retry count of the SDK, stream or not).
        identifiers: who was found in it, as (class, value); kept as a blind index only, never logged.
        experiment, arm: the experiment that its unit is enrolled in ("x_..."), and the arm it was assigned; else "".
    """

    id: str
    principal: Principal
    conversation: str
    asked_model: str
    body: bytes = field(repr=False)
    assessed: Assessment
    detector: str = ""
    metadata: Mapping[str, str | int | bool] = field(default_factory=dict)
    identifiers: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    experiment: str = ""
    arm: str = ""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an experiment says of a request: its arm, and the arm's model, which is tried first where it is a candidate."""

    experiment: str
    arm: str
    model: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model for one request; a retry is another attempt."""

    ordinal: int
    model: str
    provider: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `answer` is sealed with the record, never logged.

    Attributes:
        event: "completed", "failed" or "cancelled".
        reason: stop reason or error code, from a closed set.
        cost: in `currency`, from the dated price table; None when the price is unknown.
        times_ms: find, decide, mask, log, first (token), total.
    """

    event: str
    route: Route
    answer: bytes = field(default=b"", repr=False)
    usage: Usage | None = None
    reason: str = ""
    cost: float | None = None
    currency: str = ""
    times_ms: Mapping[str, float] = field(default_factory=dict)


class Dispatch:
    """Permission to hand these bytes to this provider, once. Only a `Log` makes one, after the entry is durable."""

    __slots__ = ("_outbound", "_used", "asked_id", "attempt", "owner")

    def __init__(self, *, asked_id: str, attempt: Attempt, outbound: Outbound, owner: str = "") -> None:
        self.asked_id = asked_id
        self.attempt = attempt
        self.owner = owner  # handle of who asks: queues are fair by it
        self._outbound = outbound
        self._used = False

    def take(self, *, provider: str, zone: Zone) -> bytes:
        """The bytes to send.

        Raises:
            DispatchError: taken before, by another provider, or made for the other side of the boundary.
        """
        if self._used:
            raise DispatchError("a dispatch is good for one call: ask the log for another")
        if provider != self.attempt.provider or zone is not self.attempt.zone or zone is not self._outbound.zone:
            raise DispatchError("this dispatch was made for another destination")
        self._used = True
        return self._outbound.body


class Model(Protocol):
    """A model that answers, inside or outside. Closing the iterator stops the model."""

    def stream(self, dispatch: Dispatch) -> AsyncIterator[Batch]:
        """What the model says, one batch for each read of its connection."""
        ...


class Log(Protocol):
    """The audit log with the sealed records that belong to its entries."""

    async def permit(self, asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt) -> Dispatch:
        """Make `decided` (first attempt), `egress` (zone outside) and the sealed record durable in one transaction.

        Raises:
            DispatchError: the decision does not give this model this treatment.
            LogUnavailableError: nothing was made durable, so nothing may be sent.
        """
        ...

    async def refused(self, asked: Asked, decision: Decision | None, reason: str) -> None:
        """One durable `refused` entry: the request went nowhere."""
        ...

    async def ended(self, asked: Asked, attempt: Attempt, outcome: Outcome) -> None:
        """One durable `completed`, `failed` or `cancelled` entry with the sealed answer.

        The entry is on its way before this first suspends: a caller that is cancelled while it waits has left it.
        """
        ...


class Enrol(Protocol):
    """Experiments that are under way."""

    async def __call__(self, asked: Asked, candidates: Sequence[str], /) -> Enrolment | None:
        """The arm of the request's unit; None outside of experiments.

        A new unit is enrolled only when the model of every arm is among the candidates, and the log has it first.

        Raises:
            LogUnavailableError: it could not be written down.
        """
        ...


class Keys(Protocol):
    """API keys and sessions."""

    async def find(self, presented: str) -> Principal | None:
        """The principal of this key, None when there is none or it was revoked."""
        ...


class Conversations(Protocol):
    """What earlier turns of a conversation revealed. Written by `Log.permit` in its transaction."""

    async def known(self, conversation: str, *, tenant: str, owner: str) -> Known:
        """The highest level and the kinds so far; the empty `Known` for a new conversation."""
        ...


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """One line of the list of requests: nothing of the content."""

    id: str
    time_ms: int
    owner: str
    route: Route
    level: Level
    model: str
    redactions: int
    state: str


class Records(Protocol):
    """Sealed requests and answers, opened only for the principal that sent them."""

    async def recent(self, *, tenant: str, owner: str | None, limit: int) -> Sequence[RecordSummary]:
        """The newest first; of every owner when `owner` is None (no content either way)."""
        ...

    async def open(self, record_id: str, *, tenant: str, owner: str) -> Mapping[str, bytes]:
        """Parts by name: "request", "outbound-N", "answer-N", "findings".

        Raises:
            StoreError: no such record of this owner, or its key was destroyed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Spotted:
    """What a plug-in found: code points, end exclusive, its own label, a probability."""

    start: int
    end: int
    label: str
    score: float = 1.0


class Plugin(Protocol):
    """A detector of another package (docs/guide/plug-ins.md).

    `labels` maps its labels to our kinds by name, None for what is left out; `version` changes with its findings.
    """

    name: str
    version: str
    labels: Mapping[str, str | None]

    def find(self, text: str) -> Iterable[Spotted]:
        """Everything in `text`; whatever it raises makes the text restricted."""
        ...


class Clock(Protocol):
    """Time, as an argument: rooms never read it."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...


class Random(Protocol):
    """Randomness, as an argument: rooms never draw it."""

    def token(self, size_bytes: int) -> bytes:
        """`size_bytes` unpredictable bytes."""
        ...


__all__ = [
    "Asked",
    "Attempt",
    "Clock",
    "Conversations",
    "Dispatch",
    "Enrol",
    "Enrolment",
    "Json",
    "Keys",
    "Log",
    "Model",
    "Outcome",
    "Plugin",
    "Random",
    "RecordSummary",
    "Records",
    "Spotted",
    "Treatment",
]
