"""Packs of rules, by country (ISO 3166) or matter. A house may switch off a pack or one rule by name."""

from collections.abc import Mapping

from ambos.privacy.recognisers.argentina import ARGENTINA
from ambos.privacy.recognisers.chile import CHILE
from ambos.privacy.recognisers.colombia import COLOMBIA
from ambos.privacy.recognisers.common import COMMON
from ambos.privacy.recognisers.india import INDIA
from ambos.privacy.recognisers.ireland import IRELAND
from ambos.privacy.recognisers.mexico import MEXICO
from ambos.privacy.recognisers.named import NAMED
from ambos.privacy.recognisers.names import NAMES
from ambos.privacy.recognisers.peru import PERU
from ambos.privacy.recognisers.secrets import SECRETS
from ambos.privacy.recognisers.spain import SPAIN
from ambos.privacy.recognisers.united_kingdom import UNITED_KINGDOM
from ambos.privacy.recognisers.united_states import UNITED_STATES
from ambos.privacy.recognisers.web import WEB
from ambos.privacy.rule import Rule

PACKS: Mapping[str, tuple[Rule, ...]] = {
    "common": (*COMMON, *NAMED, *WEB),
    "secrets": SECRETS,
    "names": NAMES,
    "es": SPAIN,
    "mx": MEXICO,
    "ar": ARGENTINA,
    "cl": CHILE,
    "co": COLOMBIA,
    "pe": PERU,
    "gb": UNITED_KINGDOM,
    "ie": IRELAND,
    "us": UNITED_STATES,
    "in": INDIA,
}

__all__ = ["PACKS"]
