"""One rule of a recogniser pack: a linear pattern, checksum and keywords as evidence, and what they weigh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ambos.messages import Kind

# Scores by evidence. A valid checksum wins overlaps (>= VALID); a failed one never vetoes beside a keyword.
CERTAIN = 0.99
VALID = 0.96
NEAR = 0.9
NEAR_INVALID = 0.8


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over folded text (`normalise`). Group 1, when there is one, is the value; otherwise the whole match.

    Attributes:
        name: "pack.thing", unique.
        pattern: RE2 syntax over plain ASCII; lower case unless `cased`.
        check: checksum over the value's letters and digits (lower case unless `cased`); None when there is none.
        keyword: what beside the value is evidence for it; searched in the 48 characters before and 24 after.
        bare: score without keyword and without valid checksum; 0 drops it.
        valid: score with a valid checksum but no keyword.
        cut: where a value that ran on ends, (folded lower text, start, end) -> end; `start` for no value.
        accept: a last look at the match, (folded lower text, start, end) -> keep.
        decoys: the value is dropped inside GUIDs, hashes, order numbers and the like when no keyword stands beside it.
    """

    name: str
    kind: Kind
    detail: str
    pattern: str
    check: Callable[[str], bool] | None = None
    keyword: str = ""
    bare: float = 0.0
    valid: float = VALID
    cut: Callable[[bytes, int, int], int] | None = None
    accept: Callable[[bytes, int, int], bool] | None = None
    cased: bool = False
    decoys: bool = True
