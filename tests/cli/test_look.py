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


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b'{"id": 1, "text": "Me llamo Ana Ruiz"}\nno json\n', "line 2 is not JSON"),
        (b'{"id": 1}\n', 'line 1 has no "text"'),
        (b"[" * 100_000, "line 1 is not JSON"),
        (b'{"text": "\xff"}\n', "line 1 is not JSON"),
    ],
)
def test_a_wrong_line_is_named_and_not_quoted(tmp_path: Path, given: bytes, told: str) -> None:
    (tmp_path / "rows.jsonl").write_bytes(given)
    path, environment = str(tmp_path / "rows.jsonl"), {**os.environ, "AMBOS_LANG": "en"}
    done = ambos("scan", path, "--jsonl", "--data", str(tmp_path), environment=environment, check=False)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("Peñalver".encode("latin-1"))
    environment = {**os.environ, "AMBOS_LANG": "es"}
    for name, told in (("latin", "no es texto UTF-8"), ("absent", "no se puede leer absent")):
        done = ambos("scan", str(tmp_path / name), "--data", str(tmp_path), environment=environment, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert told in done.stderr


def test_offsets_count_code_points_of_the_text_as_it_stands(tmp_path: Path) -> None:
    row = '{"text": "\\ud800 \U0001f600\r\nMe llamo Marta Gómez Ruiz"}'.replace("\r\n", "\\r\\n")
    (tmp_path / "rows.jsonl").write_text(row + "\n", "utf-8")
    told = json.loads(
        ambos(
            "scan", str(tmp_path / "rows.jsonl"), "--jsonl", "--data", str(tmp_path), environment=dict(os.environ)
        ).stdout
    )
    text = json.loads(row)["text"]
    assert [text[one["start"] : one["end"]] for one in told["spans"]] == ["Marta Gómez Ruiz"]
