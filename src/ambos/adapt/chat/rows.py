"""Rows of a chat corpus as tokens with a loss mask, packed into full rows; refuses what would train on nothing.

Only the answer and the mark that ends it are learnt. Rows share a packed row without seeing one another: attention and
positions begin anew with each (docs/spec/recipe.md section 7).
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
    """One conversation: tokens, and how many of them stand before the answer."""

    tokens: tuple[int, ...] = field(repr=False)
    prompt: int

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
        """How many it holds."""
        return sum(len(one.tokens) for one in self.examples)


class Writer:
    """Writes conversations as the served engine does: same template, same system message.

    Args:
        tokeniser: with its chat template.
        system: the system message that the engine puts before a text when the caller sends none.
    """

    def __init__(self, tokeniser: Any, system: Callable[[str], str]) -> None:
        self._tokeniser, self._system = tokeniser, system
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
        return Example(tuple(whole[:last]), len(prompt))

    def _messages(self, text: str) -> list[dict[str, str]]:
        return [{"role": "system", "content": self._system(text)}, {"role": "user", "content": text}]

    def _tokens(self, messages: list[dict[str, str]], *, is_asking: bool) -> list[int]:
        rendered = self._tokeniser.apply_chat_template(messages, tokenize=False, add_generation_prompt=is_asking)
        return list(self._tokeniser(rendered, add_special_tokens=False)["input_ids"])

    def shown(self, example: Example) -> str:
        """An example as a person checks it: what is learnt stands between ⟦ and ⟧."""
        said = self._tokeniser.decode
        return f"{said(example.tokens[: example.prompt])}⟦{said(example.tokens[example.prompt :])}⟧"


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
    closed: list[list[Example]] = []
    open_: list[list[Example]] = []
    room: list[int] = []
    for at in order:
        one = made[at]
        place = next((number for number, left in enumerate(room) if left >= len(one.tokens)), -1)
        if place < 0:
            open_.append([])
            room.append(length)
            place = len(open_) - 1
        open_[place].append(one)
        room[place] -= len(one.tokens)
        if len(open_) > 8:
            fullest = min(range(len(room)), key=room.__getitem__)
            closed.append(open_.pop(fullest))
            room.pop(fullest)
    return [Pack(tuple(one)) for one in [*closed, *open_]]
