"""One server for all attack cases of a file, so that what one case breaks another sees."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.live import PROVIDER, Handler, Recorder, Server, launch


@pytest.fixture(scope="module")
def upstream() -> Iterator[Recorder]:
    kept = Recorder()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"recorder": kept}))
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def house(upstream: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("house")
    told = PROVIDER.format(url=upstream.url, agreement="DPA-2026-01")
    (place / "data").mkdir()
    (place / "data" / "ambos.toml").write_text(
        f'[inside]\ndemo_model = false\nmodel = "none"\n{told}', encoding="utf-8"
    )
    models = os.environ.get("AMBOS_MODELS") or str(Path.home() / ".cache" / "ambos" / "models")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "AMBOS_MODELS": models,
        "AMBOS_LANG": "en",
        "ACME_KEY": "sk-acme-test",
    }
    server = launch(place / "data", environment)
    server.key = server.new_key()
    yield server
    verified = server.run("audit", "verify")
    sent = [one for one in server.entries() if one["event"] == "egress"]
    server.stop()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert len(sent) == len(upstream.bodies)  # after every attack: calls to the outside = entries
