"""Others' content in the real server: two people, a day where there is one, an emergency; never the same person twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, ambos
from tests.web.test_people import SENTENCE, Browser, make

pytestmark = pytest.mark.shell
ANA = "ana.ruiz@example.org"
ORGANISATION = '[identity]\nprofile = "organisation"\n'


def run(server: Server, *arguments: str, key: str = "") -> Any:
    environment = server.environment | {"AMBOS_KEY": key}
    return json.loads(ambos(*arguments, "--json", "--data", str(server.directory), environment=environment).stdout)


def refused(server: Server, *arguments: str, key: str = "") -> str:
    environment = server.environment | {"AMBOS_KEY": key}
    done = ambos(*arguments, "--data", str(server.directory), environment=environment, check=False)
    assert done.returncode == 1, done.stdout
    return done.stderr


def chat(server: Server, key: str) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0) as client:
        client.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": f"escriba a {ANA}"}])


def key_of(server: Server, user: str, role: str) -> str:
    return str(run(server, "keys", "create", "--user", user, "--role", role)["key"])


@pytest.fixture
def ward(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(ORGANISATION + PROVIDER.format(url=recorder.url, agreement="DPA-1"))


def test_two_people_open_what_a_third_sent(ward: Server, tmp_path: Path) -> None:
    officer = make(ward, "olga", "--role", "privacy_officer")
    auditor = make(ward, "adan", "--role", "auditor")
    make(ward, "lucas", "--role", "user")
    olga, adan, lucas = (
        key_of(ward, *one) for one in (("olga", "privacy_officer"), ("adan", "auditor"), ("lucas", "user"))
    )
    chat(ward, lucas)
    asked = run(ward, "access", "ask", "--subject", ANA, "--reason", "the court asked", key=olga)
    (record,) = asked["records"]
    assert (asked["mode"], asked["state"], asked["asked_by"]) == ("dual", "waits", "olga")
    export = ("records", "export", "--opening", asked["id"], "--out", str(tmp_path / "x.json"))
    assert "waits" in refused(ward, *export, key=olga)
    browser = Browser(ward).log_in("olga", SENTENCE)
    page = f"/console/requests/{record}"
    assert browser.go("GET", page).status == 200  # a privacy officer may show the log: its entries, no text
    assert ANA not in browser.page
    other = Browser(ward).log_in("lucas", SENTENCE)
    assert ANA in other.go("GET", page).page

    # The same person, through any account or key, is no second person; nor is a key of nobody.
    run(ward, "users", "create", "olga2", "--role", "auditor", "--same-as", "olga")
    again = key_of(ward, "olga", "privacy_officer")
    twin = json.loads(ward.run("keys", "create", "--user", "olga2", "--role", "auditor", "--json").stdout)["key"]
    nobody = ward.new_key("auditor")
    for key in (olga, again, nobody, lucas, twin):
        refused(ward, "access", "confirm", asked["id"], key=key)
    refused(ward, "access", "confirm", asked["id"])  # the owner at the terminal is a key of nobody too

    told = run(ward, "access", "confirm", asked["id"], key=adan)
    assert (told["state"], told["second"]) == ("open", "adan")
    run(ward, *export, key=olga)
    assert ANA in (tmp_path / "x.json").read_text()
    assert ANA in browser.go("GET", page).page
    assert "another's" in refused(ward, "records", "export", "--opening", asked["id"], "--out", "y", key=adan)
    opened = [one for one in ward.entries() if one["event"] == "opened"]
    assert [(one["principal"], one["second"], one["mode"], one["id"]) for one in opened] == [
        (officer, auditor, "dual", record)
    ] * 2
    run(ward, "access", "end", asked["id"], key=adan)
    assert ANA not in browser.go("GET", page).page
    assert "the court asked" not in json.dumps(ward.entries())
    assert ward.run("audit", "verify").returncode == 0


def test_an_emergency_opens_at_once_and_is_told_and_reviewed(ward: Server) -> None:
    make(ward, "olga", "--role", "privacy_officer")
    make(ward, "dora", "--role", "data_steward")
    make(ward, "lucas", "--role", "user")
    lucas = key_of(ward, "lucas", "user")
    chat(ward, lucas)
    olga, dora = Browser(ward).log_in("olga", SENTENCE), Browser(ward).log_in("dora", SENTENCE)
    author = Browser(ward).log_in("lucas", SENTENCE)
    form = {"do": "break_glass", "subject": ANA, "reason": "she is unconscious"}
    for browser in (author, dora):
        assert browser.go("POST", "/console/openings", form).status == 403
    assert olga.go("POST", "/console/openings", form | {"reason": ""}).status == 400
    assert olga.go("POST", "/console/openings", form).status == 303
    (row,) = run(ward, "access", "list", key=key_of(ward, "olga", "privacy_officer"))
    assert (row["mode"], row["state"], row["review"]) == ("break_glass", "open", "due")
    assert ANA in olga.go("GET", f"/console/requests/{row['records'][0]}").page
    # The author and whoever may review are told.
    assert "Others were shown 1 of your requests" in author.go("GET", "/console/").page
    assert "she is unconscious" in author.go("GET", "/console/openings").page
    assert "1 openings wait for you" in dora.go("GET", "/console/").page
    assert "1 broken glasses" in ward.run("doctor", check=False).stdout
    # Nobody reviews their own, and one glass at a time.
    review = {"do": "review", "id": row["id"], "reason": "it was right"}
    assert olga.go("POST", "/console/openings", review).status == 403
    assert olga.go("POST", "/console/openings", form).status == 403
    assert author.go("POST", "/console/openings", review).status == 403
    assert dora.go("POST", "/console/openings", review).status == 303
    assert "broken glasses" not in ward.run("doctor", check=False).stdout
    stages = [(one["stage"], one["control"]) for one in ward.entries() if one["event"] == "incident"]
    assert stages == [("opened", "break_glass"), ("reviewed", "break_glass")]
    assert [one["result"] for one in ward.entries() if one["event"] == "control"] == ["fail", "pass"]


def test_where_nobody_else_could_confirm_a_day_passes(ward: Server) -> None:
    # The house's one person with such a role; everybody else only asks.
    make(ward, "olga", "--role", "privacy_officer")
    make(ward, "lucas", "--role", "user")
    chat(ward, key_of(ward, "lucas", "user"))
    olga = key_of(ward, "olga", "privacy_officer")
    asked = run(ward, "access", "ask", "--subject", ANA, "--reason", "alone here", key=olga)
    assert (asked["mode"], asked["state"]) == ("delayed", "delayed")
    assert asked["begins"] > asked["asked"]
    assert "delayed" in refused(ward, "records", "export", "--opening", asked["id"], "--out", "x", key=olga)


def test_a_personal_house_opens_nothing_of_others(serve: Callable[..., Server], environment: dict[str, str]) -> None:
    server = serve()
    for work in ("ask", "break-glass"):
        assert "personal" in refused(server, "access", work, "--subject", ANA, "--reason", "x")
    environment["AMBOS_LANG"] = "es"
    assert "nada ajeno" in server.run("access", "list").stdout


def test_nobody_sees_the_entries_of_anothers_request(ward: Server) -> None:
    make(ward, "lucas", "--role", "user")
    make(ward, "eva", "--role", "user")
    chat(ward, key_of(ward, "lucas", "user"))
    record = next(one["id"] for one in ward.entries() if one["event"] == "decided")
    eva = Browser(ward).log_in("eva", SENTENCE)
    assert eva.go("GET", f"/console/requests/{record}").status == 404
    missing = Browser(ward).log_in("eva", SENTENCE).go("GET", "/console/requests/r_nothing")
    assert (missing.status, missing.page.replace("r_nothing", record)) == (404, eva.page)
