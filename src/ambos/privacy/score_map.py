"""What a score is worth: monotone maps from the scores of a source to probabilities, for what people are shown.

Overlaps, document pass and thresholds work on the scores as the sources give them; since every map rises, that is the same
order. A map belongs to one tagger, by its version; with another the scores stay as they are.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from ambos.errors import IntegrityError
from ambos.messages import Finding
from ambos.privacy.thresholds import CAUTION

FORMAT: Final = "ambos score maps v1"
Knots = tuple[tuple[float, float], ...]


def source_of(finding: Finding) -> str:
    """Whose score it is: the tagger's, a caution's, that of a plug-in, or that of the rules."""
    if finding.rule in ("tagger", CAUTION) or finding.rule.startswith("plugin."):
        return finding.rule
    return "rules"


@dataclass(frozen=True, slots=True)
class ScoreMaps:
    """Maps by "source KIND", and by "source" for kinds with too few observations."""

    maps: Mapping[str, Knots] = field(default_factory=dict)

    def shown(self, finding: Finding) -> Finding:
        """The finding with its score as a probability."""
        source = source_of(finding)
        knots = self.maps.get(f"{source} {finding.kind.value}") or self.maps.get(source)
        return finding if knots is None else replace(finding, score=_at(knots, finding.score))


def decode(data: bytes, *, tagger: str) -> ScoreMaps:
    """The maps of a file; none where it was made for another tagger.

    Raises:
        IntegrityError: it is no such file, or a map of it falls.
    """
    try:
        tree: Any = json.loads(data.decode("utf-8"))
        if tree["format"] != FORMAT:
            raise ValueError
        maps = {str(name): tuple((float(x), float(y)) for x, y in knots) for name, knots in tree["maps"].items()}
        if not all(_is_rising(knots) for knots in maps.values()):
            raise ValueError
        return ScoreMaps(maps if tree["tagger"] == tagger else {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise IntegrityError("the maps of the scores are not what they must be", place="scores.json") from None


def _is_rising(knots: Sequence[tuple[float, float]]) -> bool:
    inside = all(0 <= x <= 1 and 0 <= y <= 1 for x, y in knots)
    return bool(knots) and inside and all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(knots))


def _at(knots: Knots, score: float) -> float:
    place = bisect_right(knots, (score, 2.0))
    if place == 0:
        return knots[0][1]
    if place == len(knots):
        return knots[-1][1]
    (x0, y0), (x1, y1) = knots[place - 1], knots[place]
    return y0 + (score - x0) / (x1 - x0) * (y1 - y0)
