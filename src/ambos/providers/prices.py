"""A dated table of list prices: what an answer cost, about. A model that is not in it has no price.

An unknown price is better than a wrong one: a name must match whole, with nothing but a date or `-latest` behind it. A
model whose price depends on the length of the prompt is left out. The table is checked against the providers' own pages
when it is dated anew; the sources of this one are in `docs/guide/providers.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ambos.messages import Usage

DATED: Final = "2026-10-07"
CURRENCY: Final = "USD"

_VERSION: Final = re.compile(r"-(?:latest|\d{4}-\d{2}-\d{2}|\d{8})$")
# Name: per million prompt tokens, completion tokens, and prompt tokens that were read from the provider's cache.
_TABLE: Final[Mapping[str, tuple[float, float, float]]] = {
    "gpt-5.6-sol": (5.00, 30.00, 0.50),
    "gpt-5.5": (5.00, 30.00, 0.50),
    "gpt-5.4": (2.50, 15.00, 0.25),
    "gpt-5.4-mini": (0.75, 4.50, 0.075),
    "gpt-5.4-nano": (0.20, 1.25, 0.02),
    "gpt-5.1": (1.25, 10.00, 0.125),
    "gpt-5": (1.25, 10.00, 0.125),
    "gpt-5-mini": (0.25, 2.00, 0.025),
    "gpt-5-nano": (0.05, 0.40, 0.005),
    "gpt-4.1": (2.00, 8.00, 0.50),
    "gpt-4.1-mini": (0.40, 1.60, 0.10),
    "gpt-4.1-nano": (0.10, 0.40, 0.025),
    "gpt-4o": (2.50, 10.00, 1.25),
    "gpt-4o-2024-05-13": (5.00, 15.00, 5.00),
    "gpt-4o-mini": (0.15, 0.60, 0.075),
    "o3": (2.00, 8.00, 0.50),
    "o4-mini": (1.10, 4.40, 0.275),
    "claude-fable-5-1": (10.00, 50.00, 0.25),
    "claude-fable-5": (10.00, 50.00, 1.00),
    "claude-opus-5-5": (4.00, 20.00, 0.20),
    "claude-opus-5": (5.00, 25.00, 0.50),
    "claude-sonnet-5-5": (2.00, 10.00, 0.10),
    "claude-sonnet-5": (2.00, 10.00, 0.20),
    "claude-opus-4-8": (5.00, 25.00, 0.50),
    "claude-opus-4-7": (5.00, 25.00, 0.50),
    "claude-opus-4-6": (5.00, 25.00, 0.50),
    "claude-opus-4-5": (5.00, 25.00, 0.50),
    "claude-opus-4-1": (15.00, 75.00, 1.50),
    "claude-sonnet-4-6": (3.00, 15.00, 0.30),
    "claude-sonnet-4-5": (3.00, 15.00, 0.30),
    "claude-sonnet-4": (3.00, 15.00, 0.30),
    "claude-haiku-4-5": (1.00, 5.00, 0.10),
    "mistral-large": (0.50, 1.50, 0.50),
    "gemini-2.5-flash": (0.30, 2.50, 0.03),
}


def price_of(model: str) -> Mapping[str, float | str]:
    """`prompt`, `completion` and `cached` per million tokens, `currency` and `dated`; empty when there is no price.

    >>> price_of("gpt-5-mini-2025-08-07")["prompt"], price_of("gpt-5-pro")
    (0.25, {})
    """
    row = _TABLE.get(model) or _TABLE.get(_VERSION.sub("", model))
    if row is None:
        return {}
    prompt, completion, cached = row
    return {"prompt": prompt, "completion": completion, "cached": cached, "currency": CURRENCY, "dated": DATED}


def cost(usage: Usage, price: Mapping[str, float | str]) -> tuple[float | None, str]:
    """What these tokens cost, and the currency; None when the price is unknown.

    >>> cost(Usage(1_000_000, 0), price_of("gpt-4o"))
    (2.5, 'USD')
    >>> cost(Usage(1_000_000, 0, cached_tokens=1_000_000), price_of("gpt-4o"))
    (1.25, 'USD')
    """
    prompt, completion = price.get("prompt"), price.get("completion")
    if not isinstance(prompt, int | float) or not isinstance(completion, int | float):
        return None, ""
    cached = price.get("cached", prompt)
    cached = cached if isinstance(cached, int | float) else prompt
    from_cache = min(usage.cached_tokens, usage.prompt_tokens)
    total = (usage.prompt_tokens - from_cache) * prompt + from_cache * cached + usage.completion_tokens * completion
    return total / 1e6, str(price.get("currency", ""))
