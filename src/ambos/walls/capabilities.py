"""Giving up what a process that runs as root may do beyond its own files (capabilities(7)).

Who may watch the machine's performance reads the memory of every process, past Landlock: so that is given up too.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

_VERSION: Final = 0x20080522  # linux/capability.h, version 3
_FILES: Final = 0b11111  # CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID: containers mount others' folders


def drop() -> None:
    """Keep those over files alone, for the calling thread and all that it starts.

    Raises:
        OSError: the kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header = struct.pack("=Ii", _VERSION, 0)
    had = ctypes.create_string_buffer(24)
    if libc.capget(header, had):
        _refused()
    effective, permitted, _, *_ = struct.unpack("=6I", had.raw)
    kept = struct.pack("=6I", effective & _FILES, permitted & _FILES, 0, 0, 0, 0)
    if libc.capset(header, kept):
        _refused()


def _refused() -> None:
    code = ctypes.get_errno()
    raise OSError(code, os.strerror(code))
