"""What the tagger sees of a text: the same functions for training and for serving.

A *value* is a short string such as "w=madrid": something observed at one token. Its first character names its class,
and the class says which tokens the value speaks to (its *slots*). A weight belongs to (slot, value, label).

Slots 0 to 8: the value of the token 4 before to 4 after the labelled one. Slots 9 to 11: the value of a pair of
neighbours, for its first token, its second, and the one after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

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
# In lines of so few tokens length and shape speak together, and the next line knows what they say.
SHORT_LINE_TOKENS = 4
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


# Bits of `Word.case` and of a line's case: some letter is a capital, some is small. The two bits index these names.
UPPER, LOWER = 1, 2
CASES = ("none", "upper", "lower", "mixed")


@dataclass(frozen=True, slots=True)
class Word:
    """All that is seen of a token by itself; equal tokens share one.

    Attributes:
        token: as written.
        folded: in lower case without accents.
        shape: its classes of characters.
        lists: the lists it is on.
        form: values that many words share: shape, length, lists.
        letters: values of its letters: the word itself, beginnings and ends.
        case: UPPER and LOWER bits.
        is_telling: has a letter or a digit.
        numbers: what a scorer notes on it; empty in training.
    """

    token: str
    folded: str
    shape: str
    lists: tuple[str, ...]
    form: tuple[str, ...]
    letters: tuple[str, ...]
    case: int
    is_telling: bool
    numbers: list[int] = field(default_factory=list, compare=False)


def word_of(word: str, long_lists: Mapping[int, int]) -> Word:
    """Describes one token.

    Args:
        word: the token as written.
        long_lists: digests of the names and places that came with the model (see `gazetteer.hashed`).
    """
    low = folded(word)
    kind = shape(word)
    size = len(low)
    lists = lists_with(low, long_lists)
    form = (f"s={kind}", f"l={min(size, 12)}", *[f"g={name}" for name in lists])
    letters = [f"w={low}"]
    if size > 1:
        letters += [f"p{n}={low[:n]}" for n in (1, 2, 3, 4) if size > n]
        letters += [f"p-{n}={low[-n:]}" for n in (1, 2, 4) if size > n]
        letters.append(f"f={low[-3:]}")
    case = UPPER * ("X" in kind) | LOWER * ("x" in kind)
    return Word(word, low, kind, lists, form, tuple(letters), case, word.isalnum())


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
    """What is seen of one line: its words, and what it says of them together.

    Attributes:
        line: where the tokens stand.
        words: one `Word` for each token.
        case: UPPER and LOWER bits of all its words.
        whole: values that speak to every token of the line.
        keys: field names inside the line, each with the index of the first token it speaks to.
    """

    line: Line
    words: list[Word]
    case: int
    whole: tuple[str, ...]
    keys: list[tuple[int, str]]


def read(line: Line, context: Context, word_for: Callable[[str], Word]) -> Observed:
    """Observes one line, and moves `context` to the next.

    Args:
        line: tokens of the line.
        context: state of the document before this line; changed in place.
        word_for: describes a token; a cached `word_of`.
    """
    words = list(map(word_for, line.words))
    case = 0
    for word in words:
        case |= word.case
    keys = _keys(words) if ":" in line.words else []
    part = 10 * line.ordinal // context.lines if context.lines >= _SHORTEST_FORM_LINES else "none"
    whole = (
        f"Lk={context.key}", f"Lp={part}", f"Lb={context.before}", f"Ln={_size(len(words))}", f"Lc={CASES[case]}"
    )  # fmt: skip
    context.key = keys[-1][1] if keys else context.key
    context.before = " ".join([word.folded for word in words]) if len(words) <= SHORT_LINE_TOKENS else "<long>"
    return Observed(line, words, case, whole, keys)


def _size(count: int) -> str:
    return str(count) if count <= 4 else "few" if count <= 8 else "some" if count <= 16 else "many"


def _keys(words: list[Word]) -> list[tuple[int, str]]:
    """A field name is up to four words before a colon; it speaks to all that follows it."""
    key = ""
    keys = []
    for j, word in enumerate(words):
        if word.folded == ":":
            begin = j
            while begin > 0 and j - begin < _LONGEST_KEY_TOKENS and words[begin - 1].folded.isalpha():
                begin -= 1
            key = " ".join(each.folded for each in words[begin:j]) or key
            if key:
                keys.append((j + 1, key))
    return keys


def small_values(words: int, case: int, word: Word) -> list[str]:
    """In lower or upper case and in very short lines the shape says little: lists and length speak together with it."""
    values = [f"cLc={CASES[case]}|{name}" for name in word.lists]
    return [*values, f"c{words}|{word.shape}"] if words <= SHORT_LINE_TOKENS else values


def key_values(key: str, shape: str) -> tuple[str, str]:
    """What a field name says of a token that follows it."""
    return f"k={key}", f"K={key}|{shape}"


def pair_values(left: Word, right: Word, *, is_spaced: bool) -> tuple[str, str]:
    """What two neighbours say together."""
    return f"b={left.folded} {right.folded}", shapes_value(left.shape, right.shape, is_spaced=is_spaced)


def shapes_value(left: str, right: str, *, is_spaced: bool) -> str:
    """The shapes of two neighbours, and whether a space parts them."""
    return f"q={left}{' ' if is_spaced else '_'}{right}"


def attributes(observed: Observed) -> Iterator[list[str]]:
    """For training: the attributes "slot:value" of each token, in the order of tokens."""
    words, line = observed.words, observed.line
    size = len(words)
    tokens: list[list[str]] = [[f"{HERE}:{value}" for value in observed.whole] for _ in range(size)]
    for j, word in enumerate(words):
        for value in (*word.letters, *word.form, *small_values(size, observed.case, word)):
            _spread(tokens, j, value)
    for j in (*range(-REACH, 0), *range(size, size + REACH)):
        _spread(tokens, j, EDGE)
    for j in range(size - 1):
        for value in pair_values(words[j], words[j + 1], is_spaced=line.starts[j + 1] > line.ends[j]):
            _spread(tokens, j, value)
    for (first, key), (last, _) in pairwise([*observed.keys, (size, "")]):
        for j in range(first, last):
            for value in key_values(key, words[j].shape):
                _spread(tokens, j, value)
    yield from tokens


def _spread(tokens: list[list[str]], j: int, value: str) -> None:
    for slot in SLOTS_OF[value[0]]:
        token = j + SHIFT[slot]
        if 0 <= token < len(tokens):
            tokens[token].append(f"{slot}:{value}")
