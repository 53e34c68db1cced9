"""Shell: models that run at home: the llama.cpp child and the taggers.

Names are loaded when they are first used: the child lives in this package too, and must not hold what it never uses.
"""

from typing import TYPE_CHECKING

from ambos import late

if TYPE_CHECKING:
    from ambos.engines.installed import Installed, installed, pick
    from ambos.engines.llama import LlamaEngine
    from ambos.engines.settings import ChildExit, EngineSettings, ModelFile
    from ambos.engines.tagger import Tagger

__getattr__ = late(
    __name__,
    {
        "installed": "Installed installed pick",
        "llama": "LlamaEngine",
        "settings": "ChildExit EngineSettings ModelFile",
        "tagger": "Tagger",
    },
)

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
