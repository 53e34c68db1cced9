"""People compare answers blindly in a real Chromium; what they chose becomes the sealed outcomes of a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.live import PROVIDER, Recorder, Server
from tests.web.test_console import log_in, page, shoot

__all__ = ["page"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PLAN = """question = "Which explanation do people prefer?"
control = "old"
treatment = "new"
metric = "preferred"
design = "paired"
population = "questions of the desk"
trials = 2
scoring = { scorer = "rating", people = "all" }

[arms.old]
model = "acme/big-1"
prompt = "Briefly: {input}"
[arms.new]
model = "acme/big-2"
prompt = "With an example: {input}"
"""


def explains(handler: Any, request: dict[str, Any]) -> None:
    words = "short and plain" if request["model"] == "big-1" else "clear, with an example"
    message = {"role": "assistant", "content": f"An explanation that is {words}."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice]}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    handler.reply(200, json.dumps({**body, "usage": usage}).encode())


@pytest.fixture
def waiting(serve: Callable[..., Server], recorder: Recorder, tmp_path: Path) -> tuple[Server, str]:
    """A server with a sealed experiment whose answers wait for people."""
    recorder.behave = explains
    two = PROVIDER.replace('["big-1"]', '["big-1", "big-2"]')
    server = serve(two.format(url=recorder.url, agreement="DPA-1"))
    plan, items = tmp_path / "plan.toml", tmp_path / "items.jsonl"
    plan.write_text(PLAN, encoding="utf-8")
    rows = [{"id": f"q{at}", "input": f"Why is the sky over town {at} blue?"} for at in range(4)]
    items.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    sealed = json.loads(server.run("experiment", "seal", str(plan), "--items", str(items), "--json").stdout)
    told = json.loads(server.run("experiment", "run", str(plan), "--items", str(items), "--yes", "--json").stdout)
    assert (told["scored"], told["left"]) == (8, 0)
    return server, str(sealed["experiment"])


def test_two_raters_choose_blindly_and_their_choices_are_the_outcomes(
    page: Page, waiting: tuple[Server, str], tmp_path: Path
) -> None:
    server, experiment = waiting
    sides = set()
    for rater in range(2):
        page.context.clear_cookies()
        server.key = server.new_key()
        log_in(page, server)
        page.get_by_role("link", name="Comparar", exact=True).click()
        page.get_by_role("link", name="Which explanation").click()
        for at in range(4):
            expect(page.get_by_text(f"Ha comparado {at}; le quedan {4 - at}.")).to_be_visible()
            seen = page.locator("main").inner_text()
            assert not any(word in seen for word in ("big-1", "big-2", "old", "new", "Briefly", "With an example:"))
            assert "Why is the sky" in seen
            is_left = "example" in page.locator(".columns section").first.inner_text()
            sides.add(is_left)
            if rater == 0 and at == 0:
                shoot(page, "rating")
            page.keyboard.press("3" if rater == 1 and at == 3 else "1" if is_left else "2")
        expect(page.get_by_text("No le queda nada por comparar.")).to_be_visible()
        told = json.loads(server.run("experiment", "analyse", experiment, "--json").stdout)
        assert told["status"] == ("confirmatory" if rater else "interim")
    assert sides == {True, False}
    assert (told["provenance"], told["n"], told["effect"]) == ("recorded", 4, pytest.approx(0.875))
    assert (told["validity"]["raters"], told["validity"]["agreement"]["n"]) == (2, 4)
    shown = [entry for entry in server.entries() if entry["event"] == "opened"]
    assert len(shown) == 16  # two raters, four pairs, two records each: every one before it was shown
    assert {(entry["mode"], entry["principal"] != entry["second"]) for entry in shown} == {("dual", True)}
    page.goto(f"{server.url}/console/ratings")
    expect(page.get_by_text("Ningún experimento le pide comparar respuestas.")).to_be_visible()
    out = tmp_path / "report.html"
    server.run("experiment", "report", experiment, "--out", str(out))
    assert "people compared the answers" in out.read_text(encoding="utf-8")
    links = json.loads(server.run("experiment", "verify", str(out.with_suffix(".json")), "--json").stdout)["links"]
    assert links[-1] == "log"
    chosen = [one for one in server.entries() if one["event"] == "outcome" and one["arm"].startswith("_rating:")]
    assert len(chosen) == 8


def test_a_rater_whom_the_plan_does_not_name_sees_nothing(
    page: Page, waiting: tuple[Server, str], tmp_path: Path
) -> None:
    server, _ = waiting
    plan, items = tmp_path / "named.toml", tmp_path / "other.jsonl"
    items.write_text(json.dumps({"id": "n", "input": "Why is grass green?"}), encoding="utf-8")
    plan.write_text(PLAN.replace(', people = "all"', ""), encoding="utf-8")
    assert "say who they are" in server.run("experiment", "seal", str(plan), "--items", str(items), check=False).stderr
    plan.write_text(PLAN.replace('people = "all"', 'people = ["ana"]'), encoding="utf-8")
    sealed = json.loads(server.run("experiment", "seal", str(plan), "--items", str(items), "--json").stdout)
    server.run("experiment", "run", str(plan), "--items", str(items), "--yes", "--json")
    server.key = server.new_key()
    log_in(page, server)
    page.goto(f"{server.url}/console/ratings")
    expect(page.get_by_role("link", name="Which explanation")).to_have_count(1)
    answer = page.request.get(f"{server.url}/console/ratings/{sealed['experiment']}")
    assert (answer.status, "grass" in answer.text()) == (403, False)


JUDGED = """question = "Is the new one right more often?"
control = "old"
treatment = "new"
metric = "right"
design = "paired"
population = "questions of the desk"
scoring = { scorer = "judge", model = "acme/big-2", people = "all" }

