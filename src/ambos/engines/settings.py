"""Settings of the embedded engine, and the words with which its child reports how its start went."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

MAX_SOCKET_PATH_BYTES: Final = 107
"""A unix socket address holds 108 bytes with its closing zero on Linux (unix(7)); macOS holds 104."""


def default_threads(cores: int | None = None) -> int:
    """All cores but one: with every core busy elsewhere, the engine's threads wait for each other."""
    return max(1, (cores if cores is not None else os.cpu_count() or 1) - 1)


class ChildExit(IntEnum):
    """Exit codes of the child. Below 20 they are Python's own, 128 and more are signals."""

    MODEL_MISSING = 20
    MODEL_TRUNCATED = 21
    MODEL_NOT_GGUF = 22
    MODEL_WRONG_HASH = 23
    ENGINE_RUNNING = 24
    SOCKET_PATH = 25
    ENGINE_REFUSED = 26
    BAD_SETTINGS = 27

    @property
    def is_lasting(self) -> bool:
        """A new start cannot help: somebody must mend the model or the settings first."""
        return self is not ChildExit.ENGINE_RUNNING and self is not ChildExit.ENGINE_REFUSED


ADVICE: Final = {
    ChildExit.MODEL_MISSING: "the model file is not there; fetch it with `ambos models pull`",
    ChildExit.MODEL_TRUNCATED: "the model file is shorter than recorded; remove it and pull it again",
    ChildExit.MODEL_NOT_GGUF: "the model file does not begin as a GGUF file; remove it and pull it again",
    ChildExit.MODEL_WRONG_HASH: "the model file is not the one that was pulled (SHA-256 differs); remove and pull it",
    ChildExit.ENGINE_RUNNING: "another engine holds this socket; stop it first",
    ChildExit.SOCKET_PATH: f"the path of the engine's socket is over {MAX_SOCKET_PATH_BYTES} bytes; use a shorter one",
    ChildExit.ENGINE_REFUSED: "llama.cpp refused the model; its own words are in the engine's log",
    ChildExit.BAD_SETTINGS: "the child was started without its settings; the supervisor starts it",
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A pulled model as its `model.json` records it.

    Attributes:
        path: the GGUF file.
        sha256: 64 hex digits; checked by the child before each start.
        size_bytes: recorded size.
        fitness: "demo", "unproven" or "proven on ...".
    """

    path: Path
    sha256: str
    size_bytes: int
    fitness: str = "unproven"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the embedded engine runs.

    Attributes:
        alias: the name under which it serves, what callers write in `model`.
        provider: the provider's name in the catalogue; a dispatch for another provider is refused.
        threads: compute threads; leave a core free.
        context_tokens: prompt and answer of one request together.
        parallel: requests that run at once; the memory of the context grows with it.
        max_waiting: requests that wait beyond those; the next one is refused.
        max_prompt_tokens: longest prompt; reading it cannot be interrupted.
        max_answer_tokens: longest answer, also the default.
        idle_timeout_s: longest silence inside an answer.
        adapters: names that callers write in `model`, in the order in which the child loaded their adapters.
    """

    alias: str = "ambos/smollm2"
    provider: str = "embedded"
    threads: int = field(default_factory=default_threads)
    context_tokens: int = 4096
    parallel: int = 2
    max_waiting: int = 64
    max_prompt_tokens: int = 3072
    max_answer_tokens: int = 1024
    idle_timeout_s: float = 120.0
    adapters: tuple[str, ...] = ()
