"""Room: whether a change helped. Sees numbers only.

The front is light: what needs scipy is loaded when it is first asked for, so that whoever only reads a plan or assigns a
participant does not pay for it. The statistics are modules, each a family of tests that return one `Result`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ambos.experiment.disclosure import Disclosure
from ambos.experiment.planning import Plan, canonical, read_plan
from ambos.experiment.result import Result
from ambos.experiment.scores import Columns, columns_of

if TYPE_CHECKING:
    from ambos.experiment.analysis import Analysis, analyse
    from ambos.experiment.reporting import render
    from ambos.experiment.sizing import Sizing, size

_LATE = {
    "Analysis": "analysis",
    "Sizing": "sizing",
    "analyse": "analysis",
    "render": "reporting",
    "size": "sizing",
}


def __getattr__(name: str) -> Any:  # Any: whatever the module holds under this name
    if name in _LATE:
        return getattr(importlib.import_module(f"ambos.experiment.{_LATE[name]}"), name)
    raise AttributeError(name)


__all__ = [
    "Analysis",
    "Columns",
    "Disclosure",
    "Plan",
    "Result",
    "Sizing",
    "analyse",
    "canonical",
    "columns_of",
    "read_plan",
    "render",
    "size",
]
