"""One run of the chat family in a process of its own, to be killed, starved or left without a disk.

The process is forked from one that has imported the training packages and done nothing with them.
"""

from __future__ import annotations

import hashlib
import os
import resource
import warnings
from pathlib import Path

from tests.adapt.chat.small_base import small_corpus, small_recipe

from ambos.adapt.chat import training
from ambos.adapt.chat.base import BaseFile
from ambos.adapt.chat.running import Doors, run
from ambos.app.system import SystemRandom
from ambos.cli.chat_turn import SealedSnapshots
from ambos.cli.words import told
from ambos.engines.prompt import system_message
from ambos.errors import AdaptError
from ambos.store.sealing import Nonces, Sealer


def one_run(folder: Path, snapshot: Path, said: Path, memory: int, language: str) -> None:
    """Train on the base of this folder; `said` holds `began N sha256`, or what a person would be told.

    Args:
        memory: bytes of address space beyond those in use; 0 for no bound.
    """
    import torch

    os.environ["AMBOS_LANG"] = language
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    training.SAVE_EVERY = 4  # type: ignore[misc]  # a small run has few steps
    path = folder / "model.safetensors"
    base = BaseFile("tiny", path, hashlib.sha256(path.read_bytes()).hexdigest(), "own")
    corpus = small_corpus()
    kept = SealedSnapshots(snapshot, Sealer(b"k" * 32, Nonces(SystemRandom())))
    if memory:
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
    doors = Doors(base, system_message, kept, None, lambda _: None)
    try:
        made = run(corpus, small_recipe(corpus), doors, lambda *_: None)
    except AdaptError as error:
        said.write_text(told(error))
        return
    began = made.card["run"]
    assert isinstance(began, dict)
    said.write_text(f"began {began['resumed_at']} {hashlib.sha256(made.content).hexdigest()}")
