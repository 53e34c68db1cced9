"""Reports made here and replicated by another interpreter: the same bytes, or the first keys that differ.

    python benchmarks/replication.py --other PYTHON [--json FILE]

PYTHON needs the packages that `ambos experiment replicate` loads, of whatever versions; they stand in the result.
Scores come from a fixed seed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from origin import origin

SRC = Path(__file__).resolve().parent.parent / "src"
SEED = 20261126
PLAN = """question = "Is {name} the same everywhere?"
control = "a"
treatment = {treatment}
metric = "m"
design = "{design}"
population = "units of a fixed seed"
{more}
"""
MARGIN = 'margin = 0.05\nmargin_reason = "for the figure\'s sake"'
VERSIONS = (
    "import json, sys, numpy, scipy, statsmodels; print(json.dumps({'python': sys.version.split()[0], "
    "'numpy': numpy.__version__, 'scipy': scipy.__version__, 'statsmodels': statsmodels.__version__}))"
)


def cases() -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Name, plan and rows of every design and kind of score."""
    rng = np.random.default_rng(SEED)
    for name, draw in (("binary", lambda: float(rng.random() < 0.7)), ("skewed", lambda: float(rng.lognormal()))):
        rows = [
            {"item": f"i{at}", "arm": arm, "score": "" if rng.random() < 0.02 else draw(), "cluster": f"c{at % 14}",
             "stratum": "ns"[at % 2], "cost": float(rng.random())}
            for at in range(400) for arm in "ab"
        ]  # fmt: skip
        yield f"paired, {name}", _plan(name, "paired", MARGIN), rows
        yield f"clustered, {name}", _plan(name, "paired", f'cluster = "cluster"\nmissing = "zero"\n{MARGIN}'), rows
    people = [
        {"item": f"p{at}", "participant": f"p{at}", "arm": "ab"[at % 2], "score": float(rng.normal() + at % 2)}
        for at in range(300)
    ]
    yield "parallel", _plan("parallel", "parallel", ""), people
    both = [
        {"item": f"p{at}", "participant": f"p{at}", "arm": arm, "score": float(rng.normal())}
        for at in range(80) for arm in "ab"
    ]  # fmt: skip
    yield "crossover", _plan("crossover", "crossover", ""), both
    folds = [
        {"item": f"f{fold}", "trial": trial, "arm": arm, "score": float(rng.normal(0.8, 0.05))}
        for fold in range(5) for trial in range(4) for arm in "ab"
    ]  # fmt: skip
    yield "folds", _plan("folds", "cv", ""), folds
    several = [
        {"item": f"i{at}", "arm": arm, "score": float(rng.random() < 0.6)} for at in range(500) for arm in "abcd"
    ]
    yield "several", _plan("several", "paired", "", '["b", "c", "d"]'), several


def _plan(name: str, design: str, more: str, treatment: str = '"b"') -> str:
    return PLAN.format(name=name, design=design, more=more, treatment=treatment)


def ambos(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command by an interpreter, on this tree's sources."""
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    command = [python, "-m", "ambos.cli", "experiment", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def differing(a: Any, b: Any, where: str = "") -> Iterator[str]:
    """Places where two analysis files differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b} - {"libraries"}):
            yield from differing(a.get(key), b.get(key), f"{where}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for at, pair in enumerate(zip(a, b, strict=True)):
            yield from differing(*pair, f"{where}[{at}]")
    elif a != b:
        yield f"{where}: {str(a)[:60]} / {str(b)[:60]}"


def replicated(other: str, folder: Path, plan: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether the other interpreter makes the same analysis file and page, in both languages."""
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    tomllib.loads(plan)
    with (folder / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*rows[0]])
        table.writeheader()
        table.writerows(rows)
    told: dict[str, Any] = {}
    for language in ("en", "es"):
        made = {}
        for name, python in (("here", sys.executable), ("there", other)):
            out = folder / f"{name}.html"
            arguments = (str(folder / "plan.toml"), "--scores", str(folder / "scores.csv"), "--lang", language)
            done = ambos(python, "report", *arguments, "--out", str(out))
            if done.returncode:
                raise SystemExit(done.stderr)
            made[name] = (out.with_suffix(".json").read_bytes(), out.read_bytes())
        file = str(folder / "here.json")
        done = ambos(other, "replicate", file, "--scores", str(folder / "scores.csv"), "--json")
        told[language] = {
            "is_same": json.loads(done.stdout)["is_same"],
            "is_same_page": made["here"][1] == made["there"][1],
            "differing": [*differing(*(json.loads(made[name][0]) for name in ("here", "there")))][:5],
        }
    return told


def main() -> None:
    """Print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--other", required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    versions = [
        json.loads(subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True).stdout)
        for python in (sys.executable, options.other)
    ]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, plan, rows in cases():
            found[name] = replicated(options.other, Path(folder), plan, rows)
            print(name, json.dumps(found[name]), flush=True)
    told = {**origin(), "here": versions[0], "there": versions[1], "cases": found}
    told["all_same"] = all(one["is_same"] and one["is_same_page"] for case in found.values() for one in case.values())
    if options.json:
        options.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
