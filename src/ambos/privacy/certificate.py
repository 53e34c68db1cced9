"""The calibration certificate: what was shown, for which documents, and whether it still counts (spec 5 and 6).

`docs/spec/calibration.md` has the format. Where it is kept and who may renew it is known elsewhere; the statistics behind
it are those of `evaluate`, which this room never sees.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final  # the fields of a certificate are checked one by one

from ambos.errors import CalibrationError
from ambos.privacy.settings import Settings

FORMAT: Final = "ambos calibration v1"
LOSSES: Final = ("leak", "direct")
_LONGEST: Final = 200
_MOST_UNITS: Final = 1_000_000


class Standing(StrEnum):
    """Whether a certificate counts."""

    ABSENT = "absent"
    VOID = "void"
    SUSPENDED = "suspended"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Shown:
    """One promise: the mean of `loss` is at most `most`; it was `seen`, and by itself it is at most `upper`."""

    loss: str
    most: float
    bound: str
    seen: float
    upper: float


@dataclass(frozen=True, slots=True)
class InForce:
    """What a certificate is compared with: hashes of detector, detection settings and policy."""

    detector: str
    settings: str
    policy: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """See spec 5 for each field."""

    issued: int
    expires: int
    domain: str
    language: str
    units: int
    documents: int
    label_error: float | None
    confidence: float
    targets: tuple[Shown, ...]
    threshold: float
    in_force: InForce
    statistics: tuple[float, ...]
    salt: str

    def encode(self) -> bytes:
        """Its canonical form."""
        tree = {
            "format": FORMAT,
            "issued": self.issued,
            "expires": self.expires,
            "domain": self.domain,
            "language": self.language,
            "units": self.units,
            "documents": self.documents,
            "label_error": self.label_error,
            "confidence": self.confidence,
            "targets": [
                {"loss": one.loss, "most": one.most, "bound": one.bound, "seen": one.seen, "upper": one.upper}
                for one in self.targets
            ],
            "threshold": self.threshold,
            "detector": self.in_force.detector,
            "settings": self.in_force.settings,
            "policy": self.in_force.policy,
            "statistics": list(self.statistics),
            "salt": self.salt,
        }
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()

    @property
    def hash(self) -> str:
        """ "sha256:" and 64 hex digits over the canonical form."""
        return f"sha256:{hashlib.sha256(self.encode()).hexdigest()}"

    def standing(self, now: InForce, *, at_ms: int, last: tuple[str, str] | None) -> Standing:
        """Whether it counts.

        Args:
            now: hashes of what is in force.
            at_ms: the time.
            last: action and certificate of the newest `bound` entry of the log; None where there is none.
        """
        if last == ("suspended", self.hash):
            return Standing.SUSPENDED
        is_known = last == ("activated", self.hash)
        if is_known and self.in_force == now and self.issued <= at_ms < self.expires:
            return Standing.ACTIVE
        return Standing.VOID


def decode(data: bytes) -> Certificate:
    """The certificate of this canonical form.

    Raises:
        CalibrationError: it is none, of another version, or not in the form it was written in.
    """
    try:
        tree: Any = json.loads(data.decode("utf-8"))
        made = _made(tree)
        if made.encode() != data:
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise CalibrationError("this is no calibration certificate of version 1", word="certificate_bad") from None
    return made


def _made(tree: Mapping[str, Any]) -> Certificate:
    if tree["format"] != FORMAT:
        raise ValueError
    targets = tuple(
        Shown(*(one[name] for name in ("loss", "most", "bound", "seen", "upper"))) for one in tree["targets"]
    )
    made = Certificate(
        **{name: tree[name] for name in ("issued", "expires", "units", "documents", "confidence", "threshold", "salt")},
        **{name: tree[name] for name in ("domain", "language", "label_error")},
        targets=targets,
        in_force=InForce(tree["detector"], tree["settings"], tree["policy"]),
        statistics=tuple(tree["statistics"]),
    )
    whole = (made.issued, made.expires, made.units, made.documents)
    words = (made.domain, made.language, made.salt, *(getattr(made.in_force, name) for name in InForce.__slots__))
    shares = [
        made.confidence,
        made.threshold,
        *made.statistics,
        *([] if made.label_error is None else [made.label_error]),
    ]
    shares += [number for one in targets for number in (one.most, one.seen, one.upper)]
    if not all(type(one) is int and one >= 0 for one in whole) or not made.units <= made.documents <= _MOST_UNITS:
        raise ValueError
    if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in words):
        raise ValueError
    if not all(type(one) in (int, float) and math.isfinite(one) and 0 <= one <= 1 for one in shares):
        raise ValueError
    if not targets or len({one.loss for one in targets}) != len(targets) or len(bytes.fromhex(made.salt)) != 16:
        raise ValueError
    if not all(one.loss in LOSSES and 0 < one.most < 1 for one in targets) or not 0.5 <= made.confidence < 1:
        raise ValueError
    return made


def settings_hash(settings: Settings) -> str:
    """Hash of what the house chose about detection; a certificate holds for these choices only."""
    chosen = {
        "profile": settings.profile,
        "levels": {kind.value: level.label for kind, level in settings.levels.items()},
        "public": sorted(settings.public),
        "secrets": sorted(settings.secrets),
        "internal": sorted(settings.internal),
        "off": sorted(settings.off),
        "plugins": sorted(settings.plugins),
        "thresholds": {kind.value: value for kind, value in settings.least().items()},
        "languages": sorted(settings.languages),
    }
    text = json.dumps(chosen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
