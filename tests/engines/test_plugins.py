"""Plug-ins: a real package from a local path, a real ONNX model, and every way in which one can fail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.foreign import write_model, write_package

from ambos.engines.plugins import Plugged, known, load_plugin
from ambos.errors import ConfigError, DetectorError, IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.detector import Detector
from ambos.privacy.recogniser import finish
from ambos.privacy.settings import Settings

TEXT = "El carné ZQ-123 es de mesa"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed beside nothing else; no network is needed."""
    source = write_package(tmp_path_factory.mktemp("badges") / "source")
    target = source.parent / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(target), str(source)], check=True, capture_output=True, timeout=100)
    return target


@pytest.fixture
def badges(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(installed))
    yield
    sys.modules.pop("ambos_badges_for_tests", None)


def found(plugin: Plugged, text: str = TEXT, **chosen: object) -> tuple[Finding, ...]:
    return finish(Detector(Settings(**chosen), [plugin]).steps(text))  # type: ignore[arg-type]  # settings by name


@pytest.mark.usefixtures("badges")
def test_a_package_from_a_local_path_is_found_by_its_entry_point_and_reads_beside_ours() -> None:
    assert "badges" in known()
    assert found(load_plugin("badges")) == (Finding(9, 15, Kind.GOV_ID, "BADGE", 0.9, "plugin.badges"),)
    both = found(load_plugin("badges"), TEXT + ", ana.ruiz@correo.es")
    assert [one.kind for one in both] == [Kind.GOV_ID, Kind.EMAIL]


@pytest.mark.usefixtures("badges")
def test_a_doubtful_finding_counts_only_where_the_threshold_is_lower() -> None:
    plugin = load_plugin("badges:doubtful")
    assert found(plugin) == ()
    assert [one.kind for one in found(plugin, thresholds={Kind.GOV_ID: 0.05})] == [Kind.GOV_ID]


@pytest.mark.usefixtures("badges")
@pytest.mark.parametrize("fault", ["raises", "outside", "unknown"])
def test_a_plugin_that_fails_fails_the_text_without_telling_it(fault: str) -> None:
    with pytest.raises(DetectorError) as caught:
        found(load_plugin(f"badges:{fault}"))
    assert "plugin.badges" in str(caught.value)
    assert TEXT not in str(caught.value)


@pytest.mark.usefixtures("badges")
def test_a_plugin_that_hangs_fails_the_text() -> None:
    made = load_plugin("badges:slow")
    short = Plugged(made._plugin, limit_s=0.05)
    with pytest.raises(DetectorError, match=r"plugin\.badges"):
        found(short)
    short._thread.shutdown(wait=False, cancel_futures=True)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="there is no plug-in 'nobody'"):
        load_plugin("nobody")


@pytest.mark.parametrize("name", ["gliner", "transformers", "presidio", "onnx"])
def test_a_package_that_is_absent_is_named_with_what_to_install(name: str) -> None:
    try:
        __import__({"presidio": "presidio_analyzer", "onnx": "onnxruntime"}.get(name, name))
    except ImportError:
        with pytest.raises(ConfigError, match=r"pip install 'ambos\["):
            load_plugin(f"{name}:/nowhere")
    else:
        with pytest.raises(ConfigError, match="directory") if name != "presidio" else pytest.raises(ConfigError):
            load_plugin(f"{name}:/nowhere")


# --- ONNX ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("onnxruntime", reason="needs the extra: pip install 'ambos[detect]'")
    return write_model(tmp_path / "model")


def test_an_onnx_model_finds_what_it_knows(folder: Path) -> None:
    text = "Hoy vino zorblax quentor, con zorblax"
    spans = found(load_plugin(f"onnx:{folder}"), text)
    assert [(text[one.start : one.end], one.kind, one.detail) for one in spans] == [
        ("zorblax quentor", Kind.PERSON, "GIVEN_NAME"),
        ("zorblax", Kind.PERSON, "GIVEN_NAME"),
    ]


def test_a_long_text_is_read_in_windows_and_no_token_is_lost(folder: Path) -> None:
    words = ["mesa"] * 2000
    for place in (0, 470, 480, 481, 864, 1300, 1999):
        words[place] = "zorblax"
    text = " ".join(words)
    spans = found(load_plugin(f"onnx:{folder}"), text)
    assert [text[one.start : one.end].count("zorblax") for one in spans if one.rule.startswith("plugin")] == [
        1,
        1,
        2,
        1,
        1,
        1,
    ]


def test_an_empty_text_has_no_findings(folder: Path) -> None:
    assert found(load_plugin(f"onnx:{folder}"), "") == ()


def test_its_version_is_the_hash_of_its_files_and_a_pin_holds_it(folder: Path) -> None:
    before = load_plugin(f"onnx:{folder}").version
    digest = before.removeprefix("sha256:")[:16]
    assert load_plugin(f"onnx:{folder}@{digest}").version == before
    data = bytearray((folder / "model.onnx").read_bytes())
    data[-60] ^= 1
    (folder / "model.onnx").write_bytes(data)
    with pytest.raises(IntegrityError, match="pinned"):
        load_plugin(f"onnx:{folder}@{digest}")
    with pytest.raises(IntegrityError, match="pinned"):
        load_plugin(f"onnx:{folder}@41")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("left", [0, 17])
def test_a_file_that_is_cut_short_is_an_error_at_load(folder: Path, name: str, left: int) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:left])
    with pytest.raises(IntegrityError):
        load_plugin(f"onnx:{folder}")


def test_a_form_that_can_hold_code_is_not_read(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(IntegrityError, match="carry code"):
        load_plugin(f"onnx:{folder}")


def test_a_label_without_a_kind_must_be_named(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"id2label": dict(enumerate(["O", "B-ZORB", "I-ZORB", "B-PHONE"]))}))
    with pytest.raises(IntegrityError, match=r"labels\.json"):
        load_plugin(f"onnx:{folder}")
    (folder / "labels.json").write_text(json.dumps({"ZORB": "USERNAME"}))
    assert [one.kind for one in found(load_plugin(f"onnx:{folder}"), "soy zorblax")] == [Kind.USERNAME]


def test_a_model_with_other_labels_than_its_config_fails_the_text(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"id2label": {0: "O", 1: "B-PHONE"}}))
    with pytest.raises(DetectorError):
        found(load_plugin(f"onnx:{folder}"), "zorblax")
