"""An experiment on what the gateway does: two upstreams, forty people, outcomes over HTTP, a sealed verdict."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live import PROVIDER, Recorder, Server, recording

pytestmark = [pytest.mark.shell, pytest.mark.timeout(300)]

PLAN = """question = "Do more people get done with the new provider?"
control = "acme/big-1"
treatment = "bravo/big-2"
metric = "done"
design = "parallel"
population = "people of the desk"
ethics = { information = "a notice", basis = "consent", leave = "say so", stop = "a complaint of harm" }
n = 40
block = 4
route = "ambos/auto"
unit = "key"
"""
CROSSOVER = """question = "Which one takes them less time?"
control = "old"
treatment = "new"
metric = "minutes"
design = "crossover"
direction = "lower"
population = "people of the desk"
ethics = { information = "a notice", basis = "consent", leave = "say so", stop = "a complaint of harm" }
n = 8
"""
QUESTION = "Which museums in the capital are open on Monday mornings?"
HEALTH = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"


@pytest.fixture
def second() -> Iterator[Recorder]:
    with recording() as kept:
        yield kept


def post(server: Server, key: str, path: str, body: dict[str, Any]) -> tuple[int, str, Any]:
    """Status, handle of the request, and answer."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers.get("x-ambos-audit-id", ""), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("x-ambos-audit-id", ""), json.load(error)


def ask(server: Server, key: str, text: str) -> tuple[int, str, Any]:
    messages = [{"role": "user", "content": text}]
    return post(server, key, "/v1/chat/completions", {"model": "ambos/auto", "messages": messages})


def test_forty_people_are_sent_to_their_arms_and_judged_as_assigned(
    serve: Callable[..., Server], recorder: Recorder, second: Recorder, tmp_path: Path
) -> None:
    acme = PROVIDER.format(url=recorder.url, agreement="DPA-1")
    bravo = PROVIDER.format(url=second.url, agreement="DPA-2").replace('"acme"', '"bravo"').replace("big-1", "big-2")
    server = serve(acme + bravo, workers=2)
    developer = server.new_key("developer")
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    experiment = json.loads(server.run("experiment", "seal", str(plan), "--json").stdout)["experiment"]
    keys = [str(server.control("keys.create", role="user")["key"]) for _ in range(43)]
    for key in keys[40:]:  # never allowed every arm: counted, not enrolled
        assert ask(server, key, HEALTH)[0] == 503
    requests, models = [], []
    for key in keys[:40]:
        status, request, told = ask(server, key, QUESTION)
        assert status == 200, told
        requests.append(request)
        models.append(told["model"])
    assert (models.count("acme/big-1"), models.count("bravo/big-2")) == (20, 20)
    assert (len(recorder.bodies), len(second.bodies)) == (20, 20)
    status, later, _ = ask(server, keys[0], HEALTH)  # turns restricted: answered by nobody, and stays in its arm
    assert (status, len(recorder.bodies) + len(second.bodies)) == (503, 40)
    requests[0] = later
    path = f"/v1/experiments/{experiment}/outcomes"
    for at, request in enumerate(requests):
        is_done = models[at] == "bravo/big-2" or at % 4 == 0
        status, _, told = post(server, developer, path, {"request": request, "score": is_done, "cost": 0.01})
        assert (status, told.get("is_new")) == (200, True), told
    assert post(server, developer, path, {"request": "r_0123456789abcdef01234567", "score": 1})[0] == 400
    found = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
    assert (found["status"], found["provenance"], found["n"]) == ("confirmatory", "recorded", 40)
    assert (found["verdict"], found["promotable"]) == ("superior", True)
    flow = found["flow"]
    assert (flow["assessed"], flow["ineligible"], flow["units"], flow["analysed"]) == (43, 3, 40, 40)
    assert [one["allocated"] for one in flow["arms"]] == [20, 20]
    out = tmp_path / "report.html"
    server.run("experiment", "report", str(plan), "--out", str(out))
    links = json.loads(server.run("experiment", "verify", str(out.with_suffix(".json")), "--json").stdout)["links"]
    assert links == ["plan", "seal", "assignment", "scores", "departures", "result", "report", "chain", "log"]
    assert "Lucía" not in recorder.everything + second.everything


def test_in_a_crossover_everybody_meets_both_arms(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    developer = server.new_key("developer")
    plan = tmp_path / "plan.toml"
    plan.write_text(CROSSOVER, encoding="utf-8")
    experiment = json.loads(server.run("experiment", "seal", str(plan), "--json").stdout)["experiment"]
    base, firsts = f"/v1/experiments/{experiment}", []
    for at in range(8):
        told = post(server, developer, f"{base}/assignments", {"participant": f"p{at}"})[2]
        firsts.append(told["arm"])
        body = {"participant": f"p{at}", "arm": told["arm"], "score": 10 + at - 3 * (told["arm"] == "new")}
        assert post(server, developer, f"{base}/outcomes", body)[0] == 200
    assert sorted(firsts) == ["new"] * 4 + ["old"] * 4
    for at, first in enumerate(firsts):
        if at == 4:
            half = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
            assert (half["status"], half["n_missing"]) == ("interim", 4)
        other = "old" if first == "new" else "new"
        body = {"participant": f"p{at}", "arm": other, "score": 10.5 + at - 3 * (other == "new")}
        assert post(server, developer, f"{base}/outcomes", body)[0] == 200
    found = json.loads(server.run("experiment", "analyse", str(plan), "--json").stdout)
    assert (found["status"], found["verdict"], found["n"], found["effect"]) == ("confirmatory", "superior", 8, -3.0)
