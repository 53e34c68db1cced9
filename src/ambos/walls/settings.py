"""The table `[walls]` of ambos.toml (docs/spec/config.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ambos.errors import ConfigError


@dataclass(frozen=True, slots=True)
class WallSettings:
    """Whether the kernel must wall the processes in, or may not, and what workers read beside their own; and whether a
    process of its own holds the providers' keys and the ways outside.

    Raises:
        ConfigError: both at once, or a path that is not absolute.
    """

    is_required: bool = False
    is_off: bool = False
    readable: tuple[str, ...] = ()
    has_broker: bool = True

    @classmethod
    def read(cls, values: Mapping[str, object]) -> WallSettings:
        """Of a table of settings that was checked."""
        readable = values["walls.readable"]
        return cls(
            bool(values["walls.required"]),
            bool(values["walls.off"]),
            tuple(map(str, readable)) if isinstance(readable, tuple) else (),
            bool(values["walls.broker"]),
        )

    def __post_init__(self) -> None:
        if self.is_required and self.is_off:
            raise ConfigError("ambos.toml: walls.required and walls.off contradict each other")
        if not all(Path(one).is_absolute() for one in self.readable):
            raise ConfigError("ambos.toml: walls.readable must list absolute paths")
