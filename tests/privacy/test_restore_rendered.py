"""Restored answers as real readers of Markdown and HTML see them: an oracle that shares nothing with `exits`."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ambos.privacy.restore import restore

VALUE = "Zqxj"
PERSON, ADDRESS = "[PERSON-9AV9RT7D7S]", "[URL-2AAAAAAAAA]"
ORIGINALS = {PERSON: VALUE, ADDRESS: "https://e.example/c?d="}
PIECES = st.sampled_from(
    [
        *[PERSON] * 6,
        *[ADDRESS] * 2,
        *(
            "[",
            "]",
            "(",
            ")",
            "](",
            "![",
            "[r]",
            "[r]:",
            "[r]: ",
            "<a href=",
            "<img src=",
            "<a ",
            "<b>",
            "<",
            "</a>",
            ">",
        ),
        *(
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "<style>",
            '"',
            "'",
            "=",
            "/",
            "//",
            ":",
            "https:",
            "https://e.example/",
        ),
        *(
            "mailto:",
            "?q=",
            "&x=",
            "\n",
            "\n\n",
            " ",
            "\t",
            "x",
            "\\",
            "www.",
            "e.example",
            "%20",
            "!",
            "`",
            "```",
            "*",
        ),
        *(
            "- ",
            "> ",
            "1. ",
            "#",
            "~",
            "é",
            "\u00a0",
            "\r",
            "<?",
            "<zz ",
            "<svg><image href=",
            "title=",
            "|",
            "\\(",
            "\\]",
        ),
    ]
)


class _Carriers(HTMLParser):
    """Collects what a browser would request or run: values of attributes, text of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_raw = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]
        self._is_raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._is_raw = False

    def handle_data(self, data: str) -> None:
        if self._is_raw:
            self.found.append(data)


def in_html(text: str) -> list[str]:
    carriers = _Carriers()
    try:
        carriers.feed(text)
        carriers.close()
    except AssertionError:  # the standard parser gives up on "<![" with odd names
        return carriers.found
    return carriers.found


def in_markdown(tokens: list[Token]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        found += [str(value) for value in token.attrs.values()]
        if token.type == "image":
            found.append(token.content)
        if token.type in ("html_inline", "html_block"):
            found += in_html(token.content)
        found += in_markdown(token.children or [])
    return found


@settings(max_examples=400)
@given(st.lists(PIECES, min_size=2, max_size=14))
def test_no_link_image_or_attribute_holds_an_original(pieces: list[str]) -> None:
    shown = restore("".join(pieces), ORIGINALS)
    carriers = in_markdown(MarkdownIt("commonmark").parse(shown)) + in_html(shown)
    assert not [carrier for carrier in carriers if VALUE in carrier]


def test_the_oracle_sees_carriers() -> None:
    text = f"![{VALUE}](/{VALUE}) <{VALUE}:x>\n<b title='{VALUE}'><script>{VALUE}</script>"
    assert len(in_markdown(MarkdownIt("commonmark").parse(text)) + in_html(text)) >= 5
