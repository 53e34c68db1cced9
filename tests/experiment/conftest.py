"""Where certified numbers and real scores lie, when they lie anywhere."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DATA = Path(__file__).parents[2] / "../shared/data"


def certified(name: str) -> Any:
    """A file of ../shared/data/stats, packed or not."""
    plain, packed = DATA / "stats" / f"{name}.json", DATA / "stats" / f"{name}.json.gz"
    if plain.exists():
        return json.loads(plain.read_text(encoding="utf-8"))
    if packed.exists():
        return json.loads(gzip.decompress(packed.read_bytes()))
    pytest.skip("needs ../shared/data/stats beside the repository")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261126)


def digits(found: float, true: str | float) -> float:
    """Right significant digits (log relative error), at most 15."""
    exact = float(true)
    if found == exact:
        return 15.0
    return float(-np.log10(abs(found - exact) / (abs(exact) or 1.0)))
