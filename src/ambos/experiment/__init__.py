"""Room: whether a change helped. Sees numbers only.

The front is light: what needs scipy is loaded when it is first asked for, so that whoever only reads a plan or assigns a
participant does not pay for it. The statistics are modules, each a family of tests that return one `Result`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ambos import late
from ambos.experiment.disclosure import Disclosure as Disclosure
from ambos.experiment.planning import Plan, read_plan
from ambos.experiment.planning import canonical as canonical
from ambos.experiment.result import Result
from ambos.experiment.scores import Columns, columns_of

if TYPE_CHECKING:
    from ambos.experiment.analysis import Analysis
    from ambos.experiment.api import analyse, assign, plan, record, replicate, report, seal, verify
    from ambos.experiment.reporting import render as render
    from ambos.experiment.sizing import Sizing as Sizing
    from ambos.experiment.sizing import size

__getattr__ = late(
    __name__,
    {
        "analysis": "Analysis",
        "api": "analyse assign plan record replicate report seal verify",
        "reporting": "render",
        "sizing": "Sizing size",
    },
)

__all__ = [
    "Analysis",
    "Columns",
    "Plan",
    "Result",
    "analyse",
    "assign",
    "columns_of",
    "plan",
    "read_plan",
    "record",
    "replicate",
    "report",
    "seal",
    "size",
    "verify",
]
