"""Walls that the kernel keeps around one process of Ambos: Landlock for files and ports, seccomp for system calls.

A process raises its wall once, before it has threads, and cannot take it down. Nothing here is imported that starts a
thread or opens a socket. Which wall a process needs is known to `app.wall_plan`; how to see it, to docs/guide/walls.md.
"""

from ambos.walls.line import first_line
from ambos.walls.printed import Place, network_policy, systemd_unit
from ambos.walls.settings import WallSettings
from ambos.walls.wall import TCP_ABI, Held, Wall, available, held, missing, raise_wall

__all__ = [
    "TCP_ABI",
    "Held",
    "Place",
    "Wall",
    "WallSettings",
    "available",
    "first_line",
    "held",
    "missing",
    "network_policy",
    "raise_wall",
    "systemd_unit",
]
