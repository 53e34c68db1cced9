"""Health, Spanish."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

HEALTH_ES = (WordList("health.es", Kind.HEALTH, "condition", "neumonia, diabet*, hipertens*"),)
