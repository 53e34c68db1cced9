"""Room: how good an answer is, and how sure a figure."""

from ambos.evaluate.risk import BOUNDS, Chosen, Target, choose, least_provable, needed, upper_bound
from ambos.evaluate.watch import LossWatch, ShiftWatch

__all__ = [
    "BOUNDS",
    "Chosen",
    "LossWatch",
    "ShiftWatch",
    "Target",
    "choose",
    "least_provable",
    "needed",
    "upper_bound",
]
