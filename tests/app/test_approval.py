"""A change that relaxes waits until somebody with the right approves it; over restarts, and in the real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, launch

pytestmark = pytest.mark.shell
LETTER = "Estimada señora: escriba a laura.gil@example.com o llame al 612 345 678. Atentamente, Laura Gil Moreno."
ORGANISATION = '[identity]\nprofile = "organisation"\n'


def write(server: Server, text: str) -> None:
    (server.directory / "ambos.toml").write_text(f'[inside]\nmodel = "none"\n{text}', encoding="utf-8")


def pending(server: Server) -> Any:
    return json.loads(server.run("config", "pending", "--json").stdout)


def approve(
    server: Server, name: str, reason: str = "the agreement was signed", key: str = ""
) -> subprocess.CompletedProcess[str]:
    more: tuple[str, ...] = ()
    if key:
        path = server.directory.parent / "officer.key"
        path.write_text(key)
        more = ("--key-file", str(path))
    return server.run("config", "approve", name, "--reason", reason, *more, check=False)


def leaves(server: Server, text: str = LETTER) -> bool:
    """Whether this text reaches the provider."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0) as one:
        try:
            one.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": text}])
        except (openai.InternalServerError, openai.NotFoundError):
            return False
    return True


def again(server: Server, running: list[Server]) -> Server:
    server.stop()
    new = launch(server.directory, server.environment)
    new.key = server.key
    running.append(new)
    return new


@pytest.fixture
def running() -> Any:
    started: list[Server] = []
    yield started
    for one in started:
        one.stop()


def policies(server: Server, action: str) -> list[dict[str, Any]]:
    return [one for one in server.entries() if one["event"] == "policy" and one["action"] == action]


def test_in_an_organisation_a_second_person_approves_and_no_restart_does(
    serve: Callable[..., Server], recorder: Recorder, running: list[Server]
) -> None:
    bare = ORGANISATION + PROVIDER.format(url=recorder.url, agreement="")
    server = serve(bare)
    assert not leaves(server)
    assert pending(server) is None
    write(server, ORGANISATION + PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    server.hears("relax what may leave and wait")
    assert policies(server, "proposed")
    waits = pending(server)
    assert waits["relaxes"] == ["provider acme: agreement added"]
    assert waits["needs_second"]
    doctor = server.run("doctor", check=False)
    assert doctor.returncode == 1
    assert "agreement added" in doctor.stdout
    assert not leaves(server)

    server = again(server, running)
    assert not leaves(server)
    assert pending(server) == waits

    assert "approve" in approve(server, waits["id"]).stderr  # the owner, who wrote it
    assert "approve" in approve(server, waits["id"], key=server.new_key("operator")).stderr
    officer = server.new_key("privacy_officer")
    assert "not what you named" in approve(server, "0" * 12, key=officer).stderr
    assert "reason" in approve(server, waits["id"], reason=" ", key=officer).stderr
    assert not leaves(server)
    assert approve(server, waits["id"], key=officer).returncode == 0
    assert leaves(server)
    assert pending(server) is None

    server = again(server, running)
    assert leaves(server)
    entry = policies(server, "approved")[-1]
    assert entry["relaxes"] is True
    assert entry["second"] != entry["principal"]
    assert len(entry["why"]) == 64
    assert "signed" not in server.run("audit", "show", "--json", "--limit", "0").stdout
    assert server.run("audit", "verify").returncode == 0


def test_a_profile_that_steps_down_waits_too(
    serve: Callable[..., Server], recorder: Recorder, running: list[Server]
) -> None:
    server = serve(ORGANISATION + PROVIDER.format(url=recorder.url, agreement=""))
    write(server, PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    server = again(server, running)
    assert pending(server)["needs_second"]
    assert approve(server, pending(server)["id"]).returncode == 1
    assert not leaves(server)


def test_in_a_personal_house_the_owner_approves_alone_with_a_reason(
    serve: Callable[..., Server], recorder: Recorder, running: list[Server]
) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement=""), workers=2)
    write(server, PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    server.hears("relax what may leave and wait")
    assert not any(leaves(server) for _ in range(6))
    assert approve(server, pending(server)["id"]).returncode == 0
    server.hears("what may leave has changed", 2)
    assert all(leaves(server) for _ in range(6))
    entry = policies(server, "approved")[-1]
    assert "second" not in entry
    # Tightening needs nobody, and is in force in every worker within a second or two.
    write(server, PROVIDER.format(url=recorder.url, agreement=""))
    server.hears("what may leave has changed", 4)
    assert not any(leaves(server) for _ in range(6))
    assert policies(server, "applied")[-1]["reason"] == "tightened"


def test_a_restart_of_a_personal_house_is_its_owners_word_and_is_logged(
    serve: Callable[..., Server], recorder: Recorder, running: list[Server]
) -> None:
    server = serve()
    write(server, PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    server.stop()
    # A command without a server takes nothing: it is no start.
    assert pending(server)["relaxes"] == ["provider acme: added"]
    server = again(server, running)
    assert leaves(server)
    assert [one["reason"] for one in policies(server, "applied")] == ["first", "started", "restarted", "started"]
    assert policies(server, "applied")[2]["relaxes"] is True


def test_tightening_and_relaxing_in_one_change_are_taken_apart(
    serve: Callable[..., Server], recorder: Recorder
) -> None:
    server = serve(ORGANISATION + PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    assert leaves(server)
    matrix = '[policy.matrix]\nconfidential = { agreed = "none" }\ninternal = { other = "masked" }\n'
    write(server, ORGANISATION + matrix + PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    server.hears("what may leave has changed")
    assert not leaves(server)
    assert pending(server)["relaxes"] == ["internal.other: none -> masked"]
    assert pending(server)["tightens"] == ["confidential.agreed: masked -> none"]


FORGE = """
import sys
from pathlib import Path
from sqlalchemy import text
from ambos.app.system import SystemClock, SystemRandom
from ambos.config import load
from ambos.store import open_store
with open_store(load(Path(sys.argv[1])).store, SystemClock(), SystemRandom()) as store:
    with store._foundation.content.writing() as connection:
        connection.execute(text(sys.argv[2]))
"""


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM policy_versions",
        """UPDATE policy_versions SET policy = replace(policy, '"agreement":""', '"agreement":"DPA-1"')""",
        "UPDATE policy_versions SET policy = '{}'",
    ],
)
def test_an_approved_state_that_cannot_be_read_lets_nothing_out(
    sql: str, serve: Callable[..., Server], recorder: Recorder, running: list[Server]
) -> None:

    server = serve(PROVIDER.format(url=recorder.url, agreement=""))
    assert leaves(server, "What is a haiku?")
    server.stop()
    write(server, PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    done = subprocess.run(
        [sys.executable, "-c", FORGE, str(server.directory), sql],
        env=server.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sent = len(recorder.bodies)
    server = again(server, running)
    assert not leaves(server, "What is a haiku?")
    assert len(recorder.bodies) == sent
    assert pending(server)["needs_second"]
