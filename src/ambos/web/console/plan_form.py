"""The guided form of a plan: what was filled in becomes the plan's values, and its size is computed by a command of its own.

Knows which fields there are and what they mean in a plan (docs/spec/experiment-plan.md); the words are the template's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from ambos.errors import ExperimentError
from ambos.experiment.sealing import ETHICS

TEXTS: Final = (
    "question",
    "population",
    "exclusions",
    "control",
    "treatment",
    "metric",
    "margin_reason",
    "cluster",
    "prompt",
)
CHOICES: Final = ("design", "direction", "missing")
NUMBERS: Final = ("margin", "alpha", "power", "baseline", "effect", "discordant", "sd", "max_cost")
WHOLE: Final = ("n", "trials")
DAYS: Final = ("ends", "outcomes_until")
SIZE_S: Final = 120.0  # a size with its 4,000 simulated experiments takes about 3 s; more than this is stuck


def values_of(form: Mapping[str, str]) -> dict[str, Any]:  # Any: values as TOML has them
    """The plan that a form says; fields left empty are left out.

    Raises:
        ExperimentError: a number is none.
    """
    filled = {name: value.strip() for name, value in form.items() if value.strip()}
    plan: dict[str, Any] = {name: filled[name] for name in (*TEXTS, *CHOICES, *DAYS, "beacon") if name in filled}
    plan |= {name: number_of(name, filled[name]) for name in NUMBERS if name in filled}
    plan |= {name: _whole(name, filled[name]) for name in WHOLE if name in filled}
    if filled.get("strata"):
        plan["strata"] = [one.strip() for one in filled["strata"].split(",") if one.strip()]
    if filled.get("stopping") == "always-valid":
        plan["stopping"] = "always-valid"
    elif filled.get("stopping") == "looks":
        plan["looks"] = [_whole("looks", one) for one in filled.get("looks", "").replace(",", " ").split()]
    if plan.get("design") == "paired":
        plan["scoring"] = _scoring(filled)
        if arms := _arms(filled):
            plan["arms"] = arms
    elif ethics := {name: filled[f"ethics_{name}"] for name in ETHICS if f"ethics_{name}" in filled}:
        plan["ethics"] = ethics
    return plan


def _scoring(filled: Mapping[str, str]) -> dict[str, Any]:
    scorer = filled.get("scorer", "exact")
    people = {"people": "all"} if scorer in ("rating", "judge") else {}
    judge = {"model": filled["judge"]} if scorer == "judge" and "judge" in filled else {}
    return {"scorer": scorer, **judge, **people}


def _arms(filled: Mapping[str, str]) -> dict[str, dict[str, str]]:
    told = {}
    for side in ("control", "treatment"):
        about = {key: filled[f"{side}_{key}"] for key in ("model", "treatment") if f"{side}_{key}" in filled}
        if about and side in filled:
            told[filled[side]] = about
    return told


def number_of(name: str, text: str) -> float:
    """A number as people write it, with a comma or a point.

    Raises:
        ExperimentError: it is none.
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ExperimentError(f"{name!r} must be a number: {text[:40]!r}") from None


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ExperimentError(f"{name!r} must be a whole number: {text[:40]!r}")
    return int(text)


def toml_of(values: Mapping[str, Any]) -> str:
    """The plan as a file.

    >>> print(toml_of({"n": 4, "question": 'Is "b" better?', "arms": {"b": {"model": "x/y"}}}))
    n = 4
    question = "Is \\"b\\" better?"
    arms = { "b" = { "model" = "x/y" } }
    """
    return "\n".join(f"{name} = {_toml(value)}" for name, value in values.items())


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # JSON's escapes are TOML's, but for DEL; what is beyond ASCII stands as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@contextlib.contextmanager
def _written(values: Mapping[str, Any], directory: Path) -> Iterator[Any]:  # Any: a named file
    """The plan as a file that is gone after the block."""
    directory.mkdir(mode=0o700, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".toml", dir=directory) as file:
        file.write(toml_of(values))
        file.flush()
        yield file


async def sizing_of(values: Mapping[str, Any], language: str, *, directory: Path) -> dict[str, Any]:
    """What `ambos experiment plan` says of a plan: a process of its own, since a server loads no statistics.

    Args:
        directory: where a server may write; the walls close every other.

    Raises:
        ExperimentError: the plan is refused; with the command's own words.
    """
    with _written(values, directory) as file:
        command = (sys.executable, "-m", "ambos.cli", "experiment", "plan", file.name, "--json", "--lang", language)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        try:
            said, problem = await asyncio.wait_for(process.communicate(), SIZE_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise ExperimentError("the size took too long to compute") from None
    if process.returncode:
        raise ExperimentError(problem.decode("utf-8", "replace").strip()[-500:] or "the plan could not be sized")
    found: dict[str, Any] = json.loads(said)
    return found
