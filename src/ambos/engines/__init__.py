"""Shell: models that run at home: the llama.cpp child and the taggers.

Names are loaded when they are first used: the child lives in this package too, and must not hold what it never uses.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ambos.engines.installed import Installed, installed, pick
    from ambos.engines.llama import LlamaEngine
    from ambos.engines.settings import ChildExit, EngineSettings, ModelFile
    from ambos.engines.tagger import Tagger

_HOMES = {
    "ChildExit": "settings",
    "EngineSettings": "settings",
    "Installed": "installed",
    "LlamaEngine": "llama",
    "ModelFile": "settings",
    "Tagger": "tagger",
    "installed": "installed",
    "pick": "installed",
}

__all__ = [
    "ChildExit",
    "EngineSettings",
    "Installed",
    "LlamaEngine",
    "ModelFile",
    "Tagger",
    "installed",
    "pick",
]


def __getattr__(name: str) -> object:
    """PEP 562."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
