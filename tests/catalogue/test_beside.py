"""A safetensors base of our own making, served by the hub of the tests: it comes whole, is checked, and trains."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")

from tests.adapt.chat.small_base import small_base

from ambos.adapt.chat.base import load_base
from ambos.catalogue import Order, pull
from ambos.cli.chat_turn import base_file
from ambos.errors import AdaptError, IntegrityError

pytestmark = [pytest.mark.shell, pytest.mark.filterwarnings("default")]
WANTED = {"model.safetensors", "model.json", "config.json", "tokenizer.json", "tokenizer_config.json"}
SOURCE = "hf:org/tiny/model.safetensors"


@pytest.fixture
def hub_order(order: Order, hub: Any, tmp_path: Path) -> Order:
    folder = tmp_path / "made"
    folder.mkdir()
    small_base(folder)
    hub.files["org/tiny"] = {path.name: path.read_bytes() for path in folder.iterdir()}
    hub.files["org/tiny"] |= {"pytorch_model.bin": b"\x80", "modeling.py": b"import os"}
    return replace(order, environment={**order.environment, **hub.environment()})


def test_settings_and_tokeniser_come_with_the_weights_and_nothing_else(
    hub: Any, hub_order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = pull(SOURCE, hub_order).card
    folder = hub_order.cache / card.name
    names = {path.name for path in folder.iterdir()}
    assert names >= WANTED
    assert not {"pytorch_model.bin", "modeling.py"} & names
    assert (card.architecture, card.context_tokens, card.has_chat_template) == ("llama", 512, True)
    assert set(card.beside) == names - {"model.json", "model.safetensors"}
    monkeypatch.setenv("AMBOS_MODELS", str(hub_order.cache))
    assert load_base(base_file(card.name)).model.config.num_hidden_layers == 2  # it can be trained on
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(AdaptError, match="SHA-256 differs"):
        base_file(card.name)


def test_a_folder_gives_the_same(order: Order, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    small_base(folder)
    assert {path.name for path in pull(str(folder / "model.safetensors"), order).path.parent.iterdir()} >= WANTED


def spoilt(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda config: b"[1]", "no JSON object"),
        (lambda config: b"{", "no JSON object"),
        (lambda config: spoilt({**config, "auto_map": {"AutoModel": "modeling.X"}}), "program of its own"),
        (lambda config: spoilt({**config, "hidden_size": 64}), "of another model"),
    ],
)
def test_what_is_not_what_it_must_be_is_refused(
    hub: Any, hub_order: Order, change: Callable[[dict[str, Any]], bytes], words: str
) -> None:
    hub.files["org/tiny"]["config.json"] = change(json.loads(hub.files["org/tiny"]["config.json"]))
    with pytest.raises(IntegrityError, match=words):
        pull(SOURCE, hub_order)
    assert not (hub_order.cache / "model").exists()
