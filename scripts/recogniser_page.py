"""docs/reference/recognisers.md: every pack and recogniser, its evidence and its measured cost in false alarms."""

# ruff: noqa: E501 - the page has one sentence a line

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ambos.privacy.recognisers import PACKS
from ambos.privacy.rule import CERTAIN, NEAR, NEAR_INVALID, Rule

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks/results/false_alarms.json"
_NAMES = {
    "common": "Everywhere", "secrets": "Credentials", "names": "Names, addresses, births and ages by cues", "es": "Spain", "mx": "Mexico",
    "ar": "Argentina", "cl": "Chile", "co": "Colombia", "pe": "Peru", "gb": "United Kingdom", "ie": "Ireland", "us": "United States", "in": "India",
}  # fmt: skip
_CLINICAL = ("cantemist", "codiesp")
_INTRO = """
Every recogniser of the built-in packs, in the order of `ambos.privacy.recognisers`. `make docs` writes this page.
[The guide](../guide/detection.md) says how evidence becomes a score; `privacy.off` switches off a pack or a single one by its name.

**Score**: with a keyword beside the value and a valid check digit / with a keyword and a failed one, or where there is none to check /
without a keyword and with a valid check digit / without either.
`-` is no finding.

**False alarms** are findings for each million characters of texts that hold nobody, so a recogniser's cost by itself:
*numbers* are made lines of logs, shops and books full of digits; *code* is a part of Python's standard library; *queries* are those of
Banking77; *clinical* are the development halves of Cantemist and CodiEsp, which hold no identifier; *marked* are MEDDOCAN's training half
and the synthetic English set, where a finding counts that touches no marked span.
Patients' ages and the addresses of a library's authors are real: those columns are left open.
The rules were made with other texts of these kinds in sight (and with *queries* and *marked* themselves): other kinds may cost more.
`python benchmarks/false_alarms.py` measures again.
"""


def page(begin: str, end: str) -> str:
    """The whole page."""
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    rates = _rates(result)
    where = result["origin"]
    lines = ["# Recognisers", "", begin, *_INTRO.split("\n")]
    lines += [f"Measured at commit {where['commit']} on {where['date']} ({where['machine']}): {_sizes(result)}.", ""]
    lines += _sums(rates)
    for pack, rules in PACKS.items():
        lines += ["", f"## `{pack}`: {_NAMES[pack]}", ""]
        lines += ["| recogniser | kind, detail | score | numbers | code | queries | clinical | marked |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- | --- |", *(_row(rule, rates) for rule in rules)]
    return "\n".join([*lines, "", end, ""])


def _rates(result: Mapping[str, dict]) -> Mapping[str, Mapping[str, float]]:  # type: ignore[type-arg]  # JSON
    found, sizes = result["per million"], result["characters"]

    def joined(names: tuple[str, ...]) -> dict[str, float]:
        whole = sum(sizes[name] for name in names)
        rules = {rule for name in names for rule in found[name]}
        return {rule: sum(found[name].get(rule, 0) * sizes[name] for name in names) / whole for rule in rules}

    return {
        "numbers": found["numbers"],
        "code": found["code"],
        "queries": found["banking77"],
        "clinical": joined(_CLINICAL),
        "marked": joined(("meddocan", "synth")),
    }


def _sizes(result: Mapping[str, dict]) -> str:  # type: ignore[type-arg]  # JSON
    return ", ".join(f"{name} {size / 1e6:.1f} M characters" for name, size in result["characters"].items())


def _sums(rates: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    sums = {
        name: sum(rate for rule, rate in found.items() if not _is_open(rule, name)) for name, found in rates.items()
    }
    yield f"All together: {', '.join(f'{name} {_number(one)}' for name, one in sums.items())}."


def _row(rule: Rule, rates: Mapping[str, Mapping[str, float]]) -> str:
    cells = ["" if _is_open(rule.name, name) else _number(rates[name].get(rule.name, 0.0)) for name in rates]
    kind = f"{rule.kind.value} {rule.detail}".strip()
    return f"| `{rule.name}` | {kind} | {_scores(rule)} | {' | '.join(cells)} |"


def _is_open(rule: str, texts: str) -> bool:
    """Whether what is found there is real."""
    return (rule.startswith("age.") and texts == "clinical") or (rule.startswith("email") and texts == "code")


def _scores(rule: Rule) -> str:
    bare = _score(rule.bare)
    if rule.check is None:
        return f"{NEAR} / {bare}" if rule.keyword else bare
    near = f"{CERTAIN} / {NEAR_INVALID} / " if rule.keyword else ""
    return f"{near}{_score(rule.valid)} / {bare}"


def _score(score: float) -> str:
    return f"{score:g}" if score else "-"


def _number(rate: float) -> str:
    return f"{rate:.1f}" if rate >= 0.05 else "0"
