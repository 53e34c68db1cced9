"""The tagger for names, addresses, dates, ages, health identifiers, hospitals and professions, ready to run."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from ambos.engines.crf import Scorer
from ambos.errors import IntegrityError
from ambos.messages import Finding, Kind
from ambos.privacy.decode import best_labels, gains, marginals
from ambos.privacy.features import Context, Observed, read
from ambos.privacy.genre import is_clinical
from ambos.privacy.tag_weights import Weights, from_bytes
from ambos.privacy.tagging import KIND_OF, LabelSet, findings
from ambos.privacy.tokens import lines_of
from ambos.privacy.whole_words import whole_words

WEIGHTS = Path(__file__).parent / "weights" / "tagger.npz"
CLINICAL = WEIGHTS.with_name("tagger_clinical.npz")
# A block of this many tokens (some 500 characters) takes 1.5 ms, 99 of 100 less than 3 ms: a slice must not exceed 5.
BLOCK_TOKENS = 96
# Least probability of being sensitive that is reported (see docs/cards/tagger.md for the curve).
FLOOR = 0.15
# In clinical records, of what names or numbers somebody; of all else there as in other texts.
CLINICAL_FLOOR = 0.05
DIRECT = frozenset(
    {
        *(Kind.PERSON, Kind.ADDRESS, Kind.HEALTH_ID, Kind.GOV_ID, Kind.PHONE, Kind.EMAIL, Kind.URL, Kind.IP),
        *(Kind.VEHICLE, Kind.DEVICE_ID),
    }
)


class _Field:
    """Weights ready to run, and the least probabilities that they report: of direct identifiers, of all else, as a caution."""

    def __init__(self, weights: Weights, floor: float, other_floor: float, caution: float) -> None:
        self.scorer = Scorer(weights)
        self._gain = gains(weights.transitions)
        self._labels = LabelSet.of(weights.labels)
        direct = [KIND_OF.get(name) in DIRECT for name in self._labels.types]
        self._floors = np.where(direct, floor, other_floor).astype(np.float32)
        self._caution = caution

    def found(self, observed: list[Observed]) -> Iterator[Finding]:
        """The findings in a block of lines."""
        scores, begins = self.scorer.scores(observed)
        chances = marginals(scores, begins, self._gain)
        starts = [start for each in observed for start in each.line.starts]
        ends = [end for each in observed for end in each.line.ends]
        telling = [word.is_telling for each in observed for word in each.words]
        return findings(
            *(chances, starts, ends, begins, self._labels),
            best=best_labels(chances, scores, begins, self._gain),
            floor=self._floors,
            telling=telling,
            caution=self._caution,
        )


class Tagger:
    """A recogniser (see `privacy.recogniser`): finds what the weights have learned to find.

    Attributes:
        name: "tagger".
        version: changes with the model files: SHA-256 of their hashes.
    """

    name = "tagger"

    def __init__(
        self,
        weights: Weights,
        version: str,
        *,
        floor: float = FLOOR,
        clinical: Weights | None = None,
        clinical_floor: float = CLINICAL_FLOOR,
        caution: float = FLOOR,
    ) -> None:
        self.version = version
        self._general = _Field(weights, floor, floor, caution)
        self._clinical = _Field(clinical, clinical_floor, floor, caution) if clinical else self._general

    @classmethod
    def load(
        cls,
        path: Path = WEIGHTS,
        *,
        floor: float = FLOOR,
        clinical: Path | None = CLINICAL,
        clinical_floor: float = CLINICAL_FLOOR,
        caution: float = FLOOR,
    ) -> Tagger:
        """Reads the model files and the hash pinned beside each (`NAME.sha256`).

        Args:
            path: the general model.
            floor: least probability that it reports; the other one too, of what is no direct identifier.
            clinical: the model for clinical records in Spanish; None reads them with the general one.
            clinical_floor: least probability that this one reports of direct identifiers.
            caution: the lowest threshold of the house; below a model's floor and above it a token is a caution.

        Raises:
            IntegrityError: a file or its hash is missing, cut short or altered.
        """
        weights, version = _read(path)
        if clinical is None:
            return cls(weights, version, floor=floor, caution=caution)
        second, other = _read(clinical)
        version = hashlib.sha256(f"{version} {other}".encode()).hexdigest()
        return cls(weights, version, floor=floor, clinical=second, clinical_floor=clinical_floor, caution=caution)

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        """Tags `text` block by block; yields after each."""
        field = self._clinical if is_clinical(text) else self._general
        found: list[Finding] = []
        context = Context(lines=text.count("\n") + 1)
        word_for = field.scorer.words().__getitem__
        observed: list[Observed] = []
        size = 0
        for line in lines_of(text):
            observed.append(read(line, context, word_for))
            size += len(line.words)
            if size >= BLOCK_TOKENS:
                found += field.found(observed)
                observed, size = [], 0
                yield
        if observed:
            found += field.found(observed)
        # In records a unit or a rank written to a date or name is none of it.
        return found if field is self._clinical else whole_words(found, text)

    def find(self, text: str) -> list[Finding]:
        """All findings at once, for scripts and tests."""
        steps = self.steps(text)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: list[Finding] = done.value
                return result


def _read(path: Path) -> tuple[Weights, str]:
    """A model file and its hash."""
    try:
        data = path.read_bytes()
        pinned = path.with_suffix(".sha256").read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as fault:
        raise IntegrityError("the tagger's model file or its hash cannot be read", place=path.name) from fault
    version = hashlib.sha256(data).hexdigest()
    if pinned[:1] != [version]:
        raise IntegrityError("the tagger's model file is not what its hash says: reinstall", place=path.name)
    return from_bytes(data), version
