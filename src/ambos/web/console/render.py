"""Templates and their words: Jinja with autoescape, gettext for Spanish, English in the templates themselves."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

_COLOURS = {
    "PERSON": "person", "FAMILY": "person", "AGE": "person", "DATE": "time", "ADDRESS": "place", "LOCATION": "place",
    "PHONE": "contact", "EMAIL": "contact", "URL": "contact", "IP": "contact", "USERNAME": "contact",
    "HEALTH": "health", "SPECIAL": "health", "HEALTH_ID": "id", "GOV_ID": "id", "TAX_ID": "id", "BANK_ACCOUNT": "money",
    "CARD": "money", "FINANCE": "money", "SECRET": "secret",
}  # fmt: skip


class Renderer:
    """Makes pages, and fragments of them for htmx.

    Args:
        directory: folder with `templates` and `locale`.
    """

    def __init__(self, directory: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(directory / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._words = {
            "en": gettext.NullTranslations(),
            "es": gettext.translation("ambos", directory / "locale", ["es"], fallback=True),
        }

    def html(self, template: str, *, language: str, fragment: bool, **values: Any) -> str:  # templates take anything
        """One page, or only its own part when `fragment`."""
        words = self._words[language].gettext
        layout = "fragment.html" if fragment else "layout.html"
        return self._environment.get_template(template).render(
            _=words, language=language, layout=layout, colour=_COLOURS.get, **values
        )
