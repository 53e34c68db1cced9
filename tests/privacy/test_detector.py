"""The detector settles overlaps, keeps to the house's settings, and fails closed."""

from collections.abc import Generator

import pytest

from ambos.errors import ConfigError, DetectorError
from ambos.messages import Finding, Kind
from ambos.privacy.detector import Detector
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
        Detector(Settings(thresholds={Kind.PERSON: 0.05})).version,
        Detector(Settings(profile="hospital")).version,
        Detector(Settings(public=("Clínica Sol",))).version,
    }
    assert len(versions) == 6


def test_no_house_is_less_careful_than_usual() -> None:
    for value in (0.0, 0.2, 1.0, float("nan")):
        with pytest.raises(ConfigError, match="EMAIL must be between"):
            Settings(thresholds={Kind.EMAIL: value})


def test_public_data_of_the_house_is_no_finding() -> None:
    detector = Detector(Settings(public=("info@clinica-sol.es", "+34 91 123 45 67")))
    assert finish(detector.steps("Escriba a INFO@clinica-sol.es o llame al +34 911 234 567")) == ()
    assert len(finish(detector.steps("Escriba a ana@clinica-sol.es o llame al +34 911 234 568"))) == 2


def test_guess_about_a_shape_or_a_public_figure_is_dropped() -> None:
    text = "Einstein, 550e8400-e29b-41d4-a716-446655440000, ISBN 84-376-0494-1, Marta"
    guesses = [
        Finding(0, 8, Kind.PERSON),
        Finding(14, 30, Kind.LOCATION),
        Finding(53, 66, Kind.PHONE),
        Finding(68, 73, Kind.PERSON),
    ]
    found = finish(Detector(Settings(), [Fixed(guesses)]).steps(text))
    assert [text[finding.start : finding.end] for finding in found] == ["Marta"]


@pytest.mark.parametrize(
    ("text", "guess", "kind"),
    [
        ("x = 4111", "4111", Kind.PERSON),
        ("el 2024-03-12", "2024-03-12", Kind.PHONE),
        ("0.123456789", "123456789", Kind.PHONE),
        ("página 612", "612", Kind.PHONE),
        ("6.123.456,78", "123.456", Kind.GOV_ID),
        ("1700000000000", "1700000000000", Kind.LOCATION),
    ],
)
def test_guess_that_cannot_be_of_its_kind_is_dropped(text: str, guess: str, kind: Kind) -> None:
    start = text.index(guess)
    assert finish(Detector(Settings(), [Fixed([Finding(start, start + len(guess), kind)])]).steps(text)) == ()
