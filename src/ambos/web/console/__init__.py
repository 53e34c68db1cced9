"""The console: pages for people, in Spanish and English, that work offline under a strict content security policy."""

from ambos.web.console.pages import console_app

__all__ = ["console_app"]
