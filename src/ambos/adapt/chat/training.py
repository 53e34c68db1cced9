"""The loop of a chat adaptation: packed rows, loss on answers alone, AdamW on float32 copies, snapshots, equal bits.

A run that was ended anywhere goes on from its last snapshot and gives the bytes of a run that was not: nothing is drawn
but the order of rows, and that comes from the seed.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec
import numpy as np

from ambos.adapt.chat.base import NO_MEMORY, is_starved
from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import SKIPPED, Example, Layout, Pack, in_order, laid_out, packed
from ambos.corpus.adapter import Floats
from ambos.corpus.tensors import read_tensors, write_tensors
from ambos.errors import AdaptError, IntegrityError

FORMAT: Final = "ambos/snapshot/v1"
SAVE_EVERY: Final = 20  # steps; about a minute of a small model on one core
_BETAS, _EPSILON, _CLIP = (0.9, 0.999), 1e-8, 1.0  # AdamW's own defaults; a norm above 1 is cut, as transformers does


@dataclass(frozen=True, slots=True)
class Wish:
    """How to train.

    Attributes:
        rate: highest learning rate; warmed up over a tenth of the steps, then down to 0 by a cosine.
        length: tokens of a packed row.
        name: what a snapshot belongs to: hash of recipe, tokens and base.
    """

    epochs: int
    rate: float
    length: int
    seed: int
    name: str


class Snapshots(Protocol):
    """Where a run keeps how far it is: sealed, one at a time."""

    def save(self, content: bytes) -> None:
        """Keep it in place of the former; whole or not at all."""

    def load(self) -> bytes | None:
        """The last one."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What the loop came to: loss of each step, steps, tokens that were read, and where it began (0: at the start)."""

    losses: tuple[float, ...] = field(repr=False)
    steps: int
    tokens: int
    began: int


def train(
    lora: Lora,
    made: Sequence[Example],
    wish: Wish,
    snapshots: Snapshots,
    told: Callable[[int, int], None],
    curve: Callable[[int, float], None] = lambda *_: None,
) -> Trained:
    """Train until the last step, from a snapshot if there is one.

    Args:
        told: hears tokens done and tokens in all.
        curve: hears the loss of each step.

    Raises:
        AdaptError: out of memory, disk full, a snapshot that is not one of this run, or a loss that is no number.
    """
    steps = plan(made, wish)
    state = _State(lora)
    losses: list[float] = []
    began = _resume(state, losses, snapshots, wish)
    total, done = sum(one.tokens for one in steps), sum(one.tokens for one in steps[:began])
    told(done, total)
    for number in range(began, len(steps)):
        losses.append(_step(lora, state, steps[number], _rate(number, len(steps), wish.rate)))
        curve(number + 1, losses[-1])
        done += steps[number].tokens
        told(done, total)
        if (number + 1) % SAVE_EVERY == 0 and number + 1 < len(steps):
            _keep(state, losses, snapshots, wish)
    return Trained(tuple(losses), len(steps), total, began)


def plan(made: Sequence[Example], wish: Wish) -> list[Pack]:
    """The packed rows of all epochs in their order; each epoch has an order of its own."""
    steps: list[Pack] = []
    for epoch in range(wish.epochs):
        rng = np.random.default_rng([wish.seed, epoch])
        steps += packed(made, rng.permutation(len(made)).tolist(), length=wish.length)
    return steps


def moved(before: dict[str, Floats], after: dict[str, Floats]) -> None:
    """Refuse a run in which a trained array stands where it stood (meta-pytorch/opacus #820).

    Raises:
        AdaptError: one has not moved, or is not finite.
    """
    still = [name for name in after if np.array_equal(before[name], after[name]) or not np.isfinite(after[name]).all()]
    if still:
        raise AdaptError(
            f"the run did not train: {len(still)} of {len(after)} arrays have not moved, or are not numbers"
        )


