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
FUZZ = ("--group", "pyproject.toml:fuzz", "-c", "locks/test.txt")  # beside the test lock, for `make test-long`
# PyTorch builds one file for processors alone and one for CUDA: same name, other hashes, other needs. Two locks, therefore;
# both hold what is beside the base, which is locked in serve.txt already.
ADAPT = ("--extra", "adapt", "-c", "locks/test.txt", "pyproject.toml")
CUDA = ("torch", "triton", "cuda-bindings", "cuda-pathfinder", "cuda-toolkit", "nvidia-")
TORCH_CPU = """torch==2.13.0+cpu ; python_full_version < '3.12' and sys_platform == 'linux' and platform_machine == 'x86_64' \\
    --hash=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b
"""
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
    command = [uv, "pip", "compile", *COMMON, "--exclude-newer", week_ago, "-o", "locks/adapt-cuda.txt", *ADAPT]
    subprocess.run(command, cwd=ROOT, check=True)
    fuzz = ROOT / "locks/fuzz.txt"
    command = [uv, "pip", "compile", *COMMON, "--exclude-newer", week_ago, "-o", str(fuzz), *FUZZ]
    subprocess.run(command, cwd=ROOT, check=True)
    there = {name_of(one) for one in blocks((ROOT / "locks/test.txt").read_text())}
    fuzz.write_text("".join(one for one in blocks(fuzz.read_text()) if name_of(one) not in there))
    whole = blocks((ROOT / "locks/adapt-cuda.txt").read_text())
    base = {name_of(one) for one in blocks((ROOT / "locks/test.txt").read_text())}
    new = [one for one in whole if name_of(one) not in base]
    (ROOT / "locks/adapt-cuda.txt").write_text("".join(new))
    light = [one for one in new if not name_of(one).startswith(CUDA)]
    (ROOT / "locks/adapt-cpu.txt").write_text("".join([TORCH_CPU, *light]))


def blocks(lock: str) -> list[str]:
    """Each package of a lock with its hashes."""
    found: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line[:1].isspace() and found:
            found[-1] += line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
    return found


def name_of(block: str) -> str:
    """The package of a block."""
    return block.partition("==")[0].partition("[")[0].strip()


if __name__ == "__main__":
    main()