[arms.old]
model = "acme/big-1"
[arms.new]
model = "acme/big-2"
"""


def judges(handler: Any, request: dict[str, Any]) -> None:
    asked = request["messages"][-1]["content"]
    if "You grade an answer" not in asked:
        explains(handler, request)
        return
    message = {"role": "assistant", "content": f"SCORE: {int('with an example' in asked)}"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice]}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    handler.reply(200, json.dumps({**body, "usage": usage}).encode())


def test_people_grade_what_a_judge_scored_and_the_report_compares_them(
    page: Page, serve: Callable[..., Server], recorder: Recorder, tmp_path: Path
) -> None:
    recorder.behave = judges
    two = PROVIDER.replace('["big-1"]', '["big-1", "big-2"]')
    server = serve(two.format(url=recorder.url, agreement="DPA-1"))
    plan, items = tmp_path / "plan.toml", tmp_path / "items.jsonl"
    plan.write_text(JUDGED, encoding="utf-8")
    rows = [{"id": f"q{at}", "input": f"Why is the sky over town {at} blue?"} for at in range(4)]
    items.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    experiment = json.loads(server.run("experiment", "seal", str(plan), "--items", str(items), "--json").stdout)[
        "experiment"
    ]
    server.run("experiment", "run", str(plan), "--items", str(items), "--yes", "--json")
    server.key = server.new_key()
    log_in(page, server)
    page.get_by_role("link", name="Comparar", exact=True).click()
    page.get_by_role("link", name="Is the new one right").click()
    for at in range(8):
        expect(page.get_by_text(f"Ha puntuado {at}; le quedan {8 - at}.")).to_be_visible()
        seen = page.locator("main").inner_text()
        assert not any(word in seen for word in ("big-1", "big-2", "old", "new", "SCORE"))
        if at == 0:
            shoot(page, "grading")
        page.keyboard.press("4" if at == 7 else "1" if "example" in seen else "3")
    expect(page.get_by_text("No le queda nada por puntuar.")).to_be_visible()
    told = json.loads(server.run("experiment", "analyse", experiment, "--json").stdout)
    assert (told["validity"]["raters"], told["validity"]["agreement"]["n"]) == (1, 7)
    assert told["validity"]["agreement"]["value"] == pytest.approx(1.0)
    shown = [entry for entry in server.entries() if entry["event"] == "opened"]
    assert len(shown) == 8  # every one before it was shown
    assert {(entry["mode"], entry["principal"] != entry["second"]) for entry in shown} == {("dual", True)}
