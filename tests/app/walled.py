"""Runs a Python command behind a real wall: `python walled.py landlock|seccomp -m MODULE ARGUMENTS...`."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
CONNECT_TCP = 1 << 1  # LANDLOCK_ACCESS_NET_CONNECT_TCP
CONNECT = {"x86_64": 42, "aarch64": 203}[platform.machine()]
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("size", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def landlock() -> None:
    """No TCP connection from now on: a ruleset that handles connecting and allows no port."""
    attributes = struct.pack("=QQ", 0, CONNECT_TCP)
    ruleset = LIBC.syscall(LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0 or LIBC.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0):
        raise SystemExit("no Landlock for TCP here")


def seccomp() -> None:
    """Whoever calls connect(2) is killed."""
    lines = [(0x20, 0, 0, 0), (0x15, 0, 1, CONNECT), (0x06, 0, 0, KILL_PROCESS), (0x06, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = Program(len(lines), ctypes.cast(code, ctypes.c_void_p))
    if LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)):
        raise SystemExit("no seccomp here")


if __name__ == "__main__":
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise SystemExit("no wall here")
    {"landlock": landlock, "seccomp": seccomp}[sys.argv[1]]()
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
