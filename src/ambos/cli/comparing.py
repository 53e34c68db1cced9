"""The work of `ambos privacy compare`: several detectors on the same labelled documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from ambos.app.house import build_detector
from ambos.cli.calibrating import Tick, found_in
from ambos.engines.plugins import Plugged, load_plugin
from ambos.errors import AmbosError, CalibrationError
from ambos.messages import Finding
from ambos.privacy import Detector
from ambos.privacy import Settings as PrivacySettings
from ambos.privacy.labelled import Counts, Document, count
from ambos.privacy.recogniser import finish

_RESAMPLES: Final = 2000
_SEED: Final = 20261126
Find = Callable[[Document], Sequence[Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval by bootstrap over documents."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Row:
    """What one detector does.

    Attributes:
        leak: of sensitive characters, those left in clear.
        direct: of documents that hold anything sensitive, those with a direct identifier left.
        harmless: of harmless characters, those masked.
        failed: documents on which it failed; they would count as restricted, so they are not in the shares.
        characters_per_cpu_s: over all threads of this process.
    """

    name: str
    version: str
    leak: Share
    direct: Share
    harmless: Share
    documents: int
    failed: int
    characters_per_cpu_s: int

    def told(self) -> dict[str, object]:
        """For scripts."""
        return asdict(self)


def compare(settings: PrivacySettings, names: Sequence[str], documents: Sequence[Document], tick: Tick) -> list[Row]:
    """Ours; each plug-in alone; ours with it.

    Raises:
        ConfigError, IntegrityError: a plug-in that cannot be loaded.
    """
    plugins = [load_plugin(name) for name in names]
    ours = build_detector(settings)
    rows = [_measured("ambos", ours.version, lambda one: found_in(ours, one), documents, tick)]
    for plugin in plugins:
        rows.append(_measured(plugin.name, plugin.version, _alone(plugin), documents, tick))
        rows.append(_measured(f"ambos + {plugin.name}", "", _joined(settings, plugin), documents, tick))
    return rows


def _joined(settings: PrivacySettings, plugin: Plugged) -> Find:
    from ambos.app.house import recognisers

    both = Detector(settings, [*recognisers(settings), plugin])
    return lambda document: found_in(both, document)


def _alone(plugin: Plugged) -> Find:
    def find(document: Document) -> list[list[Finding]]:
        try:
            return [finish(plugin.steps(text)) for text in document.texts]
        except Exception as error:  # noqa: BLE001  whatever a plug-in raises
            raise CalibrationError(f"{plugin.name} failed ({type(error).__name__})") from None

    return find


def _measured(name: str, version: str, find: Find, documents: Sequence[Document], tick: Tick) -> Row:
    find(documents[0])  # what is loaded at first use is not its speed
    counts, failed, characters = [], 0, 0
    begun = time.process_time()
    for document in documents:
        characters += sum(map(len, document.texts))
        try:
            counts.append((document, find(document)))
        except AmbosError:
            failed += 1
        tick()
    spent = max(time.process_time() - begun, 1e-9)
    counted = [count(document, found) for document, found in counts]
    if not counted:
        raise CalibrationError(f"{name} failed on every document", word="compare_failed", name=name)
    leak, direct, harmless = _shares(counted)
    return Row(name, version, leak, direct, harmless, len(documents), failed, round(characters / spent))


def _shares(counts: Sequence[Counts]) -> tuple[Share, Share, Share]:
    """Ratios of sums, with percentiles of resampled documents."""
    table = np.array(
        [[c.leaked, c.sensitive, c.is_direct_left, c.sensitive > 0, c.masked, c.harmless] for c in counts], dtype=float
    )
    rng = np.random.default_rng(_SEED)
    draws = np.stack([table[rng.integers(0, len(table), len(table))].sum(axis=0) for _ in range(_RESAMPLES)])
    made = []
    for part, whole in ((0, 1), (2, 3), (4, 5)):
        value = table[:, part].sum() / max(table[:, whole].sum(), 1)
        lower, upper = np.percentile(draws[:, part] / np.maximum(draws[:, whole], 1), [2.5, 97.5])
        made.append(Share(round(float(value), 6), round(float(lower), 6), round(float(upper), 6)))
    return made[0], made[1], made[2]
