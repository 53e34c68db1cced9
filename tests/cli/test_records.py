"""`ambos records`, `consent`, `backup` and `recover`, beside a running server and without one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, ambos

pytestmark = [pytest.mark.shell, pytest.mark.timeout(300)]  # commands are processes
ANA, LUIS = "ana.ruiz@example.org", "luis.mora@example.org"


def run(server: Server, *arguments: str, key: str = "", second: str = "") -> Any:
    environment = server.environment | {"AMBOS_KEY": key, "AMBOS_SECOND_KEY": second}
    return json.loads(ambos(*arguments, "--json", "--data", str(server.directory), environment=environment).stdout)


def chat(server: Server, text: str) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as client:
        client.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": text}])


def refused(server: Server, *arguments: str, key: str = "", second: str = "") -> str:
    environment = server.environment | {"AMBOS_KEY": key, "AMBOS_SECOND_KEY": second}
    done = ambos(*arguments, "--data", str(server.directory), environment=environment, check=False)
    assert done.returncode == 1
    return done.stderr


def test_an_organisation_finds_exports_blocks_and_erases(
    serve: Callable[..., Server], recorder: Recorder, tmp_path: Path
) -> None:
    provider = PROVIDER.format(url=recorder.url, agreement="DPA-1")
    server = serve(f'[identity]\nprofile = "organisation"\n{provider}', workers=2)
    officer, second = server.new_key("privacy_officer"), server.new_key("privacy_officer")
    for text in (f"escriba a {ANA}", f"escriba a {LUIS}", f"presente a {ANA} y {LUIS}"):
        chat(server, text)
    assert "records.subjects" in refused(server, "records", "search", "--subject", ANA)
    assert "records.subjects" in refused(server, "records", "search", "--subject", ANA, key=server.key)

    rows = run(server, "records", "search", "--subject", ANA, key=officer)
    assert [(row["join"], row["kinds"], row["shared"]) for row in rows] == [
        ("strong", ["email"], False),
        ("strong", ["email"], True),
    ]
    out = tmp_path / "ana.json"
    export = ("records", "export", "--subject", ANA, "--out", str(out))
    assert "second person" in refused(server, *export, key=officer)
    assert run(server, *export, key=officer, second=second) == {"records": 2, "file": str(out)}
    told = json.loads(out.read_text())["records"]
    assert ANA in json.dumps(told[0]["content"]["request"])
    assert "content" not in told[1]
    assert out.stat().st_mode & 0o077 == 0

    assert "File exists" in refused(server, *export, key=officer, second=second)
    assert len([one for one in server.entries() if one["event"] == "exported"]) == 1  # refused before anything was read

    rectify = ("records", "rectify", "--subject", ANA, "--new", "presenta", "--old")
    assert "in no record" in refused(server, *rectify, "Presente", key=officer)
    assert [row["record"] for row in rows if row["shared"]] == run(server, *rectify, "presente", key=officer)[
        "rectified"
    ]

    run(server, "backup", "--content", str(tmp_path / "c"), "--ring", str(tmp_path / "r"))
    done = run(server, "records", "erase", "--subject", ANA, "--now", key=officer, second=second)
    assert (done["destroyed"], done["resealed"], done["recipients"]) == (1, 1, {"acme": 2})
    assert run(server, "records", "search", "--subject", ANA, key=officer) == []
    assert len(run(server, "records", "search", "--subject", LUIS, key=officer)) == 2
    chat(server, f"otra vez {LUIS}")
    server.stop()

    shutil.rmtree(tmp_path / "r")
    found = run(server, "recover", "--content", str(tmp_path / "c"))
    assert (found["ok"], found["orders"]) == (True, 1)
    (unknown,) = found["unknown"]
    assert (unknown["what"], unknown["since"][:2]) == ("content", "20")
    assert run(server, "recover")["unknown"] == []
    assert run(server, "records", "search", "--subject", ANA, key=officer) == []
    assert len(run(server, "records", "search", "--subject", LUIS, key=officer)) == 1
    assert ambos("audit", "verify", "--deep", "--data", str(server.directory), environment=server.environment)


def test_a_personal_house_reaches_its_own_records_only(tmp_path: Path, environment: dict[str, str]) -> None:
    data = ("--data", str(tmp_path / "d"))
    ambos("init", *data, environment=environment)
    ambos("ask", f"escriba a {ANA}", *data, environment=environment, check=False)
    done = ambos("records", "search", "--subject", ANA, "--json", *data, environment=environment)
    assert [row["erase"] for row in json.loads(done.stdout)] == ["block, then destroy"]
    blocked = json.loads(ambos("records", "erase", "--subject", ANA, "--json", *data, environment=environment).stdout)
    assert blocked["due"] > "2029"
    (order,) = json.loads(ambos("records", "orders", "--json", *data, environment=environment).stdout)
    legal = ("records", "legal", "--subject", ANA, "--record", json.loads(done.stdout)[0]["record"])
    assert ANA in ambos(*legal, *data, environment=environment).stdout
    now = ("records", "erase", "--erasure", order["erasure"], "--now", *data)
    spanish = environment | {"AMBOS_LANG": "es"}
    assert "1 registro destruido," in ambos(*now, environment=spanish).stdout
    text = ambos("records", "certificate", order["erasure"], *data, environment=environment).stdout
    assert text.startswith("ambos/erasure-certificate/v1\n")


def test_permission_is_none_until_given(tmp_path: Path, environment: dict[str, str]) -> None:
    data = ("--data", str(tmp_path / "d"))
    ambos("init", *data, environment=environment)
    about = ("--scope", "subject", "--target", ANA, "--purpose", "train")
    assert json.loads(ambos("consent", "list", "--json", *data, environment=environment).stdout) == []
    ambos("consent", "grant", *about, "--basis", "GDPR-6.1.a", *data, environment=environment)
    (row,) = json.loads(ambos("consent", "list", "--json", *data, environment=environment).stdout)
    assert ANA not in json.dumps(row)
    ambos("consent", "withdraw", *about, *data, environment=environment)
    (row,) = json.loads(ambos("consent", "list", "--json", *data, environment=environment).stdout)
    assert row["withdrawn"]
