"""Fixtures that start the real thing; what they are made of stands in `tests/live.py`."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.live import Recorder, Server, launch, recording

from ambos.catalogue import EMBEDDED, Order, Pulled, cache_directory, pull
from ambos.errors import CatalogueError


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as kept:
        yield kept


@pytest.fixture(scope="session")
def pulled() -> Pulled:
    """The embedded model, from the cache that all data directories share, else pulled into it once."""
    environment = dict(os.environ)
    today = datetime.datetime.now(datetime.UTC).date()
    order = Order(cache=cache_directory(environment), pulled_on=today.isoformat(), environment=environment)
    try:
        return pull(EMBEDDED, order)
    except CatalogueError as error:
        pytest.skip(f"the embedded model is not cached and cannot be fetched: {error}; `ambos models pull {EMBEDDED}`")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty home; the cache of models is the machine's, so that nothing is fetched twice."""
    home = tmp_path / "home"
    home.mkdir()
    models = os.environ.get("AMBOS_MODELS") or str(Path.home() / ".cache" / "ambos" / "models")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AMBOS_MODELS": models,
        "AMBOS_LANG": "en",
        "ACME_KEY": "sk-acme-test",
        "PYTHONWARNINGS": "error::ResourceWarning",
    }


@pytest.fixture
def serve(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Server]]:
    """Start servers; each is stopped at the end."""
    running: list[Server] = []

    def start(
        configuration: str = "", *, inside: str = 'demo_model = false\nmodel = "none"', workers: int = 1
    ) -> Server:
        directory = tmp_path / f"data{len(running)}"
        directory.mkdir()
        (directory / "ambos.toml").write_text(f"[inside]\n{inside}\n{configuration}", encoding="utf-8")
        server = launch(directory, environment, workers=workers)
        running.append(server)
        server.key = server.new_key()
        return server

    yield start
    for server in running:
        server.stop()
