"""A whole turn of a chat model, from a table to an answer and back: a real base of two layers, the real trainer and engine."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.test_adapt_chat import ask, standing
from tests.live import PROVIDER, Server, ambos, becomes, recording

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")

from tests.adapt.chat.small_gguf import write_small_gguf

pytestmark = [pytest.mark.shell, pytest.mark.timeout(900)]
THINGS = ("printer", "invoice", "lift", "password", "garden", "canteen", "badge", "window", "heating", "mail")
PLACES = ("hall", "yard", "shop", "lane", "dock", "barn")


@pytest.fixture
def shelf(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A shelf of its own with one model of two layers."""
    environment["AMBOS_MODELS"] = str(tmp_path / "models")
    environment["OMP_NUM_THREADS"] = "1"
    write_small_gguf(tmp_path / "small.gguf")
    ambos("models", "pull", str(tmp_path / "small.gguf"), environment=environment)
    return tmp_path


def recipe_of(server: Server, folder: Path, name: str, **changed: object) -> Path:
    """What `adapt new` writes for a table in which two answers of three are the same, with changed lines."""
    asked = [f"Who looks after the {thing} of the {place}?" for thing in THINGS for place in PLACES]
    table = folder / f"{name}.csv"
    rows = [f"{text},Desk {'KKM'[n % 3]}" for n, text in enumerate(asked)]
    table.write_text("question,answer\n" + "\n".join(rows) + "\n", encoding="utf-8")
    new = server.run(
        "adapt", "new", str(table), "--basis", "GDPR-6.1.f", "--origin", "made", "--base", "small", "--json"
    )
    path = Path(json.loads(new.stdout)["recipe"])
    lines = [line for line in path.read_text().splitlines() if line.split(" = ")[0] not in changed]
    path.write_text("\n".join([*lines, *(f"{key} = {json.dumps(value)}" for key, value in changed.items())]) + "\n")
    return path


def iterated(server: Server, recipe: Path) -> subprocess.CompletedProcess[str]:
    """A turn trains: it may take longer than other commands do."""
    command = [sys.executable, "-m", "ambos.cli", "iterate", str(recipe), "--data", str(server.directory)]
    return subprocess.run(command, env=server.environment, capture_output=True, text=True, check=False, timeout=400)


def test_a_turn_is_recommended_signed_and_served(serve: Callable[..., Server], shelf: Path) -> None:
    with recording() as paid:
        server = serve(PROVIDER.format(url=paid.url, agreement="dpa-1"), inside='demo_model = true\nmodel = "small"')
        recipe = recipe_of(server, shelf, "desk", epochs=10, rate=0.02, paid="acme/big-1", paid_rows=5)
        assert tomllib.loads(recipe.read_text())["purpose"] == "answers of desk"
        estimate = server.run("adapt", "estimate", str(recipe))
        assert "acme/big-1 is asked 5 questions" in estimate.stdout
        ended = iterated(server, recipe)
        assert "recommended" in ended.stdout, ended.stdout + ended.stderr
        assert len(paid.bodies) == 5  # and not one for each row that judges
        shown = " ".join(server.run("adapt", "show", "desk").stdout.split())
    assert "Against base: +" in shown
    assert "Against small, 8 examples: +" in shown
    assert "Compared with acme/big-1, which has no say: +" in shown
    assert "on 5 rows" in shown
    assert "Served as trained: " in shown

    again = iterated(server, recipe)  # nothing is trained twice
    assert "the signatures are missing" in again.stdout
    assert server.run("adapt", "promote", "desk", check=False).returncode == 1
    assert ask(server, "ambos/desk")[0] == 404
    server.run("adapt", "sign", "desk", "--reason", "figures read")
    server.run("adapt", "promote", "desk")
    becomes(lambda: len(standing(server)) == 1 and ask(server, "ambos/desk")[0] == 200, 90)
