"""The maps of scores beside the tagger's weights: read for what people are shown, never for what is masked."""

from __future__ import annotations

from ambos.engines.tagger import WEIGHTS
from ambos.privacy.score_map import ScoreMaps, decode

SCORES = WEIGHTS.with_name("scores.json")


def load_maps(tagger: str) -> ScoreMaps:
    """The maps for the tagger of this version; none where there are none for it.

    Raises:
        IntegrityError: the file is damaged.
    """
    try:
        data = SCORES.read_bytes()
    except OSError:
        return ScoreMaps()
    return decode(data, tagger=tagger)
