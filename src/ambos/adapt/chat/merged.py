"""Base and adapter as one file of half precision (GGUF, F16), for servers that take no adapter, and the proof of it.

What trained is a copy of the base in F16; the update is added to it in float32 and rounded once. Names, order of rows and
tokeniser are those of the GGUF that the base came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ambos.adapt.chat.base import BaseFile, trainable
from ambos.adapt.chat.general import ITEMS, REHEARSED
from ambos.adapt.chat.lora import MODULES, Lora
from ambos.adapt.chat.memorisation import drawn
from ambos.adapt.chat.parity import PROMPTS, Served, agreement
from ambos.adapt.chat.rows import Example, Writer
from ambos.corpus.adapter import Adapter, Floats, permuted
from ambos.errors import AdaptError

LEAST: Final = 0.99  # of 2,000 positions: half precision leaves hardly a likeliest token another
_NORMS: Final = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
_ENDS: Final = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_ALMOST_F16: Final = 1  # general.file_type of the specification: all but vectors in F16
_LEFT_OUT: Final = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")


def write_merged(file: BaseFile, adapter: Adapter, to: Path) -> None:
    """Write the merged model; `to` must not exist.

    Raises:
        AdaptError: the base's copy is absent or has other tensors than its GGUF, or the disk does not take it.
    """
    import gguf
    from safetensors.numpy import load_file

    folder, facts = trainable(file), adapter.facts
    weights = {name: one for part in sorted(folder.glob("*.safetensors")) for name, one in load_file(part).items()}
    named = {_short(name): one for name, one in weights.items()}
    source = gguf.GGUFReader(file.path)
    writer = gguf.GGUFWriter(to, facts.architecture)
    for name, field in source.fields.items():
        if not name.startswith(_LEFT_OUT):
            inner = field.types[1] if len(field.types) > 1 else None
            writer.add_key_value(name, field.contents(), field.types[0], inner)
    writer.add_file_type(_ALMOST_F16)
    for tensor in source.tensors:
        if tensor.name not in named:
            raise AdaptError("the base has other projections than those known here: nothing was trained")
        writer.add_tensor(tensor.name, _merged(tensor.name, named[tensor.name], adapter))
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        raise AdaptError(f"cannot write to {to.name}: {error.strerror}") from None
    finally:
        writer.close()


def check_merged(lora: Lora, writer: Writer, served: Served, told: Callable[[int, int], None]) -> float:
    """Agreement of the trained model and this file on 2,000 positions of 100 short prompts.

    Args:
        served: the merged file, without an adapter.

    Raises:
        AdaptError: below 99 %.
    """
    asked = [*ITEMS, *REHEARSED, *((one.text, one.answer) for one in drawn(PROMPTS, 1).kept)]
    made: list[Example] = [writer.example(*one) for one in asked[:PROMPTS]]
    share = agreement(lora, made, served, told)
    if share < LEAST:
        raise AdaptError(
            f"the merged file does not answer as the trained model: they agree on {share:.1%} of the positions; {LEAST:.0%} are "
            "needed")  # fmt: skip
    return share


def _merged(name: str, weight: Any, adapter: Adapter) -> Any:  # numpy arrays of either precision
    facts, arrays = adapter.facts, adapter.arrays
    if weight.ndim == 1:
        return weight.astype(np.float32)
    module = name.split(".")[2] if name.startswith("blk.") else ""
    heads: Mapping[str, int] = {"attn_q": facts.heads, "attn_k": facts.key_heads}
    plain: Floats = weight.astype(np.float32)
    if module in heads:
        plain = permuted(plain, heads[module])
    if f"{name}.lora_a" in arrays:
        plain = plain + (facts.alpha / facts.rank) * (arrays[f"{name}.lora_b"] @ arrays[f"{name}.lora_a"])
    return plain.astype(np.float16)


def _short(name: str) -> str:
    # model.layers.3.self_attn.q_proj.weight → blk.3.attn_q.weight
    stem = name.removesuffix(".weight")
    if stem in _ENDS:
        return f"{_ENDS[stem]}.weight"
    _, _, layer, module = stem.split(".", 3)
    return f"blk.{layer}.{MODULES.get(module) or _NORMS[module]}.weight"
