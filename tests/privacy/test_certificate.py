"""The certificate: one form, and a standing that only ever fails closed (docs/spec/calibration.md, 5 and 6)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import CalibrationError
from ambos.messages import Kind
from ambos.privacy.certificate import Certificate, InForce, Shown, Standing, decode, settings_hash
from ambos.privacy.settings import Settings

NOW = InForce("41d2c9a07b3e5f68", "sha256:" + "1e" * 32, "sha256:" + "0f" * 32)
ONE = Certificate(
    issued=1_790_000_000_000,
    expires=1_806_000_000_000,
    domain="discharge letters",
    language="es",
    units=300,
    documents=300,
    label_error=0.002,
    confidence=0.95,
    targets=(Shown("leak", 0.02, "betting", 0.0071, 0.0162),),
    threshold=0.05,
    in_force=NOW,
    statistics=(0.0, 0.0125),
    salt="000102030405060708090a0b0c0d0e0f",
)
ACTIVATED = ("activated", ONE.hash)
MIDDLE = 1_800_000_000_000


def test_the_example_of_the_spec_is_a_certificate() -> None:
    page = (Path(__file__).parents[2] / "docs/spec/calibration.md").read_text("utf-8")
    example = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)[1]
    assert decode(example.encode()) == ONE
    assert ONE.encode() == example.encode()


def test_it_is_active_while_nothing_has_changed() -> None:
    assert ONE.standing(NOW, at_ms=MIDDLE, last=ACTIVATED) is Standing.ACTIVE


@pytest.mark.parametrize("name", ["detector", "settings", "policy"])
def test_it_is_void_when_detector_settings_or_policy_change(name: str) -> None:
    changed = replace(NOW, **{name: "sha256:" + "22" * 32})
    assert ONE.standing(changed, at_ms=MIDDLE, last=ACTIVATED) is Standing.VOID


@pytest.mark.parametrize("at_ms", [ONE.issued - 1, ONE.expires])
def test_it_is_void_outside_its_time(at_ms: int) -> None:
    assert ONE.standing(NOW, at_ms=at_ms, last=ACTIVATED) is Standing.VOID


@pytest.mark.parametrize("last", [None, ("activated", "sha256:" + "00" * 32), ("void", ONE.hash)])
def test_what_the_log_does_not_hold_is_void(last: tuple[str, str] | None) -> None:
    assert ONE.standing(NOW, at_ms=MIDDLE, last=last) is Standing.VOID


def test_what_the_log_suspended_stays_suspended() -> None:
    assert ONE.standing(NOW, at_ms=MIDDLE, last=("suspended", ONE.hash)) is Standing.SUSPENDED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "ambos calibration v2"),
        ("units", 301),
        ("units", -1),
        ("units", 1.5),
        ("units", True),
        ("confidence", 1.0),
        ("confidence", "0.95"),
        ("label_error", 2),
        ("targets", []),
        ("targets", [{"loss": "other", "most": 0.1, "bound": "betting", "seen": 0, "upper": 0}]),
        ("statistics", [2]),
        ("salt", "00"),
        ("domain", ""),
        ("domain", None),
        ("detector", 7),
        ("extra", 1),
    ],
)
def test_what_is_no_certificate_is_refused(field: str, value: object) -> None:
    tree = json.loads(ONE.encode()) | {field: value}
    data = json.dumps(tree, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(CalibrationError):
        decode(data)


@given(st.binary(max_size=100), st.integers(0, len(ONE.encode()) - 1))
def test_hostile_bytes_are_our_error(noise: bytes, at: int) -> None:
    for data in (noise, ONE.encode()[:at], ONE.encode()[:at] + noise + ONE.encode()[at:]):
        if data != ONE.encode():
            try:
                made = decode(data)
            except CalibrationError:
                continue
            assert made.encode() == data  # another certificate: the log does not know its hash


def test_the_settings_hash_sees_every_choice() -> None:
    choices = [
        Settings(),
        Settings(profile="hospital"),
        Settings(public=("x",)),
        Settings(off=frozenset({"es"})),
        Settings(thresholds={Kind.PERSON: 0.05}),
        Settings(plugins=("presidio",)),
    ]
    assert len({settings_hash(one) for one in choices}) == len(choices)
