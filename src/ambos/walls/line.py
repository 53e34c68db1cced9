"""The first line of standard input: what a child is told before anything else."""

from __future__ import annotations

import os


def first_line() -> bytes:
    """The line, read byte by byte: what follows is for whoever reads next."""
    line = bytearray()
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return bytes(line)
