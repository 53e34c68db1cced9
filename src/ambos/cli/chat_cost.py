"""What a run of the chat family costs on this machine, before it: from the tokens and a product of matrices that is timed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from ambos.cli.chat_turn import base_of
from ambos.cli.words import say
from ambos.corpus import Recipe, Row
from ambos.errors import AdaptError

_CHARACTERS: Final = 3.0  # of a token, Spanish and English, from below; the frame of the template is 25 tokens more
_FRAME: Final = 25
_BITS: Final = 5.0  # of a weight in a four-bit file
_PLAIN_BITS: Final = 16.0  # of a weight in a safetensors file
_SHORT, _GENERAL = 27, 32  # tokens of a canary or a general row, and how many general rows train beside the owner's
_USED: Final = 0.5  # of the speed of one large product, seen on a 135M model
_FIXED_S: Final = 90.0  # base, general questions, parity
_WATTS, _PER_KWH = 15.0, 0.25  # a core under load; euros a kilowatt-hour: declared, not measured


def cost_of_chat(rows: Sequence[Row], recipe: Recipe) -> dict[str, Any]:
    """Minutes, memory and energy.

    Raises:
        AdaptError: the run would pass the recipe's budget, or the base or the training packages are not there.
    """
    file, model = base_of(recipe)
    weights = model.size_bytes * 8 / (_PLAIN_BITS if file.is_plain else _BITS)
    tokens = sum((len(row.text) + len(row.answer)) / _CHARACTERS + _FRAME for row in rows)
    tokens = (tokens + _SHORT * (recipe.canaries + _GENERAL)) * recipe.epochs
    seconds = _FIXED_S + tokens * 6 * weights / (_speed() * _USED)  # forward 2, backward 4 operations a weight
    if seconds / 60 > recipe.budget_minutes:
        raise AdaptError(f"this would take about {seconds / 60:.0f} minutes; the recipe allows {recipe.budget_minutes}")
    return {
        "minutes": round(seconds / 60, 1),
        "memory_mib": round(900 + weights * 6 / 2**20),
        "watt_hours": round(seconds * _WATTS / 3600, 2),
        "euros": round(seconds * _WATTS / 3.6e6 * _PER_KWH, 4),
        "rows_train": len(rows),
    }


def paid_cost(rows: Sequence[Row], recipe: Recipe) -> dict[str, Any]:
    """What the paid model is asked and about what that costs at list price, if it answers as shortly as the rows do.

    Args:
        rows: those that judge.
    """
    from ambos.cli.chat_arms import paid_rows
    from ambos.providers import price_of

    asked = [rows[at] for at in paid_rows(len(rows), recipe)]
    price = price_of(recipe.paid.partition("/")[2])
    into, out = (float(price.get(name, 0)) for name in ("prompt", "completion"))
    tokens_in = sum(len(row.text) / _CHARACTERS + _FRAME for row in asked)
    tokens_out = sum(len(row.answer) / _CHARACTERS + 1 for row in asked)
    amount = round((tokens_in * into + tokens_out * out) / 1e6, 4) if price else None
    return {"model": recipe.paid, "questions": len(asked), "amount": amount, "currency": str(price.get("currency", ""))}


def paid_words(told: dict[str, Any]) -> str:
    """The same for a person."""
    return say("chat_paid" if told["amount"] is not None else "chat_paid_unpriced", **told)


def _speed() -> float:
    """Operations a second of one product of matrices in the type that trains."""
    try:
        import torch
    except ImportError:
        from ambos.adapt.chat.base import NEEDED

        raise AdaptError(NEEDED) from None
    from ambos.adapt.chat.base import has_bfloat16

    one = torch.ones((512, 1536), dtype=torch.bfloat16 if has_bfloat16() else torch.float32)
    other = one.T.contiguous()
    times = []
    for _ in range(8):
        began = time.process_time()
        one @ other
        times.append(time.process_time() - began)
    return float(2 * 512 * 512 * 1536 / max(min(times), 1e-6))
