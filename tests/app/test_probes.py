"""Invented texts through the real path: they pass as Ambos comes, and one that leaves closes the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from ambos.app import Order, build_house
from ambos.app.house import House
from ambos.app.probe_texts import PROBES, Probe
from ambos.errors import NoModelError
from ambos.gateway import Ask
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


async def test_a_path_that_fails_closes_the_outside(house: House) -> None:
    house.probes.texts = (Probe(()),)  # a request without messages is refused before anything is found
    assert (await house.probes.check()).reason == "failed"
    assert await treatments(house) == set()


async def test_nothing_of_a_probe_is_kept(house: House) -> None:
    await house.probes.check()
    assert await house.store.records.recent(tenant=house.config.tenant, owner=None, limit=10) == []
    kept = b"".join(path.read_bytes() for path in house.config.directory.rglob("*") if path.is_file())
    assert b"Quintana" not in kept
