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

from ambos.errors import RequestError

pytestmark = pytest.mark.shell
ANA = "ana.ruiz@example.org"
ORGANISATION = '[identity]\nprofile = "organisation"\n'


def command(server: Server, *arguments: str, key: str = "") -> Any:
    environment = server.environment | {"AMBOS_KEY": key}
    return json.loads(ambos(*arguments, "--json", "--data", str(server.directory), environment=environment).stdout)


def chat(server: Server, key: str) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0) as client:
        client.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": f"escriba a {ANA}"}])


def key_of(server: Server, user: str, role: str) -> str:
    return str(server.control("keys.create", user=user, role=role)["key"])


@pytest.fixture
def ward(serve: Callable[..., Server], recorder: Recorder) -> Server:
    return serve(ORGANISATION + PROVIDER.format(url=recorder.url, agreement="DPA-1"))


def test_two_people_open_what_a_third_sent(ward: Server, tmp_path: Path) -> None:
    officer = make(ward, "olga", "privacy_officer")
    auditor = make(ward, "adan", "auditor")
    make(ward, "lucas", "user")
    olga, adan, lucas = (
        key_of(ward, *one) for one in (("olga", "privacy_officer"), ("adan", "auditor"), ("lucas", "user"))
    )
    chat(ward, lucas)
    asked = command(ward, "access", "ask", "--subject", ANA, "--reason", "the court asked", key=olga)
    (record,) = asked["records"]
    assert (asked["mode"], asked["state"], asked["asked_by"]) == ("dual", "waits", "olga")
    with pytest.raises(RequestError, match="waits"):
        ward.control("records.export", opening=asked["id"], key=olga)
    browser = Browser(ward).log_in("olga", SENTENCE)
    page = f"/console/requests/{record}"
    assert browser.go("GET", page).status == 200  # a privacy officer may show the log: its entries, no text
    assert ANA not in browser.page
    other = Browser(ward).log_in("lucas", SENTENCE)
    assert ANA in other.go("GET", page).page

    # The same person, through any account or key, is no second person; nor is a key of nobody.
    ward.control("users.create", name="olga2", role=["auditor"], same_as="olga")
    again = key_of(ward, "olga", "privacy_officer")
    twin = key_of(ward, "olga2", "auditor")
    nobody = ward.control("keys.create", role="auditor")["key"]
    for key in (olga, again, nobody, lucas, twin, ""):  # without a key: the owner at the terminal, a key of nobody too
        with pytest.raises(RequestError):
            ward.control("access.confirm", id=asked["id"], key=key)

    told = command(ward, "access", "confirm", asked["id"], key=adan)
    assert (told["state"], told["second"]) == ("open", "adan")
    command(ward, "records", "export", "--opening", asked["id"], "--out", str(tmp_path / "x.json"), key=olga)
    assert ANA in (tmp_path / "x.json").read_text()
    assert ANA in browser.go("GET", page).page
    with pytest.raises(RequestError, match="another's"):
        ward.control("records.export", opening=asked["id"], key=adan)
    entries = ward.entries()
    opened = [one for one in entries if one["event"] == "opened"]
    assert [(one["principal"], one["second"], one["mode"], one["id"]) for one in opened] == [
        (officer, auditor, "dual", record)
    ] * 2
    ward.control("access.end", id=asked["id"], key=adan)
    assert ANA not in browser.go("GET", page).page
    assert "the court asked" not in json.dumps(entries)
    assert ward.run("audit", "verify").returncode == 0


def test_an_emergency_opens_at_once_and_is_told_and_reviewed(ward: Server) -> None:
    make(ward, "olga", "privacy_officer")
    make(ward, "dora", "data_steward")
    make(ward, "lucas", "user")
    lucas = key_of(ward, "lucas", "user")
    chat(ward, lucas)
    olga, dora = Browser(ward).log_in("olga", SENTENCE), Browser(ward).log_in("dora", SENTENCE)
    author = Browser(ward).log_in("lucas", SENTENCE)
    form = {"do": "break_glass", "subject": ANA, "reason": "she is unconscious"}
    for browser in (author, dora):
        assert browser.go("POST", "/console/openings", form).status == 403
    assert olga.go("POST", "/console/openings", form | {"reason": ""}).status == 400
    assert olga.go("POST", "/console/openings", form).status == 303
    (row,) = ward.control("access.list", key=key_of(ward, "olga", "privacy_officer"))
    assert (row["mode"], row["state"], row["review"]) == ("break_glass", "open", "due")
    assert ANA in olga.go("GET", f"/console/requests/{row['records'][0]}").page
    # The author and whoever may review are told.
    assert "Others were shown 1 of your requests" in author.go("GET", "/console/").page
    assert "she is unconscious" in author.go("GET", "/console/openings").page
    assert "1 openings wait for you" in dora.go("GET", "/console/").page
    assert ward.control("status")["reviews"] == {"waiting": 1, "overdue": 0}
    # Nobody reviews their own, and one glass at a time.
    review = {"do": "review", "id": row["id"], "reason": "it was right"}
    assert olga.go("POST", "/console/openings", review).status == 403
    assert olga.go("POST", "/console/openings", form).status == 403
    assert author.go("POST", "/console/openings", review).status == 403
    assert dora.go("POST", "/console/openings", review).status == 303
    assert "broken glasses" not in ward.run("doctor", check=False).stdout
    entries = ward.entries()
    stages = [(one["stage"], one["control"]) for one in entries if one["event"] == "incident"]
    assert stages == [("opened", "break_glass"), ("reviewed", "break_glass")]
    assert [one["result"] for one in entries if one["event"] == "control"] == ["fail", "pass"]


def test_where_nobody_else_could_confirm_a_day_passes(ward: Server) -> None:
    # The house's one person with such a role; everybody else only asks.
    make(ward, "olga", "privacy_officer")
    make(ward, "lucas", "user")
    chat(ward, key_of(ward, "lucas", "user"))
    olga = key_of(ward, "olga", "privacy_officer")
    asked = ward.control("access.ask", subject=[ANA], reason="alone here", key=olga)
    assert (asked["mode"], asked["state"]) == ("delayed", "delayed")
    assert asked["begins"] > asked["asked"]
    with pytest.raises(RequestError, match="delayed"):
        ward.control("records.export", opening=asked["id"], key=olga)


def test_a_personal_house_opens_nothing_of_others(serve: Callable[..., Server], environment: dict[str, str]) -> None:
    server = serve()
    for work in ("ask", "break-glass"):
        done = server.run("access", work, "--subject", ANA, "--reason", "x", check=False)
        assert done.returncode == 1
        assert "personal" in done.stderr
    environment["AMBOS_LANG"] = "es"
    assert "nada ajeno" in server.run("access", "list").stdout


def test_nobody_sees_the_entries_of_anothers_request(ward: Server) -> None:
    make(ward, "lucas", "user")
    make(ward, "eva", "user")
    chat(ward, key_of(ward, "lucas", "user"))
    record = next(one["id"] for one in ward.entries() if one["event"] == "decided")
    eva = Browser(ward).log_in("eva", SENTENCE)
    assert eva.go("GET", f"/console/requests/{record}").status == 404
    refused = eva.page
    missing = eva.go("GET", "/console/requests/r_nothing")  # one session: its token stands in every page
    assert (missing.status, missing.page.replace("r_nothing", record)) == (404, refused)
