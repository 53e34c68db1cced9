"""Commands for people and scripts (`ambos --help`)."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Entry point of the console script: only here does Ambos exit."""
    if sys.argv[1:2] in (["adapt"], ["iterate"]):
        # Before numpy is loaded, which is when it asks: on small tables a second thread waits more than it works, and on a
        # busy machine training took ten times as long with it.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")  # noqa: TID251  written for our own process, not read
    from ambos.cli.commands import app
    from ambos.cli.words import refused, say, told
    from ambos.errors import AmbosError

    try:
        app()
    except AmbosError as error:
        sys.stderr.write(say("error", message=told(error)) + "\n")
        raise SystemExit(1) from None
    except BrokenPipeError:  # `ambos audit show | head`
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:  # a disk that is full, read-only or closed to us: its own words are English only
        sys.stderr.write(say("error", message=refused(error)) + "\n")
        raise SystemExit(1) from None


__all__ = ["main"]
