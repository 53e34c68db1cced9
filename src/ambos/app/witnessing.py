"""Asking witnesses: submitting the head, keeping their answers.

A witness that remembers more than this log holds, or another log, is the proof that an old copy was restored or that
entries were rewritten: that is told apart from one that does not answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from ambos.app.witnesses import destination_of, read_quorum
from ambos.audit import Checkpoint
from ambos.audit.entry import Value
from ambos.audit.note import Note, Signature
from ambos.audit.quorum import Party, Quorum
from ambos.audit.witness import Refusal, Submission
from ambos.egress import Egress
from ambos.errors import AmbosError, EgressError, ProofError
from ambos.store import Store

_log = logging.getLogger(__name__)
_WITHIN_S: Final = 15.0
_MAX_ANSWER: Final = 300_000  # bytes; a cosigned checkpoint is far smaller
_TRIES: Final = 3  # the first may only learn the size, and the size may move meanwhile
EVERY_S: Final = 300.0  # entries younger than this can still be rewritten by who holds every key
_SEARCHED: Final = 64  # cosigned heads that are looked through for the last one of each witness


@dataclass(frozen=True, slots=True)
class Told:
    """What one witness said.

    Attributes:
        size: entries it cosigned; 0 when it did not.
        problem: why it did not, in words.
        is_alarm: it did not because it knows another log than this one.
    """

    name: str
    size: int = 0
    time_s: int = 0
    problem: str = ""
    is_alarm: bool = False


async def ask_witnesses(store: Store, quorum: Quorum, *, tenant: str) -> list[Told]:
    """Have the newest head cosigned; what was cosigned is kept beside it and logged.

    Raises:
        LogUnavailableError: the answers could not be kept.
    """
    note = await asyncio.to_thread(store.tree.checkpoint)
    head = Checkpoint.parse(Note.parse(note).text)
    known = await asyncio.to_thread(store.tree.cosigned, _SEARCHED)
    parties = [one for one in quorum.witnesses if one.url]
    egress = Egress([destination_of(one) for one in parties])
    try:
        asking = [_Asking(store, egress, one, note, head) for one in parties]
        answers = await asyncio.gather(*(one.ask(_last(known, one.party)) for one in asking))
    finally:
        await egress.close()
    signatures = [one.signature for one in asking if one.signature is not None]
    if signatures:
        await asyncio.to_thread(store.tree.attach, note, signatures)
    for told, one in zip(answers, asking, strict=True):
        if one.signature is not None:
            fields: dict[str, Value] = {
                "witness": one.party.key.name,
                "size": told.size,
                "until": told.time_s * 1000,
                "root": f"sha256:{head.root.hex()}",
            }
            await store.log.append("witnessed", tenant=tenant, fields=fields)
    return answers


async def keep_witnessed(store: Store, directory: Path, *, tenant: str, every_s: float = EVERY_S) -> None:
    """Ask the witnesses of the policy for ever, as often as this, whenever the log has said something new."""
    while True:
        await asyncio.sleep(every_s)
        try:
            quorum = read_quorum(directory)
            if any(one.url for one in quorum.witnesses) and await asyncio.to_thread(_has_news, store):
                _warn(await ask_witnesses(store, quorum, tenant=tenant))
        except AmbosError as error:
            _log.warning("witnesses were not asked: %s", error)


def _has_news(store: Store) -> bool:
    """Whether anything but the answers of witnesses came after the newest head that one cosigned."""
    known = store.tree.cosigned(1)
    since = Checkpoint.parse(Note.parse(known[0]).text).size if known else 0
    return any(entry.event != "witnessed" for entry in store.entries(since))


def _warn(answers: Sequence[Told]) -> None:
    for one in answers:
        if one.problem:
            _log.log(logging.ERROR if one.is_alarm else logging.WARNING, "witness %s: %s", one.name, one.problem)


async def remembered(quorum: Quorum, origin: str) -> list[tuple[Told, bytes]]:
    """What each witness remembers of this log: signed heads, to be compared with what is stored; b"" where none."""
    parties = [one for one in quorum.witnesses if one.url]
    egress = Egress([destination_of(one) for one in parties])
    name = sha256(origin.encode()).hexdigest()

    async def fetch(party: Party) -> tuple[Told, bytes]:
        try:
            line = egress.session(party.name)
            url = _url(party, f"{name}/checkpoint")
            status, body = await line.whole("GET", url, within_s=_WITHIN_S, most=_MAX_ANSWER)
        except (EgressError, OSError) as error:
            return Told(party.name, problem=_away(error)), b""
        if status != 200:
            return Told(party.name, problem=f"it answered {status}"), b""
        return Told(party.name), body

    try:
        return list(await asyncio.gather(*(fetch(one) for one in parties)))
    finally:
        await egress.close()


@dataclass(slots=True)
class _Asking:
    """One witness being asked about one head."""

    store: Store
    egress: Egress
    party: Party
    note: bytes
    head: Checkpoint
    signature: Signature | None = None

    async def ask(self, old: int) -> Told:
        name = self.party.name
        try:
            for _ in range(_TRIES):
                proof = await asyncio.to_thread(self.store.tree.consistency, old, self.head.size)
                status, body = await self._post(Submission(old, proof, self.note).write())
                if status == 200:
                    return self._signed(body)
                if status != Refusal.OTHER_SIZE.value:
                    return self._refused(status)
                old = int(body) if body.strip().isdigit() and len(body) < 20 else -1
                if old > self.head.size:
                    words = f"it cosigned {old} entries and this log has {self.head.size}: an old copy was restored, "
                    return Told(name, problem=words + "or entries were removed", is_alarm=True)
                if old < 0:
                    return Told(name, problem="it told no size")
            return Told(name, problem="its size kept moving; ask again")
        except (EgressError, OSError) as error:
            return Told(name, problem=_away(error))
        except ProofError as error:
            return Told(name, problem=str(error))

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        line, url = self.egress.session(self.party.name), _url(self.party, "add-checkpoint")
        return await line.whole("POST", url, body, within_s=_WITHIN_S, most=_MAX_ANSWER)

    def _signed(self, body: bytes) -> Told:
        """The cosignature among the lines of the answer; lines of unknown keys are ignored (C2SP tlog-witness)."""
        lines = Note.parse(self.head.text().encode() + b"\n" + body).signatures
        for one in lines:
            if self.party.key.matches(one):
                signed = self.party.key.verify(self.head.text(), one)
                self.signature = one
                return Told(self.party.name, self.head.size, signed.time_s or 0)
        raise ProofError("it answered without a cosignature by its key")

    def _refused(self, status: int) -> Told:
        words = {
            Refusal.UNKNOWN_LOG.value: "it does not know this log: give its owner log.vkey",
            Refusal.UNSIGNED.value: "it knows another key of this log",
            Refusal.INCONSISTENT.value: "this log does not continue the one that it cosigned: entries were rewritten",
        }
        is_alarm = status == Refusal.INCONSISTENT.value
        return Told(self.party.name, problem=words.get(status, f"it answered {status}"), is_alarm=is_alarm)


def _last(known: Sequence[bytes], party: Party) -> int:
    """The size that this witness cosigned last, as far as it is known here; a wrong guess costs one more question."""
    for note in known:
        parsed = Note.parse(note)
        if any(party.key.matches(one) for one in parsed.signatures):
            return Checkpoint.parse(parsed.text).size
    return 0


def _away(error: Exception) -> str:
    """Our own words say what to do; a library's may name what nobody should read."""
    if isinstance(error, ConnectionAbortedError):
        return "it answered with more than a checkpoint"
    return f"it cannot be reached ({error if isinstance(error, EgressError) else type(error).__name__})"


def _url(party: Party, path: str) -> str:
    return f"{party.url.rstrip('/')}/{path}"
