"""A base of two layers and random weights as GGUF, with a real byte-pair tokeniser: small, served by the real engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.adapt.chat.small_base import TEMPLATE

_SAID = "Who looks after the printer of the hall? Desk K. Code of the box? You are a helpful assistant. system user assistant"
_MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_WIDTH, _INNER, _LAYERS, _HEADS, _KEY_HEADS = 64, 128, 2, 4, 2
_NORMAL, _CONTROL = 1, 3  # gguf.TokenType


def write_small_gguf(path: Path) -> None:
    """A llama in F32 that says nothing of worth."""
    import gguf

    tokens, merges = _vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_license("apache-2.0")
    writer.add_context_length(4096)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(_INNER)
    writer.add_block_count(_LAYERS)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([_CONTROL if one in _MARKS else _NORMAL for one in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|im_start|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_unk_token_id(tokens.index("<|endoftext|>"))
    writer.add_pad_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(value=False)
    writer.add_chat_template(TEMPLATE)
    for name, array in _weights(len(tokens)).items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary() -> tuple[list[str], list[str]]:
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        [_SAID] * 3,
        trainers.BpeTrainer(vocab_size=320, special_tokens=[*_MARKS], initial_alphabet=alphabet, show_progress=False),
    )
    told = json.loads(made.to_str())["model"]
    merges = [one if isinstance(one, str) else " ".join(one) for one in told["merges"]]
    return sorted(told["vocab"], key=told["vocab"].get), merges


def _weights(count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    shapes = {"token_embd": (count, _WIDTH), "output": (count, _WIDTH)}
    for layer in range(_LAYERS):
        keys = _WIDTH // _HEADS * _KEY_HEADS
        each = {
            "attn_q": (_WIDTH, _WIDTH), "attn_k": (keys, _WIDTH), "attn_v": (keys, _WIDTH), "attn_output": (_WIDTH, _WIDTH),
            "ffn_gate": (_INNER, _WIDTH), "ffn_up": (_INNER, _WIDTH), "ffn_down": (_WIDTH, _INNER),
        }  # fmt: skip
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in each.items()}
    made = {f"{name}.weight": rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    norms = ["output_norm", *(f"blk.{n}.{name}" for n in range(_LAYERS) for name in ("attn_norm", "ffn_norm"))]
    return made | {f"{name}.weight": np.ones(_WIDTH, np.float32) for name in norms}
