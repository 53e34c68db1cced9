"""Where a restored value could travel on by itself: links, images, markup (`docs/spec/surrogate.md` section 7).

Judges the text as shown, from its beginning; in doubt a place is an exit. Readers of Markdown and HTML disagree in many
corners, so each construct is judged by itself, escapes never excuse an opening, and the wider reading wins.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_RUN_CHARS: Final = 4096  # a longer run without white space is encoded data, not prose
_OPEN_CHARS: Final = 65_536  # a construct that long is never closed in earnest
_LOOSE_CHARS: Final = 16_384  # a tag of an unknown element is not open for longer
_SCAN_FACTOR: Final = 8  # how often a text may be passed over before it counts as built to stall us

_ELEMENTS = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
button canvas caption center cite code col colgroup command content data datalist dd del details dfn dialog dir div dl
dt element em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr
html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu
menuitem meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p param picture
plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select shadow slot small source spacer
span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul
var video wbr xmp animate animatemotion animatetransform circle clippath defs desc ellipse feimage filter foreignobject
g line lineargradient marker mask metadata mpath path pattern polygon polyline radialgradient rect set stop switch
symbol text textpath tspan use view maction mi mn mo mrow ms mtext semantics annotation x-frame
"""
_KNOWN_TAG: Final = re.compile(rf"<(?:{'|'.join(_ELEMENTS.split())})(?=[\s/>]|\Z)", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"<[A-Za-z/!?]")
# Quotes open a value only after "=" (HTML, tokenisation, "before attribute value state").
_TAG_END: Final = re.compile(r"""(?>[^>="']++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=\s*+(?!["'])|["'])*+>""")
_LINE_TAG_END: Final = re.compile(r"""(?>[^>="'\n]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=\s*+(?!["'])|["'])*+>""")
# What could be an element of somebody's own: open over lines, but only its values are exits ("x <y and ..." is prose).
_OWN_TAG: Final = re.compile(r"<[A-Za-z][A-Za-z0-9._:-]*+(?=[\s/])")
_TAG_BODY: Final = re.compile(r"""(?>[^>="']++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=\s*+(?!["'])|["'])*+""")
_VALID_TAG: Final = re.compile(
    r"""</?[A-Za-z][A-Za-z0-9-]*+(?>\s++[A-Za-z_:][A-Za-z0-9_.:-]*+(?>\s*+=\s*+(?>[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+)*+\s*+/?>"""
)
_RAW_ELEMENT: Final = re.compile(r"<(/?)(script|style)(?=[\s/>]|\Z)", re.IGNORECASE)

_TARGET: Final = re.compile(r"\]\(")
_ALTERNATIVE: Final = re.compile(r"!\[")
_PARENTHESES: Final = re.compile(r"\\.|[()]|\n[ \t\r]*+\n", re.DOTALL)
_BRACKETS: Final = re.compile(r"\\.|[\[\]]|\n[ \t\r]*+\n", re.DOTALL)
_DEFINITION: Final = re.compile(r"(?:[ \t>*+-]|\d{1,9}[.)])*+(?:\[(?!\^)[^\]]*+|[^\[\]]*+)\]:(?P<rest>.*)", re.DOTALL)

