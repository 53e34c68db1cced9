"""Joins the signals of the settings with the promoted classifiers of the store."""

from __future__ import annotations

from ambos.config import Config
from ambos.engines.classifier import Classifier
from ambos.engines.signalling import ModelSignals, Source
from ambos.ports import Clock
from ambos.privacy.signal import read_signal
from ambos.store import Store


def signals_of(config: Config, store: Store, clock: Clock) -> ModelSignals | None:
    """The signals of a house; None where it has none."""
    if not config.privacy.signals:
        return None
    tenant = config.tenant

    def named(name: str) -> str:
        return store.registry.served(name, tenant=tenant, now_ms=clock.now_ms()).artefact

    def load(name: str, artefact: str) -> Classifier:
        return Classifier.load(name, store.registry.content(artefact, tenant=tenant), config.models)

    return ModelSignals([read_signal(word) for word in config.privacy.signals], Source(named, load))
