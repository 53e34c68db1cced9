"""The report's page as PDF, by typst: made from the page itself, so that both say the same. Extra `[reports]`.

Every text goes in as a string of typst, never as its markup: a name in a report cannot become code. No file is read, no
package fetched, no date written: the same page gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Final

from ambos.errors import ConfigError

_HEAD: Final = """#set document(title: {title}, date: none)
#set page(paper: "a4", margin: 2cm, numbering: "1 / 1")
#set text(size: 9.5pt, lang: {language})
#set table(stroke: (x, y) => (bottom: 0.4pt + gray), inset: (x: 3pt, y: 3pt))
#show heading: set block(above: 1.3em, below: 0.7em)
#show raw: set text(size: 7.5pt)
"""
_OPENS: Final[Mapping[str, str]] = {
    "h1": "#heading(level: 1)[", "h2": "#heading(level: 2)[", "h3": "#heading(level: 3)[", "p": "#par[",
    "strong": "#strong[", "code": "#text(size: 7.5pt)[", "ul": "#list(", "li": "[", "td": "[", "th": "[#set text(weight: 600);",
}  # fmt: skip
_CLOSES: Final[Mapping[str, str]] = {"ul": ")\n\n", "li": "],", "td": "],", "th": "],", "strong": "]", "code": "]"}
_BOXES: Final[Mapping[str, str]] = {
    "first": "#block(stroke: (left: 3pt + maroon), inset: 8pt, fill: rgb(\"#fbeeee\"), width: 100%)[",
    "verdict": "#block(above: 1em)[#set text(size: 13pt);",
}  # fmt: skip


def pdf_of(page: str, *, language: str) -> bytes:
    """The PDF of a report's page.

    Raises:
        ConfigError: typst is not installed, or cannot make it.
    """
    try:
        import typst  # type: ignore[import-not-found,unused-ignore]  # an extra: it may be absent
    except ImportError:
        raise ConfigError("PDF needs typst: pip install 'ambos[reports]'") from None
    try:
        made = typst.compile(typst_of(page, language=language).encode(), format="pdf", ignore_system_fonts=True)
    except (RuntimeError, ValueError) as error:
        raise ConfigError(f"typst could not make the PDF: {str(error)[:200]}") from None
    return bytes(made)


def typst_of(page: str, *, language: str) -> str:
    """The source that typst reads."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return _HEAD.format(title=_quoted(reader.title), language=_quoted(language)) + "".join(reader.out)


def _quoted(text: str) -> str:
    """A string of typst: nothing in it means anything."""
    told = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", "\\n").replace("\t", "\\t")
    return '"' + "".join(one for one in told if one >= " " and one != "\x7f") + '"'


class _Reader(HTMLParser):
    """Reads a page of ours; what it does not know it leaves out, but not its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.title = ""
        self._inside: list[str] = []
        self._drawing: list[str] | None = None
        self._rows: list[int] = []  # cells of each row of the table that is open, to know its columns
        self._table: list[str] = []
        self._to: list[str] = self.out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "svg":
            self._drawing = ['<svg xmlns="http://www.w3.org/2000/svg"' + (self.get_starttag_text() or "<svg>")[4:]]
        elif self._drawing is not None:
            self._drawing.append(self.get_starttag_text() or "")
        elif tag == "table":
            self._rows, self._table = [], []
            self._to = self._table
        elif tag == "tr":
            self._rows.append(0)
        elif tag == "br":
            self._to.append("#linebreak()")
        elif tag in _OPENS:
            if tag in ("td", "th") and self._rows:
                self._rows[-1] += 1
            self._to.append(_BOXES.get(named.get("class") or "", _OPENS[tag]) if tag == "p" else _OPENS[tag])
        if tag in ("title", "style", "pre"):
            self._inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag, attrs
        if self._drawing is not None:
            self._drawing.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._drawing is not None:
            self._drawing.append(f"</{tag}>")
            if tag == "svg":
                self._to.append(f'#image(bytes({_quoted("".join(self._drawing))}), format: "svg", width: 100%)\n\n')
                self._drawing = None
        elif tag == "table":
            self._to = self.out
            self.out.append(f"#table(columns: {max(self._rows, default=1)}, {''.join(self._table)})\n\n")
        elif tag in _OPENS:
            self._to.append(_CLOSES.get(tag, "]\n\n"))
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        if self._drawing is not None:
            self._drawing.append(escape(data))
        elif where == "title":
            self.title += data
        elif where == "pre":
            self._to.append(f"#raw(block: true, {_quoted(data)})\n")
        elif where != "style" and (data.strip() or self._to is not self.out):
            self._to.append(f"#{_quoted(data)}")
