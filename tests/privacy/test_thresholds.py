"""Thresholds: what is found at a lower one contains what is found at a higher one, to the end of the document pass."""

from __future__ import annotations

import functools
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.engines.tagger import FLOOR, Tagger
from ambos.messages import Finding, Kind, Leaf
from ambos.privacy.cache import Cache
from ambos.privacy.detector import Detector
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.reader import Reader
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings
from ambos.privacy.tagging import LabelSet, findings
from ambos.privacy.thresholds import CAUTION, GRID, USUAL, filled, settled

SENTENCES = Path(__file__).parents[2] / "benchmarks" / "tagger_sentences.txt"
LABELS = LabelSet.of(("O", "B-NOMBRE", "I-NOMBRE", "B-TERRITORIO", "I-TERRITORIO", "B-HOSPITAL", "B-NUMERO_TELEFONO"))
WORDS = re.split(
    r"\s",
    "Sr. Pérez García Ana rosario de la Calle Mayor 12 Hospital Rosario DNI 12345678Z 53123456 tel 612345678 mi paciente "
    "ingresó con neumonía en Toro ana.ruiz@correo.es ES9121000418450200051332 hoy, y Blanco tarjeta 4111111111111111",
)


class Slot:
    """A recogniser that is another one for each example: a detector takes long to compile."""

    name = "slot"
    version = "1"
    inner: Any = None

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        return (yield from self.inner.steps(text)) if self.inner else []


@functools.cache
def prepared(value: float, kind: Kind | None = None) -> tuple[Detector, Slot, Slot]:
    kinds = Kind if kind is None else (kind,)
    slots = Slot(), Slot()
    return Detector(Settings(thresholds=dict.fromkeys(kinds, value)), slots), *slots


def detector_of(value: float, tagger: Any, plugin: Any = None, kind: Kind | None = None) -> Detector:
    detector, first, second = prepared(value, kind)
    first.inner, second.inner = tagger, plugin
    return detector


@dataclass
class Doubtful:
    """A tagger whose probabilities hang on the word and on nothing else."""

    chances: Mapping[str, Sequence[float]]
    caution: float
    name = "doubtful"
    version = "1"

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        yield
        tokens = [match.span() for match in re.finditer(r"\S+", text)]
        if not tokens:
            return []
        rows = np.array([self.chances[text[a:b]] for a, b in tokens], dtype=np.float32)
        begins = np.array([a == 0 or text[a - 1] == "\n" for a, _ in tokens])
        starts, ends = zip(*tokens, strict=True)
        return list(findings(rows, starts, ends, begins, LABELS, floor=FLOOR, caution=self.caution))


def covered(detector: Detector, texts: Sequence[str], kinds: frozenset[Kind]) -> set[tuple[int, int]]:
    """Letters and digits found, as (text, place)."""
    reader = Reader(detector, Cache(key=b"k" * 32, entries=100, size_bytes=1 << 20))
    reading = finish(reader.read([Leaf(("messages", n, "content"), text) for n, text in enumerate(texts)], scope=b"s"))
    return {
        (number, at)
        for number, (text, found) in enumerate(zip(texts, reading.findings, strict=True))
        for one in found
        if one.kind in kinds
        for at in range(one.start, one.end)
        if text[at].isalnum()
    }


@st.composite
def chances(draw: st.DrawFn) -> dict[str, list[float]]:
    """For each word how likely each label is; most words are doubtful."""
    made = {}
    for word in WORDS:
        sensitive = draw(st.sampled_from([0.0, 0.008, 0.03, 0.06, 0.12, 0.2, 0.4, 0.6, 0.95]))
        label = draw(st.integers(1, 6))
        made[word] = [1 - sensitive, *(sensitive if label == other else 0.0 for other in range(1, 7))]
    return made


@settings(max_examples=100, deadline=None)
@given(
    chances=chances(),
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join), min_size=1, max_size=4),
    steps=st.tuples(st.sampled_from(GRID), st.sampled_from(GRID)),
    kind=st.sampled_from([None, Kind.PERSON, Kind.LOCATION, Kind.PHONE]),
)
def test_a_lower_threshold_finds_and_masks_all_that_a_higher_one_does(
    chances: dict[str, list[float]], texts: list[str], steps: tuple[float, float], kind: Kind | None
) -> None:
    low, high = sorted(steps)

    def found(value: float, kinds: frozenset[Kind]) -> set[tuple[int, int]]:
        return covered(detector_of(value, Doubtful(chances, value), kind=kind), texts, kinds)

    for kinds in (frozenset(Kind), IDENTIFYING):
        assert found(high, kinds) <= found(low, kinds)


