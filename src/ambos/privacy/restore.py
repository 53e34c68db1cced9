"""Puts originals back into what a model says, as it says it (`docs/spec/surrogate.md` sections 6 and 7).

A machine: `feed` text, `close` at the end. What it holds back is the longest end that could still become a surrogate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Final

from ambos.privacy.exits import Exits
from ambos.privacy.restore_text import Forms, MoreError, Read, is_packed, keys_of

_CAPITAL_WORDS, _CAPITAL_LETTERS = 2, 8  # fewer are a label or an abbreviation
_NO_HEADING: Final = frozenset("\t|\"'`=<>{}[]();$\\/_")
_LONE: Final = re.compile("[\ud800-\udfff]")
# A surrogate in its exact form that is still growing: most pieces of a stream inside one are decided here.
_GROWING: Final = re.compile(r"\[[A-Z_]{0,11}|\[[A-Z_]{2,11}-[0-9A-Z]{0,9}")


class Restorer:
    """Restores one stream of text: one for each choice and channel of an answer.

    Args:
        originals: surrogate to original, of this request only.
        as_json: the text is JSON by agreement (structured output), so originals are escaped for a JSON string.
        capitals: surrogates whose originals are raised where all of the line so far is in capitals.
    """

    __slots__ = ("_capitals", "_exits", "_forms", "_held", "_keys", "_last", "_note", "_packed", "_search", "kept")

    def __init__(self, originals: Mapping[str, str], *, as_json: bool = False, capitals: Collection[str] = ()) -> None:
        keys, kinds = keys_of(originals)
        self._packed = {made: original for made, original in originals.items() if is_packed(made)}
        self._capitals = (
            frozenset() if as_json else frozenset(surrogate[1:-1].partition("-")[2] for surrogate in capitals)
        )
        self._keys = {key: json_string(original) for key, original in keys.items()} if as_json else keys
        self._forms = Forms(frozenset(keys), kinds, self._packed) if keys else None
        self._search = self._forms.trigger.search if self._forms else None
        self._exits = Exits()
        self._note = self._exits.note
        self._held = ""
        self.kept = 0  # surrogates that stayed because they stood at an exit
        self._last = ""  # the model's last text let go: letters before a code would make it another word

    def __repr__(self) -> str:
        return f"Restorer({len(self._keys)} originals, {len(self._held)} characters held)"

    def feed(self, text: str) -> str:
        """What can be shown now, with originals in the place of surrogates.

        Cutting the text differently changes what single calls return, never the whole.
        """
        if self._search is None:
            return text
        if self._held:
            text = self._held + text
            if _GROWING.fullmatch(text):
                self._held = text
                return ""
        elif not text:
            return ""
        elif self._search(text) is None:
            self._note(text)
            self._last = text
            return text
        return self._restored(text, is_final=False)

    def close(self) -> str:
        """The rest: nothing more will come."""
        text, self._held = self._held, ""
        return self._restored(text, is_final=True) if text else ""

    def _restored(self, text: str, *, is_final: bool) -> str:
        if self._forms is None:
            return text
        shown: list[str] = []
        position = done = 0
        self._held = ""
        while found := self._forms.trigger.search(text, position):
            at = found.start()
            try:
                read = None if self._is_inside_word(text, at) else self._forms.read(text, at, is_final=is_final)
            except MoreError:
                self._held = text[at:]
                text = text[:at]
                break
            if read is None:
                position = at + 1
                continue
            self._show(text[done : read.start], shown)
            self._show(self._original(read, text), shown)
            position = done = read.end
        self._show(text[done:], shown)
        self._last = text or self._last
        return "".join(shown)

    def _show(self, piece: str, shown: list[str]) -> None:
        if piece:
            shown.append(piece)
            self._note(piece)

    def _original(self, read: Read, text: str) -> str:
        if read.is_glued or self._exits.is_exit() or (read.is_scheme and self._exits.ends_with("<")):
            self.kept += 1
            return text[read.start : read.end]
        if read.key in self._packed:  # its letters and digits need no escape
            return self._packed[read.key]
        if read.key in self._capitals and is_capital(self._exits.line()):
            return self._keys[read.key].upper() + read.suffix.upper()
        return self._keys[read.key] + read.suffix

    def _is_inside_word(self, text: str, at: int) -> bool:
        return at == 0 and self._last[-1:].isalnum() and text[0].isalnum()


def restore(text: str, originals: Mapping[str, str], *, as_json: bool = False, capitals: Collection[str] = ()) -> str:
    """A whole text with originals in the place of surrogates.

    >>> restore("Hola, **[person-9av9rt7d7s]**.", {"[PERSON-9AV9RT7D7S]": "Ana"})
    'Hola, **Ana**.'
    """
    restorer = Restorer(originals, as_json=as_json, capitals=capitals)
    return restorer.feed(text) + restorer.close()


def is_capital(line: str) -> bool:
    """Whether the beginning of a line is that of a heading in capitals: words, no code and no label of a form.

    >>> is_capital("CONTRATO DE "), is_capital("NOMBRE COMPLETO: "), is_capital("SELECT ID FROM T WHERE N = '")
    (True, False, False)
    """
    if not line.isupper() or len(line.split()) < _CAPITAL_WORDS or line.rstrip()[-1:] in (":", "|", "="):
        return False
    return sum(map(str.isalpha, line)) >= _CAPITAL_LETTERS and _NO_HEADING.isdisjoint(line)


def json_string(text: str) -> str:
    """The text escaped for a JSON string, without the quotes; lone halves of UTF-16 pairs stay escapes."""
    return json.dumps(text, ensure_ascii=_LONE.search(text) is not None)[1:-1]
