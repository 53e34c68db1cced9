"""The network: what it learns, and that serving computes what training computed."""

from typing import Any  # the module under test may be absent

import numpy as np
import pytest

from ambos.adapt.tagger.examples import Example, Span
from ambos.adapt.tagger.meanings import Meanings
from ambos.engines.crf import Scorer
from ambos.engines.tagger import Tagger
from ambos.privacy.features import Context, read
from ambos.privacy.tag_weights import Weights
from ambos.privacy.tokens import lines_of

torch = pytest.importorskip("torch", reason="trains with PyTorch: pip install torch==2.13.0")
network = pytest.importorskip("ambos.adapt.tagger.network")

NAMES = ("Ana", "Luis", "Eva", "Iker", "Marta", "Jon")
LABELS = ("O", "B-NOMBRE", "I-NOMBRE")
ENGLISH = Meanings({"ana": 1, "luis": 1, "river": 2}, np.eye(3, 8, k=-1, dtype=np.float32))
SPANISH = Meanings({"soy": 1, "mesa": 2}, np.eye(3, 8, k=-1, dtype=np.float32))


def example(name: str, number: int) -> Example:
    text = f"hola, soy {name}. Nota: la mesa es de {name}\nadiós"
    return Example(
        text, tuple(Span(at, at + len(name), "NOMBRE") for at in (10, text.rindex(name))), f"template-{number}"
    )


def bare() -> Weights:
    return Weights(
        LABELS,
        (),
        np.zeros(1, np.uint32),
        np.zeros(0, np.uint16),
        np.zeros(0, np.float16),
        np.zeros((3, 3), np.float32),
        np.zeros(0, np.uint32),
        np.zeros(0, np.uint8),
    )


@pytest.fixture(scope="module")
def recipe() -> Any:
    return network.NetRecipe(width=16, epochs=40, least_count=1, rate=0.01, batch_tokens=60, nameless=0.5)


@pytest.fixture(scope="module")
def trained(recipe: Any) -> Weights:
    examples = [example(name, number) for number, name in enumerate(NAMES)]
    net, transitions = network.fit_network(examples, bare(), recipe, english=ENGLISH, spanish=SPANISH)
    joined: Weights = network.joined(bare(), net, transitions, share=1.0)
    return joined


def test_finds_names_that_it_never_saw(trained: Weights) -> None:
    text = "hola, soy Ximena. Nota: la mesa es de Ximena\nadiós"
    found = Tagger(trained, "test", floor=0.5).find(text)
    assert [(f.start, text[f.start : f.end]) for f in found] == [(10, "Ximena"), (38, "Ximena")]


def test_serving_computes_what_training_computed(recipe: Any) -> None:
    examples = [example(name, number) for number, name in enumerate(NAMES)]
    corpus = network.coded(examples, {}, ENGLISH, SPANISH, LABELS, 1)
    torch.manual_seed(2)
    net = network._fresh(corpus, ENGLISH, SPANISH, recipe)
    arrays = {name: tensor.detach().numpy() for name, tensor in net.items()}
    exported, transitions = network._exported(arrays, corpus, ENGLISH, SPANISH, recipe)
    scorer = Scorer(network.joined(bare(), exported, transitions, share=1.0))
    batch = network._batch(corpus, corpus.lines[:2], 0.0, np.random.default_rng(0))
    still = network.NetRecipe(width=16, dropout=0.0)
    fixed = {"english": torch.from_numpy(ENGLISH.vectors), "spanish": torch.from_numpy(SPANISH.vectors)}
    theirs = network._scores(net, batch, fixed, still).detach().numpy()
    context = Context(lines=2)
    lines = [read(line, context, scorer.words().__getitem__) for line in lines_of(examples[0].text)]
    ours, _ = scorer.scores(lines)
    size = len(lines[0].words)
    # Rows of eight bits: the last digits differ.
    assert np.allclose(ours[:size], theirs[0, :size], atol=0.05)
    assert np.allclose(ours[size:], theirs[1, : len(lines[1].words)], atol=0.05)


def test_same_seed_gives_the_same_network(recipe: Any) -> None:
    examples = [example(name, number) for number, name in enumerate(NAMES)]
    short = network.NetRecipe(width=8, epochs=2, least_count=1)
    first, again = (network.fit_network(examples, bare(), short)[0] for _ in range(2))
    assert np.array_equal(first.table, again.table)
    assert np.array_equal(first.layers, again.layers)


def test_shares_weigh_the_field_and_the_network(trained: Weights) -> None:
    field = bare()
    assert trained.network is not None
    half = network.joined(field, trained.network, trained.transitions, share=0.5)
    assert np.allclose(half.transitions, trained.transitions / 2)
    assert half.network is not None
    assert np.allclose(half.network.out, trained.network.out / 2, atol=1e-3)
