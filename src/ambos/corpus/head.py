"""A linear head: numbers of a text or a signal to probabilities of labels. Pure arithmetic; training is `adapt`'s.

One label each (softmax) or several (one logistic curve a label). Probabilities are calibrated by one temperature, or by
slope and offset a label (Guo et al. 2017, section 4.2; Platt 1999); thresholds belong to labels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """A linear head with its calibration.

    Attributes:
        labels: names, in the order of the columns.
        is_multiple: a text may have several labels, or none.
        weights_FC, bias_C: feature by class.
        slope_C, offset_C: calibration of the scores; slope is one temperature where there is one label each.
        threshold_C: least probability for a label, where there are several.
    """

    labels: tuple[str, ...]
    is_multiple: bool
    weights_FC: Floats = field(repr=False)  # axes: feature, class
    bias_C: Floats = field(repr=False)
    slope_C: Floats = field(repr=False)
    offset_C: Floats = field(repr=False)
    threshold_C: Floats = field(repr=False)

    def probabilities(self, scores_NC: Floats) -> Floats:
        """Calibrated probabilities of uncalibrated scores."""
        return squashed(scores_NC * self.slope_C + self.offset_C, is_multiple=self.is_multiple)

    def chosen(self, chances_NC: Floats) -> NDArray[np.bool_]:
        """Which labels hold: the likeliest, or all that reach their threshold."""
        if self.is_multiple:
            return np.asarray(chances_NC >= self.threshold_C)
        return np.asarray(np.arange(chances_NC.shape[1])[None, :] == chances_NC.argmax(axis=1)[:, None])


def squashed(scores_NC: Floats, *, is_multiple: bool) -> Floats:
    """Scores to probabilities: logistic by label, or softmax over labels."""
    if is_multiple:
        return np.asarray(1 / (1 + np.exp(-np.clip(scores_NC, -60, 60))), dtype=np.float32)
    raised = np.exp(scores_NC - scores_NC.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
