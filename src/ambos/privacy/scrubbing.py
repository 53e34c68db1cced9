"""Replaces credentials before anything is sealed: passwords, keys, PINs and CVV are never kept (design 3.12)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ambos.messages import Finding, Json, Kind
from ambos.privacy.detector import Detector

GONE = "[removed before keeping]"
_DETAILS = frozenset({"pin", "cvv", "password"})


def scrub(body: bytes, detector: Detector) -> bytes:
    """`body` (JSON, or plain text) without its credentials.

    Raises:
        DetectorError: a recogniser failed; the caller then keeps nothing.
    """
    text = body.decode("utf-8", "replace")
    try:
        tree: Json = json.loads(text)
    except ValueError:
        return _scrubbed(text, detector).encode()
    return json.dumps(_walked(tree, detector), ensure_ascii=False).encode("utf-8", "replace")


def _walked(node: Json, detector: Detector) -> Json:
    if isinstance(node, str):
        return _scrubbed(node, detector)
    if isinstance(node, list):
        return [_walked(item, detector) for item in node]
    if isinstance(node, dict):
        return {_scrubbed(key, detector): _walked(value, detector) for key, value in node.items()}
    return node


def _scrubbed(text: str, detector: Detector) -> str:
    steps = detector.steps(text)
    try:
        while True:
            next(steps)
    except StopIteration as done:
        return _without(text, done.value)


def _without(text: str, findings: Iterable[Finding]) -> str:
    doomed = [one for one in findings if one.kind is Kind.SECRET or one.detail in _DETAILS]
    for one in sorted(doomed, key=lambda finding: -finding.start):
        text = text[: one.start] + GONE + text[one.end :]
    return text
