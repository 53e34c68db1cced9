"""Room: what is sensitive; masks it; puts it back."""

from ambos.privacy import identifiers
from ambos.privacy.cache import Cache
from ambos.privacy.detector import Detector
from ambos.privacy.leaves import leaves
from ambos.privacy.level import assess
from ambos.privacy.mask_note import Note
from ambos.privacy.outbound import Outbound, prepare
from ambos.privacy.reader import Reader, Reading
from ambos.privacy.realistic import Realistic
from ambos.privacy.scrub import scrub
from ambos.privacy.settings import Settings
from ambos.privacy.speech import Speech
from ambos.privacy.surrogate import Surrogates

__all__ = [
    "Cache",
    "Detector",
    "Note",
    "Outbound",
    "Reader",
    "Reading",
    "Realistic",
    "Settings",
    "Speech",
    "Surrogates",
    "assess",
    "identifiers",
    "leaves",
    "prepare",
    "scrub",
]
