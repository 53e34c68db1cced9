"""The closed set of events and fields of version 1: the tables of docs/spec/audit-log.md, sections 4 and 5.

A field has one type wherever it stands. What a field may hold is written so that no sentence fits into it: handles,
names, codes, hashes and whole numbers. The order of entries is not known here (`check`), nor their bytes (`entry`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

VERSION: Final = 1
MAX_INTEGER: Final = 2**53 - 1  # RFC 8785 section 3.2.2.3: what every JSON reader keeps exactly
MAX_MEMBERS: Final = 64  # of a list or map, so that a leaf keeps far below 65,535 bytes
MAX_REQUESTS: Final = 256  # handles in one `erased` or `exported` entry; more make another entry

_CODE: Final = r"[A-Za-z0-9_][A-Za-z0-9_.:/+-]{0,95}"
_PATTERNS: Final = {
    "name": r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    "model": r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,127}",
    "code": _CODE,
    "origin": r"[A-Za-z0-9][A-Za-z0-9_.:/~-]{0,254}",
    "hash": r"sha256:[0-9a-f]{64}",
    "commitment": r"[0-9a-f]{64}",
    "currency": r"[A-Z]{3}",
    "level": r"public|internal|confidential|restricted",
    "route": r"local|masked|external|none",
    "zone": r"inside|outside",
    "treatment": r"raw|masked",
} | {f"handle {prefix}": prefix + r"_[A-Za-z0-9_-]{1,64}" for prefix in "rpkcexui"}

_NAMES: Final = re.compile(r"[a-z][a-z0-9_]{0,31}").fullmatch
_CODES: Final = re.compile(_CODE).fullmatch
_REQUESTS: Final = re.compile(_PATTERNS["handle r"]).fullmatch


def is_integer(value: object) -> bool:
    """The form `integer`."""
    return type(value) is int and 0 <= value <= MAX_INTEGER


def _boolean(value: object) -> bool:
    return type(value) is bool


def _ascending(value: object, most: int, fits: Callable[[str], object]) -> bool:
    """Lists are sets written in one way: ascending, each member once."""
    if type(value) is not list or not 0 < len(value) <= most:
        return False
    before = ""
    for one in value:  # loops, since generators cost as much as what they ask
        if type(one) is not str or one <= before or not fits(one):
            return False
        before = one
    return True


def _codes(value: object) -> bool:
    return _ascending(value, MAX_MEMBERS, _CODES)


def _requests(value: object) -> bool:
    return _ascending(value, MAX_REQUESTS, _REQUESTS)


def _map(value: object, fits: Callable[[object], bool]) -> bool:
    if type(value) is not dict or not 0 < len(value) <= MAX_MEMBERS:
        return False
    return all(type(name) is str and _NAMES(name) and fits(one) for name, one in value.items())


def _fact(value: object) -> bool:
    return (type(value) is str and _CODES(value) is not None) or _boolean(value) or is_integer(value)


def _facts(value: object) -> bool:
    return _map(value, _fact)


def _counts(value: object) -> bool:
    return _map(value, is_integer)


def _matching(pattern: str, seen: set[str]) -> Callable[[object], bool]:
    fits, most = re.compile(pattern).fullmatch, 0 if seen is _NONE_SEEN else _MAX_SEEN

    def matches(value: object) -> bool:
        if type(value) is not str or fits(value) is None:
            return False
        if len(seen) < most:
            seen.add(value)
        return True

    return matches


# Strings that fitted before, by form: a log names the same models, people and policies in most entries, and looking one up
# costs a tenth of matching it. Handles of requests and commitments are new each time and not kept.
_MAX_SEEN: Final = 2048
_NONE_SEEN: Final = set[str]()
_ALWAYS_NEW: Final = frozenset({"handle r", "handle c", "handle e", "handle u", "commitment"})
_SEEN: Final = {kind: _NONE_SEEN if kind in _ALWAYS_NEW else set[str]() for kind in _PATTERNS}


TYPES: Final[dict[str, Callable[[object], bool]]] = {
    **{kind: _matching(pattern, _SEEN[kind]) for kind, pattern in _PATTERNS.items()},
    "integer": is_integer,
    "boolean": _boolean,
    "codes": _codes,
    "requests": _requests,
    "facts": _facts,
    "counts": _counts,
}

# docs/spec/audit-log.md section 4
FIELDS: Final[dict[str, str]] = {
    field: kind
    for kind, fields in {
        "handle r": "request",
        "handle p": "principal second owner",
        "handle k": "key",
        "handle c": "conversation",
        "handle e": "erasure",
        "handle x": "experiment",
        "handle u": "unit",
        "handle i": "incident",
        "name": "tenant provider region log_key",
        "model": "model asked champion",
        "origin": "witness",
        "hash": "policy previous settings plan items corpus recipe artefact report certificate evidence backup root",
        "commitment": "in out answer secret why",
        "currency": "currency",
        "level": "level",
        "route": "route",
        "zone": "zone",
        "treatment": "treatment",
        "code": "event reason action result mode scope basis stage purpose role roles verdict arm stratum control "
        "software detector licence agreement authority provenance beacon",
        "integer": "v time attempt redactions restored bytes prompt_tokens completion_tokens cached_tokens cost count "
        "until due size generation ordinal first last uses recall_ppm bound_ppm workers",
        "boolean": "relaxes",
        "codes": "kinds reasons",
        "requests": "requests",
        "facts": "facts",
        "counts": "times_us counts",
    }.items()
    for field in fields.split()
}


@dataclass(frozen=True, slots=True)
class Event:
    """Which fields an event has, beside `v event time tenant`, which all have."""

    required: frozenset[str]
    optional: frozenset[str]


_ENDED: Final = (
    "answer prompt_tokens completion_tokens cached_tokens cost currency times_us level policy redactions restored facts"
)

# docs/spec/audit-log.md section 5: event -> (required, optional)
_EVENTS: Final[dict[str, tuple[str, str]]] = {
    # requests
    "decided": (
        "request principal key level policy in",
        "conversation detector kinds reasons asked model provider zone treatment experiment arm purpose facts",
    ),
    "egress": (
        "request attempt model provider treatment level policy out redactions bytes",
        "detector region agreement purpose experiment arm facts",
    ),
    "completed": ("request attempt model provider zone route", f"reason {_ENDED}"),
    "failed": ("request attempt model provider zone route reason", _ENDED),
    "cancelled": ("request attempt model provider zone route", f"reason {_ENDED}"),
    "refused": (
        "request reason",
        "principal key conversation level policy detector kinds reasons asked in purpose facts",
    ),
    # people's rights
    "blocked": ("erasure scope basis count", "principal requests due why"),
    "erased": (
        "erasure scope basis stage count",
        "principal second requests generation certificate due why",
    ),
    "exported": ("principal scope count", "second requests report why"),
    "rectified": ("request principal", "why"),
    "opened": ("request principal mode", "second until why"),
    "consent": ("action scope purpose", "principal owner key basis count why"),
    # access
    "principal": ("action owner", "principal second roles why"),
    "key": ("action key", "owner principal second roles until why"),
    "session": ("action", "principal key mode reason until"),
    # configuration
    "policy": ("action policy", "previous principal second relaxes reason why"),
    "provider": ("action provider", "principal second zone region agreement relaxes settings why"),
    "settings": ("action settings", "previous principal second relaxes why"),
    "detector": ("action detector", "principal second model artefact relaxes why"),
    # operation
    "started": ("software", "settings policy detector workers facts"),
    "stopped": ("reason", "software"),
    "engine": ("action model", "artefact reason facts"),
    "secret": ("action purpose generation", "principal second authority why"),
    "log_key": ("action log_key generation", "principal second why"),
    "witnessed": ("witness size until", "root"),
    "stamped": ("authority size", "root evidence until"),
    "backed_up": ("backup size", "generation count"),
    "recovered": ("backup size count", "principal generation root why"),
    "incident": ("incident stage", "principal control reason due report why"),
    # controls
    "control": ("control result", "first last count evidence due counts"),
    "probe": ("result count", "recall_ppm reason detector counts"),
    "bound": ("action detector", "bound_ppm count reason evidence"),
    "evidence": ("evidence scope", "principal first last"),
    # models, experiments, promotion
    "model": ("action model", "artefact licence principal second corpus recipe report reason why"),
    "corpus": ("action corpus", "principal basis count reason previous why"),
    "trained": ("model artefact corpus recipe", "principal report reason count"),
    "evaluated": ("model items", "artefact report uses experiment count"),
    "sealed_plan": ("experiment plan", "items secret principal previous beacon why"),
    "seeded": ("experiment beacon evidence", "ordinal"),
    "assigned": ("experiment unit ordinal", "arm stratum"),
    "outcome": ("experiment unit provenance evidence", "arm request"),
    "analysed": ("experiment report verdict", "plan count provenance"),
    "recommended": ("model", "champion experiment report verdict reason"),
    "signed": ("model principal role result", "second experiment report why"),
    "promoted": (
        "action model",
        "champion artefact experiment report principal second purpose reason count why",
    ),
}

ALWAYS: Final = frozenset({"v", "event", "time", "tenant"})
EVENTS: Final[dict[str, Event]] = {
    event: Event(frozenset(required.split()) | ALWAYS, frozenset(optional.split()))
    for event, (required, optional) in _EVENTS.items()
}
CHECKS: Final[dict[str, tuple[Callable[[object], bool], set[str]]]] = {
    field: (TYPES[kind], _SEEN.get(kind, _NONE_SEEN)) for field, kind in FIELDS.items()
}
"""What a field may hold: the check, and strings that have passed it before."""

# Values that a code field of one event is limited to (docs/spec/audit-log.md section 5).
CHOICES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("egress", "level"): frozenset({"public", "internal", "confidential"}),
    ("completed", "route"): frozenset({"local", "masked", "external"}),
    ("erased", "stage"): frozenset({"destroyed", "irrecoverable"}),
    ("opened", "mode"): frozenset({"own", "dual", "break_glass", "legal"}),
    ("control", "result"): frozenset({"pass", "fail", "not_applicable"}),
    ("probe", "result"): frozenset({"pass", "fail"}),
    ("signed", "result"): frozenset({"approve", "reject"}),
    ("promoted", "action"): frozenset({"promote", "rollback", "retire"}),
    ("outcome", "provenance"): frozenset({"run", "recorded", "imported"}),
}
