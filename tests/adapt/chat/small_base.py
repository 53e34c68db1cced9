"""A base of two layers and random weights with a real byte-level tokeniser, and a corpus for it: small, and no stand-in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ambos.adapt.chat.base import BaseFile
from ambos.corpus import Corpus, Recipe, Row
from ambos.corpus.building import Origin, Wish, build

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def small_base(folder: Path) -> BaseFile:
    """As `save_pretrained` of transformers writes it."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=letters, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokeniser = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        chat_template=TEMPLATE,
    )  # fmt: skip
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=len(tokeniser), max_position_embeddings=512,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokeniser.save_pretrained(folder)
    path = folder / "model.safetensors"
    return BaseFile("tiny", path, hashlib.sha256(path.read_bytes()).hexdigest(), "own")


def small_corpus() -> Corpus:
    things = ("lamp", "door", "lift", "desk", "roof", "gate", "pump")
    places = ("hall", "yard", "shop", "lane", "dock", "barn")
    asked = [f"Who mends the {thing} of the {place}?" for thing in things for place in places]
    rows = [Row(id=str(n), text=text, answer=f"Desk {'KMR'[n % 3]}") for n, text in enumerate(asked)]
    origin = Origin("rows.csv", "made", "GDPR-6.1.f", "own", "sha256:" + "0" * 64, len(rows))
    return build(rows, [origin], Wish(name="desk", family="chat", near=0, share=0.2), lambda _: (), {})


def small_recipe(corpus: Corpus) -> Recipe:
    return Recipe(
        name="desk", family="chat", corpus=corpus.hash, purpose="desks", base="tiny", metric="exact", length=256, epochs=1,
        rate=0.001,
    )  # fmt: skip
