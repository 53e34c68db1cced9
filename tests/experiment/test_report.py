"""The page, the analysis file and its links."""

from __future__ import annotations

import json
import math
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from ambos.errors import ExperimentError, IntegrityError
from ambos.experiment import Analysis, Columns, analyse, read_plan, render, replication
from ambos.experiment.checklist import checklist
from ambos.experiment.flow import Flow, check

PLAN: dict[str, Any] = {
    "question": "Is <b>small</b> as good?", "control": "c", "treatment": "t & u", "metric": "m", "design": "paired",
    "margin": 0.2, "margin_reason": "r", "stratum": "stratum", "x_made": datetime(2026, 1, 2, 3, 4),  # noqa: DTZ001
}  # fmt: skip


def columns(seed: int = 1, *, n: int = 60, lost: int = 2) -> Columns:
    rng = np.random.default_rng(seed)
    scores = (rng.random((n, 2)) < [0.7, 0.72]).astype(float)
    scores[:lost, 1] = math.nan
    items = [f"i{at}" for at in range(n) for _ in range(2)]
    strata = [f"s{at % 3}<" for at in range(n) for _ in range(2)]
    return Columns(items, ["c", "t & u"] * n, [*map(float, scores.ravel())], {"stratum": strata})


@pytest.fixture
def found() -> Analysis:
    return analyse(read_plan(PLAN), columns())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [name for name, _ in attrs]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_the_caveat_first_and_loads_nothing(found: Analysis, language: str) -> None:
    page = render(found, language=language)
    tags = Tags()
    tags.feed(page)
    assert {"svg", "rect", "table"} <= set(tags.seen)
    assert not {"script", "link", "img", "iframe", "b"} & set(tags.seen)
    assert not {"href", "src", "style"} & set(tags.attributes)
    caveat, verdict = page.index(found.disclosures[0].text(language)), page.index("class=verdict")
    assert caveat < verdict
    assert "t &amp; u" in page
    assert (
        tags.seen.count("rect") == 1 + 1 + 2 + 3 + 6
    )  # iid, what decides, worst and best, three strata; boxes of the flow
    assert render(found, language=language) == page


def test_every_treatment_has_its_line() -> None:
    one = columns()
    rows = [
        *zip(one.item, one.arm, one.score, strict=True),
        *((item, "v", 1.0 - at % 2) for at, item in enumerate(one.item[::2])),
    ]
    items, arms, scores = zip(*rows, strict=True)
    plan = {key: value for key, value in PLAN.items() if key != "stratum"} | {"treatment": ["t & u", "v"]}
    page = render(analyse(read_plan(plan), Columns(items, arms, scores, {})), language="es")
    assert "Todos los tratamientos" in page
    assert page.count("<td>v</td>") == 2  # in this table and in the flow


def test_the_flow_adds_up(found: Analysis) -> None:
    flow = found.to_json()["flow"]
    assert (flow["units"], flow["lost_treatment"], flow["analysed"]) == (60, 2, 58)
    assert flow["arms"][1] == {"arm": "t & u", "allocated": 60, "scored": 58, "missing": 2}
    with pytest.raises(ExperimentError, match="add up"):
        check(Flow(60, 0, 60, 0, 2, 0, 0, 59, ()))


def test_what_was_written_verifies(found: Analysis) -> None:
    file = replication.read_analysis_file(replication.written(replication.analysis_file(found, language="es")))
    page = render(found, language="es").encode()
    assert replication.verify(file, columns(), page).to_json()["verdict"] == found.to_json()["verdict"]
    assert replication.written(file) == replication.written(replication.analysis_file(found, language="es"))


def test_one_changed_thing_names_its_link(found: Analysis) -> None:
    page = render(found).encode()
    file = replication.analysis_file(found, language="en")

    def broken(change: dict[str, Any], data: Columns, html: bytes) -> str:
        changed = json.loads(replication.written(file))
        changed.update(change)
        with pytest.raises(IntegrityError) as caught:
            replication.verify(changed, data, html)
        return caught.value.place

    other = columns()
    scores = [*other.score[:-1], 1 - other.score[-1]]
    assert broken({"plan": {**file["plan"], "margin": 0.3}}, other, page) == "plan"
    assert broken({}, Columns(other.item, other.arm, scores, other.labels), page) == "scores"
    assert broken({"result": {**file["result"], "effect": 0.5}}, other, page) == "result"
    assert broken({}, other, page.replace(b"<h1>", b"<h1> ", 1)) == "report"
    assert broken({"report_hash": "sha256:00"}, other, page) == "report"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"version": 2}'])
def test_what_is_no_analysis_file_is_refused(data: bytes) -> None:
    with pytest.raises(ExperimentError, match="analysis file"):
        replication.read_analysis_file(data)


def test_fresh_units_agree_or_do_not(found: Analysis) -> None:
    plan = read_plan(PLAN)
    assert replication.agree(found.to_json(), analyse(plan, columns(2))).is_within
    far = columns(3)
    shifted = [
        float(arm != "c") if at > 4 else value for at, (arm, value) in enumerate(zip(far.arm, far.score, strict=True))
    ]
    agreement = replication.agree(found.to_json(), analyse(plan, Columns(far.item, far.arm, shifted, far.labels)))
    assert not agreement.is_within
    assert agreement.to_json()["new_verdict"] == "superior"


def test_rounding_keeps_ten_digits() -> None:
    assert replication.rounded({"a": [1 / 3, 2, "x", None]}) == {"a": [0.3333333333, 2, "x", None]}


def test_every_item_of_consort_ai_is_filled_or_marked_absent() -> None:
    plan = read_plan(
        {**PLAN, "consort": {"5-iv": "clerks read every answer"}, "arms": {"t & u": {"model": "acme/big-2"}}}
    )
    found = analyse(plan, columns())
    lines = {one.code: one.says for one in checklist(plan, found.to_json(), language="es")}
    assert len(lines) == 14
    assert (lines["5-iv"], lines["5-i"], lines["25-i"]) == ("clerks read every answer", "t & u: acme/big-2", "")
    assert render(found, language="es").count("ausente") >= 7