_OPAQUE = (
    "https?|wss?|ftps?|sftp|mailto|tel|callto|sms|smsto|mms|data|javascript|vbscript|blob|file|filesystem|about|view-source|"
    "urn|magnet|sips?|xmpp|skype|facetime|whatsapp|tg|geo|intent|market|bitcoin|cid|mid|jar|ldaps?|ssh|git|irc|news|feed"
)
_LOADING = (
    "src|srcset|srcdoc|href|action|formaction|poster|background|cite|ping|manifest|longdesc|codebase|classid|profile|usemap|"
    "dynsrc|lowsrc|icon|style|url|uri|location|redirect"
)
_ADDRESS: Final = re.compile(
    rf"""
      [a-z][a-z0-9+.-]+:[/\\]                          # any scheme with a slash; one letter is a drive
    | \b(?:{_OPAQUE}):
    | \bwww\.
    | (?:^|[^:/\\])[/\\][/\\][^\s/\\]                  # //host and \\host
    | [^\s./\\]\.[^\W\d_]{{2,}}\.?[/?#:\\]             # host.tld/
    | \blocalhost[/?#:\\] | \d\.\d+[/?#:\\] | \][:/]\d*/
    | (?:[?&]|&amp;)[\w.\[\]%~-]+=                              # a query
    | \burl\( | \b(?:{_LOADING})\s*=
    | \[(?:img|url|link|audio|video|media)\b           # BBCode
    | %[0-9a-f]{{2}} | &(?:\#(?:0*(?:47|58)|x0*(?:2f|3a))|sol|colon);
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HOST_DOTS: Final = str.maketrans({"\u3002": ".", "\uff61": ".", "\uff0e": ".", "\u2044": "/", "\u2215": "/"})
_ASCII_SPACES: Final = " \t\n\r\f\v"


class Exits:
    """Follows the text shown to a person and says whether its end is an exit.

    Where the text is cut between calls of `note` changes nothing.
    """

    __slots__ = ("_is_lost", "_pieces", "_shown", "note")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._shown = ""
        self._is_lost = False
        # The bound method of the list: this is called for every piece of every answer.
        self.note = self._pieces.append

    def is_exit(self) -> bool:
        """Whether a value put at the end of the text so far could be carried away by it."""
        if self._is_lost:
            return True
        self._pieces.insert(0, self._shown)
        self._shown = "".join(self._pieces)
        self._pieces.clear()
        if _is_open(self._shown):
            self._is_lost = len(self._shown) > _OPEN_CHARS
            return True
        loose = _loose_tags(self._shown)
        if loose is None or (loose and _is_in_value(self._shown, loose)):
            return True
        start = _last_lines(self._shown)
        self._shown = self._shown[min(start, loose[0]) if loose else start :]
        return _is_definition(self._shown) or _is_address(_run(self._shown))

    def line(self) -> str:
        """The last line so far; to be asked after `is_exit`."""
        return self._shown[self._shown.rfind("\n") + 1 :]

    def ends_with(self, mark: str) -> bool:
        """Whether the text so far ends with `mark`; to be asked after `is_exit`."""
        return self._shown.endswith(mark)


def is_exit(shown: str) -> bool:
    """Whether the end of `shown` is an exit (`docs/spec/surrogate.md` section 7, rules 1, 3 and 4).

    >>> is_exit("Hola, ")
    False
    >>> is_exit("![foto](https://evil.example/?q=")
    True
    """
    exits = Exits()
    exits.note(shown)
    return exits.is_exit()


def _last_lines(shown: str) -> int:
    """From where on later judgements need the text when nothing is open: two lines, and of a huge one its end."""
    start = shown.rfind("\n", 0, max(shown.rfind("\n"), 0)) + 1
    return max(start, len(shown) - 2 * _RUN_CHARS)


def _is_open(shown: str) -> bool:
    if "<" in shown and (_is_in_tag(shown) or _is_in_line_tag(shown) or _is_in_raw_element(shown)):
        return True
    if "[" not in shown and "](" not in shown:
        return False
    return _is_unclosed(shown, _TARGET, _PARENTHESES, "(", ")") or _is_unclosed(
        shown, _ALTERNATIVE, _BRACKETS, "[", "]"
    )


def _is_in_tag(shown: str) -> bool:
    budget = _SCAN_FACTOR * len(shown)
    for opening in _KNOWN_TAG.finditer(shown):
        end = _TAG_END.match(shown, opening.end())
        if end is None:
            return True
        budget -= end.end() - opening.end()
        if budget < 0:
            return True
    return False


def _is_in_line_tag(shown: str) -> bool:
    """`<` and a letter that begins no element: a tag to a careless reader, for this line."""
    start = shown.rfind("\n") + 1
    position = start
    while opening := _ANY_TAG.search(shown, position):
        end = _LINE_TAG_END.match(shown, opening.end())
        if end is None:
            return True
        position = end.end()
    return False


def _loose_tags(shown: str) -> tuple[int, ...] | None:
    """Where tags of unknown elements begin that nothing has closed; None for a text built to stall us."""
    found: list[int] = []
    start = max(0, len(shown) - _LOOSE_CHARS)
    budget = _SCAN_FACTOR * (len(shown) - start)
    for opening in _OWN_TAG.finditer(shown, start):
        end = _TAG_END.match(shown, opening.end())
        budget -= (end.end() if end else len(shown)) - opening.end()
        if budget < 0:
            return None
        if end is None:
            found.append(opening.start())
    return tuple(found)


def _is_in_value(shown: str, starts: tuple[int, ...]) -> bool:
    tail = shown[shown.rfind("=") + 1 :].lstrip(_ASCII_SPACES)
    if "=" in shown[starts[0] :] and not any(char in tail for char in f"{_ASCII_SPACES}\"'"):
        return True
    return any(_ends_in_quotes(shown, start) for start in starts)


def _ends_in_quotes(shown: str, start: int) -> bool:
    body = _TAG_BODY.match(shown, start)
    return body is not None and body.end() < len(shown)


def _is_in_raw_element(shown: str) -> bool:
    """Inside `script` or `style`, whose text is run or loaded, not read."""
    last = None
    for last in _RAW_ELEMENT.finditer(shown):  # noqa: B007 - the last one counts
        pass
    return last is not None and not last[1]


def _is_unclosed(shown: str, opening: re.Pattern[str], marks: re.Pattern[str], deeper: str, closing: str) -> bool:
    budget = _SCAN_FACTOR * len(shown)
    for found in opening.finditer(shown):
        end = _closed_at(shown, found.end(), marks, deeper, closing)
        if end is None:
            return True
        budget -= end - found.end()
        if budget < 0:
            return True
    return False


def _closed_at(shown: str, start: int, marks: re.Pattern[str], deeper: str, closing: str) -> int | None:
    depth = 1
    for mark in marks.finditer(shown, start):
        if mark[0] == deeper:
            depth += 1
        elif mark[0] == closing:
            depth -= 1
        elif mark[0][0] == "\n":
            depth = 0  # a blank line ends every inline construct (CommonMark 0.31, 4.9)
        if depth == 0:
            return mark.end()
    return None


def _is_definition(shown: str) -> bool:
    """In a link reference definition (CommonMark 0.31, 4.7), whose target may stand on the next line."""
    *before, line = re.split(r"[\r\n]", shown)
    if _DEFINITION.match(line):
        return True
    label = _DEFINITION.match(before[-1]) if before else None
    return label is not None and not label["rest"].strip()


def _run(shown: str) -> str:
    """The text since the last white space, "<" or well-formed tag."""
    window = shown[-_RUN_CHARS - 1 :]
    start = max(window.rfind(char) for char in f"{_ASCII_SPACES}<") + 1
    if ">" in window[start:]:
        tag = _VALID_TAG.match(window, max(window.rfind("<"), 0))
        start = max(start, tag.end() if tag else 0)
    return window[start:]


def _is_address(run: str) -> bool:
    if len(run) > _RUN_CHARS:
        return True
    plain = run if run.isascii() else unicodedata.normalize("NFKC", run).translate(_HOST_DOTS)
    return _ADDRESS.search(plain) is not None
