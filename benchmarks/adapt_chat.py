"""One run of the chat family on a made-up task, from a table to a served answer, and the speed of LoRA.

    python benchmarks/adapt_chat.py [--rows 200] [--epochs 2] [--rate 0.001] [--canaries 0]

Writes benchmarks/results/adapt_chat.json: time from data to a model that people may sign, gain on held-back notes through
the served engine with its interval, parity on 2,000 positions, forgetting, memorisation where canaries are asked for, and
tokens per CPU second beside plain transformers + peft in the same process.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import chat_notes

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "adapt_chat.json"
PLAIN = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, torch
torch.set_num_threads(1)
from pathlib import Path
from ambos.adapt.chat import training
from ambos.adapt.chat.base import BaseFile, load_base
from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import Example, Pack
import peft
file = BaseFile("smollm2", Path(sys.argv[1]), sys.argv[2], "apache-2.0")
rng = np.random.default_rng(1)
row = [Example(tuple(rng.integers(10, 40000, 128).tolist()), 0) for _ in range(4)]
def timed(step):
    best = 9e9
    for _ in range(6):
        began = time.process_time(); step(); best = min(best, time.process_time() - began)
    return 512 / best
base = load_base(file)
names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = peft.get_peft_model(base.model, peft.LoraConfig(r=8, lora_alpha=16, target_modules=names, task_type="CAUSAL_LM"))
adam = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=1e-3)
tokens = torch.tensor([[token for one in row for token in one.tokens]])
def plain():
    model(input_ids=tokens, labels=tokens).loss.backward(); adam.step(); adam.zero_grad()
found = {"plain_tokens_per_cpu_s": timed(plain)}
del model, adam
lora = Lora(load_base(file), rank=8, alpha=16, seed=1)
state = training._State(lora)
found["tokens_per_cpu_s"] = timed(lambda: training._step(lora, state, Pack(tuple(row)), 1e-3))
print(json.dumps(found))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200, help="rows that train, about 100 tokens each")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.001)
    parser.add_argument("--canaries", type=int, default=0)
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="ambos-chat-") as folder:
        found = turn(Path(folder), options)
    if not options.no_speed:
        found["speed"] = speed()
    found |= {"options": vars(options), "commit": commit(), "date": time.strftime("%Y-%m-%d"), "machine": machine()}
    RESULT.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2, ensure_ascii=False))


def turn(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """`ambos adapt new` and `ambos iterate`, as a person types them."""
    data, table = folder / "data", folder / "desk.csv"
    # near duplicates go and a fifth is held back, so that more notes are written than train
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "answer"])
        writer.writerows(chat_notes.notes(int(options.rows * 2.1), seed=5))
    ambos("init", data=data)
    began, cpu = time.monotonic(), os.times()
    new = json.loads(
        ambos("adapt", "new", str(table), "--basis", "GDPR-6.1.f", "--origin", "made", "--json", data=data)
    )
    recipe = Path(new["recipe"])
    changed = {"epochs": options.epochs, "rate": options.rate, "canaries": options.canaries}
    lines = recipe.read_text(encoding="utf-8").splitlines()
    recipe.write_text(
        "\n".join(f"{key} = {changed[key]}" if (key := line.split(" = ")[0]) in changed else line for line in lines)
    )
    outcome = json.loads(ambos("iterate", str(recipe), "--json", data=data, check=False).splitlines()[-1])
    seconds, after = time.monotonic() - began, os.times()
    spent = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    card = json.loads(ambos("adapt", "show", "desk", "--json", data=data, check=False) or "{}")
    kept = ("rows", "rehearsed", "tokens", "steps", "losses", "parity", "forgetting", "memorisation", "run", "dtype")
    return {
        "outcome": outcome, "seconds_data_to_judged": round(seconds, 1), "cpu_seconds": round(spent, 1),
        "card": {name: card.get(name) for name in kept},
    }  # fmt: skip


def speed() -> dict[str, float]:
    """LoRA on one thread, rows of 512 tokens, beside plain transformers + peft."""
    shelf = Path(os.environ.get("AMBOS_MODELS") or Path.home() / ".cache" / "ambos" / "models") / "smollm2"
    card = json.loads((shelf / "model.json").read_bytes())
    command = [sys.executable, "-c", PLAIN, str(shelf / card["file"]), card["sha256"]]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    told = json.loads(done.stdout.splitlines()[-1])
    return {name: round(value, 1) for name, value in told.items()} | {
        "ratio": round(told["tokens_per_cpu_s"] / told["plain_tokens_per_cpu_s"], 3)
    }


def ambos(*arguments: str, data: Path, check: bool = True) -> str:
    command = [sys.executable, "-m", "ambos.cli", *arguments, "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if check and done.returncode:
        raise SystemExit(f"{arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.strip()


def machine() -> str:
    loads = os.getloadavg()
    return f"{os.cpu_count()} cores, x86-64, load {loads[0]:.0f} at the end"


if __name__ == "__main__":
    main()
