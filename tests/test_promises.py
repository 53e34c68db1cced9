"""The page of the promises names tests that are there, and each of the attacks has one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/guide/promises.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[a-z_/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_is_named_is_there() -> None:
    assert len(NAMED) > 25
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not re.search(rf"(def|class) {name}\b", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_each_of_the_nine_promises_and_of_the_46_attacks_has_a_row_with_a_test() -> None:
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == [str(number) for number in range(1, 10)]
    shown = dict(re.findall(r"^\| O(\d+) \| .* \| (.*) \|$", PAGE, re.MULTILINE))
    assert list(map(int, shown)) == list(range(1, 47))
    assert [number for number, tests in shown.items() if "::test_" not in tests] == []
