"""Knocks once at a listener on loopback and says in JSON what came of it: `python -P knock.py WAY PORT`.

Run by its path, in a process of its own: it inherits every wall of whoever starts it, and a wall that kills takes only
this process. It imports nothing of Ambos. What it says is one side of the story; whether the knock arrived is known to
the listener alone (`walls`).
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

WAIT_S = 3
# RFC 5737: an address for documents, nobody's. A datagram socket that is connected sends nothing: the kernel looks for
# a route and asks its walls, and that is all.
NOWHERE = "192.0.2.1"
_LANDLOCK_CREATE_RULESET = 444  # landlock(7); the same number on every architecture
_LANDLOCK_VERSION = 1


def uvloop_knock(port: int) -> int:
    """By uvloop: C code that no hook of the interpreter sees."""
    import uvloop

    async def connect() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await asyncio.wait_for(loop.create_connection(asyncio.Protocol, "127.0.0.1", port), WAIT_S)
        transport.close()

    try:
        uvloop.run(connect())
    except TimeoutError:
        return errno.ETIMEDOUT
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def libpq_knock(port: int) -> int:
    """By libpq, the C client of PostgreSQL. It tells its errors in words only."""
    import psycopg

    target = f"host=127.0.0.1 port={port} user=nobody dbname=none sslmode=disable gssencmode=disable"
    try:
        psycopg.connect(f"{target} connect_timeout={WAIT_S}").close()
    except psycopg.OperationalError as error:
        words = str(error)
        for code in (*REFUSALS, errno.ECONNREFUSED, errno.ETIMEDOUT):
            if os.strerror(code) in words:
                return code
        if "timeout" in words:
            return errno.ETIMEDOUT
        # The listener speaks no PostgreSQL. Where libpq may make no socket at all it says nothing: so the same is tried.
        return _socket_refused() or errno.EPROTO
    return 0


def ctypes_knock(port: int) -> int:
    """By the C library's own `connect`."""
    return _connect(socket.SOCK_STREAM, "127.0.0.1", port)


def beyond(_: int) -> int:
    """Whether the kernel would let a packet out to an address beyond this machine; none is sent."""
    return _connect(socket.SOCK_DGRAM, NOWHERE, 9)


REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EAFNOSUPPORT)
WAYS: dict[str, Callable[[int], int]] = {
    "uvloop": uvloop_knock,
    "libpq": libpq_knock,
    "ctypes": ctypes_knock,
    "beyond": beyond,
}


def _connect(kind: int, host: str, port: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.socket(socket.AF_INET, kind, 0)
    if made < 0:
        return ctypes.get_errno()
    try:
        timeout = struct.pack("ll", WAIT_S, 0)
        libc.setsockopt(made, socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout, len(timeout))
        address = _address(host, port)
        return 0 if libc.connect(made, address, len(address)) == 0 else ctypes.get_errno()
    finally:
        libc.close(made)


def _socket_refused() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if made < 0:
        return ctypes.get_errno()
    libc.close(made)
    return 0


def _address(host: str, port: int) -> bytes:
    """`struct sockaddr_in`; the BSDs have its length in front."""
    family = struct.pack("=H", socket.AF_INET) if sys.platform == "linux" else bytes((16, socket.AF_INET))
    return family + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)


def facts() -> dict[str, int]:
    """What this kernel and this process have that could be a wall; -1 where it cannot be known."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    modes = [int(line.split()[1]) for line in lines if line.startswith("Seccomp:")]
    abi = -1
    if sys.platform == "linux":
        abi = ctypes.CDLL(None).syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION)
    try:
        alone = int(all(name == "lo" for _, name in socket.if_nameindex()))
    except OSError:  # behind a wall without sockets of the internet
        alone = -1
    return {"seccomp": modes[0] if modes else -1, "landlock": abi, "only_loopback": alone}


def main() -> None:
    """One knock."""
    way, port = sys.argv[1], int(sys.argv[2])
    try:
        code = WAYS[way](port)
    except ImportError:
        code = errno.ENOPKG
    told = {"error": errno.errorcode.get(code, "") if code else "", **(facts() if way == "ctypes" else {})}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
