"""A planted value never leaves: it is stopped before there is a connection, and closes the outside for every worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.app.test_probes import house, results, treatments
from tests.live import Recorder
from tests.web.asgi import doorstep

from ambos.app.canaries import Canaries
from ambos.app.house import House
from ambos.egress import Destination, Egress
from ambos.errors import CanaryError, EgressError, ForbiddenError, RequestError
from ambos.identity import Role
from ambos.messages import Zone
from ambos.web.canaries import clear

__all__ = ["house"]
pytestmark = pytest.mark.shell


def egress(recorder: Recorder, zone: Zone, told: list[str]) -> Egress:
    made = Egress([Destination.of_url("model", "acme", recorder.url, zone=zone, allow_private=True)])
    made.canaries, made.alarm = (b"qvx7canary",), told.append
    return made


@pytest.mark.parametrize("body", [b'{"a": "QVX7canary"}', '{"a": "xqvx7CANARYx"}'])
async def test_no_byte_of_a_body_with_a_canary_leaves(recorder: Recorder, body: bytes | str) -> None:
    told: list[str] = []
    one = egress(recorder, Zone.OUTSIDE, told)
    with pytest.raises(CanaryError):
        await one.session("acme").post(recorder.url, data=body)
    with pytest.raises(CanaryError):
        await one.session("acme").get(f"{recorder.url}?q=qvx7canary")
    await one.close()
    assert (told, recorder.bodies, one.connections["acme"], one.refused["acme"]) == (["acme", "acme"], [], 0, 2)


async def test_what_cannot_be_looked_at_does_not_leave_and_inside_is_not_looked_at(recorder: Recorder) -> None:
    told: list[str] = []
    one = egress(recorder, Zone.OUTSIDE, told)
    with pytest.raises(EgressError, match="whole bodies"):
        await one.session("acme").post(recorder.url, data=iter([b"qvx7", b"canary"]))
    for hidden in ({"json": {"a": "qvx7canary"}}, {"params": {"a": "qvx7canary"}}):
        with pytest.raises(EgressError, match="whole bodies"):
            await one.session("acme").post(recorder.url, **hidden)
    await one.close()
    one = egress(recorder, Zone.INSIDE, told)
    body = b'{"messages": [{"content": "qvx7canary"}], "model": "m"}'
    async with one.session("acme").post(recorder.url, data=body) as answer:
        assert answer.status == 200
    await one.close()
    assert told == []


async def test_a_canary_closes_the_outside_for_all_and_over_a_restart_until_somebody_clears_it(house: House) -> None:
    other = Canaries(house.config.directory, b"k" * 32, house.store.incidents, tenant="house", detector="d")
    assert not other.is_seen
    assert await treatments(house) == {"acme/big-1"}
    planted = house.canaries.planted[2]
    with pytest.raises(CanaryError):
        await house.egress.session("acme").post("http://127.0.0.1:9/v1", data=planted.upper())
    assert house.probes.problem == "canary"
    assert await treatments(house) == set()
    await house.probes.check()  # that the invented texts pass does not open it
    assert house.probes.problem == "canary"
    again = Canaries(house.config.directory, b"k" * 32, house.store.incidents, tenant="house", detector="d")
    assert again.is_seen
    await asyncio.gather(*house.canaries._told)
    assert ("fail", "canary") in results(house)
    (house.config.directory / "canary.seen").unlink()  # whoever has the disk opens nothing by this
    assert Canaries(house.config.directory, b"k" * 32, house.store.incidents, tenant="house", detector="d").is_seen
    for nothing in ("", "  "):
        with pytest.raises(RequestError, match="why"):
            await house.canaries.clear(by="p_olga", reason=nothing)
    assert house.probes.problem == "canary"
    await house.canaries.clear(by="p_olga", reason="a test of the ward")
    with pytest.raises(RequestError, match="nothing"):
        await house.canaries.clear(by="p_olga", reason="again")
    assert await treatments(house) == {"acme/big-1"}
    assert results(house)[-1] == ("pass", "canary")
    told = [one.fields for one in house.store.entries(0, events=("incident",))]
    assert [(one["stage"], one["control"], one.get("principal")) for one in told] == [
        ("opened", "canary", None),
        ("closed", "canary", "p_olga"),
    ]
    (kept,) = house.store.incidents.list("canary", tenant=house.config.tenant)
    assert (kept.reason, kept.closed_by) == ("a test of the ward", "p_olga")
    assert b"a test of the ward" not in (house.config.directory / "ambos.db").read_bytes()
    assert house.store.verify(deep=True).fault is None


async def test_one_seen_while_the_log_cannot_be_written_is_told_when_it_is_cleared(house: House) -> None:
    (house.config.directory / "canary.seen").touch()
    await house.canaries.clear(by="p_olga", reason="it was the disk")
    assert results(house)[-2:] == [("fail", "canary"), ("pass", "canary")]
    assert not house.canaries.is_seen


@pytest.mark.parametrize("profile", ["personal", "organisation"])
def test_who_may_clear_it(profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with doorstep(tmp_path / "data", f'[identity]\nprofile = "{profile}"\n') as step:
        keys = {role: step.key(role).key for role in Role}
        may = {Role.PRIVACY_OFFICER} | ({Role.OWNER} if profile == "personal" else set())
        for role, key in keys.items():
            step.run(step.house.store.incidents.open("canary", "probe", {"result": "fail", "count": 3}, tenant="house"))
            if role in may:
                step.run(clear(step.house, {"key": key, "reason": "x"}))
                with pytest.raises(RequestError):
                    step.run(clear(step.house, {"key": key}))
            else:
                with pytest.raises(ForbiddenError):
                    step.run(clear(step.house, {"key": key, "reason": "x"}))


async def test_planted_values_are_the_tenants_own_and_the_same_at_every_start(tmp_path: Path, house: House) -> None:
    store = house.store
    first, same, second = (
        Canaries(tmp_path, key, store.incidents, tenant="house", detector="d").planted
        for key in (store.secrets.canary_key("house"), store.secrets.canary_key("house"), store.secrets.canary_key("b"))
    )
    assert first == same == house.canaries.planted
    assert not set(first) & set(second)
