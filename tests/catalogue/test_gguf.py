"""The intake check of GGUF: whole files pass, every cut and every lie in the header is named."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.catalogue.gguf import read_gguf
from ambos.errors import IntegrityError

Make = Callable[..., bytes]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "m.gguf"
        path.write_bytes(data)
        return path

    return write


def test_a_whole_file_says_what_it_holds(gguf: Make, file: Callable[[bytes], Path]) -> None:
    facts = read_gguf(file(gguf(values=96, **{"general.license": "mit"})))
    assert (facts.architecture, facts.name, facts.licence) == ("llama", "Tiny Test", "mit")
    assert (facts.context_tokens, facts.has_chat_template, facts.parameters) == (256, True, 96)


def test_what_the_file_does_not_say_stays_empty(gguf: Make, file: Callable[[bytes], Path]) -> None:
    facts = read_gguf(
        file(gguf(**{"general.architecture": "other", "general.name": "", "tokenizer.chat_template": ""}))
    )
    assert (facts.context_tokens, facts.has_chat_template, facts.name) == (0, False, "")


def test_every_cut_is_found(gguf: Make, file: Callable[[bytes], Path]) -> None:
    whole = gguf(values=8)
    for length in range(len(whole)):
        with pytest.raises(IntegrityError):
            read_gguf(file(whole[:length]))


@pytest.mark.parametrize("version", [0, 1, 4, 0x03000000])
def test_another_version_is_refused(gguf: Make, file: Callable[[bytes], Path], version: int) -> None:
    with pytest.raises(IntegrityError) as caught:
        read_gguf(file(gguf(version=version)))
    assert caught.value.place == "version"


@pytest.mark.parametrize("data", [b"", b"GG", b"PK\x03\x04" + b"\0" * 40, b"\x80\x04pickle" * 9])
def test_another_format_is_refused(file: Callable[[bytes], Path], data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        read_gguf(file(data))
    assert caught.value.place == "magic"


@pytest.mark.parametrize(
    "data",
    [
        b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0),  # tensors
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60),  # pairs
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 62),  # a key without end
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 99),  # a type that is none
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 8, 1 << 60),  # a huge array
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1),  # an array of arrays
        b"GGUF" + struct.pack("<IQQQ", 3, 1, 0, 1) + b"t" + struct.pack("<I", 5),  # five dimensions
    ],
)
def test_a_header_that_makes_no_sense_costs_nothing_and_is_refused(file: Callable[[bytes], Path], data: bytes) -> None:
    with pytest.raises(IntegrityError):
        read_gguf(file(data + b"\0" * 64))


@pytest.mark.parametrize("alignment", [0, 1 << 30])
def test_an_alignment_that_makes_no_sense_is_refused(gguf: Make, file: Callable[[bytes], Path], alignment: int) -> None:
    with pytest.raises(IntegrityError):
        read_gguf(file(gguf(**{"general.alignment": alignment})))


def test_a_file_without_architecture_is_refused(gguf: Make, file: Callable[[bytes], Path]) -> None:
    with pytest.raises(IntegrityError):
        read_gguf(file(gguf(**{"general.architecture": 7})))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_our_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + data)
    with pytest.raises(IntegrityError):
        read_gguf(path)


@given(place=st.integers(4, 300), value=st.integers(0, 255))
def test_any_changed_byte_is_read_or_refused_by_our_error(
    gguf: Make, tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.gguf"
    data = bytearray(gguf())
    data[place] = value
    path.write_bytes(data)
    try:
        read_gguf(path)
    except IntegrityError:
        return
