"""Commands for people and scripts (`ambos --help`)."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the console script: only here does Ambos exit."""
    from ambos.cli.commands import app
    from ambos.cli.words import say, told
    from ambos.errors import AmbosError

    try:
        app()
    except AmbosError as error:
        sys.stderr.write(say("error", message=told(error)) + "\n")
        raise SystemExit(1) from None
    except BrokenPipeError:  # `ambos audit show | head`
        sys.stderr.close()
        raise SystemExit(0) from None


__all__ = ["main"]
