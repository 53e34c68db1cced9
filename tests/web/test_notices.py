"""Who broke a glass is told to an address outside, with no text of anybody; what cannot be told stops nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live import Recorder
from tests.store.conftest import Talk
from tests.web.asgi import Doorstep, doorstep

from ambos.app.order import Order
from ambos.app.wall_plan import table
from ambos.config import load
from ambos.errors import ConfigError
from ambos.identity import Role
from ambos.messages import Json
from ambos.web.access import break_glass, review
from ambos.web.console.access import told

pytestmark = pytest.mark.shell
SETTINGS = '[identity]\nprofile = "organisation"\n[notices]\nurl = "{url}"\nallow_private_addresses = {private}\n'


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Doorstep]]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("ambos.app.notices._PAUSES_S", (0.01, 0.01))
    opened = []

    def make(url: str, private: str = "true") -> Doorstep:
        made = doorstep(tmp_path / "data", SETTINGS.format(url=url, private=private))
        opened.append(made)
        return made.__enter__()

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def emergency(step: Doorstep) -> tuple[str, dict[str, str]]:
    """Somebody breaks a glass and another reviews it; the handle, and who is who."""
    step.key(Role.OWNER)
    keys = {role.value: step.key(role) for role in (Role.PRIVACY_OFFICER, Role.AUDITOR, Role.USER)}
    who = {name: step.run(step.principal(key)) for name, key in keys.items()}
    talk = Talk(owner=who["user"], numbers=itertools.count(9))
    record = step.run(talk.whole(step.house.store, b'{"q":"what lucia sent"}')).id
    about: dict[str, Json] = {"record": record, "reason": "she is unconscious"}
    made = step.run(break_glass(step.house, who["privacy_officer"], about))
    for name in ("privacy_officer", "auditor"):
        home = step.run(told(step.house, who[name]))
        assert (home["broken"], home["overdue"], home["due"]) == (1, 0, made["review_due"])
    assert step.run(told(step.house, who["user"]))["broken"] == 0
    step.run(review(step.house, who["auditor"], {"id": made["id"], "reason": "it was right"}))
    assert step.run(told(step.house, who["auditor"]))["broken"] == 0
    step.run(step.house.notices.close())
    return str(made["id"]), {name: one.id for name, one in who.items()}


def test_another_address_in_the_file_waits_and_nobody_is_told(
    step: Callable[..., Doorstep], recorder: Recorder
) -> None:
    one = step(recorder.url)
    file = one.house.config.directory / "ambos.toml"
    approved = file.read_text("utf-8")
    file.write_text(approved.replace(recorder.url, "https://elsewhere.example.org/hook"), "utf-8")
    one.run(one.house.keeper.look())
    assert list(one.house.keeper.pending) == ["notices: 1 added"]
    one.house.notices.tell({"event": "test"})
    one.run(one.house.notices.close())
    assert (recorder.bodies, results(one)) == ([], [])
    file.write_text(approved, "utf-8")
    one.run(one.house.keeper.look())
    assert list(one.house.keeper.pending) == []


def results(step: Doorstep) -> list[object]:
    entries = step.house.store.entries(0, events=("control",))
    return [one.fields["result"] for one in entries if one.fields["control"] == "notice"]


def test_who_and_when_is_told_and_nobodys_text(step: Callable[..., Doorstep], recorder: Recorder) -> None:
    recorder.behave = lambda handler, _: handler.reply(200, b"{}")
    one = step(recorder.url)
    handle, who = emergency(one)
    sent: list[Any] = sorted((json.loads(body) for body in recorder.bodies), key=lambda said: said["at"])
    assert {said["event"] for said in sent} == {"break_glass", "break_glass_reviewed"}
    first = next(said for said in sent if said["event"] == "break_glass")
    assert (first["opening"], first["by"], first["requests"]) == (handle, who["privacy_officer"], 1)
    assert first["authors"] == [who["user"]]
    assert first["review_due"] > first["at"]
    assert not any(word in recorder.everything for word in ("lucia", "unconscious", "right"))
    assert results(one) == ["pass", "pass"]


def test_what_cannot_be_told_stops_nothing(step: Callable[..., Doorstep], recorder: Recorder) -> None:
    recorder.behave = lambda handler, _: handler.reply(500, b"{}")
    one = step(recorder.url)
    emergency(one)
    assert results(one) == ["fail", "fail"]
    assert len(recorder.bodies) == 6  # each three times


def test_a_private_address_is_not_told_unless_the_owner_says_so(
    step: Callable[..., Doorstep], recorder: Recorder
) -> None:
    one = step(recorder.url, private="false")
    emergency(one)
    assert (results(one), recorder.bodies) == (["fail", "fail"], [])


def test_the_address_stands_in_the_walls_and_nonsense_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ambos.toml").write_text('[notices]\nurl = "https://desk.example.org:8443/hook"\n')
    places = table(load(tmp_path), Order(str(tmp_path)))
    assert [(one.name, one.host, one.port) for one in places] == [("notice", "desk.example.org", 8443)]
    (tmp_path / "ambos.toml").write_text('[notices]\nurl = "ftp://desk"\n')
    with pytest.raises(ConfigError, match=r"notices\.url"):
        table(load(tmp_path), Order(str(tmp_path)))
