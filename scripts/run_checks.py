"""`make check`: every gate in one go; prints what failed and goes on to the next, so that one run shows all."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
GATES = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    ("contracts", ("lint-imports", "--no-cache")),
    ("house", ("pytest", "tests/test_house.py", "tests/test_documents.py")),
)


def main() -> int:
    """Run all gates; the exit code is 1 if any failed."""
    failed = []
    for name, (program, *arguments) in GATES:
        started = time.monotonic()
        done = subprocess.run([str(BIN / program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name:<10} {time.monotonic() - started:5.1f} s",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout[-6000:] + done.stderr[-3000:], flush=True)
    subprocess.run([sys.executable, ROOT / "scripts/make_docs.py", "--count"], cwd=ROOT, check=False)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
