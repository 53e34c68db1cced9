"""`ambos scan --realistic`, as a user runs it."""

import json
import os
from pathlib import Path

import pytest
from tests.live import ambos

pytestmark = pytest.mark.shell
LETTER = "Mi paciente Lucía Hernández Ortega, de 47 años, ingresó el 14/02/2025 con neumonía y salió el 20/02/2025."


def test_text_to_hand_on_names_nobody_and_keeps_facts_and_stays(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(LETTER, "utf-8")
    told = ambos(
        "scan", str(tmp_path / "letter.txt"), "--realistic", "--data", str(tmp_path), environment=dict(os.environ)
    ).stdout
    assert not any(original in told for original in ("Lucía", "Hernández", "Ortega", "14/02/2025"))
    assert "neumonía" in told


def test_lines_keep_their_other_fields(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": 7, "text": LETTER, "lang": "es"}) + "\n", "utf-8")
    path = str(tmp_path / "rows.jsonl")
    row = json.loads(
        ambos("scan", path, "--jsonl", "--realistic", "--data", str(tmp_path), environment=dict(os.environ)).stdout
    )
    assert (row["id"], row["lang"]) == (7, "es")
    assert "Ortega" not in row["text"]
