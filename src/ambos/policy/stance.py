"""All that decides what may leave, as one thing that can be compared, approved and kept (design 3.6; ADR 0006).

Knows policy, providers, levels and lists in neutral form, and how two of them are joined into the stricter one. Who may
approve and where it is kept is known elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ambos.errors import AmbosError, PolicyError
from ambos.messages import Level, Treatment
from ambos.policy.matrix import HARD, Destination, Matrix, read_matrix
from ambos.policy.policy import Settings

ORGANISATION: Final = "organisation"
_FORMAT: Final = "ambos stance v1"


@dataclass(frozen=True, slots=True)
class Declared:
    """A provider as its table declares it; no key. `retention_days` None is unknown, which is the worst."""

    name: str
    kind: str
    base_url: str
    zone: str
    agreement: str = ""
    region: str = ""
    retention_days: int | None = None
    trains_on_data: bool = True
    allow_private: bool = False
    ca_file: str = ""
    models: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, ...]:
        """Where it is and how it is known to be there: with another place it is another provider."""
        return (self.kind, self.base_url, self.zone, self.ca_file)


@dataclass(frozen=True, slots=True)
class Stance:
    """What may leave, and to whom.

    Attributes:
        profile: "personal" or "organisation": who must approve what relaxes.
        policy: matrix and rules.
        providers: by name, ascending.
        levels_profile: raises of a kind of house ("", "hospital", ...).
        levels: kind -> label of the level it is raised to.
        grants: lists that let more out when they grow, by setting.
        wards: lists that keep more in when they grow, by setting.
    """

    profile: str = ORGANISATION
    policy: Settings = field(default_factory=Settings)
    providers: tuple[Declared, ...] = ()
    levels_profile: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    wards: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def encode(self) -> str:
        """Its canonical text, from which `decode` makes it again."""
        matrix: dict[str, dict[str, str]] = {}
        for level, destination in HARD:
            word = self.policy.matrix.cells[level, destination]
            matrix.setdefault(level.label, {})[destination.value] = word.value if word else "none"
        tree = {
            "format": _FORMAT,
            "profile": self.profile,
            "matrix": matrix,
            "cedar": self.policy.cedar,
            "providers": [asdict(one) for one in sorted(self.providers, key=lambda one: one.name)],
            "levels_profile": self.levels_profile,
            "levels": dict(self.levels),
            "grants": {name: sorted(words) for name, words in self.grants.items()},
            "wards": {name: sorted(words) for name, words in self.wards.items()},
        }
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def hash(self) -> str:
        """ "sha256:" and 64 hex digits over the canonical text."""
        return f"sha256:{hashlib.sha256(self.encode().encode()).hexdigest()}"


STRICTEST: Final = Stance(
    policy=Settings(Matrix({cell: Treatment.RAW if cell[1] is Destination.INSIDE else None for cell in HARD}))
)
"""Nothing leaves and nobody outside the machine is called: what holds while the approved state cannot be read."""


def decode(text: str) -> Stance:
    """The stance of this text.

    Raises:
        PolicyError: it is not one, or of a version that is not known.
    """
    try:
        tree: dict[str, Any] = json.loads(text)  # Any: checked by what is made of it
        if tree["format"] != _FORMAT:
            raise PolicyError("the approved state was written by another version")
        made = Stance(
            profile=str(tree["profile"]),
            policy=Settings(read_matrix(tree["matrix"]), str(tree["cedar"])),
            providers=tuple(Declared(**{**one, "models": tuple(one["models"])}) for one in tree["providers"]),
            levels_profile=str(tree["levels_profile"]),
            levels=dict(tree["levels"]),
            grants={name: frozenset(words) for name, words in tree["grants"].items()},
            wards={name: frozenset(words) for name, words in tree["wards"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, AmbosError) as error:
        raise PolicyError(f"the approved state cannot be read ({type(error).__name__})") from None
    if made.encode() != text:
        raise PolicyError("the approved state is not in the form it was written in")
    return made


def stricter(approved: Stance, new: Stance, *, keep_rules: bool) -> Stance:
    """What both allow, field by field, so that the part of a change that tightens is in force at once.

    A fact of a provider that differs is taken as not declared: to keep the old one would be to claim what its owner no
    longer says. House rules are not joined: `keep_rules` says that the approved ones stay.
    """
    known = {one.name: one for one in approved.providers}
    pairs = [(known[one.name], one) for one in new.providers if one.name in known]
    cells = {}
    for cell in HARD:
        words = (approved.policy.matrix.cells[cell], new.policy.matrix.cells[cell])
        cells[cell] = min(words, key=EXPOSURE.__getitem__)
    return Stance(
        profile=approved.profile if approved.profile == ORGANISATION else new.profile,
        policy=Settings(Matrix(cells), approved.policy.cedar if keep_rules else new.policy.cedar),
        providers=tuple(made for old, one in pairs if (made := _narrowed(old, one)) is not None),
        levels_profile=approved.levels_profile or new.levels_profile,
        levels={
            kind: max((known_level(approved, kind), known_level(new, kind))).label
            for kind in sorted({*approved.levels, *new.levels})
        },
        grants={name: words & approved.grants.get(name, frozenset()) for name, words in new.grants.items()},
        wards={
            name: new.wards.get(name, frozenset()) | approved.wards.get(name, frozenset())
            for name in {*new.wards, *approved.wards}
        },
    )


EXPOSURE: Final = {None: 0, Treatment.MASKED: 1, Treatment.RAW: 2}


def known_level(stance: Stance, kind: str) -> Level:
    """The level that `kind` is raised to; PUBLIC where nothing is said."""
    return Level.of(stance.levels[kind]) if kind in stance.levels else Level.PUBLIC


def _narrowed(old: Declared, new: Declared) -> Declared | None:
    """The provider as both allow it; None where they are two places or have no model in common."""
    models = tuple(model for model in new.models if model in old.models)
    if old.place != new.place or not models:
        return None
    days = (old.retention_days, new.retention_days)
    return Declared(
        *(new.name, new.kind, new.base_url, new.zone),
        agreement=new.agreement if new.agreement == old.agreement else "",
        region=new.region if new.region == old.region else "",
        retention_days=None if days[0] is None or days[1] is None else max(days[0], days[1]),
        trains_on_data=old.trains_on_data or new.trains_on_data,
        allow_private=old.allow_private and new.allow_private,
        ca_file=new.ca_file,
        models=models,
    )
