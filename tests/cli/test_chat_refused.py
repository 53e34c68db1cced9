"""What a chat model is not trained on, said in the reader's language and before anything is trained."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from tests.live import ambos

from ambos.catalogue import Pulled

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
pytestmark = [pytest.mark.shell, pytest.mark.timeout(600)]
THINGS = ("printer", "invoice", "lift", "password", "garden", "canteen", "badge", "window")
PLACES = ("hall", "yard", "shop", "lane", "dock", "barn")


def table(folder: Path, *, answers: str) -> Path:
    asked = [f"Who looks after the {thing} of the {place}?" for thing in THINGS for place in PLACES]
    path = folder / "desk.csv"
    lines = [f"{text},Desk {answers[n % len(answers)]}" for n, text in enumerate(asked)]
    path.write_text("question,answer\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_one_answer_to_everything_and_a_licence_that_forbids_the_use_are_refused(
    tmp_path: Path, environment: dict[str, str], pulled: Pulled
) -> None:
    data = ("--data", str(tmp_path / "data"))
    spanish = {**environment, "AMBOS_LANG": "es"}
    about = ("--basis", "GDPR-6.1.f", "--origin", "made")
    ambos("init", *data, environment=environment)
    refused = ambos("adapt", "new", str(table(tmp_path, answers="K")), *about, *data, environment=spanish, check=False)
    assert refused.returncode == 1
    assert "la misma respuesta" in refused.stderr

    path = table(tmp_path, answers="KMR")
    licensed = (*about, "--licence", "CC-BY-NC-4.0", "--json")
    made = json.loads(ambos("adapt", "new", str(path), *licensed, *data, environment=environment).stdout)
    recipe = tomllib.loads(Path(made["recipe"]).read_text())
    assert (recipe["canaries"], recipe["epochs"], recipe["length"]) == (100, 3, 256)  # few rows are read thrice
    ended = ambos("iterate", made["recipe"], *data, environment=spanish, check=False)
    assert ended.returncode == 1
    assert "rechazado" in ended.stdout
    assert "CC-BY-NC-4.0) no permite el uso 'inside'" in ended.stdout
    assert json.loads(ambos("adapt", "list", "--json", *data, environment=environment).stdout) == []
