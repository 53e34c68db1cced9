"""Does the served adapter answer as the trained one does? Token by token, on text that is given (docs/spec/recipe.md 7).

At each position both runtimes see the same tokens and name the likeliest next one. The untuned base is asked the same way,
since a four-bit server and a bfloat16 trainer never agree exactly: its own agreement is the measure.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import Example, in_order, laid_out
from ambos.adapt.chat.training import hidden_of
from ambos.corpus.gate import check_parity
from ambos.messages import Json

PROMPTS, POSITIONS = 100, 2000
_LENGTH: Final = 512  # tokens that the trainer reads at once
_BEFORE: Final = (
    28  # tokens of a long question that stand before the positions: reading it whole costs more than the answers
)


class Served(Protocol):
    """The served model; `ambos.engines.trial.Trial` is one."""

    def next_token(self, tokens: Sequence[int], *, adapter: int) -> int:
        """The likeliest token after these; adapter -1 is the base."""

    def tokens(self, text: str) -> list[int]:
        """How it writes a question."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Shares of positions and prompts.

    Attributes:
        adapted, base: agreement of the two runtimes, with the adapter and without.
        differs: of the prompts on which the trained one differs from its base, where the served one does too.
    """

    positions: int
    prompts: int
    adapted: float
    base: float
    differs: float

    def to_json(self) -> dict[str, Json]:
        """For a card."""
        rounded = {name: round(getattr(self, name), 4) for name in ("adapted", "base", "differs")}
        return {"positions": self.positions, "prompts": self.prompts, **rounded}

    def check(self) -> None:
        """Refuse an adapter that serving loses.

        Raises:
            AdaptError: with the figures.
        """
        check_parity(self.adapted, self.base, self.differs)


def measure(
    lora: Lora, made: Sequence[Example], served: Served, told: Callable[[int, int], None], *, positions: int = POSITIONS
) -> Parity:
    """Ask both on the last positions of these examples, some for each.

    Args:
        made: at most `PROMPTS` are asked; none of them needs to be new.
    """
    asked = _asked(made, positions)
    # one arm after the other: the server keeps what the prompts of one begin with
    base = _said(lora, asked, served, -1, lambda done: told(done, 2 * len(asked)), is_base=True)
    own = _said(lora, asked, served, 0, lambda done: told(len(asked) + done, 2 * len(asked)), is_base=False)
    changed = [was[1] != now[1] for was, now in zip(base, own, strict=True) if was[0] != now[0]]
    differs = sum(changed) / len(changed) if changed else 0.0
    return Parity(sum(len(places) for _, places in asked), len(asked), _share(own), _share(base), differs)


def _share(pairs: Sequence[tuple[list[int], list[int]]]) -> float:
    same = [one == other for pair in pairs for one, other in zip(*pair, strict=True)]
    return sum(same) / len(same)


def agreement(
    lora: Lora, made: Sequence[Example], served: Served, told: Callable[[int, int], None], *, positions: int = POSITIONS
) -> float:
    """Share of positions on which the trained model and one that is served without an adapter name the same token."""
    asked = _asked(made, positions)
    return _share(_said(lora, asked, served, -1, lambda done: told(done, len(asked)), is_base=False))


def _asked(made: Sequence[Example], positions: int) -> list[tuple[Example, list[int]]]:
    most = max(1, positions // min(PROMPTS, len(made)))
    return [_spread(one, number, most) for number, one in enumerate(made[:PROMPTS])]


def _said(
    lora: Lora,
    asked: Sequence[tuple[Example, list[int]]],
    served: Served,
    adapter: int,
    told: Callable[[int], None],
    *,
    is_base: bool,
) -> list[tuple[list[int], list[int]]]:
    """For each prompt the likeliest tokens of trainer and server."""
    pairs = []
    for (example, places), trained in zip(asked, _trained(lora, asked, is_base=is_base), strict=True):
        pairs.append((trained, [served.next_token(example.tokens[:at], adapter=adapter) for at in places]))
        told(len(pairs))
    return pairs


def _spread(example: Example, number: int, most: int) -> tuple[Example, list[int]]:
    """The last `most` positions, in rising order so that the server reads on; long questions but each tenth are cut before."""
    if number % 10 and len(example.tokens) - example.frame > most + _BEFORE:
        tail = example.tokens[-most - _BEFORE :]
        asked = max(0, example.prompt - len(example.tokens) + len(tail))
        example = Example(example.head + tail, example.frame + asked, example.frame)
    last = len(example.tokens)
    return example, [*range(max(example.frame + 1, last - most), last)]


def _trained(lora: Lora, asked: Sequence[tuple[Example, list[int]]], *, is_base: bool) -> list[list[int]]:
    import torch

    made = [example for example, _ in asked]
    likeliest: list[list[int]] = []
    with torch.no_grad(), lora.off() if is_base else contextlib.nullcontext():
        for pack in in_order(made, length=_LENGTH):
            layout = laid_out(pack)
            hidden = hidden_of(lora.inner, pack, layout)
            for start, one in zip(layout.starts, pack.examples, strict=True):
                first = start - one.frame - 1  # what follows the token before it
                at = [first + place for place in asked[len(likeliest)][1]]
                likeliest.append([int(n) for n in lora.inner.lm_head(hidden[at]).float().argmax(dim=-1)])
    return likeliest