@dataclass
class Foreign:
    """A plug-in that calls any stretch anything."""

    spans: Sequence[tuple[int, int, Kind, float]]
    name = "plugin.foreign"
    version = "1"

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        yield
        return [
            Finding(a, min(a + size, len(text)), kind, "", score, self.name if score >= 0.5 else CAUTION)
            for a, size, kind, score in self.spans
            if a < len(text)
        ]


@settings(max_examples=100, deadline=None)
@given(
    chances=chances(),
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join), min_size=1, max_size=3),
    spans=st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(1, 30), st.sampled_from(Kind), st.sampled_from([0.03, 0.1, 0.5, 1.0])
        ),
        max_size=5,
    ),
    steps=st.tuples(st.sampled_from(GRID), st.sampled_from(GRID)),
)
def test_a_plugin_takes_nothing_away_and_lower_thresholds_still_only_add(
    chances: dict[str, list[float]],
    texts: list[str],
    spans: list[tuple[int, int, Kind, float]],
    steps: tuple[float, float],
) -> None:
    low, high = sorted(steps)

    def found(value: float, plugin: Foreign | None, kinds: frozenset[Kind] = frozenset(Kind)) -> set[tuple[int, int]]:
        return covered(detector_of(value, Doubtful(chances, value), plugin), texts, kinds)

    for kinds in (frozenset(Kind), IDENTIFYING):
        assert found(high, None, kinds) <= found(high, Foreign(spans), kinds)
    assert found(high, Foreign(spans)) <= found(low, Foreign(spans))


def test_the_real_tagger_finds_more_at_each_lower_threshold_and_nothing_less() -> None:
    lines = [line.split("\t")[1] for line in SENTENCES.read_text("utf-8").splitlines() if not line.startswith("#")]
    texts = [re.sub(r"\{([^{}|]*)\|[A-Z_]+\}", r"\1", line) for line in lines]
    before: set[tuple[int, int]] = set()
    sizes = []
    for value in reversed(GRID):
        detector = Detector(Settings(thresholds=dict.fromkeys(Kind, value)), [Tagger.load(caution=value)])
        found = covered(detector, texts, IDENTIFYING)
        assert before <= found
        before = found
        sizes.append(len(found))
    assert sizes[-1] > sizes[0]


def test_the_usual_threshold_is_the_taggers_floor_and_adds_no_caution() -> None:
    assert USUAL == FLOOR
    plain = Detector(Settings(), [Tagger.load()])
    usual = Detector(Settings(thresholds=dict.fromkeys(Kind, USUAL)), [Tagger.load(caution=USUAL)])
    text = "Ayer vino Toro con su prima rosario, la de Lepe, a por el volante"
    assert finish(plain.steps(text)) == finish(usual.steps(text))


def test_profiles_stand_at_the_safe_end_and_a_house_may_go_further() -> None:
    assert set(settled("", {}).values()) == {USUAL}
    assert settled("hospital", {})[Kind.PERSON] < USUAL
    assert settled("bank", {Kind.PERSON: 0.01})[Kind.PERSON] == 0.01
    assert settled("bank", {Kind.PERSON: USUAL})[Kind.PERSON] < USUAL


def test_cautions_that_touch_are_one_and_signs_are_none() -> None:
    text = "de Juan Pérez (y)"
    doubts = [Finding(a, b, Kind.PERSON, score=0.1, rule=CAUTION) for a, b in ((0, 2), (3, 7), (8, 13), (14, 15))]
    assert [(one.start, one.end) for one in filled([], doubts, text)] == [(0, 13)]
    name = Finding(3, 7, Kind.PERSON, score=0.9)
    assert [(one.start, one.end) for one in filled([name], doubts, text)] == [(0, 2), (3, 7), (8, 13)]


@pytest.mark.parametrize("order", [1, -1])
def test_cautions_that_overlap_are_told_once(order: int) -> None:
    doubts = [
        Finding(0, 8, Kind.PERSON, score=0.1, rule=CAUTION),
        Finding(4, 12, Kind.LOCATION, score=0.1, rule=CAUTION),
    ]
    found = filled([], doubts[::order], "Rosa Toro Sur")
    assert [(one.start, one.end) for one in found] == [(0, 8), (8, 12)]
