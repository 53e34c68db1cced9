"""What the tagger sees of a text: the same functions for training and for serving.

A *value* is a short string such as "w=madrid": something observed at one token. Its first character names its class,
and the class says which tokens the value speaks to (its *slots*). A weight belongs to (slot, value, label).

Slots 0 to 8: the value of the token 4 before to 4 after the labelled one. Slots 9 to 11: the value of a pair of
neighbours, for its first token, its second, and the one after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ambos.privacy.gazetteer import lists_with
from ambos.privacy.tokens import Line

REACH = 4
HERE = REACH
SLOTS = 12
# Where the value of position j goes: slot s speaks to token j + SHIFT[s].
SHIFT = (4, 3, 2, 1, 0, -1, -2, -3, -4, 0, 1, 2)
_NEAR = (2, 3, 4, 5, 6)
SLOTS_OF = {
    "w": (0, 1, 2, 3, 4, 5, 6, 7, 8),
    "s": _NEAR,
    "f": _NEAR,
    "g": _NEAR,
    "p": (HERE,),
    "l": (HERE,),
    "b": (9, 10, 11),
    "q": (9, 10),
    "k": (HERE,),
    "K": (HERE,),
    "c": (HERE,),
    "L": (HERE,),
}
EDGE = "w=<edge>"
# Form lines carry their field names; texts of fewer lines have no "part of the document".
_SHORTEST_FORM_LINES = 8
_LONGEST_KEY_TOKENS = 4
_ACCENTS = {
    ord(a): b
    for a, b in zip(
        "áàâäãåéèêëíìîïóòôöõúùûüñçýÿşșțţăćčęěğıłńňőřśšůźżž",
        "aaaaaaeeeeiiiiooooouuuuncyyssttacceegilnnorssuzzz",
        strict=True,
    )
}


def folded(word: str) -> str:
    """Lower case without accents: what people type is compared in this form."""
    lower = word.lower()
    return lower if lower.isascii() else lower.translate(_ACCENTS)


def shape(word: str) -> str:
    """Classes of characters: the length counts up to nine digits and up to three or four letters.

    >>> shape("Madrid"), shape("28028"), shape("C")
    ('Xxxx', 'ddddd', 'X')
    """
    if word.isdigit():
        return "ddddddddd"[: len(word)]
    if word.isalpha():
        if word.islower():
            return "xxx"[: len(word)]
        if word.isupper():
            return "XXX"[: len(word)]
        if word[0].isupper() and word[1:].islower():
            return "Xxxx"[: len(word)]
        return "xXx"
    return word


@dataclass(frozen=True, slots=True)
class Word:
    """All that is seen of a token by itself; equal tokens share one."""

    token: str
    folded: str
    shape: str
    values: tuple[str, ...]
    lists: tuple[str, ...]


def word_of(word: str, long_lists: Mapping[int, int]) -> Word:
    """Describes one token.

    Args:
        word: the token as written.
        long_lists: digests of the names and places that came with the model (see `gazetteer.hashed`).
    """
    low = folded(word)
    form = shape(word)
    size = len(low)
    lists = lists_with(low, long_lists)
    values = [f"w={low}", f"s={form}", f"l={min(size, 12)}"]
    values += [f"g={name}" for name in lists]
    if size > 1:
        values += [f"p{n}={low[:n]}" for n in (1, 2, 3, 4) if size > n]
        values += [f"p-{n}={low[-n:]}" for n in (1, 2, 4) if size > n]
        values.append(f"f={low[-3:]}")
    return Word(word, low, form, tuple(values), lists)


@dataclass(slots=True)
class Context:
    """What a line knows of the lines before it; `read` moves it on.

    Attributes:
        lines: how many lines the whole text has.
        key: field name that was open at the end of the line before.
        before: the line before, folded, when it was short ("kind regards ,").
    """

    lines: int = 1
    key: str = ""
    before: str = "<start>"


@dataclass(frozen=True, slots=True)
class Observed:
    """The values of one line.

    Attributes:
        words: one `Word` for each token.
        whole: values that speak to every token of the line.
        at: token index of each value in `values` (for a pair: of its first token).
        values: values of single tokens and pairs that depend on their neighbours or the line.
    """

    words: list[Word]
    whole: list[str]
    at: list[int] = field(repr=False)
    values: list[str] = field(repr=False)


def read(line: Line, context: Context, word_for: Callable[[str], Word]) -> Observed:
    """Observes one line, and moves `context` to the next.

    Args:
        line: tokens of the line.
        context: state of the document before this line; changed in place.
        word_for: describes a token; a cached `word_of`.
    """
    words = [word_for(token) for token in line.words]
    observed = Observed(words, _whole(line, words, context), [], [])
    _pairs(line, words, observed)
    key = _keys(words, observed)
    _small(words, observed)
    context.key = key or context.key
    context.before = " ".join(word.folded for word in words) if len(words) <= _LONGEST_KEY_TOKENS else "<long>"
    return observed


def _whole(line: Line, words: list[Word], context: Context) -> list[str]:
    part = 10 * line.ordinal // context.lines if context.lines >= _SHORTEST_FORM_LINES else "none"
    return [f"Lk={context.key}", f"Lp={part}", f"Lb={context.before}", f"Ln={_size(len(words))}", f"Lc={_case(words)}"]


def _size(count: int) -> str:
    return str(count) if count <= 4 else "few" if count <= 8 else "some" if count <= 16 else "many"


def _case(words: list[Word]) -> str:
    capital = any("X" in word.shape for word in words)
    small = any("x" in word.shape for word in words)
    return "mixed" if capital and small else "upper" if capital else "lower" if small else "none"


def _pairs(line: Line, words: list[Word], observed: Observed) -> None:
    at, values = observed.at, observed.values
    starts, ends = line.starts, line.ends
    for j in range(len(words) - 1):
        left, right = words[j], words[j + 1]
        gap = " " if starts[j + 1] > ends[j] else "_"
        at += (j, j)
        values += (f"b={left.folded} {right.folded}", f"q={left.shape}{gap}{right.shape}")


def _keys(words: list[Word], observed: Observed) -> str:
    """A field name is up to four words before a colon; it speaks to all that follows it."""
    key = ""
    at, values = observed.at, observed.values
    for j, word in enumerate(words):
        if key:
            at += (j, j)
            values += (f"k={key}", f"K={key}|{word.shape}")
        if word.folded == ":":
            begin = j
            while begin > 0 and j - begin < _LONGEST_KEY_TOKENS and words[begin - 1].folded.isalpha():
                begin -= 1
            key = " ".join(each.folded for each in words[begin:j]) or key
    return key


def _small(words: list[Word], observed: Observed) -> None:
    """In lower or upper case and in very short lines the shape says little: lists and length speak together with it."""
    case = observed.whole[-1]
    size = len(words)
    for j, word in enumerate(words):
        for name in word.lists:
            observed.at.append(j)
            observed.values.append(f"c{case}|{name}")
        if size <= _LONGEST_KEY_TOKENS:
            observed.at.append(j)
            observed.values.append(f"c{size}|{word.shape}")


def attributes(observed: Observed) -> Iterator[list[str]]:
    """For training: the attributes "slot:value" of each token, in the order of tokens."""
    size = len(observed.words)
    tokens: list[list[str]] = [[f"{HERE}:{value}" for value in observed.whole] for _ in range(size)]
    for j, word in enumerate(observed.words):
        for value in word.values:
            _spread(tokens, j, value)
    for j in (*range(-REACH, 0), *range(size, size + REACH)):
        _spread(tokens, j, EDGE)
    for j, value in zip(observed.at, observed.values, strict=True):
        _spread(tokens, j, value)
    yield from tokens


def _spread(tokens: list[list[str]], j: int, value: str) -> None:
    for slot in SLOTS_OF[value[0]]:
        token = j + SHIFT[slot]
        if 0 <= token < len(tokens):
            tokens[token].append(f"{slot}:{value}")
