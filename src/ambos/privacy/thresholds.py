"""How likely a stretch must be sensitive to count, by kind: the usual threshold, lower ones, and what lies between.

What is found at the usual threshold is settled first and never depends on a lower one. A lower threshold adds *cautions*:
stretches that are sensitive with a probability between the two. They only fill what nothing else covers, cut nothing, and
are not looked for elsewhere. So the set of letters and digits found at a lower threshold contains that at a higher one, by
construction (docs/guide/calibration.md; property test). What plug-ins find fills in the same way, so that one more never
takes anything away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ambos.errors import ConfigError
from ambos.messages import Finding, Kind
from ambos.privacy.facts import FACTS

CAUTION: Final = "caution"  # rule of a finding that counts only below the usual threshold
PLUGIN: Final = "plugin."  # how the rules of plug-ins begin
USUAL: Final = 0.15  # the tagger's floor (docs/cards/tagger.md); no house may ask for more
LEAST: Final = 0.005  # below it nearly every word counts
# From the safest to the mildest; what `ambos privacy calibrate` walks through.
GRID: Final = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, USUAL)
# The safe end of the curve, where what is read there is mostly about somebody.
PROFILE_THRESHOLDS: Final[Mapping[str, float]] = {"hospital": 0.05, "bank": 0.05}


def checked(thresholds: Mapping[Kind, float]) -> Mapping[Kind, float]:
    """The thresholds of a house.

    Raises:
        ConfigError: one that is not between `LEAST` and `USUAL`: a house may be more careful, never less.
    """
    for kind, value in thresholds.items():
        if not LEAST <= value <= USUAL:
            raise ConfigError(f"detection.thresholds: {kind.value} must be between {LEAST} and {USUAL}")
    return thresholds


def settled(profile: str, thresholds: Mapping[Kind, float]) -> dict[Kind, float]:
    """For every kind the threshold that holds: the lower one of the profile's and the house's."""
    usual = PROFILE_THRESHOLDS.get(profile, USUAL)
    return {kind: min(usual, thresholds.get(kind, USUAL)) for kind in Kind}


def parted(found: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Our own findings at the usual threshold, and what only fills: cautions and plug-ins."""
    usual: list[Finding] = []
    cautions: list[Finding] = []
    for finding in found:
        (cautions if is_filling(finding) else usual).append(finding)
    return usual, cautions


def is_filling(finding: Finding) -> bool:
    """Whether it only fills what nothing else covers."""
    return finding.rule == CAUTION or finding.rule.startswith(PLUGIN)


def filled(found: Sequence[Finding], cautions: Iterable[Finding], text: str) -> list[Finding]:
    """`found`, in order and without overlaps, with what `cautions` add where nothing stands.

    >>> name = Finding(0, 3, Kind.PERSON, score=0.9)
    >>> doubt = Finding(2, 8, Kind.PERSON, score=0.1, rule=CAUTION)
    >>> [(one.start, one.end) for one in filled([name], [doubt], "Ana Ruiz")]
    [(0, 3), (4, 8)]
    """
    ordered = sorted(cautions, key=lambda one: (one.start, -one.end, one.kind, one.rule))
    # What is masked fills first: a fact that stays readable must not take its place.
    for some in ([one for one in ordered if one.kind not in FACTS], [one for one in ordered if one.kind in FACTS]):
        found = sorted([*found, *_pieces(found, some, text)], key=lambda one: one.start)
    return list(found)


def _pieces(found: Sequence[Finding], cautions: Iterable[Finding], text: str) -> list[Finding]:
    pieces: list[Finding] = []
    for start, end, one in _free(found, cautions):
        piece = text[start:end]
        if any(character.isalnum() for character in piece):
            _add(pieces, replace(one, start=end - len(piece.lstrip()), end=start + len(piece.rstrip())), text)
    return pieces


def _add(pieces: list[Finding], one: Finding, text: str) -> None:
    """As a piece of its own, or as the rest of the one before it of the same kind."""
    before = pieces[-1] if pieces else None
    gap = text[before.end : one.start] if before is not None else "\n"
    if before is not None and (before.kind, before.rule) == (one.kind, one.rule) and gap in ("", " "):
        pieces[-1] = replace(before, end=one.end, score=min(before.score, one.score))
    else:
        pieces.append(one)


def _free(found: Sequence[Finding], cautions: Iterable[Finding]) -> Iterator[tuple[int, int, Finding]]:
    """The stretches of each caution that neither a finding nor an earlier caution covers."""
    place, reach = 0, 0
    for one in cautions:
        start = max(one.start, reach)
        while place < len(found) and found[place].end <= start:
            place += 1
        at = place
        while at < len(found) and found[at].start < one.end:
            if start < found[at].start:
                yield start, found[at].start, one
            start = max(start, found[at].end)
            at += 1
        if start < one.end:
            yield start, one.end, one
        reach = max(reach, one.end)
