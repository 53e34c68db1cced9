"""Openings over time, in the test's own process: a day for who is alone, half an hour for an emergency."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.conftest import Talk
from tests.web.asgi import Doorstep, doorstep

from ambos.app.system import SystemClock
from ambos.errors import ForbiddenError, RequestError
from ambos.identity import Principal, Role
from ambos.identity.opening import BREAK_GLASS_MS, DELAY_MS, DUAL_MS, REVIEW_MS, Mode
from ambos.messages import Json
from ambos.web.access import ask as ask_for
from ambos.web.access import break_glass, listed, review
from ambos.web.rights import export

pytestmark = pytest.mark.shell


class Ahead:
    """How far the clock of the house is ahead of ours."""

    ms = 0


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    moved = Ahead()
    monkeypatch.setattr(SystemClock, "now_ms", lambda _: int(time.time() * 1000) + moved.ms)
    return moved


@pytest.fixture(params=["organisation"])
def step(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: Ahead
) -> Iterator[Doorstep]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with doorstep(tmp_path / "data", f'[identity]\nprofile = "{request.param}"\n') as one:
        yield one


def sent(step: Doorstep) -> str:
    """A request of somebody, with its content."""
    return step.run(Talk().whole(step.house.store, b'{"q":"what lucia sent"}')).id


def shown(step: Doorstep, key: str, opening: object) -> str:
    return str(step.run(export(step.house, {"key": key, "opening": str(opening)})))


def test_who_runs_a_house_alone_waits_a_day(step: Doorstep, ahead: Ahead) -> None:
    owner = step.key(Role.OWNER)
    record = sent(step)
    who: Principal = step.run(step.principal(owner))
    about: dict[str, Json] = {"record": record, "reason": "alone in this house"}
    made = step.run(ask_for(step.house, who, about))
    assert (made["mode"], made["state"]) == ("delayed", "delayed")
    ahead.ms = DELAY_MS - 60_000
    with pytest.raises(ForbiddenError, match="delayed"):
        shown(step, owner.key, made["id"])
    ahead.ms = DELAY_MS + 60_000
    assert "what lucia sent" in shown(step, owner.key, made["id"])
    ahead.ms = DELAY_MS + DUAL_MS + 60_000
    with pytest.raises(ForbiddenError, match="over"):
        shown(step, owner.key, made["id"])
    opened = [one.fields for one in step.house.store.entries() if one.event == "opened"]
    assert [(one["mode"], one["principal"], one.get("second")) for one in opened] == [("dual", who.id, None)]
    # As soon as somebody else could confirm, an owner does not ask any more.
    step.key(Role.AUDITOR)
    with pytest.raises(ForbiddenError):
        step.run(ask_for(step.house, who, about))


def test_an_emergency_is_over_in_half_an_hour_and_late_reviews_stop_the_next(step: Doorstep, ahead: Ahead) -> None:
    step.key(Role.OWNER)
    officer, auditor = step.key(Role.PRIVACY_OFFICER), step.key(Role.AUDITOR)
    record = sent(step)
    who, second = step.run(step.principal(officer)), step.run(step.principal(auditor))
    about: dict[str, Json] = {"record": record, "reason": "she is unconscious"}
    made = step.run(break_glass(step.house, who, about))
    assert "what lucia sent" in shown(step, officer.key, made["id"])
    with pytest.raises(ForbiddenError, match="another's"):
        shown(step, auditor.key, made["id"])
    ahead.ms = BREAK_GLASS_MS
    with pytest.raises(ForbiddenError, match="over"):
        shown(step, officer.key, made["id"])
    ahead.ms = REVIEW_MS
    with pytest.raises(ForbiddenError, match="not reviewed"):
        step.run(break_glass(step.house, who, about))
    with pytest.raises(ForbiddenError):
        step.run(review(step.house, who, {"id": made["id"], "reason": "mine"}))
    step.run(review(step.house, second, {"id": made["id"], "reason": "it was right"}))
    step.run(break_glass(step.house, who, about))
    assert step.house.store.verify(deep=True).fault is None


def test_an_author_is_told_of_their_own_requests_alone(step: Doorstep) -> None:
    step.key(Role.OWNER)
    officer, author = step.key(Role.PRIVACY_OFFICER), step.key(Role.USER)
    who, lucia = step.run(step.principal(officer)), step.run(step.principal(author))
    mine = step.run(Talk(owner=lucia, numbers=itertools.count(9)).whole(step.house.store)).id
    openings = step.house.store.openings
    some = [(mine, lucia.id), (sent(step), "p_lucia")]
    step.run(openings.ask(Mode.BREAK_GLASS, some, tenant=who.tenant, by=who.id, reason="an emergency"))
    step.run(openings.ask(Mode.DUAL, some, tenant=who.tenant, by=who.id, reason="nobody has agreed yet"))
    (row,) = step.run(listed(step.house, lucia, {}))
    assert isinstance(row, dict)
    assert (row["records"], row["reason"], row["mode"]) == ([mine], "an emergency", "break_glass")
    assert len(step.run(listed(step.house, who, {}))) == 2
    stranger = step.run(step.principal(step.key(Role.USER)))
    assert step.run(listed(step.house, stranger, {})) == []


def test_what_does_not_exist_or_has_no_reason_opens_nothing(step: Doorstep) -> None:
    step.key(Role.OWNER)
    officer = step.key(Role.PRIVACY_OFFICER)
    who, record = step.run(step.principal(officer)), sent(step)
    wrong: list[dict[str, Json]] = [
        {"record": "r_nothing", "reason": "x"},
        {"record": record},
        {"record": record, "reason": " "},
        {"subject": "nobody@example.org", "reason": "x"},
        {"reason": "x"},
    ]
    for about in wrong:
        with pytest.raises(RequestError):
            step.run(break_glass(step.house, who, about))
    assert [one for one in step.house.store.entries() if one.event == "incident"] == []


@pytest.mark.parametrize("step", ["personal"], indirect=True)
def test_a_personal_house_opens_nothing_to_its_owner(step: Doorstep) -> None:
    who, record = step.run(step.principal(step.key(Role.OWNER))), sent(step)
    for work in (ask_for, break_glass):
        with pytest.raises(ForbiddenError, match="personal"):
            step.run(work(step.house, who, {"record": record, "reason": "x"}))