class _State:
    """Float32 copies of what is trained, with AdamW's moments: steps of bfloat16 would round small updates away."""

    def __init__(self, lora: Lora) -> None:
        import torch

        self.named = lora.named
        self.copies = {name: one.detach().float().clone().requires_grad_() for name, one in lora.named.items()}
        self.adam = torch.optim.AdamW(self.copies.values(), betas=_BETAS, eps=_EPSILON, weight_decay=0.0, foreach=False)

    def step(self, rate: float) -> None:
        import torch

        for name, copy in self.copies.items():
            gradient = self.named[name].grad
            copy.grad = None if gradient is None else gradient.float()
            self.named[name].grad = None
        torch.nn.utils.clip_grad_norm_(self.copies.values(), _CLIP)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.show()

    def show(self) -> None:
        """Let the model have the copies' values."""
        import torch

        with torch.no_grad():
            for name, copy in self.copies.items():
                self.named[name].copy_(copy)

    def arrays(self) -> dict[str, Any]:  # numpy arrays by name
        made: dict[str, Any] = {}
        for name, copy in self.copies.items():
            kept = self.adam.state[copy]
            made[f"w/{name}"] = copy.detach().numpy()
            made[f"m/{name}"] = kept["exp_avg"].numpy()
            made[f"v/{name}"] = kept["exp_avg_sq"].numpy()
        return made

    def take(self, arrays: dict[str, Any], step: int) -> None:
        import torch

        for name, copy in self.copies.items():
            parts = [torch.from_numpy(np.array(arrays[f"{letter}/{name}"])) for letter in "wmv"]
            if any(part.shape != copy.shape or part.dtype != torch.float32 for part in parts):
                raise KeyError(name)
            with torch.no_grad():
                copy.copy_(parts[0])
            count = torch.tensor(float(step))
            self.adam.state[copy] = {"step": count, "exp_avg": parts[1], "exp_avg_sq": parts[2]}
        self.show()


def _step(lora: Lora, state: _State, pack: Pack, rate: float) -> float:
    try:
        loss = loss_of(lora, pack)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise AdaptError("the loss is not a number any more: lower `rate`; the last snapshot stands")
        loss.backward()
        state.step(rate)
    except (MemoryError, RuntimeError) as error:
        if not is_starved(error):
            raise
        raise AdaptError(NO_MEMORY) from None
    return value


def loss_of(lora: Lora, pack: Pack) -> Any:  # a tensor of one number
    """Mean loss over the answers' tokens of a packed row; logits are made for those tokens alone."""
    return _token_losses(lora, pack, laid_out(pack))[0].mean()


def losses_of(lora: Lora, made: Sequence[Example], *, length: int) -> list[float]:
    """Mean loss over the answer's tokens of each example; nothing is learnt."""
    import torch

    found: list[float] = []
    with torch.no_grad():
        for pack in in_order(made, length=length):
            losses, owners = _token_losses(lora, pack, laid_out(pack))
            found += [float(losses[owners == number].mean()) for number in range(len(pack.examples))]
    return found


def _token_losses(lora: Lora, pack: Pack, layout: Layout) -> tuple[Any, Any]:
    import torch

    labels, owners = torch.tensor(layout.labels), torch.tensor(layout.owners)
    chosen = labels != SKIPPED
    logits = lora.inner.lm_head(hidden_of(lora.inner, pack, layout)[chosen]).float()
    return torch.nn.functional.cross_entropy(logits, labels[chosen], reduction="none"), owners[chosen]


def hidden_of(model: Any, pack: Pack, layout: Layout) -> Any:
    """Last hidden states (tokens, width): an example sees its frame and itself, no other example."""
    import torch

    seen = None
    if len(pack.examples) > 1:
        owner, frame = torch.tensor(layout.owners), torch.tensor(layout.frames)
        is_head = (owner < 0)[None, :] & (frame[:, None] == frame[None, :])
        seen = ((owner[:, None] == owner[None, :]) | is_head).tril()[None, None]
    told = {"input_ids": torch.tensor([layout.tokens]), "position_ids": torch.tensor([layout.places])}
    return model.model(**told, attention_mask=seen, use_cache=False).last_hidden_state[0]


def _rate(step: int, steps: int, highest: float) -> float:
    warm = max(1, steps // 10)
    if step < warm:
        return highest * (step + 1) / warm
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _keep(state: _State, losses: Sequence[float], snapshots: Snapshots, wish: Wish) -> None:
    facts = msgspec.json.encode({"name": wish.name, "losses": losses}).decode()
    try:
        snapshots.save(write_tensors(state.arrays(), {"format": FORMAT, "facts": facts}))
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else f"the disk does not take it ({error.strerror})"
        raise AdaptError(
            f"{why}: no snapshot was kept; make room and run it again, it goes on from the last one"
        ) from None


def _resume(state: _State, losses: list[float], snapshots: Snapshots, wish: Wish) -> int:
    content = snapshots.load()
    if content is None:
        return 0
    try:
        arrays, told = read_tensors(content)
        facts = msgspec.json.decode(told["facts"])
        if told["format"] != FORMAT or facts["name"] != wish.name:
            return 0  # of another recipe, corpus or base: never taken for this one's
        found = [float(one) for one in facts["losses"]]
        state.take(dict(arrays), len(found))
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError, IntegrityError):
        raise AdaptError("the snapshot of this run is damaged: run it again with `--fresh`") from None
    losses += found
    return len(found)
