"""The answer of the policy: for every model a treatment, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambos.messages import Level, Reason, Treatment


@dataclass(frozen=True, slots=True)
class Decision:
    """What each model of the catalogue may receive of one request.

    Routing, retries, fallbacks, caches, mirrors and experiment arms choose only inside `treatments`.

    Attributes:
        level: level of the conversation, after any tightening by the caller.
        treatments: model name -> treatment; a model that is absent may receive nothing.
        policy: hash of the policy in force, "sha256:" and 64 hex digits.
        reasons: why, in order of weight; rule codes only, never a text.
        duties: obligations of the rules that permitted, by model name.
    """

    level: Level
    treatments: Mapping[str, Treatment]
    policy: str
    reasons: tuple[Reason, ...] = ()
    duties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
