"""Probes: invented texts run through the path against a sink that records, at start, daily, and hourly while closed.

One that leaves when it may not, a planted value among the bytes of one that may leave masked, or a recall below the
calibrated one (`recall`) closes the outside of this process until all pass again. They take the whole path but for two
things: the sink answers in place of a model, and the log gets one `probe` entry instead of one for each
(docs/guide/probes.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from ambos.app.probe_texts import PROBES, Probe
from ambos.app.recall import ALL, KNOWN, Expected, Known, asked, found
from ambos.audit.entry import Value
from ambos.errors import NoModelError, PolicyBlockedError
from ambos.gateway import Ask, Gateway, Shells
from ambos.identity import Principal, Role
from ambos.messages import Batch, Finished, ServedModel, Text, Zone
from ambos.policy import Closing, Policy, load
from ambos.ports import Dispatch
from ambos.store.log import AuditLog
from ambos.store.rehearsal import Rehearsal
from ambos.wire import parse, read_chat

_log = logging.getLogger(__name__)
DAY_S: Final = 86_400.0
CLOSED_S: Final = 3_600.0
_MILLION: Final = 1_000_000
_NAME: Final = "probe"
_WORST: Final = ("left", "unmasked", "failed", "recall")
# Declared as well as any provider can be: what does not leave to this one leaves to none.
_SINK: Final = ServedModel(
    "probe/sink", _NAME, "sink", Zone.OUTSIDE, agreement="probe", region="here", retention_days=0, trains_on_data=False
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run of the probes found.

    Attributes:
        count: how many ran.
        kept: planted values that did not reach the sink, of `planted`.
        found: known values that the detector found, of `known`.
        reason: "" when all passed; "left" (one may not leave and did), "unmasked", "failed" (the path itself failed), or
            "recall" (fewer were found than the calibrated recall asks).
    """

    count: int
    kept: int
    planted: int
    found: int = 0
    known: int = 0
    reason: str = ""

    @property
    def recall_ppm(self) -> int:
        """Found of known, in millionths; all of none."""
        return self.found * _MILLION // self.known if self.known else _MILLION


@dataclass(slots=True)
class _Sink:
    """A model outside that keeps what it is sent."""

    bodies: list[bytes] = field(default_factory=list)

    async def stream(self, dispatch: Dispatch) -> AsyncIterator[Batch]:
        self.bodies.append(dispatch.take(provider=_NAME, zone=Zone.OUTSIDE))
        yield (Text("ok"), Finished("stop"))


class Probes:
    """The probes of one process.

    Attributes:
        texts: what is sent.
        known: what the detector must find.
    """

    def __init__(
        self,
        shells: Shells,
        make: Callable[[Shells], Gateway],
        *,
        log: AuditLog,
        detector: str,
        tenant: str,
        tells: bool,
        alarm: Callable[[], str] = lambda: "",
        expected: Expected = ALL,
        texts: Sequence[Probe] = PROBES,
    ) -> None:
        self._sink = _Sink()
        self._gateway = make(
            replace(
                shells,
                log=Rehearsal(),
                providers={_NAME: self._sink},
                models=lambda: (_SINK,),
                resolve=lambda name: name,
            )
        )
        self._principal = Principal("p_probe", tenant, "k_probe", frozenset({Role.USER}))
        self._log, self._detector, self._tenant = log, detector, tenant
        self._tells = tells  # one worker of a server writes down for all what passed; what fails, everybody
        self._expected = expected
        self.texts: Sequence[Probe] = texts
        self.known: Sequence[Known] = KNOWN
        self._closed: tuple[Policy, Policy] | None = None
        self._alarm = alarm
        self._problem = "unproven"

    @property
    def problem(self) -> str:
        """Why the outside is closed; "" when it is open. Closed until the first run."""
        return self._alarm() or self._problem

    def policy(self, policy: Policy) -> Policy:
        """`policy`, or what is left of it while the outside is closed."""
        if not self.problem:
            return policy
        if self._closed is None or self._closed[0] is not policy:
            self._closed = (policy, load(policy.settings, closes=policy.closes | {Closing.OUTSIDE}))
        return self._closed[1]

    async def watch(self) -> None:
        """Run them daily, hourly while the outside is closed."""
        while True:
            await asyncio.sleep(CLOSED_S if self.problem else DAY_S)
            await self.check()

    async def check(self) -> Found:
        """Run all of them once, open or close the outside by what they find, and write it down.

        Raises:
            LogUnavailableError: it was not written down; the outside is closed then.
        """
        self._problem = "unproven"
        made = await self.run()
        if made.reason:
            _log.error("the outside is closed: the probes say %s; see `ambos doctor`", made.reason)
        if made.reason or self._tells:
            await self._log.append("probe", tenant=self._tenant, fields=self._fields(made))
        self._problem = made.reason
        return made

    async def run(self) -> Found:
        """What all of them find; nothing is changed by it."""
        kept = planted = 0
        reasons: list[str] = []
        for one in self.texts:
            sent, problem = await self._one(one)
            left = [value for value in one.planted if any(value.encode() in body for body in sent)]
            planted += len(one.planted)
            kept += len(one.planted) - len(left)
            reasons += [word for word, holds in (("left", one.is_restricted and sent), ("unmasked", left)) if holds]
            reasons += [problem] if problem else []
        made = replace(await self._recalled(), count=len(self.texts), kept=kept, planted=planted)
        reasons += [made.reason] if made.reason else []
        reasons += ["recall"] if made.recall_ppm < round(self._expected.recall() * _MILLION) else []
        return replace(made, reason=min(reasons, key=_WORST.index, default=""))

    async def _recalled(self) -> Found:
        """Known values and those of them that are found; nothing is sent."""
        known = there = 0
        try:
            for one in self.known:
                values = asked(one, self._expected.off)
                judged = await self._gateway.judge(self._ask(Probe((one.text,))))
                known += len(values)
                there += sum(found(one.text, values, some) for leaf, some in judged.pairs() if leaf.text == one.text)
        except Exception as error:  # noqa: BLE001  as in `_one`
            _log.error("the recall could not be measured: %s", type(error).__name__)
            return Found(0, 0, 0, there, known, "failed")
        return Found(0, 0, 0, there, known)

    def _fields(self, made: Found) -> dict[str, Value]:
        fields: dict[str, Value] = {
            "result": "fail" if made.reason else "pass",
            "count": made.count,
            "recall_ppm": made.recall_ppm,
            "counts": {"found": made.found, "kept": made.kept, "known": made.known, "planted": made.planted},
            "detector": self._detector,
        }
        return fields | ({"reason": made.reason} if made.reason else {})

    async def _one(self, probe: Probe) -> tuple[list[bytes], str]:
        """What of a probe reached the sink, and "failed" where the path did."""
        self._sink.bodies.clear()
        try:
            answer = await self._gateway.answer(self._ask(probe))
            async for _ in answer.batches:
                pass
        except (NoModelError, PolicyBlockedError):
            return [], ""
        except Exception as error:  # noqa: BLE001  whatever it is: what cannot be probed is not open
            _log.error("a probe failed: %s", type(error).__name__)
            return [*self._sink.bodies], "failed"
        return [*self._sink.bodies], ""

    def _ask(self, probe: Probe) -> Ask:
        messages = [
            {"role": "assistant" if number % 2 else "user", "content": turn} for number, turn in enumerate(probe.turns)
        ]
        body = orjson.dumps({"model": _SINK.name, "messages": messages})
        return Ask(self._principal, read_chat(parse(body)), body)
