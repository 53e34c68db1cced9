"""The child process of the embedded engine: checks the model, starts llama.cpp on a unix socket, dies with its parent.

    python -m ambos.engines.child --socket PATH --model FILE [--log FILE]

The rest comes as one JSON line on standard input (`ChildOrder`), the API key with it: arguments can be read by every
user of the machine. Standard input stays open; its end ends the child. Standard output carries one line, `READY` or
`FAILED <name of ChildExit>`; llama.cpp's own words go to the log, else to standard error, until it serves. No Python
stands in the path of a token.

Order of the start, because llama.cpp gives one and the same error for all that can be wrong:
1. limits of the process (umask, no core dump, death with the parent);
2. the model: there, whole, a GGUF file, the recorded hash;
3. the lock beside the socket, held for life: two engines never share a socket;
4. the socket of an engine that died is removed, which only the holder of the lock may do;
5. llama.cpp.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import hashlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from ambos.engines.settings import MAX_SOCKET_PATH_BYTES, ChildExit
from ambos.walls import first_line

GGUF_MAGIC: Final = b"GGUF"
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_CHUNK_BYTES: Final = 1 << 20
_LOG_BYTES: Final = 1 << 20  # a longer log is begun anew at the next start


class ChildOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the parent writes, one JSON line. Never printed: it holds the key."""

    api_key: str
    sha256: str
    size_bytes: int
    alias: str
    threads: int
    context_tokens: int
    parallel: int
    parent: int
    adapters: tuple[str, ...] = ()


class _RefusedError(Exception):
    def __init__(self, exit_code: ChildExit) -> None:
        super().__init__(exit_code.name)
        self.exit_code = exit_code


def confine(parent: int) -> None:
    """No readable files, no core dump with prompts in it, and no life after the parent's (Linux; else end of stdin)."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(0)


def check_model(model: Path, *, sha256: str, size_bytes: int) -> None:
    """Refuse a model file that is not the one that was pulled."""
    try:
        with model.open("rb") as file:
            if os.fstat(file.fileno()).st_size < size_bytes:
                raise _RefusedError(ChildExit.MODEL_TRUNCATED)
            if file.read(len(GGUF_MAGIC)) != GGUF_MAGIC:
                raise _RefusedError(ChildExit.MODEL_NOT_GGUF)
            file.seek(0)
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise _RefusedError(ChildExit.MODEL_MISSING) from error
    if digest.hexdigest() != sha256:
        raise _RefusedError(ChildExit.MODEL_WRONG_HASH)


def claim_socket(socket_path: Path) -> int:
    """Take the lock beside the socket and clear what a dead engine left. Returns the lock's descriptor."""
    if len(os.fsencode(socket_path)) > MAX_SOCKET_PATH_BYTES:
        raise _RefusedError(ChildExit.SOCKET_PATH)
    socket_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(socket_path.with_name(socket_path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise _RefusedError(ChildExit.ENGINE_RUNNING) from error
    socket_path.unlink(missing_ok=True)
    return lock


def start_engine(socket_path: Path, model: Path, order: ChildOrder) -> Any:  # xllamacpp has no types
    """llama.cpp's server on the unix socket and on nothing else."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {order.alias}
    params.hostnames = [str(socket_path)]  # a name that ends in .sock: no TCP
    params.api_keys = [order.api_key]
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    params.endpoint_metrics = True
    params.cors_origins = ""
    params.offline = True
    params.n_ctx = order.context_tokens * order.parallel  # divided among the slots
    params.n_parallel = order.parallel
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.threads
    params.n_threads_http = 8 * order.parallel + 4  # a thread each for the streams of eight workers, and for health
    params.cache_ram_mib = 0  # the default keeps 8 GiB of people's prompts
    params.cache_prompt = False
    params.lora_adapters = [_adapter(xllamacpp, path) for path in order.adapters]
    try:
        return xllamacpp.Server(params)
    except Exception as error:
        sys.stderr.write(f"llama.cpp: {type(error).__name__}\n")
        raise _RefusedError(ChildExit.ENGINE_REFUSED) from error


def _adapter(xllamacpp: Any, path: str) -> Any:  # xllamacpp has no types
    told = xllamacpp.CommonAdapterLoraInfo()
    told.path, told.scale = path, 0.0  # a request that names none gets the base
    return told


def _hold_until_end_of_input(socket_path: Path, *held: object) -> NoReturn:
    def leave(*_: object) -> NoReturn:
        socket_path.unlink(missing_ok=True)
        os._exit(0)  # at once: running answers have nobody left to read them

    signal.signal(signal.SIGTERM, leave)
    while held and os.read(0, 4096):
        pass
    leave()


def _start(socket_path: Path, model: Path) -> tuple[int, Any]:
    try:
        order = msgspec.json.decode(first_line(), type=ChildOrder)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise _RefusedError(ChildExit.BAD_SETTINGS) from error
    confine(order.parent)
    check_model(model, sha256=order.sha256, size_bytes=order.size_bytes)
    return claim_socket(socket_path), start_engine(socket_path, model, order)


def main(argv: list[str] | None = None) -> int:
    """Start the engine and wait; returns only when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m ambos.engines.child", description="The embedded engine.")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args(argv)
    if options.log is not None:
        _send_errors_to(options.log)
    report = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what C code prints must not mix with our one line
    try:
        lock, engine = _start(options.socket, options.model)
    except _RefusedError as error:
        print(f"FAILED {error.exit_code.name}", file=report, flush=True)
        return error.exit_code
    _silence_errors()
    print("READY", file=report, flush=True)
    _hold_until_end_of_input(options.socket, lock, engine)


def _send_errors_to(log: Path) -> None:
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if os.fstat(descriptor).st_size > _LOG_BYTES:
        os.ftruncate(descriptor, 0)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _silence_errors() -> None:
    # From here on it serves, and its warnings repeat pieces of requests: a schema it cannot read, a grammar in full.
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
