"""Many questions at once: Holm keeps the chance of any false claim, Benjamini-Hochberg the share of false ones."""

from __future__ import annotations

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests

from ambos.errors import ExperimentError


def holm(pvalues: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm 1979), in the order given."""
    return _adjust(pvalues, "holm")


def benjamini_hochberg(pvalues: Sequence[float]) -> list[float]:
    """Adjusted p-values (Benjamini and Hochberg 1995), in the order given."""
    return _adjust(pvalues, "fdr_bh")


def _adjust(pvalues: Sequence[float], method: str) -> list[float]:
    if not pvalues or not all(0 <= one <= 1 for one in pvalues):
        raise ExperimentError("expected at least one p-value, each from 0 to 1")
    return [float(one) for one in multipletests(list(pvalues), method=method)[1]]
