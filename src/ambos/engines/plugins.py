"""Detectors of other packages as recognisers: found by name, run in a thread with a limit, never skipped.

`docs/guide/plug-ins.md` has the protocol. What fails here fails the text: the detector makes it restricted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final  # an entry point may be anything; it is checked here

from ambos.errors import ConfigError, DetectorError
from ambos.messages import Finding, Kind
from ambos.ports import Plugin, Spotted
from ambos.privacy.tagging import LIKELY
from ambos.privacy.thresholds import CAUTION, PLUGIN

GROUP: Final = "ambos.detectors"
LIMIT_S: Final = 2.0
LIMIT_S_PER_CHARACTER: Final = 0.001
_SLICE_S: Final = 0.002
# Name -> module of ours and the extra that it needs.
BUILT_IN: Final[Mapping[str, tuple[str, str]]] = {
    "presidio": ("ambos.engines.presidio", "presidio"),
    "gliner": ("ambos.engines.gliner", "gliner"),
    "onnx": ("ambos.engines.onnx_tagger", "detect"),
    "transformers": ("ambos.engines.hugging_face", "transformers"),
}
PACKAGES: Final = {
    "presidio": "presidio_analyzer",
    "gliner": "gliner",
    "onnx": "onnxruntime",
    "transformers": "transformers",
}


class Plugged:
    """A plug-in as a recogniser."""

    def __init__(self, plugin: Plugin, *, limit_s: float = LIMIT_S) -> None:
        self.name = f"{PLUGIN}{plugin.name}"
        self.version = f"{plugin.version}/{sorted(plugin.labels.items(), key=str)!r}"
        self._plugin, self._limit_s = plugin, limit_s
        self._kinds = _kinds(plugin)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"ambos-{plugin.name}"[:40])

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        """Wait for the plug-in in slices of 2 ms; DetectorError when it takes longer than its limit."""
        asked: Future[list[Spotted]] = self._thread.submit(lambda: list(self._plugin.find(text)))
        until = time.monotonic() + self._limit_s + LIMIT_S_PER_CHARACTER * len(text)
        while True:
            try:
                return [one for spotted in asked.result(_SLICE_S) if (one := self._finding(spotted)) is not None]
            except TimeoutError:
                if asked.done() or time.monotonic() > until:
                    asked.cancel()
                    raise DetectorError(f"{self.name} took too long") from None
            yield

    def _finding(self, spotted: Spotted) -> Finding | None:
        kind = self._kinds[spotted.label]  # a label without a kind fails the text
        if kind is None:
            return None
        score = float(spotted.score)
        rule = self.name if score >= LIKELY else CAUTION
        return Finding(int(spotted.start), int(spotted.end), kind, spotted.label, score, rule)


def load_plugin(named: str) -> Plugged:
    """The plug-in of `NAME` or `NAME:ARGUMENT`.

    Raises:
        ConfigError: there is none of this name, its package is absent, or it is no plug-in.
        IntegrityError: its model is cut short, altered or of a form that can hold code.
    """
    name, _, argument = named.partition(":")
    make = _maker(name)
    try:
        plugin: Any = make(argument)
    except ImportError as error:
        extra = BUILT_IN[name][1] if name in BUILT_IN else name
        raise ConfigError(
            f"the plug-in {name[:40]!r} needs the package {str(error.name)[:40]!r}: pip install 'ambos[{extra}]'"
        ) from None
    if not (isinstance(plugin.name, str) and isinstance(plugin.version, str) and callable(plugin.find)):
        raise ConfigError(f"the plug-in {name[:40]!r} has no name, version, labels and find")
    return Plugged(plugin)


def known() -> list[str]:
    """Names of every plug-in that can be asked for."""
    return sorted({*BUILT_IN, *(one.name for one in entry_points(group=GROUP))})


def check_names(named: Iterable[str]) -> None:
    """Say at once what no worker could load: nothing of a plug-in is imported.

    Raises:
        ConfigError: a name that nobody offers, or one of ours whose package is absent.
    """
    for one in named:
        name = one.partition(":")[0]
        if name not in known():
            raise ConfigError(f"there is no plug-in {name[:40]!r}; known are {', '.join(known())}")
        if name in BUILT_IN and find_spec(PACKAGES[name]) is None:
            raise ConfigError(f"the plug-in {name!r} needs a package: pip install 'ambos[{BUILT_IN[name][1]}]'")


def _maker(name: str) -> Callable[[str], Plugin]:
    if name in BUILT_IN:
        made: Callable[[str], Plugin] = import_module(BUILT_IN[name][0]).load
        return made
    found = [one for one in entry_points(group=GROUP) if one.name == name]
    if len(found) != 1:
        words = "there is no plug-in" if not found else "several packages offer a plug-in"
        raise ConfigError(f"{words} {name[:40]!r}; known are {', '.join(known())}")
    try:
        return found[0].load()  # type: ignore[no-any-return]  # checked by what it makes
    except Exception as error:  # noqa: BLE001  whatever its module does at import
        raise ConfigError(f"the plug-in {name[:40]!r} cannot be loaded ({type(error).__name__})") from None


def _kinds(plugin: Plugin) -> dict[str, Kind | None]:
    try:
        return {label: None if kind is None else Kind(kind) for label, kind in plugin.labels.items()}
    except (ValueError, AttributeError):
        raise ConfigError(f"the plug-in {plugin.name[:40]!r} maps a label to what is no kind of ours") from None


def directory_of(argument: str, name: str) -> tuple[Path, str]:
    """The directory and the pinned hash ("" for none) of `DIRECTORY` or `DIRECTORY@HASH`.

    Raises:
        ConfigError: there is no such directory.
    """
    place, _, pin = argument.partition("@")
    path = Path(place).expanduser()
    if not place or not path.is_dir():
        raise ConfigError(f"the plug-in {name!r} needs the directory of a model: {name}:DIRECTORY")
    return path, pin.lower()
