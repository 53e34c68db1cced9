"""The real hub client against a small hub on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ambos.catalogue import Order, fetch, list_models, pull
from ambos.catalogue.hub import choose_file, partial_path
from ambos.errors import CatalogueError, IntegrityError

pytestmark = pytest.mark.shell
Make = Callable[..., bytes]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub_order(order: Order, hub: Any) -> Order:
    return replace(order, environment={**order.environment, **hub.environment()})


def test_a_file_is_pulled_from_its_commit_and_recorded(hub: Any, hub_order: Order, gguf: Make, told: Any) -> None:
    hub.files["org/tiny"] = {"tiny-q4_k_m.gguf": gguf(), "README.md": b"#", "pytorch_model.bin": b"\x80"}
    pulled = pull("hf:org/tiny/tiny-q4_k_m.gguf", hub_order)
    card = pulled.card
    assert (card.source, card.revision) == ("hf:org/tiny/tiny-q4_k_m.gguf@main", COMMIT)
    assert (card.licence, card.sha256) == ("apache-2.0", hashlib.sha256(gguf()).hexdigest())
    assert "check" in told.stages
    downloads = [path for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path]
    assert downloads == [f"/org/tiny/resolve/{COMMIT}/tiny-q4_k_m.gguf"]  # the commit, and this file only
    assert {path.name for path in pulled.path.parent.iterdir()} == {"tiny-q4_k_m.gguf", "model.json"}


def test_without_a_file_the_usual_quantisation_is_taken(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"t-Q8_0.gguf": gguf(values=65), "sub/t-Q4_K_M.gguf": gguf(), "mmproj-f16.gguf": b"x"}
    assert pull("hf:org/tiny", hub_order).card.file == "t-Q4_K_M.gguf"


def test_when_it_is_not_clear_the_files_are_named(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"a.gguf": gguf(), "b.gguf": gguf()}
    with pytest.raises(CatalogueError, match=r"a\.gguf, b\.gguf"):
        pull("hf:org/tiny", hub_order)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["a.gguf"], "a.gguf"),
        (["a-q8_0.gguf", "a-q4_k_m.gguf"], "a-q4_k_m.gguf"),
        (["a-q4_k_m-00001-of-00002.gguf", "a-q4_k_m-00002-of-00002.gguf", "a-q8_0.gguf"], "a-q8_0.gguf"),
        (["a.safetensors", "b.bin"], ""),
        ([], ""),
    ],
)
def test_the_choice_among_files(names: list[str], chosen: str) -> None:
    assert choose_file(names) == chosen


def ranges(hub: Any) -> list[str]:
    asked = [headers for method, path, headers in hub.requests if "/resolve/" in path and method == "GET"]
    return [headers.get("range", "") for headers in asked]


def test_a_download_that_breaks_off_goes_on_where_it_stopped(hub: Any, hub_order: Order, gguf: Make) -> None:
    data = gguf(values=600_000)
    hub.files["org/tiny"] = {"t.gguf": data}
    hub.cut_after, hub.cuts_left = 1_200_000, 1
    assert pull("hf:org/tiny/t.gguf", hub_order).path.read_bytes() == data
    assert ranges(hub) == ["", f"bytes={1 << 20}-"]


def test_a_pull_goes_on_from_what_an_earlier_one_left(hub: Any, hub_order: Order, gguf: Make) -> None:
    data = gguf(values=1000)
    hub.files["org/tiny"] = {"t.gguf": data}
    partial = leave_partial(hub_order, data[:1500])
    assert pull("hf:org/tiny/t.gguf", hub_order).path.read_bytes() == data
    assert ranges(hub) == ["bytes=1500-"]
    assert not partial.exists()


def test_a_wrong_partial_download_is_found_and_dropped(hub: Any, hub_order: Order, gguf: Make) -> None:
    data = gguf(values=1000)
    hub.files["org/tiny"] = {"t.gguf": data}
    leave_partial(hub_order, b"x" * 1500)
    with pytest.raises(IntegrityError):
        pull("hf:org/tiny/t.gguf", hub_order)
    assert pull("hf:org/tiny/t.gguf", hub_order).path.read_bytes() == data


def leave_partial(order: Order, content: bytes) -> Path:
    source = hashlib.sha256(b"hf:org/tiny/t.gguf@main").hexdigest()[:16]
    partial = partial_path(order.cache / ".partial" / source, COMMIT, "t.gguf")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(content)
    return partial


def test_a_file_with_another_hash_than_the_hub_records_is_refused(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"t.gguf": gguf()}
    hub.lie_about = "t.gguf"
    with pytest.raises(IntegrityError, match="SHA-256"):
        pull("hf:org/tiny/t.gguf", hub_order)
    assert list_models(hub_order.cache) == []


def test_a_truncated_upload_is_refused(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"t.gguf": gguf()[:-20]}
    with pytest.raises(IntegrityError, match="truncated"):
        pull("hf:org/tiny/t.gguf", hub_order)


def test_the_token_is_sent_and_its_absence_named(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/gated"] = {"t.gguf": gguf()}
    hub.wanted_token = "hf_test"
    with pytest.raises(CatalogueError, match="HF_TOKEN") as caught:
        pull("hf:org/gated/t.gguf", hub_order)
    assert "secret words" not in str(caught.value)
    with_token = replace(hub_order, environment={**hub_order.environment, "HF_TOKEN": "hf_test"})
    assert pull("hf:org/gated/t.gguf", with_token)


@pytest.mark.parametrize("source", ["hf:org/none/t.gguf", "hf:org/none"])
def test_a_missing_repository_is_named(hub: Any, hub_order: Order, source: str) -> None:
    with pytest.raises(CatalogueError, match="no such repository"):
        pull(source, hub_order)


def test_a_missing_file_is_named(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"t.gguf": gguf()}
    with pytest.raises(CatalogueError, match=r"it has: t\.gguf"):
        pull("hf:org/tiny/other.gguf", hub_order)


def test_offline_means_no_request(hub: Any, hub_order: Order, gguf: Make) -> None:
    hub.files["org/tiny"] = {"t.gguf": gguf()}
    offline = replace(hub_order, environment={**hub_order.environment, "HF_HUB_OFFLINE": "1"})
    with pytest.raises(CatalogueError, match="HF_HUB_OFFLINE"):
        pull("hf:org/tiny/t.gguf", offline)
    assert hub.requests == []


def test_a_hub_that_does_not_answer_is_named(hub_order: Order) -> None:
    gone = replace(hub_order, environment={**hub_order.environment, "HF_ENDPOINT": "http://127.0.0.1:9"})
    with pytest.raises(CatalogueError, match="could not be reached"):
        pull("hf:org/tiny/t.gguf", gone)


def test_a_file_larger_than_the_disk_is_refused_before_the_download(
    hub: Any, hub_order: Order, gguf: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files["org/tiny"] = {"t.gguf": gguf()}
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 62)
    with pytest.raises(CatalogueError, match="disk space"):
        pull("hf:org/tiny/t.gguf", hub_order)
    assert not any("/resolve/" in path for _, path, _ in hub.requests)


def test_without_the_client_the_extra_is_named(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CatalogueError, match=r"ambos\[hub\]"):
        pull("hf:org/tiny/t.gguf", order)
