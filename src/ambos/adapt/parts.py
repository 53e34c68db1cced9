"""A model's figures by part: each label, and the spread over groups, of whom no name is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ambos.adapt.metrics import Counts
from ambos.messages import Json

LEAST_ROWS: Final = 5  # of a group: an accuracy of fewer rows is chance


def by_label(counts: Counts, labels: Sequence[str]) -> dict[str, Json]:
    """Rows, precision, recall and F1 of each label."""
    told: dict[str, Json] = {}
    for at, label in enumerate(labels):
        hit, false, missed = (int(one[:, at].sum()) for one in (counts.hit_NC, counts.false_NC, counts.missed_NC))
        told[label] = {
            "rows": hit + missed,
            "precision": round(hit / (hit + false), 4) if hit + false else None,
            "recall": round(hit / (hit + missed), 4) if hit + missed else None,
            "f1": round(2 * hit / (2 * hit + false + missed), 4) if hit + false + missed else None,
        }
    return told


def by_group(counts: Counts, groups: Sequence[str]) -> dict[str, Json]:
    """How unevenly a model is right over groups (customers, subjects): a card is not sealed, so that nobody is named.

    Empty where no group has enough rows.
    """
    names, right = np.asarray(groups, dtype=object), counts.exact_N
    known = [name for name in dict.fromkeys(groups) if name and int((names == name).sum()) >= LEAST_ROWS]
    if not known:
        return {}
    shares = np.array([right[names == name].mean() for name in known])
    worst, tenth, median = (round(float(one), 4) for one in np.percentile(shares, [0, 10, 50]))
    return {"groups": len(known), "least_rows": LEAST_ROWS, "worst": worst, "tenth": tenth, "median": median}
