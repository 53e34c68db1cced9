"""Other special categories, both languages."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

SPECIAL = (WordList("special.union", Kind.SPECIAL, "union", "afiliad* al sindicato, trade union member*"),)
