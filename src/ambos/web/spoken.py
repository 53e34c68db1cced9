"""The words of an error in the reader's language: the doors ask here, rooms and shells raise in English.

An error is one text, made where it was raised. Its template is found again among those of the catalogue, which is read from
the source (scripts/error_words.py), and the values in it go into the Spanish template; a value that is itself such a text is
translated too. What no template fits is said as it is. Codes, JSON and logs never pass through here.
"""

from __future__ import annotations

import functools
import gettext
import re
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final

LOCALE: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "errors"
DEEPEST: Final = 3  # errors told within errors


@dataclass(frozen=True, slots=True)
class Template:
    """The Spanish of a text with values, and what stands between the values in English."""

    spanish: str
    literals: tuple[str, ...]

    def values(self, text: str) -> tuple[str, ...] | None:
        """The values that make `text` of this template; None where it is not of it."""
        if not all(part in text for part in self.literals):
            return None
        found = re.fullmatch("(.*?)".join(map(re.escape, self.literals)), text, re.DOTALL)
        return found.groups() if found else None


def said(text: str, language: str) -> str:
    """An error's text for a reader of `language` ("es" or "en"); as it is where memory does not suffice for the catalogue."""
    try:
        return _spanish(text, 0) if language == "es" else text
    except MemoryError:
        return text


def _spanish(text: str, depth: int) -> str:
    exact, templates = _catalogue()
    if text in exact:
        return exact[text]
    for one in templates if depth < DEEPEST else ():
        if values := one.values(text):
            return one.spanish.format(*(_spanish(value, depth + 1) for value in values))
    place, colon, rest = text.partition(": ")
    return f"{place}: {_spanish(rest, depth)}" if colon else text  # where something is wrong stands before what is


@functools.cache
def _catalogue() -> tuple[dict[str, str], tuple[Template, ...]]:
    """Whole texts, and templates with values: those with most words of their own first, so that the closest one is found."""
    words = gettext.translation(DOMAIN, LOCALE, ["es"], fallback=True)
    told = getattr(words, "_catalog", {})  # every message; gettext has no public name for it
    exact: dict[str, str] = {}
    templates: list[Template] = []
    for english, spanish in told.items():
        if not english or not spanish:
            continue
        literals = _literals(english)
        if len(literals) == 1:
            exact[literals[0]] = spanish.format()
        else:
            templates.append(Template(spanish, literals))
    return exact, tuple(sorted(templates, key=lambda one: -sum(map(len, one.literals))))


def _literals(template: str) -> tuple[str, ...]:
    """What stands between the values: the parser cuts it at each doubled brace too."""
    literals = [""]
    for text, name, _, _ in Formatter().parse(template):
        literals[-1] += text
        if name is not None:
            literals.append("")
    return tuple(literals)
