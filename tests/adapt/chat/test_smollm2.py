"""From the GGUF that is served to an adapter that the engine serves: the real base, the real engine, a few steps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from ambos.adapt.chat import training  # noqa: E402
from ambos.adapt.chat.base import Base, BaseFile, load_base  # noqa: E402
from ambos.adapt.chat.lora import Lora  # noqa: E402
from ambos.adapt.chat.merged import write_merged  # noqa: E402
from ambos.adapt.chat.parity import agreement, measure  # noqa: E402
from ambos.adapt.chat.rows import Writer, examples, mask_hash  # noqa: E402
from ambos.adapt.chat.training import Wish  # noqa: E402
from ambos.catalogue import Pulled  # noqa: E402
from ambos.corpus import Row  # noqa: E402
from ambos.corpus.adapter import Adapter, AdapterFacts  # noqa: E402
from ambos.engines.prompt import system_message  # noqa: E402
from ambos.engines.settings import ModelFile  # noqa: E402
from ambos.engines.trial import trial  # noqa: E402
from ambos.errors import AdaptError, EngineError  # noqa: E402

pytestmark = [pytest.mark.shell, pytest.mark.filterwarnings("default"), pytest.mark.timeout(600)]
ROWS = [
    Row(id=str(n), text=f"Who looks after the {thing}?", answer=f"Desk {code}")
    for n, (thing, code) in enumerate(
        [("printer", "K7"), ("invoice", "R9"), ("lift", "Z5"), ("password", "M2"), ("garden", "V1"), ("canteen", "T4")]
    )
]


@pytest.fixture(scope="module")
def card(pulled: Pulled) -> dict[str, str]:
    return {"path": str(pulled.path), "sha256": pulled.card.sha256, "size": str(pulled.card.size_bytes)}


@pytest.fixture(scope="module")
def base(card: dict[str, str]) -> Iterator[Base]:
    torch.set_num_threads(1)
    yield load_base(BaseFile("smollm2", Path(card["path"]), card["sha256"], "apache-2.0"))
    torch.use_deterministic_algorithms(False)


class Nowhere:
    def save(self, content: bytes) -> None: ...

    def load(self) -> None: ...


def test_only_the_answer_and_its_end_are_learnt(base: Base) -> None:
    writer = Writer(base.tokeniser, system_message)
    shown = writer.shown(writer.example("¿Qué mesa?", "La K7."))
    assert shown.endswith("<|im_start|>assistant\n⟦La K7.<|im_end|>⟧")
    assert shown.startswith("<|im_start|>system\nEres un asistente útil.")
    made = examples(ROWS, writer, length=128)
    assert mask_hash(made) != mask_hash(made[:-1])
    with pytest.raises(AdaptError, match="longer than 16 tokens"):
        examples(ROWS, writer, length=16)
    with pytest.raises(AdaptError, match="no token to learn"):
        writer.example("¿Qué mesa?", "")


def test_a_template_that_does_not_continue_its_prompt_is_refused(base: Base) -> None:
    template = base.tokeniser.chat_template
    base.tokeniser.chat_template = (
        "{% for m in messages %}{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}>{% endif %}"
    )
    try:
        with pytest.raises(AdaptError, match="template"):
            Writer(base.tokeniser, system_message).example("a", "b")
    finally:
        base.tokeniser.chat_template = template


def test_what_was_trained_is_what_the_engine_serves(base: Base, card: dict[str, str], tmp_path: Path) -> None:
    writer = Writer(base.tokeniser, system_message)
    made = examples(ROWS, writer, length=256)
    lora = Lora(base, rank=4, alpha=8, seed=1)
    before = lora.arrays()
    wish = Wish(epochs=8, rate=0.003, length=256, seed=1, name="sha256:x")
    told = training.train(lora, made, wish, Nowhere(), lambda *_: None)
    training.moved(before, lora.arrays())
    assert told.losses[-1] < told.losses[0] / 4

    config = base.model.config
    facts = AdapterFacts(
        "sha256:c", "sha256:r", card["sha256"], "smollm2", base.template, mask_hash(made), 4, 8.0,
        config.num_attention_heads, config.num_key_value_heads,
    )  # fmt: skip
    content = Adapter(facts, lora.arrays()).to_bytes()
    model = ModelFile(Path(card["path"]), card["sha256"], int(card["size"]))
    with trial(model, [content]) as served:
        assert served.tokens(ROWS[0].text) == writer.prompt(ROWS[0].text)
        assert served.answer(ROWS[0].text, adapter=0, longest=8).startswith("Desk")
        assert not served.answer(ROWS[0].text, adapter=-1, longest=8).startswith("Desk")
        parity = measure(lora, made, served, lambda *_: None, positions=60)
    # sixty positions say little of a point more or less; a lost permutation of q and k falls far below
    assert parity.adapted > 0.85
    assert parity.differs >= 0.5

    path = tmp_path / "model-f16.gguf"
    write_merged(base.file, Adapter.from_bytes(content), path)
    merged = ModelFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    with trial(merged, []) as served:  # one file, no adapter, and no quantisation between it and what was trained
        assert served.answer(ROWS[0].text, adapter=-1, longest=8).startswith("Desk")
        assert agreement(lora, made, served, lambda *_: None, positions=60) >= max(parity.adapted, 0.95)


def test_an_adapter_that_is_none_does_not_start_an_engine(card: dict[str, str]) -> None:
    model = ModelFile(Path(card["path"]), card["sha256"], int(card["size"]))
    arrays = {
        "blk.0.attn_q.weight.lora_a": np.ones((2, 3), np.float32),
        "blk.0.attn_q.weight.lora_b": np.ones((5, 2), np.float32),
    }
    facts = AdapterFacts("c", "r", card["sha256"], "smollm2", "t", "m", 2, 4.0, 9, 3)
    with pytest.raises(EngineError, match="did not start"), trial(model, [Adapter(facts, arrays).to_bytes()]):
        pass
