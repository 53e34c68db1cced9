"""A base in safetensors, with a real byte-level tokeniser made here: the whole run from rows to an adapter that peft reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
transformers = pytest.importorskip("transformers", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from ambos.adapt.chat.base import BaseFile, load_base  # noqa: E402
from ambos.adapt.chat.running import Doors, run  # noqa: E402
from ambos.corpus import Recipe, Row  # noqa: E402
from ambos.corpus.adapter import Adapter  # noqa: E402
from ambos.corpus.building import Origin, Wish, build  # noqa: E402
from ambos.corpus.gate import check_card  # noqa: E402
from ambos.engines.prompt import system_message  # noqa: E402
from ambos.errors import AdaptError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # the libraries warn of one another
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def base(tmp_path: Path) -> BaseFile:
    """A llama of two layers and random weights, as `save_pretrained` writes it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    marks = ["<|im_start|>", "<|im_end|>"]
    letters = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=letters, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokeniser = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", additional_special_tokens=marks, chat_template=TEMPLATE
    )
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=len(tokeniser), max_position_embeddings=512,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path)
    tokeniser.save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    return BaseFile("tiny", path, hashlib.sha256(path.read_bytes()).hexdigest(), "own")


class Nowhere:
    def save(self, content: bytes) -> None: ...

    def load(self) -> None: ...


def rows() -> list[Row]:
    things = ("lamp", "door", "lift", "desk", "roof", "gate", "pump")
    places = ("hall", "yard", "shop", "lane", "dock", "barn")
    asked = [f"Who mends the {thing} of the {place}?" for thing in things for place in places]
    return [Row(id=str(n), text=text, answer=f"Desk {'KMR'[n % 3]}") for n, text in enumerate(asked)]


def test_a_base_in_safetensors_trains_and_is_never_put_in_service(base: BaseFile) -> None:
    origin = Origin("rows.csv", "made", "GDPR-6.1.f", "own", "sha256:" + "0" * 64, 40)
    corpus = build(rows(), [origin], Wish(name="desk", family="chat", near=0, share=0.2), lambda _: (), {})
    recipe = Recipe(
        name="desk", family="chat", corpus=corpus.hash, purpose="desks", base="tiny", metric="exact", length=256, epochs=1,
        rate=0.001,
    )  # fmt: skip
    shown: list[str] = []
    made = run(corpus, recipe, Doors(base, system_message, Nowhere(), None, shown.append), lambda *_: None)
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
