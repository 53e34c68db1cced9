"""Make `.venv` and install the hash-locked dependencies into it. Standard library only: it runs before anything is there."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "serve": ("build", "serve"),
    "test": ("test",),
    "fuzz": ("fuzz",),
    "adapt-cpu": ("adapt-cpu",),
    "adapt-cuda": ("adapt-cuda",),
}
STAMPS = {"serve": ".base", "test": ".test", "fuzz": ".fuzz", "adapt-cpu": ".adapt", "adapt-cuda": ".adapt"}
FLOOR = (3, 11)


def main() -> int:
    """Install one set; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=sorted(LOCKS))
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    arguments = parser.parse_args()
    if sys.version_info < FLOOR:
        print(f"Ambos needs Python {FLOOR[0]}.{FLOOR[1]} or newer; this is {sys.version.split()[0]}.")
        print("Try: make serve PYTHON=python3.11    (or 3.12, 3.13)")
        return 1
    python = ensure_venv(arguments.venv)
    stamp = arguments.venv / STAMPS[arguments.set]
    wanted = digest(LOCKS[arguments.set])
    if stamp.exists() and stamp.read_text() == wanted:
        stamp.touch()
        return 0
    for name in LOCKS[arguments.set]:
        install(python, name)
    if arguments.set == "serve":
        run(python, "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp.write_text(wanted)
    return 0


def ensure_venv(path: Path) -> Path:
    """The interpreter of the environment, made if it is not there."""
    python = path / "bin" / "python"
    if not python.exists():
        print(f"· making {path.name} with Python {sys.version.split()[0]}", flush=True)
        venv.create(path, with_pip=True)
    return python


def digest(names: tuple[str, ...]) -> str:
    """Hash of the locks and the project file: what the stamp holds."""
    content = b"".join((ROOT / "locks" / f"{name}.txt").read_bytes() for name in names)
    return hashlib.sha256(content + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def install(python: Path, name: str) -> None:
    """Install one lock, every file checked against its hash."""
    lock = ROOT / "locks" / f"{name}.txt"
    count = lock.read_text().count("==")
    print(f"· installing about {count} hash-locked packages ({name}); a minute or two the first time", flush=True)
    started = time.monotonic()
    # The lock is the whole closure, so pip resolves nothing: older releases of pip (23.2) take "coverage[toml]" of a
    # locked package for a new requirement, pick the newest release and then refuse it for want of a hash.
    exact = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
    run(python, "-q", "--progress-bar", "on", *exact, "-r", str(lock))
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def run(python: Path, *arguments: str) -> None:
    """Run pip of the environment; its own words explain a failure."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(
            "pip could not install the locked packages: its message stands above. Nothing else was changed."
        )


if __name__ == "__main__":
    raise SystemExit(main())
