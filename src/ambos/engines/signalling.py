"""Promoted classifiers as signals: asked in a thread, followed as they are promoted and taken back, never skipped.

What is configured and does not answer fails the text, and the gateway then counts the request as restricted.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from ambos.engines.classifier import Classifier
from ambos.errors import DetectorError
from ambos.privacy.signal import LEAST_WORDS, Wanted

FOLLOW_S: Final = 2.0  # so long a promotion or a rollback may go unseen
LIMIT_S: Final = 5.0  # of the first text too, for which models are opened
LIMIT_S_PER_CHARACTER: Final = 0.001
_SLICE_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Source:
    """Where classifiers come from.

    Attributes:
        named: the artefact that serves under a name; raises where none does.
        load: a classifier of a name and its artefact.
    """

    named: Callable[[str], str]
    load: Callable[[str, str], Classifier]


class ModelSignals:
    """The signals of a house. One for all readers of a process: everything but `version` and waiting is in its thread."""

    def __init__(self, wanted: Sequence[Wanted], source: Source) -> None:
        self._wanted, self._source = tuple(wanted), source
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ambos-signals")
        self._open: dict[str, tuple[str, Classifier]] = {}
        self._version, self._looked = "", float("-inf")
        self._looking: Future[None] | None = None

    @property
    def version(self) -> str:
        """Of the artefacts that served when they were last looked up; they are looked up again beside the caller."""
        if time.monotonic() - self._looked > FOLLOW_S and (self._looking is None or self._looking.done()):
            self._looking = self._thread.submit(self._follow)
        return self._version

    def steps(self, text: str) -> Generator[None, None, frozenset[str]]:
        """The marks of one text.

        Raises:
            DetectorError: a model does not serve, has no such label, fails, or takes too long.
        """
        if len(text.split(None, LEAST_WORDS)) < LEAST_WORDS:
            return frozenset()
        asked = self._thread.submit(self._marks, text)
        until = time.monotonic() + LIMIT_S + LIMIT_S_PER_CHARACTER * len(text)
        while True:
            try:
                return asked.result(_SLICE_S)
            except TimeoutError:
                if asked.done() or time.monotonic() > until:
                    asked.cancel()
                    raise DetectorError("a signal took too long") from None
            except Exception as error:  # noqa: BLE001  whatever a model does, the text counts as restricted
                raise DetectorError(f"a signal failed ({type(error).__name__})") from None
            yield

    def _marks(self, text: str) -> frozenset[str]:
        if time.monotonic() - self._looked > FOLLOW_S:
            self._follow()
        said = {}
        for name in dict.fromkeys(one.model for one in self._wanted):
            labels = self._open[name][1].classify([text])[0]  # a name that does not serve fails the text
            said[name] = {one.label: (one.probability, one.is_chosen) for one in labels}
        return frozenset(one.mark for one in self._wanted if one.holds(said[one.model]))

    def _follow(self) -> None:
        served: dict[str, tuple[str, Classifier]] = {}
        try:
            for name in dict.fromkeys(one.model for one in self._wanted):
                artefact = self._source.named(name)
                known = self._open.get(name)
                served[name] = (
                    known if known and known[0] == artefact else (artefact, self._source.load(name, artefact))
                )
        except Exception:  # noqa: BLE001  the name is absent then, and every text that asks for it fails
            served.pop(name, None)
        self._open = served
        told = repr(sorted((name, artefact) for name, (artefact, _) in served.items()))
        self._version, self._looked = hashlib.sha256(told.encode()).hexdigest()[:16], time.monotonic()
