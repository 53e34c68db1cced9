from __future__ import annotations

import pytest

from ambos.identity import Principal, Role
from ambos.messages import ServedModel, Zone


@pytest.fixture(scope="session")
def ana() -> Principal:
    return Principal("p_ana", "t_house", "k_1", frozenset({Role.USER}))


@pytest.fixture(scope="session")
def catalogue() -> tuple[ServedModel, ...]:
    return (
        ServedModel("acme/big", "acme", "big", Zone.OUTSIDE, agreement="DPA-1", region="EU", retention_days=0),
        ServedModel("open/wild", "open", "wild", Zone.OUTSIDE),
        ServedModel("home/llama", "home", "llama", Zone.INSIDE),
        ServedModel("ambos/demo", "engine", "demo", Zone.INSIDE, fitness="demo"),
    )
