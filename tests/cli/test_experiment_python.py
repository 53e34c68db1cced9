"""The commands as Python functions, against a running server: sealed, assigned, recorded, reported, verified."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pandas as pd
import pytest
from tests.cli.test_sealed import OFFLINE, ONLINE, TWO_MODELS
from tests.live import Recorder, Server

from ambos.cli.reach import at
from ambos.errors import AmbosError
from ambos.evaluate.items import item_of
from ambos.experiment import analyse, assign, record, replicate, report, seal, verify

pytestmark = [pytest.mark.shell, pytest.mark.timeout(400)]


def test_python_does_what_the_commands_do(
    serve: Callable[..., Server], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(TWO_MODELS.format(url=recorder.url, agreement="DPA-1"))
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    house = at(server.directory)
    handle = seal(tomllib.loads(ONLINE), house=house)["experiment"]
    arms = [assign(handle, f"p{n}", house=house, stratum=("north", "south")[n % 2]) for n in range(12)]
    for first_block in (arms[0:8:2], arms[1:8:2]):  # the second of each stratum is only half used
        assert sorted(first_block) == ["before", "before", "hybrid", "hybrid"]
    assert [record(handle, f"p{n}", float(n % 3 > 0), house=house) for n in range(12)] == [True] * 12
    with pytest.raises(AmbosError, match="another outcome"):
        record(handle, "p0", 1.0, house=house)
    made = report(handle, house=house)
    told = made.found.to_json()
    assert (told["status"], told["n"], told["promotable"]) == ("confirmatory", 12, False)
    assert verify(made.file, page=made.page, chain=made.chain, house=house)[-2:] == ["chain", "log"]
    assert replicate(made.file, chain=made.chain).is_same  # type: ignore[union-attr]  # not fresh
    assert analyse(handle, house=house).to_json() == told
    rows = [{"id": f"s{n}", "input": f"{n} + {n}", "answer": 2 * n} for n in range(4)]
    sealed = seal(tomllib.loads(OFFLINE), pd.DataFrame(rows), house=house)
    with pytest.raises(AmbosError, match="lineage of the arm 'new'"):
        seal(
            {**tomllib.loads(OFFLINE), "title": "again"},
            rows,
            house=house,
            lineage={"new": [item_of(rows[0]).digest]},
        )
    assert (sealed["fate"], sealed["items"][:7]) == ("sealed, nothing yet", "sha256:")
