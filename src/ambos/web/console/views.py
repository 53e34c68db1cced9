"""What the pages show, as plain data: parts of a text with their findings, steps of a request, shares of the routes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ambos.messages import Finding

STEPS = ("find", "decide", "mask", "log", "first", "total")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, with the kind that was found in it or ""."""

    text: str
    kind: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """One slice of the bar on the home page."""

    route: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall of a request, in per cent of its whole time."""

    name: str
    milliseconds: float
    start: float
    width: float


def pieces(text: str, findings: Iterable[Finding]) -> list[Piece]:
    """The text cut at its findings; overlapping ones were merged before.

    >>> from ambos.messages import Kind
    >>> [p.text for p in pieces("a Ana b", [Finding(2, 5, Kind.PERSON)])]
    ['a ', 'Ana', ' b']
    """
    cut: list[Piece] = []
    at = 0
    for one in sorted(findings, key=lambda finding: finding.start):
        if one.start < at:
            continue
        if one.start > at:
            cut.append(Piece(text[at : one.start]))
        cut.append(Piece(text[one.start : one.end], one.kind.value, one.detail))
        at = one.end
    if at < len(text):
        cut.append(Piece(text[at:]))
    return cut


def without(text: str, findings: Iterable[Finding]) -> str:
    """The text with every finding taken out: what *remove this part and ask again* sends."""
    return "".join("…" if piece.kind else piece.text for piece in pieces(text, findings))


def shares(counts: Mapping[str, int]) -> list[Share]:
    """How much stayed inside, left masked, left as it was: parts of a bar of 100."""
    whole = sum(counts.values())
    made: list[Share] = []
    at = 0.0
    for route in ("local", "masked", "external", "none"):
        count = counts.get(route, 0)
        width = 100 * count / whole if whole else 0.0
        made.append(Share(route, count, at, width))
        at += width
    return made


def waterfall(times_ms: Mapping[str, float]) -> list[Step]:
    """find → decide → mask → log → model, one after another."""
    order = [name for name in STEPS if name in times_ms and name != "total"]
    before = sum(times_ms[name] for name in order if name != "first")
    whole = max(before + times_ms.get("total", times_ms.get("first", 0.0)), 0.001)
    at = 0.0
    steps = []
    for name in order:
        steps.append(Step(name, times_ms[name], 100 * at / whole, max(0.4, 100 * times_ms[name] / whole)))
        at += times_ms[name]
    if "total" in times_ms:
        rest = times_ms["total"] - times_ms.get("first", 0.0)
        steps.append(Step("restore", max(rest, 0.0), 100 * at / whole, max(0.4, 100 * max(rest, 0.0) / whole)))
    return steps


def sent_text(body: bytes) -> str:
    """The last user message of a rendered request: what a person compares with the original."""
    try:
        messages: Sequence[Mapping[str, object]] = json.loads(body)["messages"]
        content = [m["content"] for m in messages if m.get("role") == "user"][-1]
    except (ValueError, KeyError, IndexError, TypeError):
        return body.decode("utf-8", "replace")
    if isinstance(content, str):
        return content
    return (
        " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        if isinstance(content, list)
        else ""
    )
