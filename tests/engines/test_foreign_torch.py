"""Plug-ins on real models of torch. Long form; needs the extras, else skipped by name: `pip install 'ambos[transformers]'`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engines.foreign_torch import write_bert, write_gliner

from ambos.engines.plugins import load_plugin
from ambos.errors import IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.detector import Detector
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # warnings of packages that are not ours


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="needs the extra: pip install 'ambos[transformers]' (`make adapt` has it too)")
    pytest.importorskip("transformers", reason="needs the extra: pip install 'ambos[transformers]'")
    return write_bert(tmp_path_factory.mktemp("bert") / "model")


def found(folder: Path, text: str) -> list[Finding]:
    spans = finish(Detector(Settings(), [load_plugin(f"transformers:{folder}")]).steps(text))
    return [one for one in spans if one.rule.startswith("plugin")]


def test_a_bert_finds_what_it_knows_where_it_stands(bert: Path) -> None:
    text = "Hoy vino Zorblax quentor, con zorblax"
    assert [(text[one.start : one.end], one.kind, one.detail) for one in found(bert, text)] == [
        ("Zorblax quentor", Kind.PERSON, "GIVEN_NAME"),
        ("zorblax", Kind.PERSON, "GIVEN_NAME"),
    ]


@pytest.mark.parametrize("filler", ["mesa ", "a ", "7", "ñ", "hoy, ", "12.34-"])
@pytest.mark.parametrize("size", [300, 1_150, 1_400, 5_000])
def test_no_part_of_a_long_text_is_left_unread(bert: Path, filler: str, size: int) -> None:
    text = "zorblax " + (filler * size)[:size] + " zorblax"
    spans = found(bert, text)
    assert {spans[0].start, spans[-1].end} == {0, len(text)}


def test_an_empty_text_has_no_findings(bert: Path) -> None:
    assert found(bert, "") == []


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("left", [0, 17])
def test_a_file_that_is_cut_short_is_an_error_at_load(bert: Path, tmp_path: Path, name: str, left: int) -> None:
    for file in bert.iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(data[:left] if file.name == name else data)
    with pytest.raises(IntegrityError):
        load_plugin(f"transformers:{tmp_path}")


@pytest.fixture(scope="module", params=[384, 100])
def gliner(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    pytest.importorskip(
        "gliner", reason="needs the extra: pip install 'ambos[gliner]' in an environment without `[hub]`"
    )
    place = tmp_path_factory.mktemp("gliner")
    return write_gliner(place / "model", write_bert(place / "encoder"), words=request.param)


@pytest.mark.parametrize("filler", ["hoy vino con mesa ", "a ", "12.34-", "mesamesamesa ", "ñ,"])
@pytest.mark.parametrize("size", [200, 1_200, 3_000])
def test_gliner_reads_all_of_a_text(gliner: Path, filler: str, size: int) -> None:
    text = (filler * size)[:size].strip()
    spots = list(load_plugin(f"gliner:{gliner}")._plugin.find(text))
    assert all(0 <= one.start < one.end <= len(text) for one in spots)
    seen = bytearray(len(text))
    for one in spots:
        seen[one.start : one.end] = b"\1" * (one.end - one.start)
    # Chance leaves gaps, a piece that is not read leaves a long one.
    assert bytes(100) not in seen
    assert max(one.end for one in spots) > len(text) - 40


def test_gliner_that_is_cut_short_is_an_error_at_load(gliner: Path, tmp_path: Path) -> None:
    for file in gliner.iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(data[:99] if file.name == "model.safetensors" else data)
    with pytest.raises(IntegrityError):
        load_plugin(f"gliner:{tmp_path}")


def test_compare_sets_it_beside_ours(bert: Path, tmp_path: Path) -> None:
    data = tmp_path / "labelled.jsonl"
    text = "Hoy vino zorblax, ana.ruiz@correo.es"
    spans = [
        {"start": 9, "end": 16, "label": "PERSON"},
        {"start": 18, "end": len(text), "label": "EMAIL"},
    ]
    data.write_text("".join(json.dumps({"id": str(n), "text": text, "spans": spans}) + "\n" for n in range(5)))
    command = [sys.executable, "-m", "ambos.cli", "privacy", "compare", "--data", str(data), "--json"]
    done = subprocess.run(
        [*command, "--with", f"transformers:{bert}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "AMBOS_LANGUAGE": "en"},
    )
    assert done.returncode == 0, done.stderr
    leaks = {row["name"]: row["leak"]["value"] for row in json.loads(done.stdout)}
    assert leaks["ambos + plugin.transformers"] == 0 < min(leaks["ambos"], leaks["plugin.transformers"])
