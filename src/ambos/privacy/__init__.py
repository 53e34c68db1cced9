"""Room: what is sensitive; masks it; puts it back."""

from typing import TYPE_CHECKING

from ambos import late
from ambos.privacy.leaves import leaves
from ambos.privacy.settings import Settings

if TYPE_CHECKING:
    from ambos.privacy import identifiers
    from ambos.privacy.cache import Cache
    from ambos.privacy.detector import Detector
    from ambos.privacy.level import assess
    from ambos.privacy.mask_note import Note
    from ambos.privacy.outbound import Outbound, prepare
    from ambos.privacy.reader import Reader, Reading
    from ambos.privacy.realistic import Realistic
    from ambos.privacy.scrubbing import scrub
    from ambos.privacy.speech import Speech
    from ambos.privacy.surrogate import Surrogates

__getattr__ = late(
    __name__,
    {
        "cache": "Cache",
        "detector": "Detector",
        "level": "assess",
        "mask_note": "Note",
        "outbound": "Outbound prepare",
        "reader": "Reader Reading",
        "realistic": "Realistic",
        "scrubbing": "scrub",
        "speech": "Speech",
        "surrogate": "Surrogates",
    },
)

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
