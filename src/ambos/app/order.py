"""What the supervisor tells a worker: one JSON line on its standard input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a worker cannot read from the data directory.

    Attributes:
        directory: the data directory.
        flags: settings of the command line, by path.
        index: number of the worker; number 0 also does the periodic work.
        listen: file descriptors of the listening sockets.
        engine: `socket`, `key`, `name`, `file`, `fitness`, `context` of the embedded engine; empty without one.
        stand_in: Unix socket of the stand-in provider; "" without one.
        broker: `socket` and `token` of the broker; empty where workers call providers themselves.
        brokered: what the broker calls, by its numbers.
        metrics_directory: shared counters; "" for one worker.
    """

    directory: str
    flags: Mapping[str, str | int | bool] = field(default_factory=dict)
    index: int = 0
    listen: tuple[int, ...] = ()
    engine: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    stand_in: str = ""
    metrics_directory: str = ""
    broker: Mapping[str, str] = field(default_factory=dict, repr=False)
    brokered: tuple[str, ...] = ()
