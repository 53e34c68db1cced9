"""Shown scores: by source and kind, only for the tagger that they were made for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.score_map import FORMAT, ScoreMaps, decode

MAPS = {"tagger PERSON": [[0.0, 0.2], [0.5, 0.6], [1.0, 0.9]], "tagger": [[0.2, 0.5]]}


def data(**fields: object) -> bytes:
    return json.dumps({"format": FORMAT, "tagger": "t1", "maps": MAPS, **fields}).encode()


def shown(maps: ScoreMaps, score: float, kind: Kind = Kind.PERSON, rule: str = "tagger") -> float:
    return maps.shown(Finding(0, 1, kind, "", score, rule)).score


def test_a_score_is_read_between_the_knots_of_its_kind_or_its_source() -> None:
    maps = decode(data(), tagger="t1")
    assert [shown(maps, x) for x in (0.0, 0.25, 0.5, 1.0)] == pytest.approx([0.2, 0.4, 0.6, 0.9])
    assert shown(maps, 0.7, Kind.DATE) == 0.5
    assert shown(maps, 0.7, Kind.DATE, "es.dni") == 0.7


def test_maps_of_another_tagger_are_not_used() -> None:
    assert shown(decode(data(), tagger="t2"), 0.7) == 0.7


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        data(format="x"),
        data(maps={"tagger": []}),
        data(maps={"tagger": [[0, 0.5], [1, 0.4]]}),
        data(maps={"tagger": [[0, 2]]}),
        data(maps={"tagger": [[0.5, 0.1], [0.5, 0.2]]}),
        data(maps=[1]),
        data(maps={"tagger": [["x", 1]]}),
    ],
)
def test_what_is_no_map_is_refused(bad: bytes) -> None:
    with pytest.raises(IntegrityError):
        decode(bad, tagger="t1")


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_order_of_scores_is_kept(one: float, other: float) -> None:
    maps = decode(data(), tagger="t1")
    low, high = sorted((one, other))
    assert shown(maps, low) <= shown(maps, high) + 1e-12
