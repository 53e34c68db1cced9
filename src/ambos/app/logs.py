"""Our own log on standard error: one line each, never a text of a person."""

from __future__ import annotations

import logging


def set_up_logging(process: str, *, level: int = logging.WARNING) -> None:
    """Lines of `process` from `level` on; the libraries below it say warnings only."""
    logging.basicConfig(level=level, format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s", force=True)
