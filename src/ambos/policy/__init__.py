"""Room: what may be done with a request, and under which duties."""

from ambos.policy.change import Change, diff
from ambos.policy.choice import Alias, Candidate, Candidates, choose, prefer
from ambos.policy.decision import Decision
from ambos.policy.matrix import Matrix
from ambos.policy.policy import Closing, Policy, Ruling, Settings, load, read_settings
from ambos.policy.rules import DUTIES
from ambos.policy.stance import Stance

__all__ = [
    "DUTIES",
    "Alias",
    "Candidate",
    "Candidates",
    "Change",
    "Closing",
    "Decision",
    "Matrix",
    "Policy",
    "Ruling",
    "Settings",
    "Stance",
    "choose",
    "diff",
    "load",
    "prefer",
    "read_settings",
]
