"""A seccomp filter in the kernel's own small language (seccomp(2), `struct sock_filter`), as a list of instructions.

What is refused answers with an error, never with a signal, so that a library that tries tells it like any other failure.
A filter sees numbers and not what pointers lead to: paths and addresses are Landlock's. Three ways around Landlock's ports
are shut here: MPTCP, the first bytes of TCP Fast Open (`sendto` that connects), and io_uring, whose calls no filter sees.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from typing import Final, NamedTuple

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _MODE_FILTER = 21, 22, 2
_LOAD, _AND, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06  # bpf_common.h
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data; an argument's low half comes first
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_STREAM, _DATAGRAM, _KIND_BITS = 1, 2, 0xF
_TCP, _UDP = 6, 17
_FAST_OPEN: Final = 0x20000000  # MSG_FASTOPEN
_X32: Final = 0x40000000  # x86-64's other set of calls, which filters on numbers would miss

# Numbers of x86-64 and of aarch64 (asm/unistd_64.h, asm-generic/unistd.h).
_NUMBERS: Final = {
    "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsmount": (432, 432), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "open_by_handle_at": (304, 265),
}  # fmt: skip
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # linux/audit.h
# Of other processes' memory, of the kernel itself, of other roots and names: no process of ours needs them.
_NEVER: Final = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "mount", "umount2", "pivot_root", "open_tree",
    "move_mount", "fsopen", "fsmount", "unshare", "setns", "bpf", "perf_event_open", "userfaultfd", "add_key",
    "request_key", "keyctl", "kexec_load", "init_module", "finit_module", "delete_module", "open_by_handle_at",
)  # fmt: skip
_ABSENT: Final = ("io_uring_setup", "io_uring_enter", "io_uring_register")  # libraries then fall back


class Instruction(NamedTuple):
    """`struct sock_filter`."""

    code: int
    then: int
    otherwise: int
    value: int


Block = list[Instruction]


@dataclass(frozen=True, slots=True)
class Calls:
    """What may be called beside the usual."""

    has_tcp: bool
    has_udp: bool
    may_connect: bool
    may_run: bool


def is_here() -> bool:
    """The kernel has filters, and the numbers of this machine are known."""
    return platform.machine() in _MACHINES and ctypes.CDLL(None, use_errno=True).prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def program(calls: Calls, machine: str = "") -> Block:
    """The filter, for this machine or the one that is named."""
    architecture, column = _MACHINES[machine or platform.machine()]
    numbers = {name: pair[column] for name, pair in _NUMBERS.items()}
    refused = [
        *_NEVER,
        *(() if calls.may_connect else ("connect",)),
        *(() if calls.may_run else ("execve", "execveat")),
    ]
    made = [
        _load(_ARCHITECTURE_AT),
        Instruction(_EQUAL, 1, 0, architecture),
        _fail(errno.EPERM),
        _load(_NUMBER_AT),
        *_if(_AT_LEAST, _X32, [_fail(errno.EPERM)]),
    ]
    for name in refused:
        made += _if(_EQUAL, numbers[name], [_fail(errno.EPERM)])
    for name in _ABSENT:
        made += _if(_EQUAL, numbers[name], [_fail(errno.ENOSYS)])
    made += _if(_EQUAL, numbers["socket"], _sockets(calls))
    for name, flags in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        opens = _if(_ANY_BIT, _FAST_OPEN, [_fail(errno.EPERM)])
        made += _if(_EQUAL, numbers[name], [_argument(flags), *opens, _allow()])
    return [*made, _allow()]


def _sockets(calls: Calls) -> Block:
    block = [_argument(0), *_if(_EQUAL, _UNIX, [_allow()])]
    if calls.has_tcp or calls.has_udp:
        block += _if(_EQUAL, _NETLINK, [_allow()])  # the C library asks it which addresses the machine has
        internet = _internet(calls)
        block += _if(_EQUAL, _INET, internet) + _if(_EQUAL, _INET6, internet)
    return [*block, _fail(errno.EPERM)]


def _internet(calls: Calls) -> Block:
    block = [_argument(1), Instruction(_AND, 0, 0, _KIND_BITS)]
    for is_meant, kind, protocol in ((calls.has_tcp, _STREAM, _TCP), (calls.has_udp, _DATAGRAM, _UDP)):
        if is_meant:
            named = [_argument(2), *_if(_EQUAL, 0, [_allow()]), *_if(_EQUAL, protocol, [_allow()]), _fail(errno.EPERM)]
            block += _if(_EQUAL, kind, named)
    return [*block, _fail(errno.EPERM)]


def _if(test: int, value: int, block: Block) -> Block:
    """`block` where the test holds. Every block ends in a return: behind it the accumulator is as it was."""
    return [Instruction(test, 0, len(block), value), *block]


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _argument(number: int) -> Instruction:
    return _load(_ARGUMENTS_AT + 8 * number)


def _allow() -> Instruction:
    return Instruction(_RETURN, 0, 0, _ALLOW)


def _fail(code: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, _ERRNO | code)


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("size", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def restrict(made: Block) -> None:
    """Put the filter around the calling thread and all that it starts; no_new_privs must be set.

    Raises:
        OSError: the kernel refused.
    """
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in made))
    whole = _Program(len(made), ctypes.cast(code, ctypes.c_void_p))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(whole), 0, 0):
        refusal = ctypes.get_errno()
        raise OSError(refusal, os.strerror(refusal))
