"""`python -m ambos.walls MODULE ARGUMENTS...`: raises the wall that the first line of standard input says, then is MODULE.

A wall that is required and cannot be raised ends here.
"""

from __future__ import annotations

import runpy
import sys

from ambos.errors import WallError
from ambos.walls.line import first_line
from ambos.walls.wall import Wall, raise_wall

REFUSED = 77  # exit code of a process that may not run without its wall


def main() -> None:
    """Raise, then run."""
    try:
        raise_wall(Wall.decode(first_line()))
    except WallError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
