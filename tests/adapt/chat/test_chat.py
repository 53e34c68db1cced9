"""The chat family on a small language model that is real: packing, equal bits, faults, what is given away."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training packages are not installed: `make adapt`")
transformers = pytest.importorskip("transformers", reason="the training packages are not installed: `make adapt`")
peft = pytest.importorskip("peft", reason="the training packages are not installed: `make adapt`")

from ambos.adapt.chat import training  # noqa: E402
from ambos.adapt.chat.base import Base, BaseFile, load_base  # noqa: E402
from ambos.adapt.chat.forgetting import judged  # noqa: E402
from ambos.adapt.chat.general import ITEMS, REHEARSED  # noqa: E402
from ambos.adapt.chat.lora import Lora, to_peft  # noqa: E402
from ambos.adapt.chat.memorisation import drawn, rate_at  # noqa: E402
from ambos.adapt.chat.parity import measure  # noqa: E402
from ambos.adapt.chat.rows import Example, Pack, laid_out, packed  # noqa: E402
from ambos.adapt.chat.training import Wish  # noqa: E402
from ambos.corpus.adapter import Floats  # noqa: E402
from ambos.errors import AdaptError  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # the libraries warn of one another
FRAMES = ((3, 3, 3), (3, 2, 3, 2))
WISH = Wish(epochs=3, rate=0.01, length=64, seed=1, name="sha256:run")


class Memory:
    """Snapshots in memory; `full` is a disk that takes nothing, `stop_at` a process that is killed after a snapshot."""

    def __init__(self, *, full: bool = False, stop_at: int = 0) -> None:
        self.content: bytes | None = None
        self.full, self.stop_at, self.saved = full, stop_at, 0

    def save(self, content: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.content = content
        self.saved += 1
        if self.saved == self.stop_at:
            raise KeyboardInterrupt

    def load(self) -> bytes | None:
        return self.content


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def base() -> Base:
    torch.manual_seed(7)
    config = transformers.LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=50, max_position_embeddings=128,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    model.requires_grad_(False)
    return Base(BaseFile("small", Path("small.gguf"), "0" * 64, "own"), model, None, "sha256:t", "float32")


def examples(count: int = 60) -> list[Example]:
    """Two frames of system messages in turn, then a question of chance, its first token as the answer, and the end."""
    rng = np.random.default_rng(3)
    made = []
    for number in range(count):
        asked, head = rng.integers(4, 50, int(rng.integers(5, 12))).tolist(), FRAMES[number % 2]
        made.append(Example((*head, *asked, asked[0], 2), len(head) + len(asked), len(head)))
    return made


def nothing(*_: int) -> None: ...


def lora() -> Lora:
    return Lora(base(), rank=4, alpha=8, seed=1)


def same(one: dict[str, Floats], other: dict[str, Floats]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 5)


def test_a_run_that_was_killed_goes_on_to_the_bits_of_one_that_was_not() -> None:
    whole = lora()
    before = whole.arrays()
    told = training.train(whole, examples(), WISH, Memory(), nothing)
    training.moved(before, whole.arrays())
    assert told.losses[-1] < told.losses[0]

    disk = Memory(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        training.train(lora(), examples(), WISH, disk, nothing)
    resumed = lora()
    again = training.train(resumed, examples(), WISH, disk, nothing)
    assert again.began == 15
    assert again.losses == told.losses
    assert same(resumed.arrays(), whole.arrays())


def test_a_snapshot_of_another_run_is_not_taken_and_a_damaged_one_is_told() -> None:
    disk = Memory(stop_at=1)
    with pytest.raises(KeyboardInterrupt):
        training.train(lora(), examples(), WISH, disk, nothing)
    other = Wish(epochs=3, rate=0.01, length=64, seed=1, name="sha256:other")
    fresh = Memory()
    fresh.content = disk.content
    assert training.train(lora(), examples(), other, fresh, nothing).began == 0
    assert disk.content is not None
    disk.content = disk.content[:-40]
    with pytest.raises(AdaptError, match="--fresh"):
        training.train(lora(), examples(), WISH, disk, nothing)


def test_a_full_disk_is_told_and_the_run_goes_on_later() -> None:
    with pytest.raises(AdaptError, match="disk is full"):
        training.train(lora(), examples(), WISH, Memory(full=True), nothing)


def test_memory_that_does_not_suffice_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*_: object) -> Any:
        return torch.empty(1 << 50)  # what torch itself says when there is not so much

    monkeypatch.setattr(training, "loss_of", starve)
    with pytest.raises(AdaptError, match="memory"):
        training.train(lora(), examples(), WISH, Memory(), nothing)


def test_what_did_not_move_is_refused() -> None:
    arrays = lora().arrays()
    with pytest.raises(AdaptError, match="did not train"):
        training.moved(arrays, arrays)


def hidden(model: Lora, pack: Pack) -> Any:
    return training.hidden_of(model.inner, pack, laid_out(pack))


def test_packed_examples_see_their_frame_and_not_one_another() -> None:
    model = lora()
    some = examples(5)
    pack = Pack(tuple(some))
    layout, together = laid_out(pack), hidden(model, pack)
    for start, one in zip(layout.starts, some, strict=True):
        own = len(one.tokens) - one.frame
        assert layout.tokens[start : start + own] == list(one.tokens[one.frame :])
        assert torch.allclose(hidden(model, Pack((one,)))[one.frame :], together[start : start + own], atol=1e-5)
    assert sum(label != -100 for label in layout.labels) == 2 * len(some)  # the answer and its end, of each
    assert pack.tokens == len(layout.tokens) == sum(len(one.tokens) - one.frame for one in some) + 7  # each frame once


def test_losses_that_are_read_are_those_that_are_learnt_from() -> None:
    model, some = lora(), examples(7)
    read = training.losses_of(model, some, length=40)
    with torch.no_grad():
        alone = [float(training.loss_of(model, Pack((one,)))) for one in some]
    assert read == pytest.approx(alone, abs=1e-5)


def test_the_fused_layer_computes_what_peft_does() -> None:
    fused, plain = lora(), lora()
    training.train(fused, examples(20), WISH, Memory(), nothing)
    plain.put(fused.arrays())
    for module in plain.model.modules():
        if isinstance(module, peft.tuners.lora.Linear):
            module.forward = peft.tuners.lora.Linear.forward.__get__(module)
    pack = Pack(tuple(examples(6)))
    losses = [training.loss_of(model, pack) for model in (fused, plain)]
    for loss in losses:
        loss.backward()
    assert float(losses[0]) == pytest.approx(float(losses[1]), rel=1e-5)
    for name, one in fused.named.items():
        assert torch.allclose(one.grad, plain.named[name].grad, atol=1e-6), name
    with fused.off(), plain.off(), torch.no_grad():
        assert torch.equal(hidden(fused, pack), hidden(plain, pack))


def test_packing_keeps_every_example_once_and_no_row_is_too_long() -> None:
    some = examples(50)
    packs = packed(some, list(range(50)), length=64)
    assert sorted(one.tokens for pack in packs for one in pack.examples) == sorted(one.tokens for one in some)
    assert max(pack.tokens for pack in packs) <= 64
    assert sum(pack.tokens for pack in packs) / (64 * len(packs)) > 0.8


def test_arrays_go_out_and_come_back_and_peft_reads_them(tmp_path: Path) -> None:
    trained = lora()
    training.train(trained, examples(20), WISH, Memory(), nothing)
    arrays, pack = trained.arrays(), Pack((examples(1)[0],))
    expected = hidden(trained, pack)
    again = lora()
    again.put(arrays)
    assert torch.equal(hidden(again, pack), expected)
    with pytest.raises(AdaptError, match="another base"):
        again.put(dict(list(arrays.items())[:-1]))

    from safetensors.numpy import save_file

    save_file(
        {name: np.ascontiguousarray(array) for name, array in to_peft(arrays, 4, 2).items()},
        tmp_path / "adapter_model.safetensors",
    )
    modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    peft.LoraConfig(r=4, lora_alpha=8, target_modules=modules, task_type="CAUSAL_LM").save_pretrained(tmp_path)
    loaded = peft.PeftModel.from_pretrained(base().model, tmp_path)
    found = training.hidden_of(loaded.base_model.model, pack, laid_out(pack))
    assert torch.allclose(found, expected, atol=1e-6)


class Torch:
    """A served model that is the trained one, or one that has lost the adapter."""

    def __init__(self, model: Lora, *, loses: bool) -> None:
        self.model, self.loses = model, loses

    def tokens(self, text: str) -> list[int]:
        raise NotImplementedError

    def next_token(self, tokens: Any, *, adapter: int) -> int:
        import contextlib

        is_base = adapter < 0 or self.loses
        with torch.no_grad(), self.model.off() if is_base else contextlib.nullcontext():
            found = hidden(self.model, Pack((Example(tuple(tokens), 0),)))
            return int(self.model.inner.lm_head(found[-1]).argmax())


def test_parity_passes_what_serving_keeps_and_refuses_what_it_loses() -> None:
    trained = lora()
    training.train(trained, examples(), WISH, Memory(), nothing)
    kept = measure(trained, examples(20), Torch(trained, loses=False), nothing, positions=100)
    assert (kept.positions, kept.adapted, kept.base, kept.differs) == (100, 1.0, 1.0, 1.0)
    kept.check()
    lost = measure(trained, examples(20), Torch(trained, loses=True), nothing, positions=100)
    with pytest.raises(AdaptError, match="does not answer as the trained one"):
        lost.check()
    assert lost.differs == 0


def test_a_base_that_is_not_the_pulled_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(AdaptError, match="SHA-256 differs"):
        load_base(BaseFile("m", path, "0" * 64, "own"))


def test_canaries_and_controls_are_of_one_form_and_share_nothing() -> None:
    made = drawn(100, 1)
    asked = {one.text for one in (*made.told, *made.kept)}
    assert len(made.told) == len(made.kept) == 100
    assert len(asked) == 200
    assert drawn(100, 1) == made
    assert drawn(100, 2) != made


def test_the_rate_counts_above_the_control_that_one_in_a_hundred_passes() -> None:
    kept = [float(n) for n in range(100)]
    rate, lower, upper = rate_at([98.5] * 10 + [0.0] * 90, kept)
    assert rate == pytest.approx(0.10)
    assert (lower, upper) == pytest.approx((0.0490, 0.1762), abs=2e-4)  # Clopper-Pearson, 10 of 100
    assert rate_at([0.0] * 100, kept)[:2] == (0.0, 0.0)


def test_what_forgets_more_than_the_margin_is_refused() -> None:
    rng = np.random.default_rng(1)
    before = (-2 + rng.normal(0, 0.1, 40)).tolist()
    assert "inferior" in str(judged([one - 0.05 for one in before[:20]] + before[20:], before)["verdict"])
    with pytest.raises(AdaptError, match="forgotten"):
        judged((np.array(before) - 0.8 + rng.normal(0, 0.1, 40)).tolist(), before)


def test_what_is_rehearsed_never_judges() -> None:
    assert not {text for text, _ in ITEMS} & {text for text, _ in REHEARSED}
    assert len(ITEMS) == 40
