"""An adapter's file: the same bytes for the same weights, llama.cpp's order of rows, and hostile bytes refused."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.corpus.adapter import Adapter, AdapterFacts, permuted, unpermuted
from ambos.errors import IntegrityError

FACTS = AdapterFacts("sha256:c", "sha256:r", "0" * 64, "smollm2", "sha256:t", "sha256:m", 2, 16.0, 3, 1)


def adapter(facts: AdapterFacts = FACTS) -> Adapter:
    rng = np.random.default_rng(1)
    names = {"blk.0.attn_q": (12, 6), "blk.0.ffn_down": (6, 9)}
    arrays = {}
    for name, (out, into) in names.items():
        arrays[f"{name}.weight.lora_a"] = rng.normal(size=(2, into)).astype(np.float32)
        arrays[f"{name}.weight.lora_b"] = rng.normal(size=(out, 2)).astype(np.float32)
    return Adapter(facts, arrays)


def test_writing_then_reading_gives_the_same_and_the_same_bytes() -> None:
    content = adapter().to_bytes()
    again = Adapter.from_bytes(content)
    assert again.facts == FACTS
    assert all(np.array_equal(again.arrays[name], array) for name, array in adapter().arrays.items())
    assert again.to_bytes() == content


def test_the_gguf_package_reads_what_is_written(tmp_path: object) -> None:
    gguf = pytest.importorskip("gguf", reason="the package gguf is not installed: `make adapt`")
    path = f"{tmp_path}/adapter.gguf"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(adapter().to_bytes())
    read = gguf.GGUFReader(path)
    assert read.get_field("general.type").contents() == "adapter"
    assert read.get_field("adapter.lora.alpha").contents() == 16.0
    found = {one.name: one.data for one in read.tensors}
    assert all(np.array_equal(found[name], array) for name, array in adapter().arrays.items())


def test_rows_of_q_and_k_are_turned_as_llama_cpp_has_them_and_back() -> None:
    rows = np.arange(8, dtype=np.float32).reshape(8, 1)  # one head of 8: halves 0-3 and 4-7 become neighbours
    assert permuted(rows, 1).ravel().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert np.array_equal(unpermuted(permuted(rows, 2), 2), rows)


@pytest.mark.parametrize("cut", [0, 3, 23, 60, 400, -33])
def test_a_file_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(IntegrityError):
        Adapter.from_bytes(adapter().to_bytes()[:cut])


def test_numbers_that_are_not_finite_and_arrays_without_a_pair_are_refused() -> None:
    whole = adapter()
    broken = {name: array.copy() for name, array in whole.arrays.items()}
    next(iter(broken.values()))[0, 0] = np.nan
    alone = dict(list(whole.arrays.items())[:3])
    for arrays in (broken, alone, {}):
        with pytest.raises(IntegrityError):
            Adapter.from_bytes(Adapter(FACTS, arrays).to_bytes())


@given(st.binary(max_size=400))
def test_any_bytes_give_our_error(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        Adapter.from_bytes(content)


@given(st.integers(0, 800), st.integers(0, 255))
def test_a_changed_byte_gives_our_error_or_an_adapter(at: int, value: int) -> None:
    content = bytearray(adapter().to_bytes())
    content[min(at, len(content) - 1)] = value
    with contextlib.suppress(IntegrityError):
        assert Adapter.from_bytes(bytes(content)).arrays
