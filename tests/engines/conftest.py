"""The embedded model for tests: from the cache that all data directories share, else pulled into it once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ambos.app import Child
from ambos.catalogue import Pulled
from ambos.engines.llama import LlamaEngine
from ambos.engines.settings import ADVICE, ChildExit, EngineSettings, ModelFile
from ambos.messages import Level, Treatment, Zone
from ambos.ports import Attempt, Dispatch
from ambos.privacy import Outbound

KEY = "test-key-7d1f0c"
SETTINGS = EngineSettings(threads=1, context_tokens=2048, parallel=1, max_prompt_tokens=1024, max_answer_tokens=512)

Ask = Callable[..., Dispatch]
NewProcess = Callable[..., Child]
LASTING = {code.value: ADVICE[code] for code in ChildExit if code.is_lasting}


@pytest.fixture(scope="session")
def smollm2(pulled: Pulled) -> ModelFile:
    return ModelFile(pulled.path, pulled.card.sha256, pulled.card.size_bytes, pulled.card.fitness)


@pytest.fixture
def socket_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ambos-"))  # short: the path of a socket is bounded
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_process(socket_folder: Path) -> NewProcess:
    def make(model: ModelFile, settings: EngineSettings = SETTINGS) -> Child:
        line = {
            "api_key": KEY,
            "sha256": model.sha256,
            "size_bytes": model.size_bytes,
            "alias": settings.alias,
            "threads": settings.threads,
            "context_tokens": settings.context_tokens,
            "parallel": settings.parallel,
            "parent": os.getpid(),
        }
        places = ("--socket", str(socket_folder / "engine.sock"), "--model", str(model.path))
        return Child(
            "engine",
            "ambos.engines.child",
            line,
            arguments=("--log", str(socket_folder / "engine.log"), *places),
            environment={"LANG": "C.UTF-8"},
            lasting=LASTING,
        )

    return make


@pytest.fixture
async def process(smollm2: ModelFile, new_process: NewProcess) -> AsyncIterator[Child]:
    """A child of its own that runs."""
    process = new_process(smollm2)
    process.start()
    async with asyncio.timeout(120):
        await process.is_ready.wait()
    yield process
    await process.stop(5)


@pytest.fixture
async def engine(process: Child, socket_folder: Path) -> AsyncIterator[LlamaEngine]:
    engine = LlamaEngine(SETTINGS, socket_path=socket_folder / "engine.sock", api_key=KEY)
    yield engine
    await engine.close()


@pytest.fixture
def ask() -> Ask:
    """Make a dispatch for the embedded engine, as a log would."""

    def make(content: object = "What is the capital of France?", **fields: object) -> Dispatch:
        messages = fields.pop("messages", [{"role": "user", "content": content}])
        body = json.dumps({"model": "ambos/smollm2", "temperature": 0, "messages": messages, **fields}).encode()
        outbound = Outbound(body=body, treatment=Treatment.RAW, zone=Zone.INSIDE, level=Level.RESTRICTED)
        attempt = Attempt(1, "ambos/smollm2", "embedded", Zone.INSIDE)
        return Dispatch(asked_id="r_1", attempt=attempt, outbound=outbound)

    return make
