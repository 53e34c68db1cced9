"""The shared nouns of a conversation: levels, kinds, leaves, findings, models and what a model says.

Nothing here decides or does anything. The forms on the wire are in `wire`, the rules in `policy` and `privacy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeAlias

JsonScalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "JsonScalar | list[Json] | dict[str, Json]"
Path: TypeAlias = tuple[str | int, ...]


class Level(IntEnum):
    """Sensitivity of content (design 3.3). Higher is more sensitive."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    RESTRICTED = 3

    @property
    def label(self) -> str:
        """The name in lower case, as written in headers and settings."""
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> Level:
        """The level named `label` (any case); KeyError when there is none."""
        return cls[label.upper()]


class Kind(StrEnum):
    """Kinds of finding: a closed set, recognisers map onto it (design 6)."""

    PERSON = "PERSON"
    ADDRESS = "ADDRESS"
    LOCATION = "LOCATION"
    DATE = "DATE"
    AGE = "AGE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    URL = "URL"
    IP = "IP"
    USERNAME = "USERNAME"
    GOV_ID = "GOV_ID"
    TAX_ID = "TAX_ID"
    HEALTH_ID = "HEALTH_ID"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    CARD = "CARD"
    SECRET = "SECRET"
    ORG = "ORG"
    HEALTH = "HEALTH"
    SPECIAL = "SPECIAL"
    FINANCE = "FINANCE"
    VEHICLE = "VEHICLE"
    DEVICE_ID = "DEVICE_ID"
    PROFESSION = "PROFESSION"
    FAMILY = "FAMILY"


class Zone(StrEnum):
    """Where a model runs, seen from the trust boundary."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Treatment(StrEnum):
    """What a model may receive. Its absence means: nothing."""

    RAW = "raw"
    MASKED = "masked"


class Route(StrEnum):
    """Where an answer came from (`x-ambos-route`)."""

    LOCAL = "local"
    MASKED = "masked"
    EXTERNAL = "external"
    NONE = "none"


class Leaf(NamedTuple):  # a request has dozens: made in a third of the time of a frozen dataclass
    """One scalar or one object key of a request.

    Attributes:
        path: keys and indexes from the root; for a key, the path of its value.
        text: the scalar as text (numbers as written by JSON, arrays of numbers joined by spaces).
        is_key: the leaf is the key at `path[-1]`, not its value.
        is_readable: False for what no reader understands (image, file, token ids, encoded blob): restricted.
        is_text: the JSON value is a string, so that it can be masked in place.
    """

    path: Path
    text: str
    is_key: bool = False
    is_readable: bool = True
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One sensitive span of a text.

    Attributes:
        start, end: Unicode code points, end exclusive.
        kind: one of the closed set.
        detail: the finer label of the recogniser or tagger ("dni", "HOSPITAL"), or "".
        score: probability that the span is what it says, 0 to 1.
        rule: name of the recogniser, tagger or lexicon that found it.
    """

    start: int
    end: int
    kind: Kind
    detail: str = ""
    score: float = 1.0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of why: a rule's stable code, the level it led to, and the kinds it rests on. Never a text."""

    rule: str
    level: Level
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the store remembers of a conversation: its highest level and the details and kinds seen so far."""

    level: Level = Level.PUBLIC
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The level of a whole conversation, with the reasons (design 3.3).

    `kinds` is what the store keeps for the next turn: kind names, and "KIND:detail" where the level rule needs it.
    """

    level: Level
    kinds: frozenset[str] = frozenset()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of the catalogue as the policy sees it. What a provider does not declare counts as the worst.

    Attributes:
        name: what callers write in `model`, for example "acme/big-1" or "ambos/smollm2".
        upstream_name: what the provider calls it.
        fitness: "demo", "unproven" or "proven on ..." (design 4).
        is_stand_in: it only says what it received; never chosen by `ambos/auto`.
        is_for_one_task: adapted to one task and proven on it alone: it answers who names it, and stands in for nobody.
        price: currency units per million prompt and completion tokens, with the date of the table; empty if unknown.
    """

    name: str
    provider: str
    upstream_name: str
    zone: Zone
    agreement: str = ""
    region: str = ""
    retention_days: int | None = None
    trains_on_data: bool = True
    fitness: str = "unproven"
    is_stand_in: bool = False
    is_for_one_task: bool = False
    price: Mapping[str, float | str] = field(default_factory=dict)


# --- what a model says -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text of choice `index`; `channel` is "content", "reasoning" or "refusal"."""

    text: str
    index: int = 0
    channel: str = "content"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A piece of a tool call: `id` and `name` on the first piece, `arguments` as JSON text in pieces."""

    call: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """Choice `index` is complete: "stop", "length", "tool_calls" or "content_filter"."""

    reason: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the model that answered counted them."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


Delta: TypeAlias = Text | ToolCall | Finished | Usage
Batch: TypeAlias = tuple[Delta, ...]
