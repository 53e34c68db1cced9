"""Has the model lost what it knew? Log-probability of good answers to general questions, adapted against base, paired.

Non-inferiority through `ambos.experiment`; the margin is the largest loss that is called none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ambos.adapt.chat.general import ITEMS
from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import Writer
from ambos.adapt.chat.training import losses_of
from ambos.errors import AdaptError
from ambos.experiment import Columns, analyse, read_plan
from ambos.messages import Json

MARGIN: Final = 0.5  # nats a token: the perplexity of a general answer may rise by a factor of 1.65 at most
_LENGTH: Final = 512  # tokens read at once

_PLAN: Final[dict[str, object]] = {
    "question": "Does the adapted model still give good answers to general questions?",
    "control": "base", "treatment": "adapted", "metric": "log-probability a token", "direction": "higher",
    "design": "paired", "population": "general questions of Ambos, Spanish and English", "unit": "item", "scorer": "loss",
    "margin": MARGIN, "margin_reason": "perplexity of a general answer at most 1.65 times as high",
}  # fmt: skip


def forgotten(lora: Lora, writer: Writer, told: Callable[[int, int], None]) -> dict[str, Json]:
    """Effect with its interval, in nats a token; below 0 something was lost.

    Raises:
        AdaptError: more may have been lost than the margin.
    """
    made = [writer.example(text, answer) for text, answer in ITEMS]
    adapted = losses_of(lora, made, length=_LENGTH)
    told(1, 2)
    with lora.off():
        base = losses_of(lora, made, length=_LENGTH)
    told(2, 2)
    return judged([-one for one in adapted], [-one for one in base])


def judged(adapted: list[float], base: list[float]) -> dict[str, Json]:
    """The verdict on scores of the same items.

    Raises:
        AdaptError: non-inferiority at the margin is not shown.
    """
    items = [str(number) for number in range(len(base))]
    arms = ["adapted"] * len(items) + ["base"] * len(items)
    found = analyse(read_plan(_PLAN), Columns(items * 2, arms, [*adapted, *base], {})).to_json()
    lower = float(str(found["ci_lower"]))
    if lower < -MARGIN:
        raise AdaptError(f"the model may have forgotten what it knew: general answers lost up to {-lower:.2f} nats a token where "
            f"{MARGIN:g} are allowed; lower `rate` or `epochs`")  # fmt: skip
    rounded = {name: round(float(str(found[name])), 4) for name in ("effect", "ci_lower", "ci_upper")}
    return {"verdict": str(found["verdict"]), "margin": MARGIN, "items": len(items), **rounded}
