"""Fits the conditional random field with CRFsuite and turns its model into our weights."""

from __future__ import annotations

import functools
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pycrfsuite

from ambos.adapt.tagger.examples import Example, labels_of
from ambos.privacy.features import Context, attributes, folded, read, word_of
from ambos.privacy.gazetteer import hashed
from ambos.privacy.tag_weights import Weights
from ambos.privacy.tokens import lines_of

Sequence = tuple[list[list[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of the fit. The penalties are those of the baseline and were never tuned."""

    iterations: int = 100
    l1: float = 0.1
    l2: float = 0.02
    least_count: int = 3


def sequences(example: Example, long_lists: Mapping[int, int]) -> Iterator[Sequence]:
    """Attributes and labels of every line of an example."""
    word_for = functools.lru_cache(maxsize=100_000)(lambda token: word_of(token, long_lists))
    context = Context(lines=example.text.count("\n") + 1)
    spans = sorted(example.spans, key=lambda span: span.start)
    for line in lines_of(example.text):
        near = [span for span in spans if span.end > line.starts[0] and span.start < line.ends[-1]]
        yield list(attributes(read(line, context, word_for))), labels_of(line, near)


def fit(examples: Iterable[Example], lists: Mapping[str, Iterable[str]], recipe: Recipe, *, verbose: bool) -> Weights:
    """Trains on `examples`.

    Args:
        examples: texts with spans.
        lists: folded words of the long gazetteers, by names of `gazetteer.LONG_LISTS`.
        recipe: settings of the optimiser.
        verbose: print CRFsuite's progress.
    """
    long_lists = hashed(lists)
    trainer = pycrfsuite.Trainer(verbose=verbose)
    words = Vocabulary()
    for example in examples:
        words.read(example)
        for rows, labels in sequences(example, long_lists):
            trainer.append(pycrfsuite.ItemSequence(rows), labels)
    trainer.select("lbfgs")
    trainer.set_params(
        {
            "c1": recipe.l1,
            "c2": recipe.l2,
            "max_iterations": recipe.iterations,
            "feature.minfreq": recipe.least_count,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.crfsuite")
        trainer.train(str(path))
        return weights_of(path, long_lists, words.common())


class Vocabulary:
    """Everyday words: outside of every marked span, in texts of several groups."""

    def __init__(self) -> None:
        self._groups: dict[str, int] = {}
        self._last: dict[str, str] = {}

    def read(self, example: Example) -> None:
        """Counts the words of an example, once for each group."""
        marked = bytearray(len(example.text))
        for span in example.spans:
            marked[span.start : span.end] = b"\1" * (span.end - span.start)
        for line in lines_of(example.text):
            for word, start in zip(line.words, line.starts, strict=True):
                low = folded(word)
                if not marked[start] and self._last.get(low) != example.group:
                    self._last[low] = example.group
                    self._groups[low] = self._groups.get(low, 0) + 1

    def common(self) -> tuple[str, ...]:
        """The words of at least LEAST_GROUPS groups."""
        return tuple(sorted(word for word, groups in self._groups.items() if groups >= LEAST_GROUPS and len(word) < 20))


def weights_of(path: Path, long_lists: Mapping[int, int], vocabulary: tuple[str, ...] = ()) -> Weights:
    """Our weights from a CRFsuite model file; weights that round to nothing are dropped."""
    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    info = tagger.info()
    labels = ("O", *sorted(label for label in info.labels if label != "O"))
    number = {label: index for index, label in enumerate(labels)}
    cells: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for (attribute, label), weight in info.state_features.items():
        slot, _, value = attribute.partition(":")
        if abs(weight) >= _LEAST_WEIGHT:
            cells[value].append((int(slot) * len(labels) + number[label], weight))
    transitions = np.zeros((len(labels), len(labels)), dtype=np.float32)
    for (left, right), weight in info.transitions.items():
        transitions[number[left], number[right]] = weight
    values = tuple(sorted(cells))
    ordered = [pair for value in values for pair in sorted(cells[value])]
    begins = np.cumsum([0, *(len(cells[value]) for value in values)])
    digests = sorted(long_lists)
    return Weights(
        labels=labels,
        values=values,
        begins=begins.astype(np.uint32),
        cells=np.array([cell for cell, _ in ordered], dtype=np.uint16),
        amounts=np.array([weight for _, weight in ordered], dtype=np.float16),
        transitions=transitions,
        digests=np.array(digests, dtype=np.uint32),
        lists=np.array([long_lists[digest] for digest in digests], dtype=np.uint8),
        vocabulary=vocabulary,
    )


# Sums of some fifty weights make a score; one below this cannot move a label.
_LEAST_WEIGHT = 0.01
# A word of so many documents or templates is everyday language, and tells of nobody.
LEAST_GROUPS = 3
