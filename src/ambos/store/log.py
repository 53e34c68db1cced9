"""The door `Log`: entries and the sealed records that belong to them, in one transaction.

Knows which entry an event of a request makes and which parts are sealed beside it. What is sealed is what the owner may
see again; what is logged holds handles, codes, counts and salted commitments (docs/spec/audit-log.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from ambos.audit import commit
from ambos.audit.entry import SALT_BYTES, Value
from ambos.errors import DispatchError, IntegrityError, StoreError
from ambos.messages import Level, Reason, Route, Treatment, Zone
from ambos.ports import Asked, Attempt, Dispatch, Outcome, Random
from ambos.store.batch import Draft
from ambos.store.bundle import Part, seal_parts
from ambos.store.conversations import remember
from ambos.store.keyring import KeyRing
from ambos.store.sealing import KEY_BYTES, Drawn, Nonces, Sealer, place
from ambos.store.settings import DAY_MS, StoreSettings
from ambos.store.subjects import GENERATION, SubjectIndex
from ambos.store.writer import Writer

if TYPE_CHECKING:
    from ambos.policy import Decision
    from ambos.privacy import Outbound

Scrub: TypeAlias = Callable[[bytes, Asked], bytes]
"""Replaces secrets (keys, CVV, PIN) in what is about to be sealed; raises rather than let one through."""

MICRO: Final = 1_000_000  # cost is logged as whole millionths of the currency (docs/spec/audit-log.md section 4)
_REMEMBERED: Final = 4096  # requests under way whose record key is kept; a lost one is read again
_MAX_CODES: Final = 32  # members of a list in an entry
# What an enumeration says of itself, in tables: asking each member costs a request ten times as much.
_LABELS: Final = {level: level.label for level in Level}
_WORDS: Final[dict[Route | Treatment | Zone, str]] = {
    one: one.value for kind in (Route, Treatment, Zone) for one in kind
}


@dataclass(frozen=True, slots=True)
class _Open:
    """A record that is being written: its number and its key; `is_gone` when it was erased meanwhile."""

    seq: int
    key: Sealer
    is_gone: bool = False


class AuditLog:
    """Makes entries durable, and only then a `Dispatch`."""

    def __init__(
        self,
        writer: Writer,
        ring: KeyRing,
        *,
        index: SubjectIndex,
        rng: Random,
        nonces: Nonces,
        settings: StoreSettings,
        scrub: Scrub | None,
    ) -> None:
        self._writer = writer
        self._ring = ring
        self._index = index
        self._followed: object = None  # the cursor of the batch that has asked for the ring's generation
        self._nonces = nonces
        self._salts = Drawn(rng, SALT_BYTES)
        self._keys = Drawn(rng, KEY_BYTES)
        self._content_ms = settings.content_days * DAY_MS if scrub is not None else 0
        self._conversation_ms = max(settings.conversation_days, 1) * DAY_MS
        self._scrub = scrub
        self._open: dict[str, _Open] = {}

    async def permit(self, asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt) -> Dispatch:
        """Make `decided` (first attempt), `egress` (zone outside) and the sealed record durable in one transaction.

        Raises:
            DispatchError: the decision does not give this model this treatment.
            LogUnavailableError: nothing was made durable, so nothing may be sent.
        """
        check_dispatch(asked, outbound, decision, attempt)
        await self._submit(
            asked, lambda draft: self._permit(draft, asked, outbound, decision, attempt), may_abandon=True
        )
        return Dispatch(asked_id=asked.id, attempt=attempt, outbound=outbound, owner=asked.principal.id)

    async def refused(self, asked: Asked, decision: Decision | None, reason: str) -> None:
        """One durable `refused` entry: the request went nowhere."""
        await self._submit(asked, lambda draft: self._refuse(draft, asked, decision, reason), may_abandon=False)
        self._open.pop(asked.id, None)

    async def ended(self, asked: Asked, attempt: Attempt, outcome: Outcome) -> None:
        """One durable `completed`, `failed` or `cancelled` entry with the sealed answer; it is queued at once."""
        try:
            await self._submit(asked, lambda draft: self._end(draft, asked, attempt, outcome), may_abandon=False)
        finally:
            if outcome.event != "failed":
                self._open.pop(asked.id, None)

    async def append(self, event: str, *, tenant: str, fields: Mapping[str, Value]) -> None:
        """Any other entry of the closed set: `started`, `policy`, `control`, ...

        Raises:
            ProofError: version 1 of the log has no such entry.
            LogUnavailableError: it was not made durable.
        """
        await self._writer.submit(lambda draft: draft.enter(event, tenant, fields), may_abandon=False)

    async def _submit(self, asked: Asked, job: Callable[[Draft], _Open], *, may_abandon: bool) -> None:
        opened = await self._writer.submit(job, may_abandon=may_abandon)
        if len(self._open) >= _REMEMBERED:
            self._open.pop(next(iter(self._open)), None)
        self._open[asked.id] = opened  # type: ignore[assignment]  # the writer gives back what the job gave it

    # --- jobs, on the writer's thread ----------------------------------------------------------------------------

    def _follow(self, draft: Draft) -> None:
        """Once in a batch, inside its lock: an erasure in another process has changed the owners' keys."""
        if draft.batch.cursor is not self._followed:
            self._followed = draft.batch.cursor
            row = draft.batch.one(draft.batch.sql.read_generation, (GENERATION,))
            if self._ring.follow(row[0] if row is not None else 0):
                self._open.clear()

    def _permit(self, draft: Draft, asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt) -> _Open:
        self._follow(draft)
        route = route_of(attempt.zone, outbound.treatment)
        # The first attempt has no record yet; if it had, the unique id would refuse this job alone.
        opened, parts = self._find(draft, asked) if attempt.ordinal else None, list[Part]()
        if opened is None:
            opened = self._new_record(
                draft, asked, decision.level, route, "permitted", attempt.model, outbound.redactions
            )
            fields = self._asked_fields(asked, decision, parts)
            fields["model"], fields["provider"] = attempt.model, attempt.provider
            fields["zone"], fields["treatment"] = _WORDS[attempt.zone], _WORDS[outbound.treatment]
            draft.enter("decided", asked.principal.tenant, fields, opened.seq)
        is_outside = attempt.zone is Zone.OUTSIDE
        # What leaves is kept exactly as it left, so that the commitment opens; what stays may lose its secrets.
        body = outbound.body if is_outside else self._scrubbed(outbound.body, asked)
        out = self._keep(parts, f"outbound-{attempt.ordinal}", "out", body)
        if is_outside:
            draft.enter(
                "egress", asked.principal.tenant, _egress_fields(asked, outbound, decision, attempt, out), opened.seq
            )
        self._seal(draft, asked, opened, parts)
        self._remember(draft, asked, decision.level)
        return opened

    def _refuse(self, draft: Draft, asked: Asked, decision: Decision | None, reason: str) -> _Open:
        self._follow(draft)
        level = decision.level if decision is not None else asked.assessed.level
        opened, fields = self._find(draft, asked), dict[str, Value](request=asked.id)
        if opened is None:
            opened, parts = self._new_record(draft, asked, level, Route.NONE, "refused", "", 0), list[Part]()
            fields = self._asked_fields(asked, decision, parts)
            self._seal(draft, asked, opened, parts)
        else:
            draft.write(draft.batch.sql.end_record, (Route.NONE.value, "", "refused", opened.seq))
        draft.enter("refused", asked.principal.tenant, {**fields, "reason": reason}, opened.seq)
        self._remember(draft, asked, level)
        return opened

    def _end(self, draft: Draft, asked: Asked, attempt: Attempt, outcome: Outcome) -> _Open:
        self._follow(draft)
        opened = self._find(draft, asked)
        if opened is None:
            raise StoreError("an attempt ended whose request was never permitted")
        route, fields = _WORDS[outcome.route], _ended_fields(asked, attempt, outcome)
        if outcome.answer:
            parts, answer = list[Part](), self._scrubbed(outcome.answer, asked)
            fields["answer"] = self._keep(parts, f"answer-{attempt.ordinal}", "answer", answer)
            self._seal(draft, asked, opened, parts)
        draft.enter(outcome.event, asked.principal.tenant, fields, opened.seq)
        draft.write(draft.batch.sql.end_record, (route, attempt.model, outcome.event, opened.seq))
        return opened

    # --- records -------------------------------------------------------------------------------------------------

    def _find(self, draft: Draft, asked: Asked) -> _Open | None:
        known = self._open.get(asked.id)
        if known is not None:
            return known
        row = draft.batch.one(draft.batch.sql.read_record, (asked.id,))
        if row is None:
            return None
        seq, tenant, owner, wrapped = row[:4]
        if (tenant, owner) != (asked.principal.tenant, asked.principal.id):
            raise IntegrityError("a record of this request belongs to another", place=asked.id)
        if wrapped is None:  # erased while it was under way: its ending is logged, its content is not kept
            return _Open(seq, Sealer(self._keys.take(), self._nonces), is_gone=True)
        return _Open(seq, Sealer(self._ring.record_key(tenant, owner, asked.id, bytes(wrapped)), self._nonces))

    def _new_record(
        self, draft: Draft, asked: Asked, level: Level, route: Route, state: str, model: str, redactions: int
    ) -> _Open:
        who, key = asked.principal, self._keys.take()
        owner = self._ring.make_owner(who.tenant, who.id)
        opened = _Open(draft.next_seq, Sealer(key, self._nonces))
        wrapped = owner.seal(key, place("records", who.tenant, asked.id))
        expires_ms = draft.time_ms + self._content_ms
        about = (int(level), _WORDS[route], model, redactions, state)
        row = (opened.seq, asked.id, who.tenant, who.id, asked.conversation, draft.time_ms, expires_ms, *about, wrapped)
        draft.write(draft.batch.sql.insert_record, row)
        if asked.identifiers and self._content_ms:
            self._index.join(draft, who.tenant, opened.seq, asked.identifiers)
        return opened

    def _keep(self, parts: list[Part], name: str, label: str, content: bytes) -> str:
        """A part with the salt of its commitment before it is to be sealed; its commitment."""
        salt = self._salts.take()
        parts.append((name, salt + content))
        return commit(label, salt, content).hex()

    def _seal(self, draft: Draft, asked: Asked, opened: _Open, parts: list[Part]) -> None:
        if self._content_ms and not opened.is_gone:
            sealed = seal_parts(opened.key, asked.principal.tenant, asked.id, parts)
            draft.write(draft.batch.sql.insert_part, (opened.seq, *sealed))

    def _scrubbed(self, content: bytes, asked: Asked) -> bytes:
        return self._scrub(content, asked) if self._scrub is not None else content

    def _remember(self, draft: Draft, asked: Asked, level: Level) -> None:
        who = asked.principal
        where = (who.tenant, who.id, asked.conversation)
        key = self._ring.make_owner(who.tenant, who.id)
        remember(
            draft, key, where, max(level, asked.assessed.level), asked.assessed.kinds, term_ms=self._conversation_ms
        )

    def _asked_fields(self, asked: Asked, decision: Decision | None, parts: list[Part]) -> dict[str, Value]:
        """What `decided` and `refused` say of the request; its text and findings are to be sealed."""
        reasons, level = asked.assessed.reasons, asked.assessed.level
        if decision is not None:
            reasons, level = decision.reasons, decision.level
        fields: dict[str, Value] = {
            "request": asked.id,
            "principal": asked.principal.id,
            "key": asked.principal.key_id,
            "conversation": asked.conversation,
            "level": _LABELS[level],
            "in": self._keep(parts, "request", "in", self._scrubbed(asked.body, asked)),
        }
        parts.append(("findings", _findings(asked)))
        optional: dict[str, Value] = {
            "policy": decision.policy if decision is not None else "",
            "detector": asked.detector,
            "asked": asked.asked_model,
            "kinds": _codes([kind.partition(":")[0] for kind in asked.assessed.kinds]),
            "reasons": _codes([reason.rule for reason in reasons]),
            "facts": dict(asked.metadata),
            "experiment": asked.experiment,
            "arm": asked.arm,
        }
        fields.update({name: value for name, value in optional.items() if value})
        return fields


