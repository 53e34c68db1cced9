"""Sealed experiments as people use them: assigned over HTTP, run through the gateway, verified to the last byte."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.live import PROVIDER, Recorder, Server, ambos

pytestmark = [pytest.mark.shell, pytest.mark.timeout(400)]  # some fifteen commands, each a process

ONLINE = """question = "Do more people finish?"
control = "before"
treatment = "hybrid"
metric = "finished"
design = "parallel"
population = "people of the desk"
ethics = { information = "a notice", basis = "consent", leave = "say so", stop = "a complaint of harm" }
n = 12
block = 4
strata = ["north", "south"]
"""
OFFLINE = """question = "Does the new model add as well?"
control = "old"
treatment = "new"
metric = "correct"
design = "paired"
population = "sums"
max_cost = 1.0
scoring = { scorer = "number" }
prompt = "Please add the following two numbers and answer with the sum alone: {input}"

[arms.old]
model = "acme/big-1"
treatment = "raw"
[arms.new]
model = "acme/big-2"
treatment = "raw"
parameters = { temperature = 0, max_tokens = 20 }
"""
TWO_MODELS = PROVIDER.replace('["big-1"]', '["big-1", "big-2"]')


def post(server: Server, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {server.key}", "content-type": "application/json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def adds(handler: Any, request: dict[str, Any]) -> None:
    """The old model always adds right, the new one not where the sum is odd."""
    a, b = (int(one) for one in re.findall(r"\d+", request["messages"][-1]["content"]))
    is_wrong = request["model"] == "big-2" and (a + b) % 2
    message = {"role": "assistant", "content": f"It is {a + b + is_wrong}."}
    usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice]}
    handler.reply(200, json.dumps({**body, "usage": usage}).encode())


@pytest.fixture
def sums(tmp_path: Path) -> tuple[Path, Path]:
    plan, items = tmp_path / "plan.toml", tmp_path / "items.jsonl"
    plan.write_text(OFFLINE, encoding="utf-8")
    rows = [{"id": f"s{at}", "input": f"{at} + {3 * at}", "answer": 4 * at} for at in range(10)]
    rows += [{"id": f"o{at}", "input": f"{at} + {at + 1}", "answer": 2 * at + 1} for at in range(10)]
    items.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return plan, items


def test_participants_are_assigned_once_and_outcomes_make_a_verdict(
    serve: Callable[..., Server], tmp_path: Path, environment: dict[str, str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(ONLINE, encoding="utf-8")
    server = serve(workers=2)
    server.key = server.new_key("developer")
    sealed = json.loads(server.run("experiment", "seal", str(plan), "--json").stdout)
    base = f"/v1/experiments/{sealed['experiment']}"
    status, told = post(server, f"{base}/outcomes", {"participant": "p0", "score": 1})
    assert (status, "never assigned" in told["error"]["message"]) == (400, True), told
    arms = []
    for at in range(12):
        status, told = post(
            server, f"{base}/assignments", {"participant": f"p{at}", "stratum": ("north", "south")[at % 2]}
        )
        assert status == 200
        arms.append(told["arm"])
        assert post(server, f"{base}/assignments", {"participant": f"p{at}", "stratum": "north"})[1] == told
    assert all(sorted(arms[side : side + 8 : 2]) == ["before", "before", "hybrid", "hybrid"] for side in (0, 1))
    assert post(server, f"{base}/assignments", {"participant": "late", "stratum": "north"})[0] == 400
    assert post(server, f"{base}/assignments", {"participant": "p1", "stratum": "west"})[0] == 400
    refused = server.run("experiment", "depart", str(plan), "--reason", "no", check=False)
    assert (refused.returncode, "10 to 600 characters" in refused.stderr) == (1, True), refused
    reason = "two participants of the north answered on paper, since the desk was closed"
    told = json.loads(server.run("experiment", "depart", str(plan), "--reason", reason, "--json").stdout)
    assert told["departures"] == 1
    for at in range(12):
        assert post(server, f"{base}/outcomes", {"participant": f"p{at}", "score": float(at % 3 > 0)})[0] == 200
        if at == 5:
            interim = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
            assert (interim["status"], interim["promotable"]) == ("interim", False)
    before = {"participant": "p1", "score": 1, "observed": "2020-01-01T00:00:00Z"}
    assert "before the seal" in post(server, f"{base}/outcomes", before)[1]["error"]["message"]
    assert (
        "another outcome" in post(server, f"{base}/outcomes", {"participant": "p0", "score": 1})[1]["error"]["message"]
    )
    found = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
    assert (found["status"], found["provenance"], found["n"]) == ("confirmatory", "recorded", 12)
    assert found["seal"]["looks"] == found["peeks"] == 1
    assert [reason in one for one in found["seal"]["departures"]] == [True]
    assert any("Departure from the plan" in one and reason in one for one in found["disclosures"])
    out = tmp_path / "report.html"
    server.run("experiment", "report", str(plan), "--out", str(out), "--lang", "es")
    assert "tras 1 miradas anteriores" in out.read_text(encoding="utf-8")
    assert server.run("experiment", "verify", str(out.with_suffix(".json"))).returncode == 0
    chain = out.with_suffix(".chain.json")
    chain.write_text(chain.read_text(encoding="utf-8").replace("on paper", "by phone"), encoding="utf-8")
    broken = server.run("experiment", "verify", str(out.with_suffix(".json")), "--json", check=False)
    assert json.loads(broken.stdout) == {"ok": False, "link": "departures"}
    assert "paper" not in json.dumps(server.entries())
    assert "operator_could_choose" in found["disclosure_codes"]
    assert (
        "verdict"
        in post(server, f"{base}/outcomes", {"participant": "p3", "score": 0.5, "trial": 1})[1]["error"]["message"]
    )
    names = [entry["event"] for entry in server.entries()]
    assert (names.count("assigned"), names.count("outcome"), names.count("analysed")) == (12, 12, 2)
    assert "p11" not in json.dumps(server.entries())


def test_a_plan_that_names_its_looks_is_looked_at_then_only(serve: Callable[..., Server], tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(ONLINE.replace("n = 12", "n = 12\nlooks = [6, 12]"), encoding="utf-8")
    server = serve()
    server.key = server.new_key("developer")
    base = f"/v1/experiments/{json.loads(server.run('experiment', 'seal', str(plan), '--json').stdout)['experiment']}"

    def outcomes(numbers: range) -> None:
        for at in numbers:
            who = {"participant": f"p{at}"}
            assert post(server, f"{base}/assignments", {**who, "stratum": ("north", "south")[at % 2]})[0] == 200
            assert post(server, f"{base}/outcomes", {**who, "score": float(at % 3 > 0)})[0] == 200

    def look() -> Any:
        return json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)

    outcomes(range(5))
    refused = server.run("experiment", "analyse", str(plan), check=False)
    assert (refused.returncode, "the next is at 6 units" in refused.stderr) == (1, True), refused.stderr
    outcomes(range(5, 7))
    assert post(server, f"{base}/assignments", {"participant": "p7", "stratum": "south"})[0] == 200
    first = look()
    assert first["n"] == 7
    assert (first["status"], first["sequential"]["look"], first["sequential"]["of"]) == ("interim", 1, 2)
    assert look()["seal"]["looks"] == 0
    outcomes(range(7, 9))
    assert "when every outcome is in" in server.run("experiment", "analyse", str(plan), check=False).stderr
    outcomes(range(9, 12))
    last = look()
    assert (last["status"], last["seal"]["looks"], last["sequential"]["look"]) == ("confirmatory", 1, 2)
    assert "looks_planned" in last["disclosure_codes"]
    analysed = [entry["count"] for entry in server.entries() if entry["event"] == "analysed"]
    assert analysed == [7, 7, 12]


def test_a_run_goes_on_where_it_stopped_and_its_report_verifies(
    serve: Callable[..., Server], recorder: Recorder, sums: tuple[Path, Path], tmp_path: Path
) -> None:
    recorder.behave = adds
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"))
    plan, items = map(str, sums)
    assert "is not sealed" in server.run("experiment", "run", plan, "--items", items, check=False).stderr
    server.run("experiment", "seal", plan, "--items", items)
    outside = tmp_path / "outside.jsonl"
    outside.write_text("\n".join([*sums[1].read_text().splitlines()[:5], '{"id": "z", "input": "1 + 999"}']))
    server.run("experiment", "lineage", "acme/big-2", str(outside), "--use", "scored")
    refused = server.run("experiment", "lineage", "two words", str(outside), "--use", "scored", check=False)
    assert (refused.returncode, "in the catalogue" in refused.stderr) == (1, True), refused.stderr
    server.run("experiment", "run", plan, "--items", items, "--max-cost", "0", check=False)
    assert recorder.bodies == []
    failing = iter(range(30))

    def fails_late(handler: Any, request: dict[str, Any]) -> None:
        if next(failing, 30) >= 15:
            handler.reply(400, b"{}")
        else:
            adds(handler, request)

    recorder.behave = fails_late
    first = server.run("experiment", "run", plan, "--items", items, "--json", check=False)
    told = json.loads(first.stdout)
    assert (first.returncode, told["scored"], told["left"]) == (1, 15, 25), told
    recorder.behave = adds
    recorder.bodies.clear()
    told = json.loads(server.run("experiment", "run", plan, "--items", items, "--json").stdout)
    assert (told["scored"], told["left"], len(recorder.bodies)) == (25, 0, 25)
    found = json.loads(server.run("experiment", "analyse", plan, "--json").stdout)
    assert (found["status"], found["verdict"], found["effect"], found["n"]) == ("confirmatory", "inferior", -0.5, 20)
    assert found["promotable"] is False
    (entry, *_) = (one for one in server.entries() if one["event"] == "evaluated")
    assert (entry["model"], entry["count"], "experiment" in entry) == ("acme/big-2", 6, False)
    (told,) = found["seal"]["evaluations"]  # the experiment's own are none
    assert (told["model"], told["items"], "evaluations" in found["disclosure_codes"]) == ("acme/big-2", "5", True)
    out = tmp_path / "report.html"
    server.run("experiment", "report", plan, "--out", str(out), "--lang", "es")
    file = str(out.with_suffix(".json"))
    assert json.loads(server.run("experiment", "verify", file, "--json").stdout)["links"][-1] == "log"
    alone = ambos("experiment", "verify", file, "--json", environment=server.environment)
    links = ["plan", "seal", "assignment", "scores", "departures", "result", "report", "chain"]
    assert json.loads(alone.stdout)["links"] == links
    assert json.loads(ambos("experiment", "replicate", file, "--json", environment=server.environment).stdout)[
        "is_same"
    ]
    rows = [
        {"id": f"n{at}", "input": f"{at} + {at + 100 + at % 2}", "answer": 2 * at + 100 + at % 2} for at in range(12)
    ]
    fresh = tmp_path / "fresh.jsonl"
    fresh.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    again = json.loads(server.run("experiment", "replicate", file, "--fresh", "--items", str(fresh), "--json").stdout)
    assert (again["is_within"], again["new_verdict"]) == (True, "inferior")
    (old, new) = json.loads(server.run("experiment", "list", "--json").stdout)
    assert (old["fate"], new["fate"], old["question"]) == ("inferior", "inferior", new["question"])


def test_items_that_an_arm_has_seen_and_plans_that_changed_are_refused(
    serve: Callable[..., Server], recorder: Recorder, sums: tuple[Path, Path], tmp_path: Path
) -> None:
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"))
    plan, items = map(str, sums)
    seen = tmp_path / "train.jsonl"
    seen.write_text(json.dumps({"id": "t", "input": "  3 +  9 "}), encoding="utf-8")
    given = server.run("experiment", "seal", plan, "--items", items, "--lineage", f"new={seen}", check=False)
    assert "lineage of the arm 'new'" in given.stderr
    server.run("experiment", "lineage", "acme/big-2", str(seen), "--use", "trained")
    assert "lineage" in server.run("experiment", "seal", plan, "--items", items, check=False).stderr
    fresh = tmp_path / "fresh.jsonl"
    fresh.write_text("".join(line + "\n" for line in Path(items).read_text().splitlines() if "3 + 9" not in line))
    told = json.loads(server.run("experiment", "seal", plan, "--items", str(fresh), "--json").stdout)
    assert told["unknown_lineage"] == ["old"]
    assert "sealed already" in server.run("experiment", "seal", plan, "--items", str(fresh), check=False).stderr
    sums[0].write_text(
        OFFLINE.replace('"paired"', '"paired"\nmargin = 0.1\nmargin_reason = "why not"'), encoding="utf-8"
    )
    changed = server.run("experiment", "run", plan, "--items", str(fresh), "--yes", check=False).stderr
    assert "not the one that was sealed" in changed
    again = server.run("experiment", "seal", plan, "--items", str(fresh), check=False).stderr
    assert "bring fresh items" in again
    rows = [entry for entry in server.entries() if entry["event"] == "sealed_plan"]
    assert len(rows) == 1


def test_requests_go_to_the_arm_of_their_key_inside_what_is_allowed(
    serve: Callable[..., Server], recorder: Recorder, tmp_path: Path
) -> None:
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"), workers=2)
    plan = tmp_path / "plan.toml"
    routed = 'n = 4\nblock = 4\nroute = "ambos/auto"\nunit = "key"\n'
    head = ONLINE[: ONLINE.index("n = 12")].replace('"before"', '"acme/big-1"').replace('"hybrid"', '"acme/big-2"')
    plan.write_text(head + routed, encoding="utf-8")
    experiment = json.loads(server.run("experiment", "seal", str(plan), "--json").stdout)["experiment"]
    keys = [server.new_key() for _ in range(5)]

    def ask(key: str, text: str) -> tuple[int, str]:
        server.key = key
        messages = [{"role": "user", "content": text}]
        status, told = post(server, "/v1/chat/completions", {"model": "ambos/auto", "messages": messages})
        return status, str(told.get("model"))

    health = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"
    assert ask(keys[0], health)[0] == 503
    assert [one for one in server.entries() if one["event"] == "assigned"] == []
    question = "Which museums in the capital are open on Monday mornings?"
    until_enrolled = [ask(key, question) for key in keys[:4]]
    entries = server.entries()
    assigned = [one["arm"] for one in entries if one["event"] == "assigned"]
    assert sorted(assigned) == ["acme/big-1", "acme/big-1", "acme/big-2", "acme/big-2"]
    assert [name for _, name in until_enrolled] == assigned
    assert [ask(key, question)[1] for key in keys[:4]] == assigned
    assert ask(keys[4], question) == (200, "acme/big-1")  # full: its usual way
    assert ask(keys[1], health)[0] == 503
    decided = [one for one in server.entries() if one["event"] == "decided"]
    assert [(one.get("experiment"), one.get("arm")) for one in decided[:8]] == [
        (experiment, arm) for arm in assigned * 2
    ]
    assert "arm" not in decided[8]
    assert "Lucía" not in recorder.everything


def test_a_judge_that_rewards_a_constant_text_confirms_nothing(
    serve: Callable[..., Server], recorder: Recorder, sums: tuple[Path, Path], tmp_path: Path
) -> None:
    asked: list[str] = []

    def answers(handler: Any, request: dict[str, Any]) -> None:
        text = request["messages"][-1]["content"]
        if "You grade an answer" not in text:
            adds(handler, request)
            return
        asked.append(text)
        message = {"role": "assistant", "content": "SCORE: 1"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = {"id": "x", "object": "chat.completion", "created": 1, "model": "big-1", "choices": [choice]}
        handler.reply(200, json.dumps({**body, "usage": {"prompt_tokens": 1, "completion_tokens": 1}}).encode())

    recorder.behave = answers
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"))
    plan, items = sums
    judge = '{ scorer = "judge", model = "acme/big-1" }'
    plan.write_text(OFFLINE.replace('{ scorer = "number" }', judge), encoding="utf-8")
    server.run("experiment", "seal", str(plan), "--items", str(items))
    told = json.loads(server.run("experiment", "run", str(plan), "--items", str(items), "--json").stdout)
    assert (told["scored"], told["left"], len(asked)) == (40, 0, 120)
    assert sum(text.index("<answer>") < text.index("<expected>") for text in asked) == 40
    server.run("experiment", "grade", str(plan), "--item", "s1", "--arm", "old", "--score", "1")
    found = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
    assert (found["status"], found["promotable"]) == ("exploratory", False)
    assert (found["disclosure_codes"][0], found["validity"]["failures"]) == ("judge_failed", ["null"])
    assert found["validity"]["agreement"]["n"] == 1
    assert json.loads(server.run("experiment", "list", "--json").stdout)[0]["fate"] == "judge_failed"
    out = tmp_path / "report.html"
    server.run("experiment", "report", str(plan), "--out", str(out), "--lang", "es")
    page = out.read_text(encoding="utf-8")
    assert page.index("El juez no superó sus controles (un texto constante puntúa)") < page.index("Veredicto")
    server.run("experiment", "verify", str(out.with_suffix(".json")))
