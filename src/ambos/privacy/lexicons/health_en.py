"""Health, English."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

HEALTH_EN = (WordList("health.en", Kind.HEALTH, "condition", "pneumonia, diabet*, hypertens*"),)
