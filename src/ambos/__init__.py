"""Ambos: one address in front of open models at home and proprietary models outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

__version__ = "0.1.0"


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package whose names are loaded when they are first asked for (PEP 562).

    A door costs what goes through it: a command that asks a running server loads neither the detector nor the database.

    Args:
        package: its full name.
        homes: modules of the package and, with spaces between, the names that each holds. No module bears a name of its
            package: whoever imported that module first would find it in the name's place.
    """
    home_of = {name: home for home, names in homes.items() for name in names.split()}

    def get(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{home_of[name]}"), name)

    return get
