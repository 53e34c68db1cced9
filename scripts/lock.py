"""`make lock`: resolve the locks for every platform of the design, with versions at least a week old. Needs `uv`."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETS = {
    "build": ("--group", "pyproject.toml:build"),
    "serve": ("--extra", "hub", "pyproject.toml"),
    "test": (
        "--extra",
        "detect",
        "--extra",
        "hub",
        "--extra",
        "postgres",
        "--extra",
        "prove",
        "--group",
        "test",
        "-c",
        "locks/serve.txt",
        "pyproject.toml",
    ),
}
COMMON = ("--universal", "--generate-hashes", "--python-version", "3.11", "--no-annotate", "--no-header", "-q")


def main() -> None:
    """Write locks/*.txt."""
    uv = shutil.which("uv")
    if uv is None:
        raise SystemExit("uv is not installed: pip install uv")
    week_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=7)).date().isoformat()  # noqa: TID251  a script, not a room
    for name, arguments in SETS.items():
        command = [uv, "pip", "compile", *COMMON, "--exclude-newer", week_ago, "-o", f"locks/{name}.txt", *arguments]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
