"""The network of the tagger, against a plain evaluation of what its page says."""

from typing import Any

import numpy as np
import pytest

from ambos.engines import crf_network
from ambos.engines.crf import Scorer
from ambos.privacy.features import Context, Observed, read, word_of
from ambos.privacy.gazetteer import digest
from ambos.privacy.tag_weights import Network, Weights
from ambos.privacy.tokens import lines_of

WIDTH = 5
LABELS = ("O", "B-NOMBRE", "I-NOMBRE")
TEXT = "Nombre: Lucía Ortega-Ruiz\nDNI 12\n\nsoy Ana, de Getafe y vivo con Ana y con Luis en una casa que no es mía"
DILATIONS = (1, 2, 4)


def network(rng: np.random.Generator, values: tuple[str, ...], words: tuple[str, ...]) -> Network:
    def half(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.5, shape).astype(np.float16)

    order = sorted(digest(word) for word in words)
    return Network(
        values,
        rng.integers(-100, 100, (len(values), WIDTH)).astype(np.int8),
        np.abs(half(len(values))) * np.float16(0.02),
        np.array(order, np.uint32),
        np.arange(len(order)).astype(np.uint16),
        rng.integers(-100, 100, (len(order), WIDTH)).astype(np.int8),
        np.abs(half(len(order))) * np.float16(0.02),
        half(4, WIDTH),
        half(len(DILATIONS), 3, WIDTH, WIDTH),
        half(len(DILATIONS), WIDTH),
        np.array(DILATIONS, np.uint8),
        half(WIDTH, len(LABELS)),
        half(len(LABELS)),
    )


def weights(net: Network | None) -> Weights:
    return Weights(
        LABELS,
        ("w=ana",),
        np.array([0, 1], np.uint32),
        np.array([4 * len(LABELS) + 1], np.uint16),
        np.array([2], np.float16),
        np.zeros((3, 3), np.float32),
        np.zeros(0, np.uint32),
        np.zeros(0, np.uint8),
        ("ana", "con", "vivo"),
        net,
    )


def observe(scorer: Scorer | None = None) -> list[Observed]:
    context = Context(lines=TEXT.count("\n") + 1)
    describe = scorer.words().__getitem__ if scorer else lambda token: word_of(token, {})
    return [read(line, context, describe) for line in lines_of(TEXT)]


def plainly(net: Network, line: Observed) -> Any:  # NumPy types the product so
    """Token by token, layer by layer, as the docstring of `Network` has it."""
    embedding = {v: net.table[n] * net.scales.astype(np.float32)[n] for n, v in enumerate(net.values)}
    meaning = {
        int(d): net.meanings[c] * net.meaning_scales.astype(np.float32)[c]
        for d, c in zip(net.words, net.clusters, strict=True)
    }
    nothing = np.zeros(WIDTH)
    hidden = []
    for place, word in enumerate(line.words):
        key = next((key for first, key in reversed(line.keys) if first <= place), None)
        values = [*word.letters, *word.form, *line.whole, f"k={key}"]
        glue = 0
        if place + 1 < len(line.words) and line.line.starts[place + 1] == line.line.ends[place]:
            glue += 1
        if place and line.line.starts[place] == line.line.ends[place - 1]:
            glue += 2
        total = sum((embedding.get(value, nothing) for value in values), start=nothing)
        hidden.append(np.maximum(total + meaning.get(digest(word.folded), nothing) + net.glue[glue], 0))
    for layer, bias, away in zip(net.layers, net.biases, DILATIONS, strict=True):
        padded = [nothing] * away + hidden + [nothing] * away
        hidden = [
            own + np.maximum(sum(padded[at + n * away] @ layer[n].astype(float) for n in range(3)) + bias, 0)
            for at, own in enumerate(hidden)
        ]
    return np.array(hidden) @ net.out.astype(float) + net.out_bias


def test_scores_are_those_of_the_field_and_of_the_network() -> None:
    rng = np.random.default_rng(3)
    lines = observe()
    values = sorted({v for line in lines for word in line.words for v in (*word.letters, *word.form)})
    values += [*sorted({v for line in lines for v in line.whole}), "k=nombre"]
    net = network(rng, tuple(values[::2]), ("ana", "getafe", "casa"))
    bare, scorer = Scorer(weights(None)), Scorer(weights(net))
    alone, begins = bare.scores(observe(bare))
    for _ in ("cold", "warm"):
        both, again = scorer.scores(observe(scorer))
        assert np.array_equal(begins, again)
        assert np.allclose(both - alone, np.concatenate([plainly(net, line) for line in lines]), atol=2e-3)


@pytest.mark.parametrize("words", [(), ("zzz",)])
def test_words_of_no_list_have_no_meaning(words: tuple[str, ...]) -> None:
    net = network(np.random.default_rng(1), ("w=ana",), words)
    scorer = Scorer(weights(net))
    scores, _ = scorer.scores(observe(scorer))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("rows", "inner", "columns", "blocks"), [(37, 384, 128, 4), (16, 192, 64, 1), (3, 15, 5, 1)])
def test_a_product_in_pieces_is_the_product(rows: int, inner: int, columns: int, blocks: int) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
    split = crf_network._blocks(right.astype(np.float32))
    assert len(split) == blocks
    np.testing.assert_allclose(crf_network._product(left.astype(np.float32), split), left @ right, atol=1e-3)
