"""The page of the promises names tests that are there, and each of the attacks on the log has one."""

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


def test_each_of_the_nine_promises_has_a_row_and_each_attack_on_the_log_a_test_of_its_name() -> None:
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == [str(number) for number in range(1, 10)]
    for number in (28, 30, 37, *range(40, 47)):
        assert any(name.startswith(f"test_o{number}_") for _, name in NAMED), number
