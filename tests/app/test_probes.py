"""Invented texts through the real path: they pass as Ambos comes; one that leaves, or is not found, closes the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ambos.app import Order, build_house
from ambos.app.house import House, build_detector
from ambos.app.probe_texts import PROBES, Probe
from ambos.app.recall import KNOWN, Known, asked
from ambos.app.recall import found as found_of
from ambos.errors import NoModelError
from ambos.gateway import Ask
from ambos.messages import Kind
from ambos.privacy.certificate import Certificate, Shown
from ambos.privacy.recogniser import finish
from ambos.wire import parse, read_chat

pytestmark = pytest.mark.shell
PUBLIC = "What is a haiku?"
OUTSIDE = """
[inside]
model = "none"
[[providers]]
name = "acme"
base_url = "http://127.0.0.1:9/v1"
agreement = "DPA-1"
trains_on_data = false
models = ["big-1"]
allow_private_addresses = true
"""


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "ambos.toml").write_text(OUTSIDE)
    made = build_house(Order(str(directory)), may_create=True)
    await made.start()
    yield made
    await made.close()


async def treatments(house: House) -> set[str]:
    body = orjson.dumps({"model": "acme/big-1", "messages": [{"role": "user", "content": PUBLIC}]})
    judged = await house.gateway.judge(Ask(await house.owner(), read_chat(parse(body)), body))
    return set(judged.decision.treatments)


def results(house: House) -> list[tuple[object, object]]:
    return [(e.fields["result"], e.fields.get("reason")) for e in house.store.entries(0, events=("probe",))]


async def test_all_pass_in_a_fresh_house_and_the_outside_is_open(house: House) -> None:
    assert house.probes.problem == ""
    found = await house.probes.run()
    assert (found.count, found.reason, found.kept) == (len(PROBES), "", found.planted)
    assert (found.found, found.known) == (sum(len(one.values) for one in KNOWN), found.found)
    assert await treatments(house) == {"acme/big-1"}


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        (Probe((PUBLIC,), is_restricted=True), "left"),
        (Probe(("Tell me of haiku zebra.",), planted=("zebra",)), "unmasked"),
    ],
)
async def test_a_probe_that_leaves_closes_the_outside_until_all_pass(house: House, probe: Probe, reason: str) -> None:
    house.probes.texts = (*PROBES, probe)
    assert (await house.probes.check()).reason == reason
    assert house.probes.problem == reason
    assert await treatments(house) == set()
    body = orjson.dumps({"model": "acme/big-1", "messages": [{"role": "user", "content": PUBLIC}]})
    with pytest.raises(NoModelError):
        await house.gateway.answer(Ask(await house.owner(), read_chat(parse(body)), body))
    assert results(house) == [("fail", reason)]
    house.probes.texts = PROBES
    await house.probes.check()
    assert await treatments(house) == {"acme/big-1"}


async def test_a_recall_below_the_calibrated_one_closes_the_outside(house: House) -> None:
    missed = Known("The word is zebra.", ((Kind.PERSON, "zebra"),))  # as if a detector had lost a name
    house.probes.known = (*KNOWN, missed)
    found = await house.probes.check()
    assert (found.reason, found.known - found.found) == ("recall", 1)
    assert await treatments(house) == set()
    fields = [one.fields for one in house.store.entries(0, events=("probe",))][-1]
    assert (fields["result"], fields["reason"]) == ("fail", "recall")
    assert fields["recall_ppm"] == found.found * 1_000_000 // found.known
    # A house that has shown more leak for its own documents is asked for no more than it has shown.
    certificate(house, most=0.1)
    assert (await house.probes.check()).reason == ""
    certificate(house, most=0.02)
    assert (await house.probes.check()).reason == "recall"
    house.probes.known = KNOWN
    assert (await house.probes.check()).reason == ""


def certificate(house: House, *, most: float) -> None:
    """An active certificate of this house with such a bound on the leak."""
    shown = Shown("leak", most, "betting", 0.0, most)
    day_ms = 86_400_000
    now_ms = house.clock.now_ms()
    made = Certificate(
        now_ms - day_ms, now_ms + day_ms, "letters", "es", 300, 300, None, 0.95, (shown,), 0.05,
        house.calibration.in_force(), (0.0,), "00" * 16,
    )  # fmt: skip
    folder = house.config.directory / "calibration"
    folder.mkdir(exist_ok=True)
    (folder / "certificate.json").write_bytes(made.encode())
    house.calibration._last = ("activated", made.hash)
    house.calibration.standing = made.standing(
        house.calibration.in_force(), at_ms=now_ms, last=("activated", made.hash)
    )


@pytest.mark.parametrize("off", [{"tagger"}, {"email"}, {"secrets"}, {"es", "gb", "us"}])
async def test_what_the_house_has_switched_off_is_not_asked_for(off: set[str], house: House) -> None:
    detector = build_detector(replace(house.config.privacy, off=frozenset(off)))
    lost = 0
    for one in KNOWN:
        values, findings = asked(one, frozenset(off)), finish(detector.steps(one.text))
        lost += len(one.values) - len(values)
        assert found_of(one.text, values, findings) == len(values), one.text
    assert lost > 0


async def test_a_path_that_fails_closes_the_outside(house: House) -> None:
    house.probes.texts = (Probe(()),)  # a request without messages is refused before anything is found
    assert (await house.probes.check()).reason == "failed"
    assert await treatments(house) == set()


async def test_nothing_of_a_probe_is_kept(house: House) -> None:
    await house.probes.check()
    assert await house.store.records.recent(tenant=house.config.tenant, owner=None, limit=10) == []
    kept = b"".join(path.read_bytes() for path in house.config.directory.rglob("*") if path.is_file())
    assert b"Quintana" not in kept
