"""A dated table of list prices of the well-known models: what an answer cost, about. An unknown model has no price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ambos.messages import Usage

DATED: Final = "2026-11-01"
CURRENCY: Final = "USD"
# Per million prompt and completion tokens; the longest beginning of a name that fits counts.
_TABLE: Final[Mapping[str, tuple[float, float]]] = {
    "gpt-5-nano": (0.05, 0.40),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5": (1.25, 10.00),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.50, 10.00),
    "claude-haiku-4-5": (1.00, 5.00),
    "claude-sonnet-4": (3.00, 15.00),
    "claude-opus-4": (15.00, 75.00),
    "mistral-small": (0.10, 0.30),
    "mistral-large": (2.00, 6.00),
    "gemini-2.5-flash": (0.30, 2.50),
    "gemini-2.5-pro": (1.25, 10.00),
}


def price_of(model: str) -> Mapping[str, float | str]:
    """`prompt` and `completion` per million tokens, `currency` and `dated`; empty when the model is not in the table."""
    names = [name for name in _TABLE if model.startswith(name)]
    if not names:
        return {}
    prompt, completion = _TABLE[max(names, key=len)]
    return {"prompt": prompt, "completion": completion, "currency": CURRENCY, "dated": DATED}


def cost(usage: Usage, price: Mapping[str, float | str]) -> tuple[float | None, str]:
    """What these tokens cost, and the currency; None when the price is unknown.

    >>> cost(Usage(1_000_000, 0), price_of("gpt-4o"))
    (2.5, 'USD')
    """
    prompt, completion = price.get("prompt"), price.get("completion")
    if not isinstance(prompt, float) or not isinstance(completion, float):
        return None, ""
    return (usage.prompt_tokens * prompt + usage.completion_tokens * completion) / 1e6, str(price.get("currency", ""))
