"""Who follows a run: how far it is, how its loss falls, some of its rows. Nobody unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ambos.messages import Json

Floats: TypeAlias = NDArray[np.float32]

_SHOWN: Final = 300  # characters of a row
_EACH: Final = 4  # rows that were right, and that were wrong


def _nobody(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run tells while it works.

    Attributes:
        told: stage, done, in all.
        loss: of what, step from 1 on, loss.
        rows: some rows that the run shows to whoever started it, and to nobody else: they are people's texts.
    """

    told: Callable[[str, int, int], None] = _nobody
    loss: Callable[[str, int, float], None] = _nobody
    rows: Callable[[Sequence[Json]], None] = _nobody


def telling(texts: Sequence[str], true_NC: NDArray[np.bool_], chances_NC: Floats, labels: Sequence[str]) -> list[Json]:
    """The rows that tell most: the surest mistakes, and the least sure of those that were right.

    Args:
        chances_NC: of every row by a head that had not seen it.
    """
    top = chances_NC.argmax(axis=1)
    chance, is_right = chances_NC.max(axis=1), true_NC[np.arange(len(texts)), top]
    wrong = sorted(np.flatnonzero(~is_right), key=lambda at: -chance[at])[:_EACH]
    right = sorted(np.flatnonzero(is_right), key=lambda at: chance[at])[:_EACH]
    return [
        {
            "text": texts[at][:_SHOWN], "true": [labels[k] for k in np.flatnonzero(true_NC[at]).tolist()],
            "said": labels[int(top[at])],
            "chance": round(float(chance[at]), 3), "right": bool(is_right[at]),
        }
        for at in [int(one) for one in (*wrong, *right)]
    ]  # fmt: skip
