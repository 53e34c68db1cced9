"""Killed again and again, at random moments and at every named step: nothing acknowledged is lost, and no false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.store.killing import STEPS, looked, survive

from ambos.store import StoreSettings

pytestmark = [
    pytest.mark.shell,
    # Nobody else runs in this process but pytest's own thread for time limits; the children open everything anew.
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]


@pytest.mark.timeout(900)
def test_o40_killed_a_hundred_times_by_several_writers(tmp_path: Path) -> None:
    toll = survive(tmp_path, seed=1, kills=100)
    assert (toll.lost, toll.alarms, toll.kills) == ([], [], 100)
    assert toll.at_steps.keys() == STEPS.keys()
    assert min(toll.acknowledged[word] for word in ("permitted", "ended", "kept", "gone", "rotated")) > 10


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_o40_killed_a_thousand_times_by_several_writers(tmp_path: Path) -> None:
    toll = survive(tmp_path, seed=2, kills=1_000)
    assert (toll.lost, toll.alarms, toll.kills) == ([], [], 1_000)


def test_a_lost_acknowledgement_would_be_told(tmp_path: Path) -> None:
    """The judge is judged: a writer that says what it has not written is found out."""
    settings = StoreSettings(tmp_path / "data", tmp_path / "roots", may_create=True)
    assert looked(settings, {}) == ([], [])
    lost, alarms = looked(settings, {"permitted": {"r_never"}, "kept": {"r_never"}, "gone": {"r_never"}})
    assert sorted(lost) == ["gone r_never", "kept r_never", "permitted r_never", "permitted r_never"]
    assert alarms == []
