"""A base in safetensors, with a real byte-level tokeniser made here: the whole run from rows to an adapter that peft reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("transformers", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from tests.adapt.chat.small_base import small_base, small_corpus, small_recipe  # noqa: E402

from ambos.adapt.chat.base import BaseFile, load_base  # noqa: E402
from ambos.adapt.chat.running import Doors, run  # noqa: E402
from ambos.corpus.adapter import Adapter  # noqa: E402
from ambos.corpus.gate import check_card  # noqa: E402
from ambos.engines.prompt import system_message  # noqa: E402
from ambos.errors import AdaptError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # the libraries warn of one another


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def base(tmp_path: Path) -> BaseFile:
    return small_base(tmp_path)


class Nowhere:
    def save(self, content: bytes) -> None: ...

    def load(self) -> None: ...


def test_a_base_in_safetensors_trains_and_is_never_put_in_service(base: BaseFile) -> None:
    corpus = small_corpus()
    shown: list[str] = []
    made = run(
        corpus, small_recipe(corpus), Doors(base, system_message, Nowhere(), None, shown.append), lambda *_: None
    )
    assert shown[0].rstrip("⟧").endswith("<|im_end|>")
    assert made.card["base_sha256"] == base.sha256
    audit = made.card["memorisation"]
    assert isinstance(audit, dict)
    assert (audit["canaries"], audit["controls"]) == (100, 100)
    assert len(Adapter.from_bytes(made.content).arrays) == 2 * 2 * 7
    with pytest.raises(AdaptError, match="never served here"):
        check_card(made.card)


def test_what_lies_beside_is_needed_and_never_a_pickle(base: BaseFile) -> None:
    folder = base.path.parent
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert load_base(base).model.config.num_hidden_layers == 2
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(AdaptError, match=r"gpt2|cannot be read"):
        load_base(base)
    (folder / "config.json").unlink()
    with pytest.raises(AdaptError, match="cannot be read for training"):
        load_base(base)


def test_two_files_of_weights_or_another_one_are_refused(base: BaseFile) -> None:
    (base.path.parent / "other.safetensors").write_bytes(base.path.read_bytes())
    with pytest.raises(AdaptError, match="cannot be read for training"):
        load_base(base)
    with pytest.raises(AdaptError, match="SHA-256 differs"):
        load_base(BaseFile("tiny", base.path, "0" * 64, "own"))
