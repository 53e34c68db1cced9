"""Which controls a chat model meets, by what is on the shelf, and which examples a model is shown."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")

from ambos.cli.chat_arms import arms_of, exact, examples
from ambos.cli.iterating import analysed
from ambos.corpus import Recipe, Row
from ambos.corpus.adapter import Adapter, AdapterFacts

RECIPE = Recipe(name="desk", family="chat", corpus="sha256:c", purpose="p", base="small", metric="exact")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMBOS_MODELS", str(tmp_path))
    put(tmp_path, "small", 1, "demo")
    return tmp_path


def put(shelf: Path, name: str, parameters: int, fitness: str) -> str:
    """A model's card and a file of a few bytes: who is chosen depends on cards alone."""
    content = b"GGUF" + name.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    folder = shelf / name
    folder.mkdir()
    (folder / "m.gguf").write_bytes(content)
    card: dict[str, Any] = {
        "name": name, "source": "path", "file": "m.gguf", "sha256": sha256, "size_bytes": len(content), "licence": "own",
        "fitness": fitness, "pulled_on": "2026-01-01", "has_chat_template": True, "parameters": parameters,
    }  # fmt: skip
    (folder / "model.json").write_text(json.dumps(card))
    return sha256


def adapter(base: str) -> bytes:
    arrays = {
        "blk.0.attn_q.weight.lora_a": np.ones((2, 3), np.float32),
        "blk.0.attn_q.weight.lora_b": np.ones((5, 2), np.float32),
    }
    return Adapter(AdapterFacts("c", "r", base, "small", "t", "m", 2, 4.0, 1, 1), arrays).to_bytes()


def test_with_the_base_alone_on_the_shelf_the_comparison_is_weak_and_says_so(shelf: Path) -> None:
    arms = arms_of(RECIPE, b"")
    assert arms.decide == ("base", "small, 8 examples")
    assert arms.is_weak


def test_the_strongest_chat_model_that_was_pulled_is_shown_examples(shelf: Path) -> None:
    big = put(shelf, "big", 1000, "unproven")
    put(shelf, "middle", 10, "unproven")
    arms = arms_of(RECIPE, b"")
    assert arms.decide == ("base", "big, 8 examples")
    assert arms.places["big, 8 examples"].file.sha256 == big
    assert not arms.is_weak


def test_the_champion_is_met_where_its_base_is_still_there(shelf: Path) -> None:
    small = hashlib.sha256(b"GGUFsmall").hexdigest()
    arms = arms_of(RECIPE, adapter(small))
    assert arms.decide == ("base", "small, 8 examples", "champion")
    assert not arms.is_weak
    assert arms_of(RECIPE, adapter("0" * 64)).decide == ("base", "small, 8 examples")


def test_a_paid_model_is_shown_and_has_no_say(shelf: Path) -> None:
    from msgspec.structs import replace

    arms = arms_of(replace(RECIPE, paid="acme/big"), b"")
    assert arms.shown == ("acme/big",)
    assert "acme/big" not in arms.decide
    assert not arms.is_weak


def test_each_good_answer_is_shown_once_before_any_is_shown_twice() -> None:
    rows = [Row(id=str(n), text=f"q{n}", answer="abcde"[n % 5] if n < 20 else "z") for n in range(40)]
    shown = examples(rows, RECIPE)
    assert len(shown) == 8
    assert {answer for _, answer in shown[:6]} == {*"abcdez"}


def test_only_the_good_answer_counts_but_for_case_and_spaces() -> None:
    row = Row(id="1", text="q", answer="Desk K7")
    assert exact(" desk  k7", row) == 1
    assert exact("Desk K7.", row) == 0


def test_rows_that_a_control_did_not_answer_are_left_out_of_its_comparison() -> None:
    plan = {
        "question": "q", "control": "acme/big", "treatment": "adapted", "metric": "m", "design": "paired",
        "title": "is shown, does not decide",
    }  # fmt: skip
    rows = [Row(id=str(n), text="q", answer="a") for n in range(12)]
    found = analysed(plan, [1.0] * 12, [0.0, 1.0] * 5 + [None, None], rows).compared
    assert (found.items, found.effect, found.decides) == (10, 0.5, False)
    none = analysed(plan, [1.0] * 12, [None] * 12, rows).compared
    assert none.verdict == "not answered"
