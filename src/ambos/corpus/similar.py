"""Examples for a prompt: the rows most like a question, where there are too few to train on. Pure.

Likeness is that of words, pairs of words and runs of letters, weighed by how telling they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ambos.corpus.row import Row
from ambos.corpus.terms import Vocabulary
from ambos.errors import CorpusError

_HEADS: Final = {
    "en": ("Answer as in these examples, with the answer alone.", "Question", "Answer"),
    "es": ("Responda como en estos ejemplos, solo con la respuesta.", "Pregunta", "Respuesta"),
}


def similar(rows: Sequence[Row], text: str, *, count: int) -> list[Row]:
    """The `count` rows most like this text, the likest last: next to the question it weighs most.

    Where rows have labels, the likest of each label comes before second ones, so that no label is out of sight.

    Raises:
        CorpusError: no row, or a count below 1.
    """
    if not rows or count < 1:
        raise CorpusError("examples are taken from at least one row")
    texts = [row.text for row in rows]
    known = Vocabulary.learn(texts, least=1).features([*texts, text])
    asked = np.zeros(known.width, dtype=np.float32)
    last = slice(known.starts[len(texts)], known.starts[len(texts) + 1])
    asked[known.columns[last]] = known.values[last]
    likeness = known.dot(asked[:, None])[: len(texts), 0]
    order = [int(at) for at in np.argsort(-likeness, kind="stable")]
    seen: dict[tuple[str, ...], int] = {}
    turn = {}
    for at in order:
        labels = rows[at].labels
        turn[at] = seen.get(labels, 0) if labels else 0
        seen[labels] = turn[at] + 1
    chosen = sorted(order, key=lambda at: turn[at])[:count]  # a stable sort keeps likeness within a turn
    return [rows[at] for at in sorted(chosen, key=lambda at: float(likeness[at]))]


def prompt(examples: Sequence[Row], text: str, *, language: str) -> str:
    """The examples and the question as one message."""
    head, question, answer = _HEADS["es" if language == "es" else "en"]
    parts = [f"{question}: {one.text}\n{answer}: {one.answer or ', '.join(one.labels)}" for one in examples]
    return "\n\n".join([head, *parts, f"{question}: {text}\n{answer}:"])
