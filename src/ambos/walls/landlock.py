"""Landlock by its three raw system calls (landlock(7)): files by path, TCP by port, signals and abstract sockets by scope.

Addresses are not told apart, UDP is not held, and neither is MPTCP: `seccomp` holds those two.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION: Final = 1  # flag of the first call: tells the ABI and makes nothing
_PATH_BENEATH, _NET_PORT = 1, 2

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
_FILES_BY_ABI: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # how many of the rights there are; 16 from ABI 5 on
_ON_A_FILE: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_NET_ABI: Final = 4
_SCOPE_ABI: Final = 6


def abi() -> int:
    """The version that the kernel offers; 0 or less for none."""
    return int(ctypes.CDLL(None, use_errno=True).syscall(_CREATE_RULESET, None, 0, _VERSION))


def restrict(*, readable: Iterable[str], writable: Iterable[str], runnable: Iterable[str], ports: Iterable[int]) -> int:
    """From now on nothing but this, for the calling thread and all that it starts. Returns the ABI.

    Raises:
        OSError: the kernel refused.
    """
    version = abi()
    every = (1 << _FILES_BY_ABI.get(version, 16)) - 1
    net = _BIND_TCP | _CONNECT_TCP if version >= _NET_ABI else 0
    scope = _ABSTRACT_SOCKETS | _SIGNALS if version >= _SCOPE_ABI else 0
    ruleset = _create(every, net, scope, version)
    try:
        read = _READ_FILE | _READ_DIR
        _allow(ruleset, readable, read)
        _allow(ruleset, runnable, (read | _EXECUTE) & every)
        _allow(ruleset, writable, every & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK))
        if net:
            for port in ports:
                _call(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _create(files: int, net: int, scope: int, version: int) -> int:
    """The attribute is as long as the kernel knows it: a longer one with rights it does not know is refused."""
    fields = [files, *([net] if version >= _NET_ABI else []), *([scope] if version >= _SCOPE_ABI else [])]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return _call(_CREATE_RULESET, attributes, len(attributes), 0)


def _allow(ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]  # Linux only
        except OSError:
            continue  # what is not there cannot be reached, and stays so
        try:
            is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
            given = rights if is_folder else rights & _ON_A_FILE
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", given, place), 0)
        finally:
            os.close(place)


def _call(number: int, *arguments: int | bytes) -> int:
    done = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return done
