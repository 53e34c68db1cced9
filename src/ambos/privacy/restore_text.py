"""Reads surrogates in the text of a model, exact or spoilt (`docs/spec/surrogate.md` section 6).

A reader by hand and not one pattern: each question about a character that has not come yet raises `MoreError`, so that
no decision depends on where a stream was cut. Only codes of the map are ever matched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ambos.messages import Kind

_CLOSERS: Final = {"[": "]", "\\[": "\\]", "<": ">", "［": "］", "【": "】", "〔": "〕", "⟦": "⟧"}
_BLANKS: Final = " \u00a0"
_MARKUP: Final = "*_`~"
_DASHES: Final = "-‐‑‒–—−:_"  # what models write for a dash
_POSSESSIVE: Final = "'’"
_PADDING: Final = 3  # marks or blanks inside brackets that are still a spoilt surrogate
_LABEL_CHARS: Final = 24
_RUN_CHARS: Final = 64  # longer than any code with its plural
_PACKED_CHARS: Final = 6  # by so many of its beginning an encoded value is looked for
_GLUED_CHARS: Final = 253  # a host name at its longest (RFC 1035, 2.3.4)

_LABEL: Final = re.compile(rf"(?:[^\W\d]|\\_){{0,{_LABEL_CHARS}}}")
_CODE: Final = re.compile(rf"[0-9A-Za-z]{{0,{_RUN_CHARS}}}")
_STAND_IN: Final = re.compile(r"~[^\[\]<>\\\n［］【】〔〕⟦⟧]{1,48}")
_GLUE: Final = re.compile(rf"(?:[^\W]|[.@%-]){{0,{_GLUED_CHARS + 1}}}")
_HOST: Final = re.compile(r"@[\w-]+\.|[\w-]*(?:\.[\w-]+){2}|\.*%[0-9A-Fa-f]{2}")
_KINDS: Final = frozenset(kind.value for kind in Kind)


class MoreError(Exception):
    """The answer depends on text that has not come yet."""


@dataclass(frozen=True, slots=True)
class Read:
    """A surrogate in a text.

    Attributes:
        start, end: what it takes the place of.
        key: code, or code and tag.
        suffix: a possessive or plural that stood inside and stays.
        is_glued: part of a host name, an address or a percent escape, by what follows.
        is_scheme: followed by a colon, which behind "<" makes it the scheme of an autolink.
    """

    start: int
    end: int
    key: str
    suffix: str = ""
    is_glued: bool = False
    is_scheme: bool = False


@dataclass(frozen=True, slots=True)
class _Core:
    start: int
    end: int
    key: str
    suffix: str


class Forms:
    """The spellings in which the surrogates of one map may come back.

    Args:
        keys: codes, and codes with tags joined by a dash.
        kinds: names of the kinds in the map.
        packed: what was encoded again with surrogates inside.
    """

    __slots__ = ("_codes", "_keys", "_kinds", "_packed", "trigger")

    def __init__(self, keys: frozenset[str], kinds: frozenset[str], packed: Collection[str] = ()) -> None:
        self._packed = sorted(packed, key=len, reverse=True)
        self._keys = keys
        self._kinds = kinds
        self._codes = frozenset(key.partition("-")[0] for key in keys)
        beginnings = frozenset(value[:_PACKED_CHARS] for value in packed)
        self.trigger = _trigger(kinds, "".join(sorted({code[0] for code in self._codes})), beginnings)

    def read(self, text: str, at: int, *, is_final: bool) -> Read | None:
        """The surrogate that begins at a place found by `trigger`, or None.

        Raises:
            MoreError: it depends on what follows `text`, unless that is its end (`is_final`).
        """
        reader = _Reader(text, self._keys, self._codes, self._kinds, is_final)
        for value in self._packed:
            if reader.repeats(at, value):
                return reader.placed(_Core(at, at + len(value), value, ""))
        return reader.surrogate(at)


class _Reader:
    __slots__ = ("_codes", "_is_final", "_keys", "_kinds", "_text")

    def __init__(
        self, text: str, keys: frozenset[str], codes: frozenset[str], kinds: frozenset[str], is_final: bool
    ) -> None:
        self._text = text
        self._keys = keys
        self._codes = codes
        self._kinds = kinds
        self._is_final = is_final

    def surrogate(self, at: int) -> Read | None:
        opening = self._opening(at)
        if opening is None:
            return None
        found = self._enclosed(at, opening) if opening else self._bare(at)
        return None if found is None else self.placed(found)

    def repeats(self, at: int, value: str) -> bool:
        """Whether the text goes on with `value`."""
        here = self._text[at : at + len(value)]
        if len(here) < len(value) and not self._is_final and value.startswith(here):
            raise MoreError
        return here == value

    def placed(self, found: _Core) -> Read:
        """With what follows it: part of an address or not."""
        glue_end = self._glue_end(found.end)
        return Read(
            found.start,
            found.end,
            found.key,
            found.suffix,
            is_glued=glue_end - found.end > _GLUED_CHARS or _HOST.match(self._text, found.end, glue_end) is not None,
            is_scheme=self._text[glue_end : glue_end + 1] == ":",
        )

    def _opening(self, at: int) -> str | None:
        """The bracket at this place, "" for none, None for a backslash that escapes something else."""
        char = self._char(at)
        if char != "\\":
            return char if char in _CLOSERS else ""
        return "\\[" if self._char(at + 1) == "[" else None

    def _bare(self, at: int) -> _Core | None:
        label_end = self._label_end(at, is_enclosed=False)
        return None if label_end is None else self._coded(at, label_end, is_enclosed=False)

    def _enclosed(self, at: int, opening: str) -> _Core | None:
        inside = self._skip(self._skip(at + len(opening), _BLANKS), _MARKUP)
        label_end = self._label_end(inside, is_enclosed=True)
        core = None if label_end is None else self._coded(inside, label_end, is_enclosed=True)
        if core is None or label_end is None:
            return None
        closing = _CLOSERS[opening]
        end = self._skip(self._skip(core.end, _MARKUP), _BLANKS)
        end = self._stand_in_end(end, closing)
        if self._starts(end, closing):
            return _Core(at, end + len(closing), core.key, core.suffix)
        if opening == "\\[" and self._char(core.end) == "]":  # the exact form behind a backslash of the text
            return _Core(at + 1, core.end + 1, core.key, core.suffix)
        # Brackets that hold more than the surrogate stay; so does a first word that is no kind.
        return self._open_ended(inside, label_end)

    def _stand_in_end(self, at: int, closing: str) -> int:
        """Past the date that stands in for the value (spec section 5.1), if it ends with the bracket."""
        if self._char(at) != "~" or not self._char(at + 1):
            return at
        end = self._match(_STAND_IN, at)
        return end if self._starts(end, closing) else at

    def _open_ended(self, inside: int, label_end: int) -> _Core | None:
        word = self._text[inside:label_end].replace("\\", "").rstrip(_DASHES + _BLANKS).upper()
        start = inside if word in _KINDS else label_end
        return self._coded(start, label_end, is_enclosed=False)

    def _label_end(self, at: int, *, is_enclosed: bool) -> int | None:
        """Where the code begins after the word for the kind and its dash; None when there is none."""
        end = self._match(_LABEL, at)
        raw = self._text[at:end]
        word = raw.replace("\\", "").rstrip("_").upper()
        if not raw:
            return at
        if end == len(self._text) and not self._is_final and self._may_become(word, is_enclosed=is_enclosed):
            raise MoreError
        is_kind = word in _KINDS
        if not is_kind and not is_enclosed:
            return None
        after = self._dash_end(end)
        has_dash = raw.endswith("_") or self._text[end:after].strip(_BLANKS) != ""
        return after if has_dash or (is_kind and after > end) else None

    def _may_become(self, word: str, *, is_enclosed: bool) -> bool:
        return is_enclosed or any(kind.startswith(word) for kind in self._kinds)

    def _dash_end(self, at: int) -> int:
        end = self._skip(at, _BLANKS)
        if self._char(end) == "\\" and self._char(end + 1) in _DASHES:
            end += 1
        if self._char(end) and self._char(end) in _DASHES:
            end += 1
        return self._skip(end, _BLANKS)

    def _coded(self, start: int, at: int, *, is_enclosed: bool) -> _Core | None:
        end = self._match(_CODE, at)
        run = self._text[at:end].upper()
        if end == len(self._text) and not self._is_final and self._may_be_code(run):
            raise MoreError
        code, suffix = self._known(self._codes, "", self._text[at:end])
        if code is None:
            return None
        if suffix:
            return _Core(start, end, code, suffix)
        return self._tagged(start, end, code, is_enclosed=is_enclosed)

    def _may_be_code(self, run: str) -> bool:
        return any(code.startswith(run) or run in (code, f"{code}S") for code in self._codes)

    def _tagged(self, start: int, end: int, code: str, *, is_enclosed: bool) -> _Core | None:
        dash = end + (self._char(end) == "\\")
        if self._char(dash) == "-":
            tag_end = self._match(_CODE, dash + 1)
            if tag_end == len(self._text) and not self._is_final:
                raise MoreError
            key, suffix = self._known(self._keys, f"{code}-", self._text[dash + 1 : tag_end])
            if key is not None:
                return _Core(start, tag_end, key, suffix)
            if is_enclosed and tag_end > dash + 1:
                return _Core(start, tag_end, code, "")
        if is_enclosed and self._char(end) and self._char(end) in _POSSESSIVE:
            mark_end = end + 1 + (self._char(end + 1) in tuple("sS"))
            return _Core(start, mark_end, code, self._text[end:mark_end])
        return _Core(start, end, code, "")

    def _known(self, keys: frozenset[str], prefix: str, run: str) -> tuple[str | None, str]:
        """Key and plural of a run of letters and digits; no key when it is none of ours."""
        key = prefix + run.upper()
        if key in keys:
            return key, ""
        if run[-1:] in tuple("sS") and key[:-1] in keys:
            return key[:-1], run[-1]
        return None, ""

    def _glue_end(self, end: int) -> int:
        glue_end = self._match(_GLUE, end)
        if glue_end == len(self._text) and not self._is_final and glue_end - end <= _GLUED_CHARS:
            raise MoreError
        return glue_end

    def _char(self, at: int) -> str:
        if at < len(self._text):
            return self._text[at]
        if self._is_final:
            return ""
        raise MoreError

    def _starts(self, at: int, word: str) -> bool:
        return all(self._char(at + offset) == char for offset, char in enumerate(word))

    def _skip(self, at: int, chars: str) -> int:
        end = at
        while end - at < _PADDING and (char := self._char(end)) and char in chars:
            end += 1
        return end

    def _match(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at


def is_packed(surrogate: str) -> bool:
    """Whether a key of a map is no surrogate but a value that was encoded again with surrogates inside."""
    return not surrogate.startswith("[")


def keys_of(originals: Mapping[str, str]) -> tuple[Mapping[str, str], frozenset[str]]:
    """Key (code, or code and tag) to original, and the kinds, of the exact surrogates of a map."""
    keys: dict[str, str] = {}
    kinds: set[str] = set()
    for surrogate, original in originals.items():
        if is_packed(surrogate):
            continue
        kind, _, key = surrogate[1:-1].partition("-")
        keys[key] = original
        kinds.add(kind)
    return keys, frozenset(kinds)


@lru_cache(maxsize=256)
def _trigger(kinds: frozenset[str], digits: str, beginnings: frozenset[str]) -> re.Pattern[str]:
    """Where a surrogate may begin: a bracket, a kind or the beginning of one at the end, the digit of a code; or what was
    encoded again.
    """
    words = sorted(kinds) + [rf"{kind[:size]}\Z" for kind in sorted(kinds) for size in range(len(kind) - 1, 0, -1)]
    inside = "|".join(dict.fromkeys(words))
    packed = "".join(
        f"|{re.escape(start[:size])}" + (r"\Z" if size < len(start) else "")
        for start in sorted(beginnings)
        for size in range(len(start), 0, -1)
    )
    return re.compile(rf"[\[<\\［【〔⟦]|(?<![^\W_])(?:[{digits}]|(?i:{inside}){packed})")
