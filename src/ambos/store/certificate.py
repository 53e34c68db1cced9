"""The signed certificate of an erasure: what was done when, and what cannot be proven (docs/guide/rights.md)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ambos.audit import Signer

_LIMITS: Final = (
    "limit a key file on a solid-state disk: its old blocks are erased by the disk when it chooses, unseen",
    "limit copies of the key ring made before: irrecoverable only if none is kept beyond the day above",
    "limit what recipients keep: they are to be told (GDPR 19)",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says; handles, counts and times, nothing that names anybody.

    Attributes:
        recipients: providers that received a request of these records, with how many.
        root: of the log before the `erased` entry, with its size: it stays the same.
    """

    erasure: str
    subject: str
    tenant: str
    basis: str
    blocked_ms: int
    destroyed_ms: int
    irrecoverable_ms: int
    destroyed: int
    resealed: int
    generation: int
    recipients: Mapping[str, int]
    size: int
    root: str


def certificate(facts: Facts, signer: Signer) -> str:
    """The certificate as a signed note under the log's key (C2SP signed-note)."""
    lines = (
        "ambos/erasure-certificate/v1",
        f"erasure {facts.erasure}",
        f"subject {facts.subject}",
        f"tenant {facts.tenant}",
        f"basis {facts.basis}",
        f"blocked {_time(facts.blocked_ms)}",
        f"erased from service {_time(facts.destroyed_ms)}",
        f"irrecoverable {_time(facts.irrecoverable_ms)}",
        f"records destroyed {facts.destroyed}, sealed again without the subject {facts.resealed}",
        f"key ring generation {facts.generation}",
        f"log size {facts.size} root {facts.root}",
        *(f"tell recipient {name}: {count} requests" for name, count in sorted(facts.recipients.items())),
        *_LIMITS,
    )
    text = "\n".join(lines) + "\n"
    return f"{text}\n{signer.sign(text).line()}"


def _time(time_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))