def check_dispatch(asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt) -> None:
    """The hard rule, above any policy (design 3.6), and the decision.

    Raises:
        DispatchError: these bytes may not go to this model.
    """
    if outbound.zone is not attempt.zone:
        raise DispatchError("these bytes were made for the other side of the trust boundary")
    highest = max(decision.level, outbound.level, asked.assessed.level)
    if attempt.zone is Zone.OUTSIDE and highest >= Level.RESTRICTED:
        raise DispatchError("restricted content never leaves")
    if decision.treatments.get(attempt.model) is not outbound.treatment:
        raise DispatchError("the decision does not give this model this treatment")


def route_of(zone: Zone, treatment: Treatment) -> Route:
    """How an answer of this attempt is told."""
    if zone is Zone.INSIDE:
        return Route.LOCAL
    return Route.MASKED if treatment is Treatment.MASKED else Route.EXTERNAL


def _egress_fields(
    asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt, out: str
) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "request": asked.id,
        "attempt": attempt.ordinal,
        "model": attempt.model,
        "provider": attempt.provider,
        "treatment": _WORDS[outbound.treatment],
        "level": _LABELS[decision.level],
        "policy": decision.policy,
        "out": out,
        "redactions": outbound.redactions,
        "bytes": len(outbound.body),
    }
    if asked.detector:
        fields["detector"] = asked.detector
    return fields


