"""Keys that change under load, key services that are not there, and what a look into a worker's memory shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, ambos, is_ready, launch
from tests.store import vault as vaults

pytestmark = [pytest.mark.shell, pytest.mark.timeout(300)]


def workers(server: Server) -> list[int]:
    pid = server.process.pid
    every = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in every if b"ambos.web.worker" in Path(f"/proc/{one}/cmdline").read_bytes()]


def ask(server: Server, text: str) -> Any:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=30) as one:
        return one.chat.completions.create(model="acme/big-1", messages=[{"role": "user", "content": text}])


def test_o45_keys_change_under_load_and_no_request_is_refused_or_lost(
    serve: Callable[..., Server], recorder: Recorder
) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-2026-01"), workers=2)
    stop, answered, failed = threading.Event(), list[str](), list[str]()

    def flow(name: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                answered.append(ask(server, f"What is a haiku? {name}-{number}").id)
            except openai.APIError as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=flow, args=(name,)) for name in range(3)]
    for one in threads:
        one.start()
    for arguments in ((), ("--root",), (), ("--root",)):
        before = len(answered)
        server.run("keys", "rotate", *arguments)
        while len(answered) < before + 4 and not failed:  # requests flow on after each change
            stop.wait(0.05)
    stop.set()
    for one in threads:
        one.join()
    assert failed == []
    completed = [one for one in server.entries() if one["event"] == "completed"]
    assert len(completed) == len(answered) == len(recorder.bodies)
    assert json.loads(server.run("audit", "verify", "--deep", "--json").stdout)["ok"]
    server.stop()
    again = launch(server.directory, server.environment, workers=2)
    again.key = server.key
    try:
        ask(again, "And a tanka?")
        assert json.loads(again.run("audit", "verify", "--deep", "--json").stdout)["ok"]
    finally:
        again.stop()


# --- a key service that is not there ---------------------------------------------------------------------------------------


@pytest.fixture
def vault() -> Iterator[vaults.Vault]:
    made, server = vaults.serve()
    yield made
    made.release.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Nothing is served without it"), ("es", "Sin él no se sirve nada")]
)
def test_o44_without_its_key_service_nothing_is_served_and_it_says_why(
    serve: Callable[..., Server], environment: dict[str, str], vault: vaults.Vault, language: str, words: str
) -> None:
    environment["AMBOS_VAULT_TOKEN"] = vaults.TOKEN
    server = serve(f'[keys]\nservice = "vault"\nvault_url = "{vault.url}"\n')
    server.stop()
    vault.behave = lambda handler, *_: handler.answer(503, {"errors": ["Vault is sealed"]})
    data = ("--data", str(server.directory))
    spoken = environment | {"AMBOS_LANG": language}
    done = ambos("serve", *data, "--port", "0", environment=spoken, check=False)
    assert done.returncode == 1
    assert words in done.stderr
    doctor = ambos("doctor", *data, environment=spoken, check=False)
    assert doctor.returncode == 1
    assert words in " ".join(doctor.stdout.split())
    assert vaults.TOKEN not in done.stderr + done.stdout + doctor.stdout + doctor.stderr


# --- memory ----------------------------------------------------------------------------------------------------------------


def memory(pid: int) -> Iterator[bytes]:
    """Every readable and writable stretch of a process's memory."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as whole:
        for line in maps:
            form = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if form is None or "[v" in line:
                continue
            start, end = int(form[1], 16), int(form[2], 16)
            try:
                whole.seek(start)
                yield whole.read(end - start)
            except OSError:
                continue


needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="root on Linux alone may read the memory of a worker"
)


@needs_root
def test_workers_write_no_core_and_their_memory_is_closed_to_their_own_account(serve: Callable[..., Server]) -> None:
    server = serve()
    for pid in workers(server):
        assert re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())
        # Of a process that may not be dumped /proc gives everything to root: here to `nobody`, who ran nothing.
        look = "import sys; open(f'/proc/{sys.argv[1]}/mem', 'rb')"
        done = subprocess.run(
            [sys.executable, "-c", look, str(pid)], user="nobody", capture_output=True, text=True, check=False
        )
        assert "Permission" in done.stderr


def copies(pid: int, text: str) -> int:
    """How often a text stands in the memory of a process, as Python keeps it or as bytes."""
    forms = [text.encode(form) for form in ("utf-8", "utf-16-le", "utf-32-le")]
    return sum(part.count(form) for part in memory(pid) for form in forms)


@needs_root
def test_what_was_erased_is_in_no_workers_memory(serve: Callable[..., Server], recorder: Recorder) -> None:
    provider = PROVIDER.format(url=recorder.url, agreement="DPA-2026-01")
    server = serve(f'[identity]\nprofile = "organisation"\n{provider}', workers=2)
    officer, second = server.new_key("privacy_officer"), server.new_key("privacy_officer")
    mail = "ana.ruiz@example.org"
    for _ in range(6):
        ask(server, f"escriba a {mail}")
    for number in range(30):
        ask(server, f"What is a haiku? {number}")
    old = workers(server)
    assert sum(copies(pid, mail) for pid in old) > 0, "the look into memory finds nothing even where something is"
    spoken = server.environment | {"AMBOS_KEY": officer, "AMBOS_SECOND_KEY": second}
    order = ("--subject", mail, "--now", "--whole", "--basis", "GDPR-17.1.d", "--data", str(server.directory))
    ambos("records", "erase", *order, environment=spoken)
    deadline = time.monotonic() + 60
    while len(workers(server)) < 2 or set(workers(server)) & set(old) or not is_ready(server.port):
        assert time.monotonic() < deadline, "a worker that may remember what was erased went on"
        ask(server, "What is a haiku?")  # meanwhile somebody answers, always
    every = [server.process.pid, *workers(server)]
    assert [copies(pid, mail) for pid in every] == [0, 0, 0]
    assert not any(Path(f"/proc/{pid}").exists() for pid in old)


def engines(server: Server) -> list[int]:
    pid = server.process.pid
    every = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in every if b"ambos.engines.child" in Path(f"/proc/{one}/cmdline").read_bytes()]


@needs_root
def test_what_was_erased_is_not_in_the_engines_memory_either(serve: Callable[..., Server]) -> None:
    server = serve('[identity]\nprofile = "organisation"\n', inside="demo_model = true", workers=2)
    officer, second = server.new_key("privacy_officer"), server.new_key("privacy_officer")
    number = "55512345W"

    def chat(text: str) -> str:
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=60) as one:
            asked = one.chat.completions.create(
                model="ambos/auto", max_tokens=5, messages=[{"role": "user", "content": text}]
            )
        return asked.model

    assert "stand-in" not in chat(f"La paciente con DNI {number} tiene diabetes")
    (old,) = engines(server)
    assert copies(old, number) > 0, "the look into memory finds nothing even where something is"
    spoken = server.environment | {"AMBOS_KEY": officer, "AMBOS_SECOND_KEY": second}
    order = ("--subject", number, "--now", "--whole", "--basis", "GDPR-17.1.d", "--data", str(server.directory))
    ambos("records", "erase", *order, environment=spoken)
    deadline = time.monotonic() + 120
    while old in engines(server):
        assert time.monotonic() < deadline, "an engine that remembers what was erased went on"
        assert chat("What is a haiku?")  # meanwhile somebody answers, always
    (fresh,) = engines(server)
    assert copies(fresh, number) == 0
    assert chat("La paciente con DNI 44444444A tiene asma")  # the fresh one answers
    assert copies(fresh, "44444444A") > 0
