"""Word lists: health, other special categories, finance; Spanish and English, written for this project."""

from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons.figures import FIGURES
from ambos.privacy.lexicons.health_en import HEALTH_EN
from ambos.privacy.lexicons.health_es import HEALTH_ES
from ambos.privacy.lexicons.special import SPECIAL

LISTS: tuple[WordList, ...] = (*HEALTH_ES, *HEALTH_EN, *SPECIAL)

__all__ = ["FIGURES", "LISTS"]
