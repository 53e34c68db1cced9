"""The encoder in numpy gives what a network written out token by token gives; pieces are cut as the vocabulary says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ambos.corpus.tensors import write_tensors
from ambos.engines.encoder import Encoder
from ambos.engines.wordpiece import WordPiece, words_of
from ambos.errors import IntegrityError

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "card", "my", "##s", "is", "lost", "que", "?", "trans", "##fer", "$"]
WIDTH, HEADS, LAYERS, INNER = 8, 2, 2, 16
Weights = dict[str, NDArray[np.float32]]


def weights() -> Weights:
    rng = np.random.default_rng(0)
    made: Weights = {}

    def add(name: str, *shape: int) -> None:
        made[name] = rng.normal(0, 0.5, size=shape).astype(np.float32)

    add("embeddings.word_embeddings.weight", len(PIECES), WIDTH)
    add("embeddings.position_embeddings.weight", 32, WIDTH)
    add("embeddings.token_type_embeddings.weight", 2, WIDTH)
    for name in (
        "embeddings.LayerNorm",
        *(f"encoder.layer.{n}.{m}" for n in range(LAYERS) for m in ("attention.output.LayerNorm", "output.LayerNorm")),
    ):
        add(f"{name}.weight", WIDTH)
        add(f"{name}.bias", WIDTH)
    for n in range(LAYERS):
        for name, (out, into) in {
            "attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH), "attention.self.value": (WIDTH, WIDTH),
            "attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER),
        }.items():  # fmt: skip
            add(f"encoder.layer.{n}.{name}.weight", out, into)
            add(f"encoder.layer.{n}.{name}.bias", out)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    path.mkdir()
    settings = {
        "model_type": "bert", "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "layer_norm_eps": 1e-12, "max_position_embeddings": 32,
    }  # fmt: skip
    (path / "config.json").write_text(json.dumps(settings))
    (path / "vocab.txt").write_text("\n".join(PIECES))
    (path / "model.safetensors").write_bytes(write_tensors(weights(), {}))
    return path


def written_out(ids: list[int]) -> list[float]:
    """The same network with loops and lists, for one text."""
    w = weights()

    def norm(x: list[float], name: str) -> list[float]:
        mean = sum(x) / len(x)
        spread = math.sqrt(sum((v - mean) ** 2 for v in x) / len(x) + 1e-12)
        return [
            (v - mean) / spread * float(a) + float(b)
            for v, a, b in zip(x, w[f"{name}.weight"], w[f"{name}.bias"], strict=True)
        ]

    def linear(x: list[float], name: str) -> list[float]:
        return [
            sum(v * float(a) for v, a in zip(x, row, strict=True)) + float(b)
            for row, b in zip(w[f"{name}.weight"], w[f"{name}.bias"], strict=True)
        ]

    tokens = [
        norm(
            [
                float(a + b + c)
                for a, b, c in zip(
                    w["embeddings.word_embeddings.weight"][one],
                    w["embeddings.position_embeddings.weight"][at],
                    w["embeddings.token_type_embeddings.weight"][0],
                    strict=True,
                )
            ],
            "embeddings.LayerNorm",
        )
        for at, one in enumerate(ids)
    ]
    size = WIDTH // HEADS
    for n in range(LAYERS):
        at = f"encoder.layer.{n}."
        q, k, v = ([linear(x, f"{at}attention.self.{one}") for x in tokens] for one in ("query", "key", "value"))
        after = []
        for i, x in enumerate(tokens):
            mixed: list[float] = []
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                raw = [
                    sum(a * b for a, b in zip(q[i][part], other[part], strict=True)) / math.sqrt(size) for other in k
                ]
                shares = [math.exp(one - max(raw)) for one in raw]
                total = sum(shares)
                mixed += [
                    sum(s / total * other[part][d] for s, other in zip(shares, v, strict=True)) for d in range(size)
                ]
            y = norm(
                [a + b for a, b in zip(x, linear(mixed, f"{at}attention.output.dense"), strict=True)],
                f"{at}attention.output.LayerNorm",
            )
            wide = [0.5 * one * (1 + math.erf(one / math.sqrt(2))) for one in linear(y, f"{at}intermediate.dense")]
            after.append(
                norm(
                    [a + b for a, b in zip(y, linear(wide, f"{at}output.dense"), strict=True)], f"{at}output.LayerNorm"
                )
            )
        tokens = after
    mean = [sum(x[d] for x in tokens) / len(tokens) for d in range(WIDTH)]
    length = math.sqrt(sum(one * one for one in mean))
    return [one / length for one in mean]


def test_encoder_gives_what_the_network_written_out_gives(folder: Path) -> None:
    encoder = Encoder.load(folder)
    found = encoder.embed(["my cards is lost?", "my", ""])
    for row, ids in enumerate(([2, 5, 4, 6, 7, 8, 10, 3], [2, 5, 3], [2, 3])):
        assert np.allclose(found[row], written_out(ids), atol=2e-5)


def test_a_text_has_one_vector_whatever_stands_beside_it(folder: Path) -> None:
    encoder = Encoder.load(folder)
    alone = encoder.embed(["transfer is lost"])
    assert np.allclose(
        encoder.embed(["my", "transfer is lost", "my card is lost my card " * 4])[1], alone[0], atol=1e-5
    )


def test_another_file_is_another_version(folder: Path) -> None:
    before = Encoder.load(folder).version
    (folder / "vocab.txt").write_text("\n".join([*PIECES, "new"]))
    assert Encoder.load(folder).version != before


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 40])
def test_a_damaged_file_is_refused(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(IntegrityError):
        Encoder.load(folder)


def test_pieces_are_the_longest_that_the_vocabulary_holds() -> None:
    pieces = WordPiece.read("\n".join(PIECES))
    assert pieces.pieces("Transfers, ¿QUÉ?", 16) == [2, 11, 12, 6, 1, 1, 9, 10, 3]
    assert pieces.pieces("my my my my", 4) == [2, 5, 5, 3]
    assert pieces.pieces("x" * 300, 16) == [2, 1, 3]


def test_words_stand_alone_from_punctuation_accents_and_ideographs() -> None:
    assert words_of("¡Adiós, niño! 中文 a$b\u200bc") == ["¡", "adios", ",", "nino", "!", "中", "文", "a", "$", "bc"]


@given(st.text(max_size=60))
def test_any_text_has_pieces(text: str) -> None:
    ids = WordPiece.read("\n".join(PIECES)).pieces(text, 12)
    assert 2 <= len(ids) <= 12
    assert (ids[0], ids[-1]) == (2, 3)
