"""Training and serving see and say the same: a golden file for what is seen, CRFsuite itself for what is said."""

import json
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest

from ambos.adapt.tagger.examples import Example, Span
from ambos.adapt.tagger.training import sequences, weights_of
from ambos.engines.crf import Scorer
from ambos.engines.tagger import Tagger
from ambos.privacy.decode import gains, marginals
from ambos.privacy.features import Context, Observed, attributes, read
from ambos.privacy.gazetteer import hashed
from ambos.privacy.tag_weights import Weights, from_bytes, to_bytes
from ambos.privacy.tokens import lines_of

GOLDEN = Path(__file__).parent / "golden" / "attributes.json"
LISTS = hashed({"first": ["lucia", "sarah"], "last": ["ortega"], "place": ["getafe"]})
TEXTS = (
    "Nombre: Lucía Ortega\nNHC: 123456\nVive en Getafe desde 2019.\n\nKind regards,\nSarah O'Neill",
    "llamo a LUCÍA al 600-123-456, ¿vale?",
)


def observe(text: str, scorer: Scorer) -> list[Observed]:
    word_for = scorer.words().__getitem__
    context = Context(lines=text.count("\n") + 1)
    return [read(line, context, word_for) for line in lines_of(text)]


def test_attributes_of_training_are_those_of_the_golden_file() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    for text in TEXTS:
        seen = [row for rows, _ in sequences(Example(text, (), "t"), LISTS) for row in rows]
        # The order of the attributes of a token says nothing.
        assert [sorted(row) for row in seen] == [sorted(row) for row in golden[text]]


def test_scores_of_serving_are_sums_over_the_golden_attributes() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    names = sorted({attribute for rows in golden.values() for row in rows for attribute in row})
    rng = np.random.default_rng(4)
    table = {name: rng.integers(-8, 9, 3) / 4 for name in names}
    weights = weights_from(table, labels=("O", "B-NOMBRE", "I-NOMBRE"))
    scorer = Scorer(weights)
    for text in TEXTS:
        expected = np.array([sum(table[name] for name in row) for row in golden[text]])
        for _ in ("cold", "warm"):
            scores, _ = scorer.scores(observe(text, scorer))
            assert np.allclose(scores, expected, atol=1e-4)


def weights_from(table: dict[str, np.ndarray], labels: tuple[str, ...]) -> Weights:
    values = sorted({name.partition(":")[2] for name in table})
    cells, amounts, begins = [], [], [0]
    for value in values:
        for slot in range(12):
            for label, amount in enumerate(table.get(f"{slot}:{value}", ())):
                cells.append(slot * len(labels) + label)
                amounts.append(amount)
        begins.append(len(cells))
    return Weights(
        labels,
        tuple(values),
        np.array(begins, np.uint32),
        np.array(cells, np.uint16),
        np.array(amounts, np.float16),
        np.zeros((len(labels), len(labels)), np.float32),
        np.array(sorted(LISTS), np.uint32),
        np.array([LISTS[key] for key in sorted(LISTS)], np.uint8),
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CRFsuite model."""
    path = tmp_path_factory.mktemp("model") / "small.crfsuite"
    trainer = pycrfsuite.Trainer(verbose=False)
    for text, name in ((TEXTS[0], "Lucía Ortega"), (TEXTS[1], "LUCÍA"), ("hola, soy Sarah Ortega", "Sarah Ortega")):
        start = text.index(name)
        for rows, labels in sequences(Example(text, (Span(start, start + len(name), "NOMBRE"),), "t"), LISTS):
            trainer.append(pycrfsuite.ItemSequence(rows), labels)
    trainer.set_params({"c1": 0.01, "c2": 0.01, "max_iterations": 30})
    trainer.train(str(path))
    return path


def test_marginals_of_serving_are_those_of_crfsuite(model: Path) -> None:
    weights = weights_of(model, LISTS)
    peer = pycrfsuite.Tagger()
    peer.open(str(model))
    scorer = Scorer(weights)
    for text in (*TEXTS, "Me llamo Marta Ortega y vivo en Getafe", "nada"):
        for line in observe(text, scorer):
            scores, begins = scorer.scores([line])
            ours = marginals(scores, begins, gains(weights.transitions))
            peer.set(pycrfsuite.ItemSequence(list(attributes(line))))
            theirs = [[peer.marginal(label, t) for label in weights.labels] for t in range(len(line.words))]
            assert np.allclose(ours, np.array(theirs), atol=0.02)


def test_trained_model_finds_what_it_was_shown(model: Path) -> None:
    text = TEXTS[0]
    found = Tagger(weights_of(model, LISTS), "test", floor=0.5).find(text)
    assert [text[f.start : f.end] for f in found] == ["Lucía Ortega"]


def test_weights_survive_their_bytes(model: Path) -> None:
    weights = weights_of(model, LISTS)
    data = to_bytes(weights)
    again = from_bytes(data)
    assert to_bytes(again) == data
    assert (again.labels, again.values) == (weights.labels, weights.values)
