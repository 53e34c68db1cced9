"""What a surrogate looks like and how its code is derived (`docs/spec/surrogate.md` sections 2 and 3).

Knows the key, and the codes it has derived for the conversation; which value stands where in a request is `surrogate_map`.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Final

from ambos.errors import ConfigError
from ambos.messages import Kind
from ambos.privacy.surrogate_values import name_tokens, normalise

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FIRST_DIGITS: Final = "23456789"
LAST_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ"
VALUE_SYMBOLS: Final = 8  # 40 bits (design 3.9: at least 40)
VALUE_SYMBOLS_MAX: Final = 40
TAG_SYMBOLS: Final = 2
TAG_SYMBOLS_MAX: Final = 16
KEY_BYTES: Final = 32
_REMEMBERED: Final = 1024  # spellings of one conversation whose code is kept for its next turn
_PAIRS: Final = tuple(one + two for one in SYMBOLS for two in SYMBOLS)  # ten bits at a time

_CODE = rf"[2-9](?:[{SYMBOLS}]{{2}}){{4,20}}[{LAST_LETTERS}]"
_KIND = "|".join(sorted(Kind, key=len, reverse=True))
_TAG = rf"(?:[{SYMBOLS}]{{2}}){{1,8}}"
# With what stands in for a date of birth (spec section 5.1).
_SHAPE: Final = re.compile(
    rf"(?P<name>\[(?:{_KIND})-(?P<code>{_CODE})(?:-(?P<tag>{_TAG}))?)(?: ~ [^\[\]\n]{{1,40}})?\]"
)


class Surrogates:
    """Derives and recognises the surrogates of one conversation of one tenant.

    Args:
        key: the tenant's surrogate key, 32 bytes or more.
        conversation: handle of the conversation; two conversations cannot be linked by their codes.

    Raises:
        ConfigError: the key is too short.
    """

    __slots__ = ("_conversation", "_keyed", "_known")

    def __init__(self, key: bytes, conversation: str) -> None:
        if len(key) < KEY_BYTES:
            raise ConfigError(f"a surrogate key has {KEY_BYTES} bytes or more, this one has {len(key)}")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._conversation = _framed(conversation)
        self._known: dict[tuple[Kind, str], tuple[str, str, frozenset[str]]] = {}

    def __repr__(self) -> str:
        return "Surrogates(...)"

    def known(self, kind: Kind, spelling: str) -> tuple[str, str, frozenset[str]]:
        """The normalised value of a spelling, its shortest code, and for people the words that tell them apart.

        Derived once and kept with this object: the next turn of a conversation spells the same values.
        """
        found = self._known.get((kind, spelling))
        if found is None:
            normalised = normalise(kind, spelling)
            tokens = name_tokens(spelling) if kind is Kind.PERSON else frozenset()
            found = normalised, self.code(kind, normalised), tokens
            if len(self._known) < _REMEMBERED:
                self._known[kind, spelling] = found
        return found

    def code(self, kind: Kind, normalised: str, *, symbols: int = VALUE_SYMBOLS) -> str:
        """The code of a value (spec section 3).

        Args:
            kind: kind of the finding.
            normalised: the value after `surrogate_values.normalise`.
            symbols: how many symbols carry the value; more than 8 only after a collision.
        """
        value = _symbols(self._mac(b"ambos surrogate 1 value", kind.value, normalised), symbols)
        return self._checked(value)

    def tag(self, code: str, spelling: str, *, symbols: int = TAG_SYMBOLS) -> str:
        """The tag of a further spelling of the value with this code (spec section 3, forms)."""
        return _symbols(self._mac(b"ambos surrogate 1 form", code, spelling), symbols)

    def draw(self, *parts: str) -> bytes:
        """32 bytes that the key, the conversation and `parts` determine (spec section 5.1)."""
        return self._mac(b"ambos surrogate 1 draw", *parts)

    def own_spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where surrogates of this conversation stand in a text already, in their exact form.

        They came back in the history; they are never masked again. What only looks like one is not among them.
        """
        if "[" not in text:
            return ()
        return tuple(found.span() for found in _SHAPE.finditer(text) if self._is_own(found["code"]))

    def _is_own(self, code: str) -> bool:
        return hmac.compare_digest(code, self._checked(code[1:-1]))

    def _checked(self, value: str) -> str:
        check = self._mac(b"ambos surrogate 1 check", value)
        return f"{FIRST_DIGITS[check[0] % len(FIRST_DIGITS)]}{value}{LAST_LETTERS[check[1] % len(LAST_LETTERS)]}"

    def _mac(self, label: bytes, *parts: str) -> bytes:
        message = b"".join((label, b"\0", self._conversation, *map(_framed, parts)))
        keyed = self._keyed.copy()  # `hmac.digest` lets the interpreter go, which a request then waits for
        keyed.update(message)
        return keyed.digest()


def bracketed(kind: Kind, code: str, tag: str = "") -> str:
    """The surrogate as it is written.

    >>> bracketed(Kind.PERSON, "9AV9RT7D7S")
    '[PERSON-9AV9RT7D7S]'
    """
    return f"[{kind.value}-{code}-{tag}]" if tag else f"[{kind.value}-{code}]"


def code_of(surrogate: str) -> str | None:
    """Code, or code and tag joined by a dash, of an exact surrogate; None for any other text."""
    found = _SHAPE.fullmatch(surrogate)
    if found is None:
        return None
    return f"{found['code']}-{found['tag']}" if found["tag"] else found["code"]


def without_surrogates(text: str, originals: Mapping[str, str]) -> str:
    """The text with a space for each exact surrogate of this map."""
    if "[" not in text:
        return text
    return _SHAPE.sub(lambda found: " " if f"{found['name']}]" in originals else found[0], text)


def _framed(part: str) -> bytes:
    # Lone surrogates of UTF-16 are legal in JSON strings and must not stop the masking.
    data = part.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data


def _symbols(mac: bytes, count: int) -> str:
    bits = int.from_bytes(mac, "big")
    top = len(mac) * 8 - 10
    pairs = [_PAIRS[(bits >> (top - at)) & 1023] for at in range(0, 5 * count, 10)]
    return "".join(pairs)[:count]
