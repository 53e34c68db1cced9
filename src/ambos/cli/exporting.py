"""Writes a chat model's adapter out of the store, in the forms that other servers load. Only on a person's request."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ambos.adapt.card import page
from ambos.adapt.chat.lora import MODULES, to_peft
from ambos.cli.reading import open_reading
from ambos.config import load
from ambos.corpus.adapter import Adapter
from ambos.corpus.tensors import write_tensors
from ambos.errors import AdaptError


def write_out(model: str, folder: Path, data: Path | None) -> list[Path]:
    """The files that were written, readable by their owner alone.

    Raises:
        AdaptError: not a chat model, marked as withdrawn or erased, or the folder holds something or cannot be written.
    """
    tenant = load(data).tenant
    with open_reading(data) as store:
        one = store.registry.find(model, tenant=tenant)
        if one.family != "chat":
            raise AdaptError(
                "only adapters of chat models are written out; a classifier is served here", reason="only_chat"
            )
        if one.marked:
            raise AdaptError(f"what it was trained on was {one.marked}: it is not given out any more")
        content = store.registry.content(one.artefact, tenant=tenant)
    adapter = Adapter.from_bytes(content)
    files = {
        "adapter.gguf": content,
        "adapter_model.safetensors": _safetensors(adapter),
        "adapter_config.json": _settings(adapter),
        "README.md": page({**one.card, "state": one.state, "artefact": one.artefact}).encode(),
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise AdaptError(f"{folder.name} is not empty", reason="not_empty", name=folder.name)
        for name, written in files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(written)
    except OSError as error:
        raise AdaptError(
            f"cannot write to {folder.name}: {error.strerror}",
            reason="unwritable",
            name=folder.name,
            why=error.strerror,
        ) from None
    return [folder / name for name in files]


def _safetensors(adapter: Adapter) -> bytes:
    arrays = to_peft(adapter.arrays, adapter.facts.heads, adapter.facts.key_heads)
    return write_tensors({name: np.ascontiguousarray(array) for name, array in arrays.items()}, {"format": "pt"})


def _settings(adapter: Adapter) -> bytes:
    facts = adapter.facts
    told = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": facts.base_name, "r": facts.rank,
        "lora_alpha": facts.alpha, "lora_dropout": 0.0, "bias": "none", "inference_mode": True,
        "target_modules": sorted(one.rpartition(".")[2] for one in MODULES),
    }  # fmt: skip
    return json.dumps(told, indent=2).encode()
