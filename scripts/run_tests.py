"""`make test`: pytest by groups, two at a time where there are two cores, with the time of each.

Groups may be named; `long` (the tests marked slow) runs only then. What no group names runs in `rest`, so that none is
forgotten. The group that takes longest begins first; what a group says is shown whole when it ends. The last line is the
sum; the exit code is 1 if anything failed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
QUICK = "not slow and not browser"
NO_TESTS = 5  # pytest's exit code when nothing was collected
BROWSERS = ("chromium", "chromium-browser")


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns below tests/, and the marks that choose among what they hold."""

    name: str
    patterns: tuple[str, ...]
    marks: str = QUICK


GROUPS = (
    Group(
        "rooms",
        (
            "audit", "privacy", "policy", "identity", "wire", "governance", "corpus",
            "test_messages*.py", "test_ambos_verify.py",
        ),
    ),
    Group("statistics", ("evaluate", "experiment")),
    Group("shells", ("store", "providers", "engines", "catalogue", "adapt/test_*.py", "adapt/tagger", "test_egress.py")),
    Group("gateway", ("gateway", "app", "web", "cli", "test_gateway*.py", "test_config.py")),
    Group("adaptation", ("adapt/chat",)),
    Group("browser", ("*",), "browser and not slow"),
    Group("crash", ("crash",)),
    Group("packaging", ("test_wheel.py",)),
    Group("documents", ("test_house.py", "test_documents.py", "test_readme.py")),
)  # fmt: skip
LONG = Group("long", ("*",), "slow")
LONGEST = next(group for group in GROUPS if group.name == "gateway")
LANES = 2 if (os.cpu_count() or 1) > 1 else 1


@dataclass(frozen=True, slots=True)
class Counts:
    """What a group came to."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main(arguments: Sequence[str]) -> int:
    """Run the groups that were asked for, all but `long` where none is named."""
    known = {group.name: group for group in (*GROUPS, rest(), LONG)}
    if unknown := [name for name in arguments if name not in known]:
        print(f"{unknown[0]!r} is no group of tests: {', '.join(known)}")
        return 2
    chosen = [known[name] for name in arguments or known if arguments or name != LONG.name]
    if LONG in chosen:
        set_up_fuzzers()
    started = time.monotonic()
    ready = sorted((group for group in chosen if is_possible(group)), key=lambda group: group is not LONGEST)
    with ThreadPoolExecutor(LANES) as lanes:
        done = list(lanes.map(shown, ready))
    print("\n" + "\n".join(f"{name:<10} {seconds:6.1f} s  {counts}" for name, seconds, counts in done))
    total = sum((counts for *_, counts in done), Counts())
    print(f"{total}; {time.monotonic() - started:.0f} s in all")
    return 1 if total.failed else 0


def is_possible(group: Group) -> bool:
    """There are tests in it, and what they need is there or could be installed."""
    needs = {"browser": has_browser, "adaptation": has_training}
    return bool(found(group.patterns)) and needs.get(group.name, lambda: True)()


def shown(group: Group) -> tuple[str, float, Counts]:
    """Run a group and print what it said, in one piece."""
    print(f"· {group.name} …", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as words:
        counts = run(group, found(group.patterns), words)
        words.seek(0)
        print(f"\n=== {group.name}\n{words.read()}", flush=True)
    return group.name, time.monotonic() - started, counts


def found(patterns: Sequence[str]) -> list[Path]:
    """The test files that fit, without those of another group."""
    files = {
        file
        for pattern in patterns
        for path in TESTS.glob(pattern)
        for file in (path.rglob("test_*.py") if path.is_dir() else (path,))
        if file.name.startswith("test_")
    }
    return sorted(files)


def rest() -> Group:
    """What the other groups do not name."""
    named = {file for group in GROUPS if group.patterns != ("*",) for file in found(group.patterns)}
    left = (str(file.relative_to(TESTS)) for file in found(("*",)) if file not in named)
    return Group("rest", tuple(left))


def run(group: Group, paths: Sequence[Path], words: IO[str]) -> Counts:
    """One pytest; a run that dies without a report counts as one failure."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", group.marks, f"--junitxml={report}", *map(str, paths)]
        code = subprocess.run(command, cwd=ROOT, check=False, stdout=words, stderr=subprocess.STDOUT).returncode
        if code == NO_TESTS:
            return Counts()
        counts = read(report) if report.exists() else Counts(failed=1)
    return counts if code == 0 or counts.failed else counts + Counts(failed=1)


def read(report: Path) -> Counts:
    """The counts of a JUnit report."""
    suites = ET.parse(report).getroot().iter("testsuite")
    total = Counts()
    for suite in suites:
        whole, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Counts(whole - skipped - failed, failed, skipped)
    return total


def has_browser() -> bool:
    """Chromium is there, or Debian's could be installed; else its tests are left out, with a word."""
    if any(shutil.which(name) for name in BROWSERS):
        return True
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        print("\n· installing Chromium for the console's tests; once, about a minute", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # noqa: TID251  a script
        subprocess.run([apt, "update", "-qq"], env=environment, check=False, **quiet)  # type: ignore[call-overload]
        command = [apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(command, env=environment, check=False, **quiet)  # type: ignore[call-overload]
        if any(shutil.which(name) for name in BROWSERS):
            return True
    print("\nThe console's tests in a browser are left out: install Chromium (`apt-get install chromium`).", flush=True)
    return False


def set_up_fuzzers() -> None:
    """atheris and schemathesis, from a lock of their own; without them their tests are skipped, and say so."""
    command = [sys.executable, str(ROOT / "scripts" / "set_up.py"), "fuzz", "--venv", sys.prefix]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        print("\nThe fuzzers could not be installed for this machine: their tests are left out.", flush=True)


def has_training() -> bool:
    """The packages that train chat models are there, or could be installed; else the tests are left out, with a word."""
    command = [sys.executable, str(ROOT / "scripts" / "set_up.py"), "adapt-cpu", "--venv", sys.prefix]
    if importlib.util.find_spec("peft") or subprocess.run(command, cwd=ROOT, check=False).returncode == 0:
        return True
    print("\nThe tests of chat models are left out: `make adapt` could not install torch for this machine.", flush=True)
    return False


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
