"""A linear mixed model of scores: arms fixed; units, and clusters where there are some, drawn at random.

It answers what the t answers where every unit has every arm once, and more where trials are unequal or units lack an arm.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from ambos.errors import ExperimentError
from ambos.experiment.result import Result

Floats = NDArray[np.float64]


def mixed(
    score: Floats,
    is_treatment: Floats,
    group: NDArray[np.int64],
    *,
    inner: NDArray[np.int64] | None = None,
    level: float = 0.95,
) -> Result:
    """Treatment − control with a random intercept for each `group`, and for each `inner` group within it (REML, Wald).

    Laird and Ware 1982; computed by statsmodels. Approximate below about 30 groups, where the clustered t has its degrees
    of freedom and this has none.

    Args:
        score: one value a row, finite.
        is_treatment: 0 or 1 a row.
        group: code of the unit, or of the cluster when `inner` is the unit.
        inner: code of the unit within its cluster.

    Raises:
        ExperimentError: fewer than two groups, one arm empty, or the fit has no maximum.
    """
    x = np.stack((np.ones(len(score)), is_treatment), axis=1)
    if len(np.unique(group)) < 2 or not 0 < is_treatment.sum() < len(score):
        raise ExperimentError("a mixed model needs at least two groups and both arms")
    if float(np.std(score)) == 0:
        return Result("mixed model", len(score), 0.0, 0.0, level=level)
    parts = None if inner is None else {"unit": "0 + C(unit)"}
    rows = pd.DataFrame(
        {"score": score, "arm": is_treatment, "group": group, "unit": group if inner is None else inner}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a variance on its border, which is an estimate of 0
        try:
            model = MixedLM(score, x, groups=group) if parts is None else MixedLM.from_formula(
                "score ~ arm", rows, groups="group", vc_formula=parts
            )  # fmt: skip
            fit = model.fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            raise ExperimentError("the mixed model of these scores has no maximum") from None
    effect, se = (
        float(fit.fe_params.iloc[1] if hasattr(fit.fe_params, "iloc") else fit.fe_params[1]),
        float(np.asarray(fit.bse_fe)[1]),
    )
    if not (math.isfinite(se) and se > 0):
        return Result("mixed model", len(score), effect, 0.0, level=level)
    z, reach = effect / se, se * float(stats.norm.ppf((1 + level) / 2))
    p = float(2 * stats.norm.sf(abs(z)))
    return Result("mixed model", len(score), effect, se, effect - reach, effect + reach, z, math.nan, p, level)
