"""The tagger for names, addresses, dates, ages, health identifiers, hospitals and professions, ready to run."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path

from ambos.engines.crf import Scorer
from ambos.errors import IntegrityError
from ambos.messages import Finding
from ambos.privacy.decode import gains, marginals
from ambos.privacy.features import Context, Observed, read
from ambos.privacy.tag_weights import Weights, from_bytes
from ambos.privacy.tagging import LabelSet, findings
from ambos.privacy.tokens import lines_of

WEIGHTS = Path(__file__).parent / "weights" / "tagger.npz"
# A block of this many tokens (some 1,000 characters) takes about 1 ms.
BLOCK_TOKENS = 192
# Least probability of being sensitive that is reported (see docs/cards/tagger.md for the curve).
FLOOR = 0.15


class Tagger:
    """A recogniser (see `privacy.recogniser`): finds what the weights have learned to find.

    Attributes:
        name: "tagger".
        version: SHA-256 of the model file.
    """

    name = "tagger"

    def __init__(self, weights: Weights, version: str, *, floor: float = FLOOR, caution: float = FLOOR) -> None:
        self.version = version
        self._scorer = Scorer(weights)
        self._gain = gains(weights.transitions)
        self._labels = LabelSet.of(weights.labels)
        self._floor, self._caution = floor, caution

    @classmethod
    def load(cls, path: Path = WEIGHTS, *, floor: float = FLOOR, caution: float = FLOOR) -> Tagger:
        """Reads a model file and the hash pinned beside it (`NAME.sha256`); `caution` is the lowest threshold of the house.

        Raises:
            IntegrityError: the file or its hash is missing, cut short or altered.
        """
        pin = path.with_suffix(".sha256")
        try:
            data = path.read_bytes()
            pinned = pin.read_text("ascii").split()
        except (OSError, UnicodeDecodeError) as fault:
            raise IntegrityError("the tagger's model file or its hash cannot be read", place=path.name) from fault
        version = hashlib.sha256(data).hexdigest()
        if pinned[:1] != [version]:
            raise IntegrityError("the tagger's model file is not what its hash says: reinstall", place=path.name)
        return cls(from_bytes(data), version, floor=floor, caution=caution)

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        """Tags `text` block by block; yields after each."""
        found: list[Finding] = []
        context = Context(lines=text.count("\n") + 1)
        word_for = self._scorer.words().__getitem__
        observed: list[Observed] = []
        size = 0
        for line in lines_of(text):
            observed.append(read(line, context, word_for))
            size += len(line.words)
            if size >= BLOCK_TOKENS:
                found += self._block(observed)
                observed, size = [], 0
                yield
        if observed:
            found += self._block(observed)
        return found

    def _block(self, observed: list[Observed]) -> Iterator[Finding]:
        scores, begins = self._scorer.scores(observed)
        chances = marginals(scores, begins, self._gain)
        starts = [start for each in observed for start in each.line.starts]
        ends = [end for each in observed for end in each.line.ends]
        telling = [word.is_telling for each in observed for word in each.words]
        return findings(
            *(chances, starts, ends, begins, self._labels), floor=self._floor, telling=telling, caution=self._caution
        )

    def find(self, text: str) -> list[Finding]:
        """All findings at once, for scripts and tests."""
        steps = self.steps(text)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                result: list[Finding] = done.value
                return result
