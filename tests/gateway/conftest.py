"""One server for all attack cases of a file, so that what one case breaks another sees."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live import PROVIDER, Recorder, Server, launch, recording


@pytest.fixture(scope="module")
def upstream() -> Iterator[Recorder]:
    with recording() as kept:
        yield kept


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
