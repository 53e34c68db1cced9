from __future__ import annotations

import datetime

import pytest

from ambos.messages import Usage
from ambos.providers import cost, price_of


def test_a_price_is_found_by_the_whole_name_with_or_without_its_date() -> None:
    for name in ("gpt-5-mini", "gpt-5-mini-2025-08-07", "gpt-5-mini-latest"):
        assert price_of(name)["completion"] == 2.0
    assert price_of("claude-sonnet-4-5-20250929")["prompt"] == 3.0
    assert price_of("gpt-4o-2024-05-13")["prompt"] == 5.0
    assert price_of("gpt-4o-2024-08-06")["prompt"] == 2.5


@pytest.mark.parametrize("name", ["", "gpt-5-pro", "gpt-5.9", "gpt-5-mini-turbo", "big-1", "echo", "xgpt-5"])
def test_a_name_that_is_only_similar_has_no_price(name: str) -> None:
    assert price_of(name) == {}
    assert cost(Usage(1_000, 1_000), price_of(name)) == (None, "")


def test_cost_counts_cached_tokens_at_their_price() -> None:
    price = price_of("gpt-5")
    assert cost(Usage(1_000_000, 100_000), price) == (2.25, "USD")
    assert cost(Usage(1_000_000, 100_000, 800_000), price) == (0.25 + 0.1 + 1.0, "USD")
    assert cost(Usage(10, 0, 1_000), price) == cost(Usage(10, 0, 10), price)
    assert cost(Usage(10, 0, 5), {"prompt": 1.0, "completion": 2.0}) == (1e-5, "")


def test_the_table_says_how_old_it_is() -> None:
    assert datetime.date.fromisoformat(str(price_of("gpt-5")["dated"])).year >= 2026
