"""Small real models of Hugging Face and GLiNER, made and trained where they are needed; they know two invented names."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any  # torch and transformers are in extras

LABELS = ("O", "B-GIVEN_NAME", "I-GIVEN_NAME")
KNOWN = {"zorblax": 1, "quentor": 2}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.:;-"


def write_bert(folder: Path, *, positions: int = 512) -> Path:
    """A BERT of one layer that tells the two names from all else: weights in safetensors, a word-piece tokeniser."""
    import torch
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *KNOWN, "mesa", "hoy", "vino", "con"]
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join([*words, *LETTERS, *(f"##{letter}" for letter in LETTERS)]), "utf-8")
    tokenizer: Any = BertTokenizerFast(vocab=str(vocabulary), do_lower_case=True, model_max_length=positions)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
    )
    model = BertForTokenClassification(config)
    _train(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_gliner(folder: Path, encoder: Path, *, words: int) -> Path:
    """A GLiNER over that BERT with weights as they fell: what it holds likely is by chance, but it stands everywhere."""
    import torch
    from gliner import GLiNER, GLiNERConfig

    torch.manual_seed(3)
    config = GLiNERConfig(
        model_name=str(encoder),
        hidden_size=32,
        max_len=words,
        max_width=3,
        max_types=30,
        dropout=0.0,
        span_mode="markerV0",
    )
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    model.save_pretrained(str(folder), safe_serialization=True)
    return folder


def _train(model: Any, tokenizer: Any) -> None:
    import torch

    chance = random.Random(1)
    names = {
        number: label for word, label in KNOWN.items() for number in tokenizer.encode(word, add_special_tokens=False)
    }
    every = list(range(len(tokenizer)))
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    torch.set_num_threads(1)
    for _ in range(80):
        length = chance.randint(4, 40)
        rows = [[chance.choice([*names, *every]) for _ in range(length)] for _ in range(4)]
        rows = [[chance.choice([*names]) if chance.random() < 0.2 else one for one in row] for row in rows]
        wanted = torch.tensor([[names.get(one, 0) for one in row] for row in rows])
        loss = model(input_ids=torch.tensor(rows), labels=wanted).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
