"""Real per-item scores of open and proprietary models against statsmodels and scipy."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from tests.experiment.conftest import DATA

from ambos.experiment import analyse, columns_of, read_plan

FOLDER = DATA / "model-scores"
pytest.importorskip("pyarrow", reason="needs the extra: pip install 'ambos[prove]'")
if not FOLDER.exists():
    pytest.skip("needs ../shared/data/model-scores beside the repository", allow_module_level=True)


def long(table: pd.DataFrame, keys: list[str], arms: list[str]) -> pd.DataFrame:
    return table.melt(id_vars=keys, value_vars=arms, var_name="arm", value_name="score")


def plan(control: str, treatment: str, **more: Any) -> Any:
    base = {"question": "q", "control": control, "treatment": treatment, "metric": "correct", "design": "paired"}
    return read_plan({**base, **more})


def test_mmlu_clustered_by_subject_agrees_with_statsmodels() -> None:
    raw = pd.read_parquet(FOLDER / "routellm_mmlu.parquet")
    raw["item"], raw["cluster"] = raw.subject + "-" + raw.row.astype(str), raw.subject
    arms = ["gpt4_1106_preview", "mixtral_8x7b_instruct"]
    wanted = plan(*arms, cluster="cluster", margin=0.15, margin_reason="for this test")
    found = analyse(wanted, columns_of(long(raw, ["item", "cluster"], arms))).to_json()
    d = raw[arms[1]] - raw[arms[0]]
    oracle = sm.OLS(d.to_numpy(float), [1.0] * len(d)).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(raw.subject)[0]}, use_t=True
    )
    assert (found["n"], found["statistic"]) == pytest.approx((14042, stats.ttest_1samp(d, 0).statistic), rel=1e-10)
    assert found["clustered"]["se"] == pytest.approx(oracle.bse[0], rel=1e-10)
    assert found["clustered"]["pvalue"] == pytest.approx(oracle.pvalues[0], rel=1e-8)
    # Ignoring the subjects would have proven what the clustered interval leaves open.
    assert (found["verdict_iid"], found["verdict"]) == ("non-inferior, lower", "inconclusive")


def test_mmlu_pro_counts_what_is_missing_by_category() -> None:
    raw = pd.read_parquet(FOLDER / "mmlu_pro_by_item.parquet").rename(
        columns={"question_id": "item", "category": "stratum"}
    )
    arms = ["gemini-1.5-pro-002", "gemini-1.5-flash-002"]
    found = analyse(plan(*arms, stratum="stratum"), columns_of(long(raw, ["item", "stratum"], arms))).to_json()
    complete = raw.dropna(subset=arms)
    oracle = stats.ttest_rel(complete[arms[1]].astype(float), complete[arms[0]].astype(float))
    assert found["n"] == len(complete)
    assert (found["statistic"], found["pvalue"]) == pytest.approx((oracle.statistic, oracle.pvalue), rel=1e-9)
    assert found["missing"]["by_arm"] == {arm: int(raw[arm].isna().sum()) for arm in arms}
    assert len(found["strata"]) == 14
    assert sum(row["n"] for row in found["strata"]) == found["n"]


def test_mt_bench_turns_are_trials_of_one_question() -> None:
    raw = pd.read_csv(FOLDER / "routellm_mtbench.csv")
    arms = [*raw.model.unique()[:2]]
    table = raw[raw.model.isin(arms)].rename(columns={"question_id": "item", "turn": "trial", "model": "arm"})
    table = table.drop_duplicates(["item", "trial", "arm"])[["item", "trial", "arm", "score"]]
    found = analyse(plan(*arms, scorer="judge"), columns_of(table)).to_json()
    wide = table.groupby(["item", "arm"]).score.mean().unstack()
    oracle = stats.ttest_rel(wide[arms[1]], wide[arms[0]], nan_policy="omit")
    assert found["statistic"] == pytest.approx(oracle.statistic, rel=1e-9)
    assert {"trials", "judge"} <= set(found["disclosure_codes"])
