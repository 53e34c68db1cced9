"""The detector settles overlaps, keeps to the house's settings, and fails closed."""

import itertools
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import DetectorError
from ambos.messages import Finding, Kind
from ambos.privacy.detector import Detector, merge
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings


class Fixed:
    """A recogniser that returns what it was given, or raises it."""

    name = "fixed"

    def __init__(self, result: list[Finding] | Exception, version: str = "1") -> None:
        self.version = version
        self._result = result

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        yield
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


FINDINGS = st.builds(
    lambda start, length, kind, score: Finding(start, start + length, kind, "", score, "r"),
    st.integers(0, 60),
    st.integers(1, 20),
    st.sampled_from([Kind.PERSON, Kind.PHONE, Kind.GOV_ID]),
    st.sampled_from([0.5, 0.8, 0.99]),
)


@given(st.lists(FINDINGS, max_size=12))
def test_merged_findings_do_not_overlap_and_cover_nearly_all(found: list[Finding]) -> None:
    merged = merge(found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(merged))
    before = {place for finding in found for place in range(finding.start, finding.end)}
    after = {place for finding in merged for place in range(finding.start, finding.end)}
    assert after <= before
    # Only single characters between two winners may be lost.
    assert all(place - 1 in after or place + 1 in after for place in before - after)


@given(st.lists(FINDINGS, max_size=12), st.randoms())
def test_merge_does_not_depend_on_the_order(found: list[Finding], shuffler: object) -> None:
    shuffled = list(found)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives its own Random
    assert merge(found) == merge(shuffled)


def test_valid_checksum_wins_over_length() -> None:
    long, valid = Finding(0, 30, Kind.PHONE, score=0.9), Finding(5, 14, Kind.GOV_ID, score=0.99)
    assert [finding.kind for finding in merge([long, valid])] == [Kind.PHONE, Kind.GOV_ID, Kind.PHONE]


def test_very_many_touching_findings_are_settled_in_linear_time() -> None:
    chain = [Finding(place, place + 2, Kind.PERSON, score=0.8) for place in range(200_000)]
    merged = merge(chain)
    assert merged[0].start == 0
    assert merged[-1].end == 200_001
    assert all(left.end <= right.start for left, right in itertools.pairwise(merged))


@pytest.mark.parametrize(
    "result",
    [
        RuntimeError("Lucía Hernández"),
        [Finding(0, 99, Kind.PERSON)],
        [Finding(2, 2, Kind.PERSON)],
        [Finding(0, 1, Kind.PERSON, score=1.5)],
    ],
)
def test_recogniser_that_fails_is_a_detector_error_without_text(result: list[Finding] | Exception) -> None:
    detector = Detector(Settings(), [Fixed(result)])
    with pytest.raises(DetectorError, match="fixed") as raised:
        finish(detector.steps("Lucía"))
    assert "Hernández" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_taggers_findings_join_those_of_the_rules() -> None:
    detector = Detector(Settings(), [Fixed([Finding(0, 5, Kind.PERSON, "NOMBRE", 0.8, "tagger")])])
    found = finish(detector.steps("Lucía, ana.ruiz@correo.es"))
    assert [(finding.kind, finding.rule) for finding in found] == [(Kind.PERSON, "tagger"), (Kind.EMAIL, "email")]


def test_version_changes_with_a_recogniser_and_a_threshold() -> None:
    versions = {
        Detector(Settings()).version,
        Detector(Settings(), [Fixed([])]).version,
        Detector(Settings(), [Fixed([], version="2")]).version,
        Detector(Settings(thresholds={Kind.PERSON: 0.9})).version,
    }
    assert len(versions) == 4


def test_threshold_drops_a_kind() -> None:
    detector = Detector(Settings(thresholds={Kind.EMAIL: 1.0}))
    assert finish(detector.steps("ana.ruiz@correo.es")) == ()


def test_public_data_of_the_house_is_no_finding() -> None:
    detector = Detector(Settings(public=("info@clinica-sol.es", "+34 91 123 45 67")))
    assert finish(detector.steps("Escriba a INFO@clinica-sol.es o llame al +34 911 234 567")) == ()
    assert len(finish(detector.steps("Escriba a ana@clinica-sol.es o llame al +34 911 234 568"))) == 2
