"""Base and adapter as one F16 file: does it name the trained model's likeliest token? 2,000 positions of 100 prompts.

    python benchmarks/adapt_f16.py [--steps 12]

A short training (rows of 256 tokens of `chat_notes.py`), the file that `ambos adapt export --merged` writes, and the check that
the command makes, on the same prompts, token by token on given text. Writes benchmarks/results/adapt_f16.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
import warnings
from pathlib import Path

import adapt_chat
import chat_notes
import torch

from ambos.adapt.chat import training
from ambos.adapt.chat.base import load_base
from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.merged import LEAST, check_merged, write_merged
from ambos.adapt.chat.parity import POSITIONS, PROMPTS
from ambos.adapt.chat.rows import Writer, mask_hash
from ambos.cli.chat_turn import base_file
from ambos.corpus.adapter import Adapter, AdapterFacts
from ambos.engines.prompt import system_message
from ambos.engines.settings import ModelFile
from ambos.engines.trial import trial
from ambos.errors import AdaptError

RESULT = adapt_chat.RESULT.with_name("adapt_f16.json")
RANK, ALPHA = 8, 16.0  # what `adapt new` writes


class Nowhere:
    def save(self, content: bytes) -> None: ...

    def load(self) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12, help="steps of about 256 tokens before the file is written")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    with tempfile.TemporaryDirectory(prefix="ambos-f16-") as folder:
        found = measured(Path(folder) / "model-f16.gguf", options.steps)
    found |= {"commit": adapt_chat.commit(), "date": time.strftime("%Y-%m-%d"), "machine": adapt_chat.machine()}
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))
    raise SystemExit(0 if found["holds"] else f"below {LEAST:.0%}")


def measured(path: Path, steps: int) -> dict[str, object]:
    began, cpu = time.monotonic(), time.process_time()
    base = load_base(base_file("smollm2"), dtype="float32")
    writer = Writer(base.tokeniser, system_message)
    made = [writer.example(*one) for one in chat_notes.notes(2 * steps, seed=5)]  # two notes fill a row
    lora = Lora(base, rank=RANK, alpha=ALPHA, seed=1)
    wish = training.Wish(epochs=1, rate=0.002, length=256, seed=1, name="sha256:f16")
    trained = training.train(lora, made, wish, Nowhere(), lambda *_: None)
    config = base.model.config
    facts = AdapterFacts(
        "sha256:c", "sha256:r", base.file.sha256, base.file.name, base.template, mask_hash(made), RANK, ALPHA,
        config.num_attention_heads, config.num_key_value_heads,
    )  # fmt: skip
    write_merged(base.file, Adapter(facts, lora.arrays()), path)
    served = ModelFile(path, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    with trial(served, [], threads=torch.get_num_threads()) as engine:
        try:
            share, holds = check_merged(lora, writer, engine, told), True
        except AdaptError as error:
            print(error)
            share, holds = None, False
    return {
        "asked": {"positions": POSITIONS, "prompts": PROMPTS}, "agreement": share, "least": LEAST, "holds": holds,
        "trained": {"steps": trained.steps, "tokens": trained.tokens, "loss": [trained.losses[0], trained.losses[-1]]},
        "seconds": round(time.monotonic() - began, 1), "cpu_seconds_trainer": round(time.process_time() - cpu, 1),
        "file_mib": path.stat().st_size >> 20,
    }  # fmt: skip


def told(done: int, total: int) -> None:
    if done % 10 == 0:
        print(f"{done} of {total} prompts", flush=True)


if __name__ == "__main__":
    main()
