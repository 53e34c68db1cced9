"""Corridor: the path of one improvement cycle. It holds the order of steps and nothing else.

corpus → train → cross-validate → read the card → **seal the plan** → score the rows that judge → analyse → recommend →
people sign → promote. A turn either shows a gain beyond chance or changes nothing and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ambos.errors import AdaptError, CorpusError
from ambos.messages import Json

WARN_AT = 10  # uses of one held-back set from which on its answers are partly luck


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model: its artefact's hash, the arm it is compared with, and what cross-validation said."""

    name: str
    artefact: str
    control: str
    card: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Compared:
    """One control on the same items; `decides` is False for one that is only shown, `items` those that it answered."""

    control: str
    verdict: str
    effect: float
    lower: float
    upper: float
    items: int
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What the sealed experiment came to: the figures against the control that is hardest to beat."""

    verdict: str
    effect: float
    lower: float
    upper: float
    report: str
    control: str = ""
    arms: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a cycle ended: `state` is refused, recommended or promoted; `reason` is a code with its words elsewhere."""

    state: str
    reason: str
    artefact: str = ""
    judged: Judged | None = None
    uses: int = 0


class Doors(Protocol):
    """What a cycle calls. `ambos.cli.iterating` is one."""

    def open_corpus(self) -> None:
        """Open it.

        Raises:
            CorpusError: marked, damaged or not there.
        """

    def train(self) -> Candidate:
        """Train and cross-validate, or find the model that this recipe has made already; it is kept sealed."""

    def check(self, candidate: Candidate) -> None:
        """Read its card before the rows that judge are touched.

        Raises:
            AdaptError: a proof is missing or failed, or a licence does not allow the declared use.
        """

    def plan(self, candidate: Candidate) -> tuple[str, str]:
        """Hashes of the plan and of the items that judge."""

    def seal(self, plan: str, items: str) -> str:
        """The experiment's handle once its plan stands in the log."""

    def uses(self, items: str) -> int:
        """How often these items have judged before."""

    def score(self, candidate: Candidate) -> Judged:
        """Both arms on the items, analysed by the plan."""

    def judge(self, candidate: Candidate, experiment: str, hashes: Sequence[str], judged: Judged, uses: int) -> str:
        """Write the verdict into the log; the state of the model afterwards."""

    def promote(self, candidate: Candidate) -> bool:
        """Promote what is signed; False while a signature is missing."""


def iterate(doors: Doors, told: Callable[[str], None]) -> Outcome:
    """One cycle.

    Args:
        doors: see `Doors`.
        told: hears each step's code as it begins.
    """
    told("corpus")
    try:
        doors.open_corpus()
        told("train")
        candidate = doors.train()
    except (AdaptError, CorpusError) as error:
        return Outcome("refused", str(error))
    state = str(candidate.card.get("state", "trained"))
    if state in ("promoted", "retired"):
        return Outcome("promoted" if state == "promoted" else "refused", f"already_{state}", candidate.artefact)
    judged, uses = None, 0
    if state == "trained":
        told("gate")
        try:
            doors.check(candidate)
        except AdaptError as error:
            return Outcome("refused", str(error), candidate.artefact)
        told("seal")
        hashes = doors.plan(candidate)
        uses = doors.uses(hashes[1]) + 1
        experiment = doors.seal(*hashes)
        told("score")
        judged = doors.score(candidate)
        state = doors.judge(candidate, experiment, hashes, judged, uses)
    if state != "recommended":
        return Outcome("refused", "no_gain", candidate.artefact, judged, uses)
    told("promote")
    if doors.promote(candidate):
        return Outcome("promoted", "signed", candidate.artefact, judged, uses)
    return Outcome("recommended", "unsigned", candidate.artefact, judged, uses)
