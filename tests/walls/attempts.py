"""Tries what a walled process may not do, by C code that no hook of Python sees, and says in JSON what came of each.

`python -m ambos.walls tests.walls.attempts NAME[=ARGUMENT]...`: "" for what succeeded, else the kernel's name of the error.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, MPTCP, FAST_OPEN = 16, 262, 0x20000000
IO_URING_SETUP = 425
VM_READ, PIDFD_OPEN, PIDFD_GETFD = {"x86_64": 310, "aarch64": 270}[platform.machine()], 434, 438


def told(done: int) -> str:
    return "" if done >= 0 else errno.errorcode[ctypes.get_errno()]


def address(port: str) -> bytes:
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", int(port)) + socket.inet_aton("127.0.0.1") + bytes(8)


def connect(port: str, *, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> str:
    made = LIBC.socket(socket.AF_INET, kind, protocol)
    return told(made) or told(LIBC.connect(made, address(port), 16))


def fast_open(port: str) -> str:
    made = LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    return told(made) or told(LIBC.sendto(made, b"out", 3, FAST_OPEN, address(port), 16))


def bind(_: str) -> str:
    made = LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    return told(made) or told(LIBC.bind(made, address("0"), 16))


def uvloop(port: str) -> str:
    import uvloop as loops

    async def reach() -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", int(port))
        transport.close()

    return attempt(lambda: loops.run(reach()))


def libpq(port: str) -> str:
    import psycopg

    try:
        psycopg.connect(
            f"host=127.0.0.1 port={port} user=x dbname=x sslmode=disable gssencmode=disable connect_timeout=5"
        )
    except psycopg.OperationalError as error:
        known = {"closed the connection": "", os.strerror(errno.EACCES): "EACCES"}
        return next((code for words, code in known.items() if words in str(error)), "EPERM")  # no socket: no words
    return ""


def attempt(work: Callable[[], object]) -> str:
    try:
        work()
    except OSError as error:
        return errno.errorcode[error.errno or errno.EIO]
    return ""


def unix(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as made:
        return attempt(lambda: made.connect(path))


def memory_of(pid: str) -> str:
    kept = ctypes.create_string_buffer(8)
    here = struct.pack("=QQ", ctypes.addressof(kept), 8)
    return told(LIBC.syscall(VM_READ, int(pid), here, 1, here, 1, 0))


def socket_of(pid: str) -> str:
    handle = LIBC.syscall(PIDFD_OPEN, int(pid), 0)
    return told(handle) or told(LIBC.syscall(PIDFD_GETFD, handle, 0, 0))


TRIES: dict[str, Callable[[str], str]] = {
    "ctypes": connect,
    "uvloop": uvloop,
    "libpq": libpq,
    "mptcp": lambda port: connect(port, protocol=MPTCP),
    "udp": lambda port: connect(port, kind=socket.SOCK_DGRAM),
    "raw": lambda port: connect(port, kind=socket.SOCK_RAW, protocol=1),
    "fast_open": fast_open,
    "bind": bind,
    "unix": unix,
    "vsock": lambda _: told(LIBC.socket(40, socket.SOCK_STREAM, 0)),
    "io_uring": lambda _: told(LIBC.syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(120))),
    "read": lambda path: attempt(Path(path).read_bytes),
    "write": lambda path: attempt(lambda: Path(path).write_bytes(b"x")),
    "run": lambda program: attempt(lambda: subprocess.run([program, "-c", ""], check=True, stdin=subprocess.DEVNULL)),
    "environment_of": lambda pid: attempt(Path(f"/proc/{pid}/environ").read_bytes),
    "memory_of": memory_of,
    "socket_of": socket_of,
    "trace": lambda pid: told(LIBC.ptrace(PTRACE_ATTACH, int(pid), None, None)),
    "signal": lambda pid: attempt(lambda: os.kill(int(pid), signal.SIGCONT)),
}

if __name__ == "__main__":
    done = {}
    for one in sys.argv[1:]:
        name, _, argument = one.partition("=")
        done[name] = TRIES[name](argument)
    sys.stdout.write(json.dumps(done) + "\n")
