"""Packs of rules, by country or matter. A house may switch off a pack or one rule by name."""

from collections.abc import Mapping

from ambos.privacy.recognisers.international import INTERNATIONAL
from ambos.privacy.recognisers.names import NAMES
from ambos.privacy.recognisers.secrets import SECRETS
from ambos.privacy.recognisers.spain import SPAIN
from ambos.privacy.rule import Rule

PACKS: Mapping[str, tuple[Rule, ...]] = {
    "es": SPAIN,
    "international": INTERNATIONAL,
    "secrets": SECRETS,
    "names": NAMES,
}

__all__ = ["PACKS"]
