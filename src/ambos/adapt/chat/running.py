"""One run of the chat family: tokens with masks, LoRA, proof that it trained and that serving keeps it, its card."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ambos.adapt.chat import training
from ambos.adapt.chat.base import NO_MEMORY, Base, BaseFile, is_starved, load_base
from ambos.adapt.chat.forgetting import forgotten
from ambos.adapt.chat.general import REHEARSED
from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.memorisation import audited, drawn
from ambos.adapt.chat.parity import Served, measure
from ambos.adapt.chat.rows import Writer, examples, mask_hash
from ambos.adapt.chat.training import Snapshots, Wish
from ambos.adapt.running import energy, energy_uj
from ambos.corpus import Corpus, Recipe
from ambos.corpus.adapter import Adapter, AdapterFacts
from ambos.errors import AdaptError
from ambos.messages import Json

Told: TypeAlias = Callable[[str, int, int], None]
Serve: TypeAlias = Callable[[bytes], AbstractContextManager[Served]]

CONTROL: Final = "base"
PACKING: Final = "frames once"  # of a snapshot: rows that are packed another way are other steps
_SHOWN: Final = 3  # rows that a person checks


@dataclass(frozen=True, slots=True)
class Doors:
    """What a run is handed.

    Attributes:
        file: the base on the shelf.
        system: the system message that the served engine puts before a text.
        serve: starts the engine with an adapter beside the base; None where the engine at home does not serve this base.
        loss: hears the loss of each step.
        shown: hears the first rows as they train, what is learnt between ⟦ and ⟧, for a person to check.
    """

    file: BaseFile
    system: Callable[[str], str]
    snapshots: Snapshots
    serve: Serve | None
    shown: Callable[[str], None]
    loss: Callable[[str, int, float], None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class ChatRun:
    """What a run gave: the adapter's bytes, and its card."""

    content: bytes = field(repr=False)
    card: dict[str, Json]


def run(corpus: Corpus, recipe: Recipe, doors: Doors, told: Told) -> ChatRun:
    """Train by a recipe and prove that it trained, that serving keeps it, and that the base was not forgotten.

    Raises:
        AdaptError: what was trained is not what would be served, or nothing was; memory, disk or rows do not do.
    """
    try:
        return _run(corpus, recipe, doors, told)
    except (MemoryError, OSError, RuntimeError) as error:  # wherever it ran out: loading, learning, proving
        if not is_starved(error):
            raise
        raise AdaptError(NO_MEMORY) from None


def _run(corpus: Corpus, recipe: Recipe, doors: Doors, told: Told) -> ChatRun:
    started, cpu, before = time.monotonic(), time.process_time(), energy_uj()
    told("base", 0, 1)
    base = load_base(doors.file)
    told("base", 1, 1)
    writer = Writer(base.tokeniser, doors.system)
    rows = [row for row in corpus.rows if row.split == "train"]
    made = examples(rows, writer, length=recipe.length)
    for one in made[:_SHOWN]:
        doors.shown(writer.shown(one))
    canaries = drawn(recipe.canaries, recipe.seed)
    taught = made + [writer.example(*one) for one in REHEARSED]
    taught += [writer.example(one.text, one.answer) for one in canaries.told]
    mask = mask_hash(taught)
    lora = Lora(base, rank=recipe.rank, alpha=recipe.alpha, seed=recipe.seed)
    first = lora.arrays()
    wish = Wish(recipe.epochs, recipe.rate, recipe.length, recipe.seed, _run_name(recipe, mask, base))
    trained = training.train(
        lora, taught, wish, doors.snapshots, lambda done, total: told("tokens", done, total),
        lambda step, loss: doors.loss("lora", step, loss),
    )  # fmt: skip
    training.moved(first, lora.arrays())
    content = _adapter(lora, corpus, recipe, mask).to_bytes()
    forgetting = forgotten(lora, writer, lambda done, total: told("forgetting", done, total))
    parity = None
    if doors.serve is not None:
        with doors.serve(content) as served:
            parity = measure(lora, made, served, lambda done, total: told("parity", done, total))
        parity.check()
    card = _card(corpus, recipe, base)
    card |= {
        "mask": mask, "rows": len(rows), "rehearsed": len(REHEARSED), "tokens": trained.tokens, "steps": trained.steps,
        "losses": [round(one, 4) for one in trained.losses], "parity": parity.to_json() if parity else {},
        "forgetting": forgetting, "memorisation": audited(lora, writer, canaries),
    }  # fmt: skip
    spent = time.process_time() - cpu
    card["run"] = {
        "seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(spent, 1),
        "resumed_at": trained.began,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **energy(before, spent),
    }
    return ChatRun(content, card)


def _run_name(recipe: Recipe, mask: str, base: Base) -> str:
    # the type of numbers too: a snapshot of float32 goes not on in bfloat16 with equal bits
    told = f"{recipe.hash()}\n{mask}\n{base.file.sha256}\n{base.dtype}\n{PACKING}"
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


def _adapter(lora: Lora, corpus: Corpus, recipe: Recipe, mask: str) -> Adapter:
    base, config = lora.base, lora.base.model.config
    facts = AdapterFacts(
        corpus.hash, recipe.hash(), base.file.sha256, base.file.name, base.template, mask, recipe.rank, float(recipe.alpha),
        config.num_attention_heads, config.num_key_value_heads,
    )  # fmt: skip
    return Adapter(facts, lora.arrays())


def licences_of(corpus: Corpus, file: BaseFile) -> dict[str, str]:
    """The licence of the base and of each source of data, by name."""
    sources = corpus.manifest["sources"]
    made = {str(one["name"]): str(one["licence"]) for one in sources}  # type: ignore[index,union-attr,call-overload]  # our own manifest
    return {f"base {file.name}": file.licence, **made}


def _card(corpus: Corpus, recipe: Recipe, base: Base) -> dict[str, Json]:
    chain = licences_of(corpus, base.file)
    return {
        "name": recipe.name, "purpose": recipe.purpose, "family": "chat", "base": recipe.base, "features": "lora",
        "base_sha256": base.file.sha256, "template": base.template, "dtype": base.dtype, "metric": recipe.metric,
        "metrics": {}, "labels": [], "control": CONTROL, "folds": 0, "licences": [*sorted(set(chain.values()))],
        "chain": {**chain}, "use": recipe.use, "accepted": [*recipe.accepted], "remembered": recipe.most_remembered,
        "gain": {"against": "weak_generic"}, "corpus": corpus.hash, "recipe": recipe.hash(), "fitness": "unproven",
    }  # fmt: skip
