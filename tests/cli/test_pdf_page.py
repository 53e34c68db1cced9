"""The report as PDF: the same words as the page, and no name in it becomes code."""

from __future__ import annotations

import ast
import re
from html import escape
from html.parser import HTMLParser

import pytest
from tests.experiment.test_report import PLAN, columns

from ambos.cli.pdf_page import pdf_of, typst_of
from ambos.experiment import analyse, read_plan, render

EVIL = 'x"]#panic("#") \\ $1$ #read("/etc/passwd") <b>'


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._is_style:
            self.found += data.split()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_page_is_in_the_source_as_text(language: str) -> None:
    plan = read_plan({**PLAN, "question": EVIL})
    page = render(analyse(plan, columns()), language=language)
    source = typst_of(page, language=language)
    words = Words()
    words.feed(page)
    strings = re.compile(r'"(?:[^"\\]|\\.)*"')
    told = " ".join(ast.literal_eval(one) for one in strings.findall(source))
    for word in words.found:
        assert word in told or escape(word, quote=False) in told, word
    outside = strings.sub("", source)
    assert not any(word in outside for word in ("panic", "read", "passwd"))


def test_the_same_page_gives_the_same_pdf_in_both_languages() -> None:
    pytest.importorskip("typst", reason="typst is not installed: pip install 'ambos[reports]'")
    found = analyse(read_plan({**PLAN, "question": EVIL}), columns())
    for language in ("en", "es"):
        page = render(found, language=language)
        made = pdf_of(page, language=language)
        assert made.startswith(b"%PDF-")
        assert made == pdf_of(page, language=language)
