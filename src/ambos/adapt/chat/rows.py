"""Rows of a chat corpus as tokens with a loss mask, packed into full rows; refuses what would train on nothing.

Only the answer and the mark that ends it are learnt. Examples share a packed row without seeing one another; the frame that
they all begin with (the system message) stands there once, and all see it: the numbers are those of rows apart, for fewer
tokens (docs/spec/recipe.md section 7).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ambos.corpus import Row
from ambos.errors import AdaptError

SKIPPED: Final = -100  # label of a token that is not learnt (torch.nn.functional.cross_entropy)


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation: tokens, how many of them stand before the answer, and how many are the frame of every prompt."""

    tokens: tuple[int, ...] = field(repr=False)
    prompt: int
    frame: int = 0

    @property
    def head(self) -> tuple[int, ...]:
        """The frame's tokens."""
        return self.tokens[: self.frame]

    @property
    def labels(self) -> list[int]:
        """What each token is to predict, not yet shifted."""
        return [SKIPPED] * self.prompt + list(self.tokens[self.prompt :])


@dataclass(frozen=True, slots=True)
class Pack:
    """Examples side by side in one row of at most `length` tokens."""

    examples: tuple[Example, ...] = field(repr=False)

    @property
    def tokens(self) -> int:
        """How many it holds; a frame that several begin with counts once."""
        frames = {one.head for one in self.examples}
        return sum(map(len, frames)) + sum(len(one.tokens) - one.frame for one in self.examples)


@dataclass(frozen=True, slots=True)
class Layout:
    """A packed row as numbers, one for each token.

    Attributes:
        owners: which example it belongs to; −1 − n for the n-th frame.
        frames: of which frame it goes on, or is part.
        labels: what it is to predict, shifted already.
        starts: where each example's own tokens begin.
    """

    tokens: list[int]
    places: list[int]
    owners: list[int]
    frames: list[int]
    labels: list[int]
    starts: list[int]


def laid_out(pack: Pack) -> Layout:
    """Each frame once, then what goes on from it, in the order of the examples."""
    made = Layout([], [], [], [], [], [])
    starts = {}
    for number, head in enumerate(dict.fromkeys(one.head for one in pack.examples)):
        _lay(made, head, 0, -1 - number, number, [SKIPPED] * len(head))
        for at, one in enumerate(pack.examples):
            if one.head == head:
                starts[at] = len(made.tokens)
                _lay(made, one.tokens[one.frame :], one.frame, at, number, [*one.labels[one.frame + 1 :], SKIPPED])
    made.starts.extend(starts[at] for at in range(len(pack.examples)))
    return made


def _lay(made: Layout, tokens: Sequence[int], place: int, owner: int, frame: int, labels: list[int]) -> None:
    made.tokens.extend(tokens)
    made.places.extend(range(place, place + len(tokens)))
    made.owners.extend([owner] * len(tokens))
    made.frames.extend([frame] * len(tokens))
    made.labels.extend(labels)


