"""One run of the chat family in a process of its own, to be killed, starved or left without a disk:

    python -m tests.adapt.chat.one_run BASE_FOLDER SNAPSHOT [BYTES_OF_MEMORY]

Prints `began N sha256` or what a person would be told.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import warnings
from pathlib import Path

from tests.adapt.chat.small_base import small_corpus, small_recipe

from ambos.adapt.chat import training
from ambos.adapt.chat.base import BaseFile
from ambos.adapt.chat.running import Doors, run
from ambos.app.house import SystemRandom
from ambos.cli.chat_turn import SealedSnapshots
from ambos.cli.words import told
from ambos.engines.prompt import system_message
from ambos.errors import AdaptError
from ambos.store.sealing import Nonces, Sealer


def main(folder: Path, snapshot: Path, memory: int) -> int:
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    training.SAVE_EVERY = 4  # type: ignore[misc]  # a small run has few steps
    path = folder / "model.safetensors"
    base = BaseFile("tiny", path, hashlib.sha256(path.read_bytes()).hexdigest(), "own")
    corpus = small_corpus()
    kept = SealedSnapshots(snapshot, Sealer(b"k" * 32, Nonces(SystemRandom())))
    if memory:
        with Path("/proc/self/statm").open() as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
    try:
        made = run(
            corpus, small_recipe(corpus), Doors(base, system_message, kept, None, lambda _: None), lambda *_: None
        )
    except AdaptError as error:
        print(told(error))
        return 1
    began = made.card["run"]
    assert isinstance(began, dict)
    print("began", began["resumed_at"], hashlib.sha256(made.content).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