def _ended_fields(asked: Asked, attempt: Attempt, outcome: Outcome) -> dict[str, Value]:
    fields: dict[str, Value] = {
        "request": asked.id,
        "route": _WORDS[outcome.route],
        "attempt": attempt.ordinal,
        "model": attempt.model,
        "provider": attempt.provider,
        "zone": _WORDS[attempt.zone],
    }
    if outcome.reason or outcome.event == "failed":
        fields["reason"] = outcome.reason or "unknown"
    if outcome.usage is not None:
        fields["prompt_tokens"] = outcome.usage.prompt_tokens
        fields["completion_tokens"] = outcome.usage.completion_tokens
        fields["cached_tokens"] = outcome.usage.cached_tokens
    if outcome.cost is not None and outcome.currency:
        fields["cost"], fields["currency"] = round(outcome.cost * MICRO), outcome.currency
    if outcome.times_ms:
        fields["times_us"] = {name: max(round(value * 1000), 0) for name, value in outcome.times_ms.items()}
    return fields


def _codes(words: Iterable[str]) -> list[str]:
    return sorted(set(words))[:_MAX_CODES]


def _findings(asked: Asked) -> bytes:
    def line(reason: Reason) -> dict[str, object]:
        return {"rule": reason.rule, "level": _LABELS[reason.level], "kinds": reason.kinds}

    assessed = asked.assessed
    return orjson.dumps(
        {
            "level": _LABELS[assessed.level],
            "kinds": sorted(assessed.kinds),
            "reasons": [line(reason) for reason in assessed.reasons],
        }
    )
