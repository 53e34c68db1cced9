"""What a house stands on fails: an address, a model file, the disk. Nothing leaves unlogged, and it says so."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.live import PROVIDER, Recorder, Server, is_ready, launch

from ambos.catalogue import Pulled

pytestmark = pytest.mark.shell
PATIENT = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"
# Public, and never reached: the address is refused before a socket is made.
INSIDE = """
[[providers]]
name = "ward"
base_url = "https://93.184.216.34/v1"
zone = "inside"
models = ["w-1"]
"""


def ask(server: Server, model: str = "acme/big-1", text: str = "What is a haiku?") -> Any:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0, timeout=60) as one:
        return one.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


def test_a_provider_marked_inside_at_a_public_address_gets_nothing(serve: Callable[..., Server]) -> None:
    server = serve(INSIDE)
    with pytest.raises(openai.InternalServerError) as caught:
        ask(server, "ward/w-1", PATIENT)
    assert "53123456B" not in str(caught.value)
    assert server.entries()[-1]["event"] in ("failed", "refused")
    request = urllib.request.Request(
        f"{server.url}/metrics", headers={"Authorization": f"Bearer {server.new_key('operator')}"}
    )
    with urllib.request.urlopen(request) as answer:
        lines = answer.read().decode().splitlines()
    told = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}
    refused, made = (
        told[f'ambos_egress_connections_total{{purpose="model",result="{result}"}}'] for result in ("refused", "made")
    )
    assert refused >= max(made, 1)  # the way to the broker is made, and ends there


@pytest.mark.parametrize("fault", ["missing", "corrupted", "truncated"])
def test_a_model_file_that_is_not_what_was_pulled_answers_nothing(
    fault: str,
    serve: Callable[..., Server],
    recorder: Recorder,
    environment: dict[str, str],
    pulled: Pulled,
    tmp_path: Path,
) -> None:
    shelf, copy, found = Path(environment["AMBOS_MODELS"]), tmp_path / "models", pulled.path
    file = copy / found.relative_to(shelf)
    file.parent.mkdir(parents=True)
    file.with_name("model.json").write_bytes(found.with_name("model.json").read_bytes())
    content = bytearray(found.read_bytes())
    if fault == "corrupted":
        content[len(content) // 2] ^= 1
    if fault != "missing":
        file.write_bytes(content[: len(content) // 2] if fault == "truncated" else content)
    environment["AMBOS_MODELS"] = str(copy)
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-1"), inside="demo_model = true")
    with pytest.raises(openai.InternalServerError) as caught:
        ask(server, text=PATIENT)
    # A file that is gone is no model (503); one that the engine refuses is a model that does not answer (502).
    assert caught.value.status_code == (503 if fault == "missing" else 502)
    assert "53123456B" not in str(caught.value)
    assert recorder.bodies == []
    assert ask(server).choices[0].message.content  # what may leave is still answered


FULL = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
os.execv(sys.executable, [sys.executable, "-m", "ambos.cli", "serve", *sys.argv[2:]])
"""


def test_a_full_disk_stops_what_cannot_be_logged_and_loses_nothing(
    serve: Callable[..., Server], recorder: Recorder
) -> None:
    server = serve(PROVIDER.format(url=recorder.url, agreement="DPA-1"))
    ask(server)
    server.stop()
    # No file may grow beyond this: the kernel answers EFBIG where a full disk answers ENOSPC, on the same paths.
    most = max(path.stat().st_size for path in server.directory.iterdir() if path.is_file()) + 256 * 1024
    full = launch(server.directory, server.environment, command=(sys.executable, "-c", FULL, str(most)))
    full.key = server.key
    try:
        refused = None
        for _ in range(300):
            try:
                ask(full, text="What is a haiku? " + "word " * 4000)
            except openai.InternalServerError as error:
                refused = error
                break
        assert refused is not None, "the disk never became full"
        assert refused.status_code == 503
        assert str(server.directory) not in str(refused)
        sent = len(recorder.bodies)
        with pytest.raises(openai.InternalServerError):
            ask(full, text="What is a sonnet? " + "word " * 4000)
        assert len(recorder.bodies) == sent
        assert not is_ready(full.port)
    finally:
        full.stop()
    again = launch(server.directory, server.environment)
    again.key = server.key
    try:
        assert ask(again).choices[0].message.content
        report = json.loads(again.run("audit", "verify", "--json").stdout)
        assert report["ok"]
        events = [entry["event"] for entry in again.entries()]
        assert events.count("egress") == len(recorder.bodies)
    finally:
        again.stop()
