"""The corridor of one cycle: its order, and that nothing is promoted against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ambos.errors import AdaptError, CorpusError
from ambos.iteration import Candidate, Judged, iterate


@dataclass
class Doors:
    """Remembers what was called; each answer can be set."""

    marked: bool = False
    few: bool = False
    lacks: str = ""
    state: str = "trained"
    verdict: str = "superior"
    is_signed: bool = False
    before: int = 0
    called: list[str] = field(default_factory=list)

    def open_corpus(self) -> None:
        self.called.append("open")
        if self.marked:
            raise CorpusError("withdrawn")

    def train(self) -> Candidate:
        self.called.append("train")
        if self.few:
            raise AdaptError("too few rows")
        return Candidate("topics", "sha256:a", "terms", {"state": self.state})

    def check(self, candidate: Candidate) -> None:
        self.called.append("check")
        if self.lacks:
            raise AdaptError(self.lacks)

    def plan(self, candidate: Candidate) -> tuple[str, str]:
        self.called.append("plan")
        return "sha256:p", "sha256:i"

    def uses(self, items: str) -> int:
        return self.before

    def seal(self, plan: str, items: str) -> str:
        self.called.append("seal")
        return "x_1"

    def score(self, candidate: Candidate) -> Judged:
        self.called.append("score")
        return Judged(self.verdict, 0.1, 0.05, 0.15, "sha256:r")

    def judge(self, candidate: Candidate, experiment: str, hashes: Sequence[str], judged: Judged, uses: int) -> str:
        self.called.append(f"judge {experiment} {uses}")
        return "recommended" if judged.verdict == "superior" else "trained"

    def promote(self, candidate: Candidate) -> bool:
        self.called.append("promote")
        return self.is_signed


def test_the_plan_is_sealed_before_anything_is_scored() -> None:
    doors = Doors(is_signed=True, before=3)
    outcome = iterate(doors, lambda _: None)
    assert (outcome.state, outcome.reason, outcome.uses) == ("promoted", "signed", 4)
    assert doors.called == ["open", "train", "check", "plan", "seal", "score", "judge x_1 4", "promote"]


def test_without_signatures_it_is_only_recommended() -> None:
    outcome = iterate(Doors(), lambda _: None)
    assert (outcome.state, outcome.reason) == ("recommended", "unsigned")


@pytest.mark.parametrize("verdict", ["inconclusive", "inferior", "non-inferior", "inconclusive: zero variance"])
def test_only_a_superior_model_goes_on(verdict: str) -> None:
    doors = Doors(verdict=verdict, is_signed=True)
    assert iterate(doors, lambda _: None).state == "refused"
    assert "promote" not in doors.called


@pytest.mark.parametrize("doors", [Doors(marked=True), Doors(few=True)])
def test_what_may_not_be_learnt_from_is_refused_with_its_reason(doors: Doors) -> None:
    outcome = iterate(doors, lambda _: None)
    assert outcome.state == "refused"
    assert outcome.reason in ("withdrawn", "too few rows")
    assert "seal" not in doors.called


def test_a_card_without_its_proofs_is_refused_before_a_row_judges() -> None:
    doors = Doors(lacks="not audited", is_signed=True)
    outcome = iterate(doors, lambda _: None)
    assert (outcome.state, outcome.reason, outcome.artefact) == ("refused", "not audited", "sha256:a")
    assert doors.called == ["open", "train", "check"]


def test_a_recommended_model_is_not_judged_again() -> None:
    doors = Doors(state="recommended", is_signed=True)
    assert iterate(doors, lambda _: None).state == "promoted"
    assert "score" not in doors.called


@pytest.mark.parametrize(("state", "ends"), [("promoted", "promoted"), ("retired", "refused")])
def test_a_recipe_that_has_served_is_not_trained_anew(state: str, ends: str) -> None:
    outcome = iterate(Doors(state=state), lambda _: None)
    assert (outcome.state, outcome.reason) == (ends, f"already_{state}")
