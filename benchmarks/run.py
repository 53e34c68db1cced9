"""`make bench`: every benchmark, one after another, the results as JSON in benchmarks/results.

python benchmarks/run.py [NAME ...]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"adapt_data", "kills", "run", "bare", "upstream", "origin"}


def main() -> int:
    """Run the named benchmarks, or all; the exit code is the number that failed."""
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NOT_BENCHMARKS)
    failed = 0
    for name in names:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        more = ["--json", str(HERE / "results" / "gateway.json")] if name == "gateway" else []
        failed += bool(subprocess.run([sys.executable, str(HERE / f"{name}.py"), *more], check=False).returncode)
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
