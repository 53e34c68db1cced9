"""An engine of one's own for as long as a block lasts: base and adapters in one process, for proofs before promotion.

The adapter never touches the disk where the system has anonymous files (Linux); the child inherits its descriptor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson

from ambos.engines.child import ChildOrder
from ambos.engines.probe import Line
from ambos.engines.prompt import system_message
from ambos.engines.settings import ModelFile
from ambos.errors import EngineError

_KEY_BYTES: Final = 32
_IDLE_S: Final = 120.0
BARE: Final = {"LANG": "C.UTF-8"}  # the engine needs no key of a provider: it gets none of our environment


class Held:
    """Adapters where a child can open them: `descriptors` are inherited, `paths` are what the child is told."""

    def __init__(self, contents: Sequence[bytes], folder: Path) -> None:
        self.descriptors: list[int] = []
        self.paths: list[str] = []
        for number, content in enumerate(contents):
            if sys.platform == "linux":
                held = os.memfd_create(f"adapter-{number}", 0)
                path = f"/proc/self/fd/{held}"
            else:
                held, path = tempfile.mkstemp(prefix="adapter-", dir=folder)
            left = memoryview(content)
            while left:
                left = left[os.write(held, left) :]
            self.descriptors.append(held)
            self.paths.append(path)

    def close(self) -> None:
        """Let go of them; a child that runs keeps its own."""
        for held, path in zip(self.descriptors, self.paths, strict=True):
            os.close(held)
            if sys.platform != "linux":
                Path(path).unlink(missing_ok=True)
        self.descriptors, self.paths = [], []


@dataclass(frozen=True, slots=True)
class Said:
    """A greedy answer; `is_whole` is False where the bound on its tokens cut it off."""

    text: str
    is_whole: bool


class Trial:
    """Greedy answers of base and adapters, one after the other: the same questions give the same answers. Made by `trial`."""

    def __init__(self, line: Line, loop: asyncio.Runner, adapters: int) -> None:
        self._line, self._loop, self._adapters = line, loop, adapters

    def tokens(self, text: str, *, before: Sequence[tuple[str, str]] = ()) -> list[int]:
        """How the engine writes a question to the model, as tokens; `before` are questions with answers that stand before."""
        turns = [{"role": "system", "content": system_message(text)}]
        for asked, answered in before:
            turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        messages = [*turns, {"role": "user", "content": text}]
        return self.written(str(self._ask("/apply-template", {"messages": messages})["prompt"]), is_special=True)

    def written(self, text: str, *, is_special: bool = False) -> list[int]:
        """A text's tokens; marks of the template count as such only if asked for."""
        told = self._ask("/tokenize", {"content": text, "add_special": is_special, "parse_special": is_special})
        return [int(one) for one in told["tokens"]]

    def next_token(self, tokens: Sequence[int], *, adapter: int) -> int:
        """The likeliest token after these; `adapter` is its number, -1 the base."""
        # not `n_probs`: the engine tells none of a token that ends within a character
        told = self._ask("/completion", self._greedy(tokens, adapter, 1) | {"return_tokens": True})
        return int(told["tokens"][0])

    def answer(self, text: str, *, adapter: int, longest: int = 64) -> str:
        """The greedy answer to a question, up to `longest` tokens."""
        return self.said(self.tokens(text), adapter=adapter, longest=longest).text

    def said(self, tokens: Sequence[int], *, adapter: int, longest: int) -> Said:
        """The greedy answer after these tokens."""
        told = self._ask("/completion", self._greedy(tokens, adapter, longest))
        return Said(str(told["content"]).strip(), told.get("stop_type") != "limit")

    def _greedy(self, tokens: Sequence[int], adapter: int, longest: int) -> dict[str, Any]:
        scales = [{"id": at, "scale": float(at == adapter)} for at in range(self._adapters)]
        return {
            "prompt": [*tokens], "n_predict": longest, "temperature": 0.0, "id_slot": 0, "cache_prompt": True,
            "lora": scales,
        }  # fmt: skip

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._loop.run(self._asked(path, body))

    async def _asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with await self._line.post(path, body) as response:
            if response.status != 200:
                raise EngineError(f"the engine refused a question of the trial ({response.status})")
            answer: dict[str, Any] = orjson.loads(await response.read())
            return answer


@contextlib.contextmanager
def trial(
    model: ModelFile, adapters: Sequence[bytes], *, threads: int = 1, context_tokens: int = 2048
) -> Iterator[Trial]:
    """A child with this model and these adapters, on a socket of its own.

    Raises:
        EngineError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="ambos-trial-") as folder, asyncio.Runner() as loop:
        held, key = Held(adapters, Path(folder)), os.urandom(_KEY_BYTES).hex()
        socket = Path(folder) / "engine.sock"
        order = ChildOrder(
            key, model.sha256, model.size_bytes, "trial", threads, context_tokens, 1, os.getpid(), tuple(held.paths)
        )
        arguments = ["-m", "ambos.engines.child", "--socket", str(socket), "--model", str(model.path)]
        child = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            pass_fds=tuple(held.descriptors), env=BARE,
        )  # fmt: skip
        line = Line(socket, api_key=key, idle_timeout_s=_IDLE_S)
        try:
            _begin(child, order)
            yield Trial(line, loop, len(adapters))
        finally:
            loop.run(line.close())
            child.kill()
            child.communicate()
            held.close()


def _begin(child: subprocess.Popen[bytes], order: ChildOrder) -> None:
    assert child.stdin is not None  # noqa: S101  it was asked for
    assert child.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(msgspec.json.encode(order) + b"\n")
        child.stdin.flush()
    said = child.stdout.readline().decode("utf-8", "replace").strip()
    if said != "READY":
        raise EngineError(f"the engine did not start with this adapter: {said[:80] or 'it ended'}")
