"""The surrogates of one request: which value has which code, which spelling which tag, which names are one person.

`docs/spec/surrogate.md` sections 3 and 4. Built anew for every request, in the order of the request; never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ambos.errors import DispatchError
from ambos.messages import Kind
from ambos.privacy.surrogate import (
    TAG_SYMBOLS,
    TAG_SYMBOLS_MAX,
    VALUE_SYMBOLS,
    VALUE_SYMBOLS_MAX,
    Surrogates,
    bracketed,
)


@dataclass(slots=True)
class _Value:
    """One value: its code, the surrogate of each spelling, and for people the tokens of the fullest form."""

    code: str
    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    tags: set[str] = field(default_factory=set, repr=False)


class SurrogateMap:
    """Gives each value of a request its surrogate. Not thread-safe; one for each request.

    Args:
        surrogates: the derivation, with key and conversation.
    """

    __slots__ = ("_codes", "_packed", "_people", "_spelled", "_surrogates", "_values")

    def __init__(self, surrogates: Surrogates) -> None:
        self._surrogates = surrogates
        self._spelled: dict[tuple[Kind, str], str] = {}
        self._packed: dict[str, str] = {}
        self._values: dict[tuple[Kind, str], _Value] = {}
        self._people: list[_Value] = []
        self._codes: set[str] = set()

    def __repr__(self) -> str:
        return f"SurrogateMap({len(self._spelled)} spellings)"

    @property
    def originals(self) -> Mapping[str, str]:
        """Surrogate to original; and to its original what was encoded again with surrogates inside."""
        made = {surrogate: spelling for (_, spelling), surrogate in self._spelled.items()}
        return MappingProxyType(made | self._packed)

    def pack(self, made: str, token: str) -> bool:
        """Whether `made` may stand for the encoded value `token`: for one spelling only, or another would come back."""
        return self._packed.setdefault(made, token) == token

    def surrogate(self, kind: Kind, spelling: str) -> str:
        """The surrogate of a spelling; the same one for the same spelling, the same code for the same value.

        Raises:
            DispatchError: no free code or tag is left (does not happen by chance).
        """
        known = self._spelled.get((kind, spelling))
        if known is not None:
            return known
        value, is_new = self._value(kind, spelling)
        made = bracketed(kind, value.code, "" if is_new else self._tag(value, spelling))
        self._spelled[kind, spelling] = made
        return made

    def _value(self, kind: Kind, spelling: str) -> tuple[_Value, bool]:
        normalised, code, tokens = self._surrogates.known(kind, spelling)
        value = self._values.get((kind, normalised))
        if value is not None:
            return value, False
        person = self._same_person(tokens) if tokens else None
        if person is not None:
            person.tokens = max(person.tokens, tokens, key=_fullness)
            self._values[kind, normalised] = person
            return person, False
        value = _Value(self._free_code(kind, normalised, code), tokens)
        self._values[kind, normalised] = value
        if tokens:
            self._people.append(value)
        return value, True

    def _same_person(self, tokens: frozenset[str]) -> _Value | None:
        fitting = [value for value in self._people if _is_form(tokens, value.tokens)]
        return fitting[0] if len(fitting) == 1 else None

    def _free_code(self, kind: Kind, normalised: str, code: str) -> str:
        for symbols in range(VALUE_SYMBOLS, VALUE_SYMBOLS_MAX + 1, 2):
            if symbols > VALUE_SYMBOLS:
                code = self._surrogates.code(kind, normalised, symbols=symbols)
            if code not in self._codes:
                self._codes.add(code)
                return code
        raise DispatchError("two values of this request have the same surrogate at every length")

    def _tag(self, value: _Value, spelling: str) -> str:
        for symbols in range(TAG_SYMBOLS, TAG_SYMBOLS_MAX + 1, 2):
            tag = self._surrogates.tag(value.code, spelling, symbols=symbols)
            if tag not in value.tags:
                value.tags.add(tag)
                return tag
        raise DispatchError("two spellings of one value have the same tag at every length")


def _is_form(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if not any(len(token) >= 3 for token in shorter):
        return False
    return all(token in longer or (len(token) == 1 and _has_initial(longer, token)) for token in shorter)


def _has_initial(tokens: frozenset[str], initial: str) -> bool:
    return any(token.startswith(initial) for token in tokens)


def _fullness(tokens: frozenset[str]) -> tuple[int, int]:
    return len(tokens), sum(map(len, tokens))
