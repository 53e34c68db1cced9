"""The parsers of `tests.test_hostile` under atheris: `python tests/fuzzing.py -max_total_time=60 FOLDER`.

The first byte says which parser, so that one process searches them all; their right samples are the first corpus.
A program of its own: libFuzzer never comes back, and what it measures must be imported while it looks.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import atheris  # `make test-long` installs it

with atheris.instrument_imports(include=["ambos", "ambos_verify"]):
    from tests.test_hostile import ROWS


def law(data: bytes) -> None:
    """Any bytes give a value or our error."""
    if data:
        row = ROWS[data[0] % len(ROWS)]
        with contextlib.suppress(*row.ours):
            row.read(data[1:])


def main() -> None:
    folder = Path(sys.argv[-1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(ROWS):
        (folder / f"right-{number}").write_bytes(bytes([number]) + row.right)
    atheris.Setup(sys.argv, law)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
