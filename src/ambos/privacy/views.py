"""Other ways of writing a text: each is decoded into a view that the rules read like the text, with the way back.

Knows percent-, HTML-, JSON- and quoted-printable escapes, base64 and hexadecimal of short texts, digits spelt out, and columns
of tables (`spelling`, `columns`). One prefilter tells which of them a window holds; most hold none and pay for that alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ambos.privacy.columns import Header, columns
from ambos.privacy.normalise import Folded, Written
from ambos.privacy.packed import packed_in
from ambos.privacy.prefilter import Prefilter
from ambos.privacy.spelling import SPELT, spelt

# Four characters of base64 that stand for three printable ASCII bytes, three times at least: words are hardly ever that.
_QUANTUM = rb"[I-Za-f][A-HQ-Xg-nw-z0-3][AEIMQUYcgkosw048BFJNRVZdhlptx159][A-Za-z0-9+/_\-]"
_ENCODED_TRIGGER = rb"(?:" + _QUANTUM + rb"){3}|(?:[2-7][0-9a-fA-F]){8}"
_ESCAPE_TRIGGER = rb"%[0-9a-f]{2}|&(?:#x?[0-9a-f]+|[a-z]+);|\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt\"/])|=[89a-f][0-9a-f]"
# A line of words with a delimiter, then one with a digit; or the head of an INSERT.
_TABLE_TRIGGER = rb"(?:^|\n)[^\n0-9]*[,;\t|][^\n0-9]*\n[^\n]*[0-9]|\binsert into [^\n(]+\("
_ESCAPES, _SPELT, _TABLES = range(3)
_DEEPEST = 2

_ESCAPE = re.compile(
    r"((?:%[0-9A-Fa-f]{2})+)|(&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});)"
    r"|\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt\"'/\\]))|((?:=[89A-Fa-f][0-9A-Fa-f])+)|(?<=\w)(\+)(?=\w)"
)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}


class Views:
    """The decoders, behind one prefilter."""

    def __init__(self) -> None:
        """Compile; DetectorError when the prefilter does not find its canary."""
        self._lower = Prefilter([_ESCAPE_TRIGGER, SPELT, _TABLE_TRIGGER])
        self._cased = Prefilter([_ENCODED_TRIGGER])

    def of(self, text: str, folded: Folded, header: Header | None = None) -> tuple[list[Folded], Header | None]:
        """The views of one window.

        Args:
            text: of the window.
            folded: its folded view.
            header: of the table that the window before ended in.

        Returns:
            Views whose spans are code points of the window, and the header of the table that this window ends in.
        """
        hits = self._lower.hits(folded.lower)
        if not hits and header is None and not self._cased.hits(folded.cased):
            return [], None
        plain = Written.plain(text)
        found = [view.fold() for view in self._decoded(plain, folded, hits, _DEEPEST)]
        if _SPELT in hits:
            found += [view.fold() for view in spelt(plain)]
        if _TABLES in hits or header is not None:
            rows, header = columns(plain, header)
            found += [view.fold() for view in rows]
        return found, header

    def _decoded(self, text: Written, folded: Folded, hits: list[int], depth: int) -> Iterator[Written]:
        views = []
        if _ESCAPES in hits:
            views.append(_unescaped(text))
        if self._cased.hits(folded.cased):
            views += _unpacked(text)
        for view in views:
            yield view
            if depth > 1:
                inner = view.fold()
                within = self._lower.hits(inner.lower)
                yield from self._decoded(view, inner, within, depth - 1)
                if _SPELT in within:
                    yield from spelt(view)


def _unescaped(text: Written) -> Written:
    out = text.writer()
    past = 0
    for match in _ESCAPE.finditer(text.text):
        start, end = match.span()
        out.copy(past, start)
        percent, entity, point, byte, control, printable, _ = match.groups()
        if percent or printable:
            out.bytes(bytes.fromhex((percent or printable).replace("%", "").replace("=", "")), start, 3)
        elif entity:
            out.put(html.unescape(entity)[:1], start, end)
        elif point or byte:
            out.put(chr(int(point or byte, 16)), start, end)
        else:
            out.put(_CONTROL.get(control, control) if control else " ", start, end)
        past = end
    out.copy(past, len(text.text))
    return out.done()


def _unpacked(text: Written) -> Iterator[Written]:
    """The text with what each token of base64 or hexadecimal says, when one says something readable."""
    out, past = text.writer(), 0
    for found in packed_in(text.text):
        out.copy(past, found.inner)
        out.bytes(found.content, found.inner, found.size, last=found.end)
        past = found.end
    if past:
        out.copy(past, len(text.text))
        yield out.done()
