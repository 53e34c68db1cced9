"""Writes a chat model's adapter out of the store, in the forms that other servers load. Only on a person's request."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ambos.adapt.card import page
from ambos.adapt.chat.lora import MODULES, to_peft
from ambos.cli.reach import call
from ambos.cli.reading import open_reading
from ambos.config import load
from ambos.corpus.adapter import Adapter
from ambos.corpus.tensors import write_tensors
from ambos.errors import AdaptError


def write_out(
    model: str, folder: Path, data: Path | None, *, merged: bool = False, to: str = "", key: str = ""
) -> list[str]:
    """What was written, readable by its owner alone, and where else it was given.

    Args:
        merged: base and adapter as one F16 file too, proven to answer as the trained model.
        to: `hf:ORG/REPO` or `mlflow:URL`; "" gives nothing away.
        key: of who asks, in an organisation.

    Raises:
        AdaptError: not a chat model, marked as withdrawn or erased, without what others may ask of it, the merged file
            answers otherwise, or the folder holds something or cannot be written.
        LogUnavailableError: that it leaves could not be written down, so it did not.
        CatalogueError: the hub refused.
    """
    kind = to.partition(":")[0]
    if to and (kind not in ("hf", "mlflow") or ":" not in to):
        raise AdaptError("--to takes hf:ORG/REPO or mlflow:URL")
    call(data, "adapt.give", model=model, to=kind or "folder", key=key)
    tenant = load(data).tenant
    with open_reading(data) as store:
        one = store.registry.find(model, tenant=tenant)
        content = store.registry.content(one.artefact, tenant=tenant)
    card = {**one.card, "state": one.state, "artefact": one.artefact}
    paths = _written(content, card, folder)
    if merged:
        paths.append(_merge(content, folder))
    return [*map(str, paths), *_given(to, card, paths, folder)]


def _written(content: bytes, card: Mapping[str, Any], folder: Path) -> list[Path]:
    adapter = Adapter.from_bytes(content)
    files = {
        "adapter.gguf": content,
        "adapter_model.safetensors": _safetensors(adapter),
        "adapter_config.json": _settings(adapter),
        "README.md": page(card).encode(),
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise AdaptError(f"{folder.name} is not empty")
        for name, written in files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(written)
    except OSError as error:
        raise AdaptError(f"cannot write to {folder.name}: {error.strerror}") from None
    return [folder / name for name in files]


def _merge(content: bytes, folder: Path) -> Path:
    from ambos.adapt.chat.base import load_base
    from ambos.adapt.chat.lora import Lora
    from ambos.adapt.chat.merged import check_merged, write_merged
    from ambos.adapt.chat.rows import Writer
    from ambos.cli.chat_turn import base_file, threads
    from ambos.engines.prompt import system_message
    from ambos.engines.settings import ModelFile
    from ambos.engines.trial import trial

    adapter, path = Adapter.from_bytes(content), folder / "model-f16.gguf"
    file = base_file(adapter.facts.base_name)
    if file.is_plain or file.sha256 != adapter.facts.base:
        raise AdaptError(f"this adapter belongs to another file than the {file.name} on the shelf: train it again")  # fmt: skip
    path.touch(mode=0o600)
    with _kept_only_whole(path):
        write_merged(file, adapter, path)
        base = load_base(file, dtype="float32")
        lora = Lora(base, rank=adapter.facts.rank, alpha=adapter.facts.alpha, seed=0)
        lora.put(adapter.arrays)
        served = ModelFile(path, _sha256(path), path.stat().st_size)
        with trial(served, [], threads=threads()) as engine:
            check_merged(lora, Writer(base.tokeniser, system_message), engine, lambda *_: None)
    return path


@contextlib.contextmanager
def _kept_only_whole(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)  # an unproven file that lies about would be used
        raise


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _given(to: str, card: Mapping[str, Any], paths: list[Path], folder: Path) -> list[str]:
    kind, _, place = to.partition(":")
    if kind == "hf":
        from ambos.catalogue.upload import give_to_hub

        names = tuple(path.name for path in paths)
        return [f"{to}@{give_to_hub(folder, names, place, dict(os.environ))}"]  # noqa: TID251  HF_TOKEN, HF_ENDPOINT
    if kind == "mlflow":
        from ambos.cli.tracking import give_to_mlflow

        token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")  # noqa: TID251  as MLflow's own client reads it
        return [f"mlflow run {asyncio.run(give_to_mlflow(place, token, card, paths))}"]
    return []


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
