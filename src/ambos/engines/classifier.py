"""Classifiers at home: an adapted model and, where it needs one, its encoder; texts in, labels with chances out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ambos.corpus.artefact import Artefact
from ambos.engines.encoder import Encoder
from ambos.errors import IntegrityError, NoModelError

MOST_TEXTS: Final = 256  # in one call: a caller with more sends several


@dataclass(frozen=True, slots=True)
class Label:
    """One label of one text."""

    label: str
    probability: float
    is_chosen: bool


class Classifier:
    """A text classifier ready to run."""

    def __init__(self, name: str, artefact: Artefact, encoder: Encoder | None) -> None:
        self.name = name
        self._artefact, self._encoder = artefact, encoder

    @classmethod
    def load(cls, name: str, content: bytes, models: Path) -> Classifier:
        """The classifier of these bytes; `models` is the shelf that its encoder stands on.

        Raises:
            IntegrityError: the bytes are no text classifier, or the encoder is not the one it was trained on.
            NoModelError: the encoder is not installed.
        """
        artefact = Artefact.from_bytes(content)
        if artefact.facts.family != "text":
            raise IntegrityError("this model classifies signals, not texts", place=name)
        if not artefact.facts.encoder:
            return cls(name, artefact, None)
        folder = models / artefact.facts.encoder
        if not folder.is_dir():
            raise NoModelError(f"the encoder {artefact.facts.encoder} is not installed: `ambos models pull`")
        encoder = Encoder.load(folder)
        if encoder.version != artefact.facts.encoder_version:
            raise IntegrityError("the encoder is another than the one this model was trained on", place=name)
        return cls(name, artefact, encoder)

    def classify(self, texts: Sequence[str]) -> list[list[Label]]:
        """For each text its labels, the likeliest first."""
        vectors = self._encoder.embed(texts) if self._encoder is not None else None
        head = self._artefact.head
        chances = head.probabilities(self._artefact.scores(texts, vectors))
        chosen = head.chosen(chances)
        order = (-chances).argsort(axis=1, kind="stable")
        return [
            [Label(head.labels[at], float(chances[row, at]), bool(chosen[row, at])) for at in order[row]]
            for row in range(len(texts))
        ]
