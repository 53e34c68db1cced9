"""What a house may choose about its detector: raises, own public data, listed words, packs.

Nothing here can lower a kind (design 3.3): levels below the built-in ones are ignored by `level.assess`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ambos.errors import ConfigError
from ambos.messages import Kind, Level
from ambos.privacy.signal import read_signal
from ambos.privacy.thresholds import checked, settled

# What each profile raises: a fact (FINANCE, AGE, ...) where a person is identifiable, an identifier always.
PROFILES: Mapping[str, Mapping[Kind, Level]] = {
    "": {},
    "hospital": {Kind.HEALTH_ID: Level.RESTRICTED, Kind.AGE: Level.RESTRICTED, Kind.HEALTH: Level.RESTRICTED},
    "bank": {Kind.FINANCE: Level.RESTRICTED, Kind.BANK_ACCOUNT: Level.RESTRICTED, Kind.CARD: Level.RESTRICTED},
    "school": {Kind.AGE: Level.RESTRICTED, Kind.FAMILY: Level.RESTRICTED},
    "firm": {Kind.FINANCE: Level.RESTRICTED, Kind.TAX_ID: Level.RESTRICTED},
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of the house.

    Attributes:
        profile: "", "hospital", "bank", "school" or "firm"; its raises come before `levels`.
        levels: raises by kind.
        public: the house's own name, switchboard, address: a finding equal to one of them is dropped.
        secrets: listed trade secrets, words or phrases: confidential.
        internal: listed internal words: internal.
        off: packs or single recognisers that are switched off ("us", "es.plate").
        thresholds: by kind, how likely what is doubtful must be sensitive to count; lower than usual only.
        threshold: least score of any other finding.
        plugins: detectors of other packages, by the name of their entry point.
        signals: labels of adapted classifiers that raise the level (`signal.read_signal`).
        require_certificate: masked text leaves only while a calibration certificate holds.
        languages: languages the recognisers are made for; running text in another is confidential.
        cache_entries, cache_bytes: bounds of the cache of message-local findings.
    """

    profile: str = ""
    levels: Mapping[Kind, Level] = field(default_factory=dict)
    public: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()
    thresholds: Mapping[Kind, float] = field(default_factory=dict)
    threshold: float = 0.05
    plugins: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    require_certificate: bool = False
    languages: frozenset[str] = frozenset({"es", "en"})
    cache_entries: int = 20_000
    cache_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ConfigError(f"unknown privacy profile: use one of {', '.join(sorted(filter(None, PROFILES)))}")
        checked(self.thresholds)
        for word in self.signals:
            read_signal(word)

    def least(self) -> Mapping[Kind, float]:
        """For every kind the threshold that holds, of the profile or lower."""
        return settled(self.profile, self.thresholds)

    def raised(self, kind: Kind) -> Level:
        """The level the house gives to `kind`; PUBLIC when it says nothing."""
        return max(PROFILES[self.profile].get(kind, Level.PUBLIC), self.levels.get(kind, Level.PUBLIC))

    def raises(self) -> Iterator[tuple[Kind, Level]]:
        """Every kind that the house raises, with its level."""
        if self.profile or self.levels:
            named = PROFILES[self.profile].keys() | self.levels.keys()
            yield from ((kind, self.raised(kind)) for kind in Kind if kind in named and self.raised(kind))