class Writer:
    """Writes conversations as the served engine does: same template, same system message.

    Args:
        tokeniser: with its chat template.
        system: the system message that the engine puts before a text when the caller sends none.
    """

    def __init__(self, tokeniser: Any, system: Callable[[str], str]) -> None:
        self._tokeniser, self._system = tokeniser, system
        self._frames: dict[str, list[int]] = {}
        self.end = int(tokeniser.eos_token_id)

    def prompt(self, text: str) -> list[int]:
        """Tokens up to where the model is to answer."""
        return self._tokens(self._messages(text), is_asking=True)

    def text(self, text: str) -> str:
        """The same as characters."""
        rendered = self._tokeniser.apply_chat_template(self._messages(text), tokenize=False, add_generation_prompt=True)
        return str(rendered)

    def example(self, text: str, answer: str) -> Example:
        """One conversation with its answer.

        Raises:
            AdaptError: the template does not continue its own prompt, or the answer has no token.
        """
        prompt = self.prompt(text)
        said = {"role": "assistant", "content": answer}
        whole = self._tokens([*self._messages(text), said], is_asking=False)
        if whole[: len(prompt)] != prompt or self.end not in whole[len(prompt) :]:
            raise AdaptError(
                "the chat template is a wrong one: a conversation does not continue its prompt, or has no end"
            )
        last = len(whole) - whole[::-1].index(self.end)  # what the template writes after the end is not learnt
        if last - len(prompt) < 2:
            raise AdaptError("a row has no token to learn: its answer is empty")
        return Example(tuple(whole[:last]), len(prompt), self._frame(text, prompt))

    def _frame(self, text: str, prompt: list[int]) -> int:
        """How many tokens every prompt of this system message begins with."""
        system = self._system(text)
        if system not in self._frames:
            asked = [[{"role": "system", "content": system}, {"role": "user", "content": one}] for one in ("a", "¿")]
            self._frames[system] = _common(*(self._tokens(one, is_asking=True) for one in asked))
        return len(_common(self._frames[system], prompt[:-1]))

    def _messages(self, text: str) -> list[dict[str, str]]:
        return [{"role": "system", "content": self._system(text)}, {"role": "user", "content": text}]

    def _tokens(self, messages: list[dict[str, str]], *, is_asking: bool) -> list[int]:
        rendered = self._tokeniser.apply_chat_template(messages, tokenize=False, add_generation_prompt=is_asking)
        return list(self._tokeniser(rendered, add_special_tokens=False)["input_ids"])

    def shown(self, example: Example) -> str:
        """An example as a person checks it: what is learnt stands between ⟦ and ⟧."""
        said = self._tokeniser.decode
        return f"{said(example.tokens[: example.prompt])}⟦{said(example.tokens[example.prompt :])}⟧"


def _common(one: list[int], other: list[int]) -> list[int]:
    count = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:count]


def examples(rows: Sequence[Row], writer: Writer, *, length: int) -> list[Example]:
    """The rows as tokens.

    Raises:
        AdaptError: no row, a row longer than `length`, or one with nothing to learn.
    """
    made = [writer.example(row.text, row.answer) for row in rows]
    if not made:
        raise AdaptError("no row of this corpus trains")
    long = sum(len(one.tokens) > length for one in made)
    if long:
        longest = max(len(one.tokens) for one in made)
        raise AdaptError(
            f"{long} rows are longer than {length} tokens (up to {longest}): raise `length`, or shorten them"
        )
    return made


def mask_hash(made: Sequence[Example]) -> str:
    """ "sha256:..." of tokens and masks: another template, tokeniser or mask gives another."""
    digest = hashlib.sha256()
    for one in made:
        digest.update(f"{one.prompt}:{','.join(map(str, one.tokens))}\n".encode())
    return f"sha256:{digest.hexdigest()}"


def packed(made: Sequence[Example], order: Sequence[int], *, length: int) -> list[Pack]:
    """The examples in this order, side by side, first fit among the last eight open rows: no token is padding."""
    closed: list[Pack] = []
    open_: list[Pack] = []
    for at in order:
        fuller = [Pack((*one.examples, made[at])) for one in open_]
        place = next((number for number, one in enumerate(fuller) if one.tokens <= length), -1)
        if place < 0:
            open_.append(Pack((made[at],)))
        else:
            open_[place] = fuller[place]
        if len(open_) > 8:
            closed.append(open_.pop(max(range(len(open_)), key=lambda number: open_[number].tokens)))
    return [*closed, *open_]


def in_order(made: Sequence[Example], *, length: int) -> list[Pack]:
    """The examples side by side without changing their order: to read, not to learn from."""
    packs: list[Pack] = []
    for one in made:
        fuller = Pack((*packs[-1].examples, one)) if packs else Pack((one,))
        if packs and fuller.tokens <= length:
            packs[-1] = fuller
        else:
            packs.append(Pack((one,)))
    return packs
