"""What a house chose about detection is held back and joined like all that decides what may leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from ambos.app.standing import declared, narrowed
from ambos.config import Config, load
from ambos.errors import ConfigError
from ambos.messages import Kind
from ambos.policy.change import settle
from ambos.policy.stance import decode

CAREFUL = """[detection]
plugins = ["badges"]
signals = ["ambos/desk clinical restricted"]
require_certificate = true
[detection.thresholds]
PERSON = 0.02
DATE = 0.1
"""


def config(folder: Path, text: str) -> Config:
    (folder / "ambos.toml").write_text(f'[identity]\nprofile = "organisation"\n{text}', encoding="utf-8")
    return load(folder)


def test_the_file_is_read_and_the_stance_gives_it_back(tmp_path: Path) -> None:
    made = config(tmp_path, CAREFUL)
    assert made.privacy.thresholds == {Kind.PERSON: 0.02, Kind.DATE: 0.1}
    stance = declared(made)
    assert decode(stance.encode()) == stance
    again = narrowed(made, stance).privacy
    assert (again.thresholds, again.plugins, again.require_certificate) == (made.privacy.thresholds, ("badges",), True)


def test_to_be_less_careful_waits_and_the_lower_threshold_stays(tmp_path: Path) -> None:
    before = declared(config(tmp_path, CAREFUL))
    after = config(tmp_path, "[detection.thresholds]\nPERSON = 0.1\nDATE = 0.05\n")
    settled = settle(before, declared(after), is_start=True)
    assert settled.waits
    now = narrowed(after, settled.in_force).privacy
    assert now.thresholds == {Kind.PERSON: 0.02, Kind.DATE: 0.05}
    assert now.plugins == ("badges",)
    assert now.signals == ("ambos/desk clinical restricted",)
    assert now.require_certificate


def test_to_be_more_careful_applies_at_once(tmp_path: Path) -> None:
    before = declared(config(tmp_path, ""))
    after = config(tmp_path, CAREFUL)
    settled = settle(before, declared(after), is_start=True)
    assert not settled.waits
    assert narrowed(after, settled.in_force).privacy.require_certificate


@pytest.mark.parametrize(
    "text",
    [
        "[detection]\nrequire_certificate = 1\n",
        '[detection]\nplugins = "x"\n',
        "[detection.thresholds]\nNAME = 0.1\n",
        "[detection]\nthresholds = 3\n",
        "[detection]\nthreshold = 0.1\n",
    ],
)
def test_what_is_no_setting_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        config(tmp_path, text)
