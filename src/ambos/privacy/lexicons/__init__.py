"""Word lists: health, other special categories, finance, minors; Spanish and English, written for this project."""

from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons.common import COMMON
from ambos.privacy.lexicons.everyday_en import EVERYDAY_EN
from ambos.privacy.lexicons.everyday_es import EVERYDAY_ES
from ambos.privacy.lexicons.figures import FIGURES
from ambos.privacy.lexicons.health_en import HEALTH_EN
from ambos.privacy.lexicons.health_es import HEALTH_ES
from ambos.privacy.lexicons.hints import HINTS
from ambos.privacy.lexicons.minors import MINORS
from ambos.privacy.lexicons.special import SPECIAL

LISTS: tuple[WordList, ...] = (*HEALTH_ES, *HEALTH_EN, *EVERYDAY_ES, *EVERYDAY_EN, *HINTS, *SPECIAL, *MINORS)

__all__ = ["COMMON", "FIGURES", "LISTS"]
