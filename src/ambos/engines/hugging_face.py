"""A Hugging Face token classifier in safetensors as a plug-in. Needs the extra `[transformers]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final  # transformers has no types of ours

from ambos.engines.model_folder import bare, checked, kinds_for, labels_of
from ambos.engines.plugins import directory_of
from ambos.errors import IntegrityError
from ambos.ports import Spotted
from ambos.privacy.recogniser import windows

_WINDOW: Final = 1200  # characters
_OVERLAP: Final = 200
# Tokens at once, and how many of them two readings share. A window of rare signs has more of them than an encoder reads, and
# the pipeline drops what is over without a word unless it is told to go on.
_TOKENS: Final = 512
_SHARED: Final = 64


class HuggingFace:
    """See `ports.Plugin`."""

    name = "transformers"

    def __init__(self, folder: Path, version: str) -> None:
        from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

        self.version = version
        self.labels = kinds_for(labels_of(folder), folder)
        try:
            model = AutoModelForTokenClassification.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
            )
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
            if not tokenizer.is_fast:
                raise ValueError("a tokeniser that tells no places")
            positions = getattr(model.config, "max_position_embeddings", None) or _TOKENS
            tokenizer.model_max_length = min(tokenizer.model_max_length, positions, _TOKENS)
            self._pipeline: Any = pipeline(
                "token-classification",
                model=model,
                tokenizer=tokenizer,
                aggregation_strategy="simple",
                stride=min(_SHARED, tokenizer.model_max_length // 4),
                device=-1,
            )
        except Exception as error:
            raise IntegrityError(
                "the model cannot be read: it is cut short or damaged", place=folder.name[:80]
            ) from error

    def find(self, text: str) -> Iterator[Spotted]:
        """What it finds in each window."""
        for start, end in windows(text, _WINDOW, _OVERLAP):
            for one in self._pipeline(text[start:end]):
                yield Spotted(start + one["start"], start + one["end"], bare(one["entity_group"]), float(one["score"]))


def load(argument: str) -> HuggingFace:
    """From `DIRECTORY` or `DIRECTORY@HASH`.

    Raises:
        ImportError: the extra is not installed.
        ConfigError, IntegrityError: there is no such model, or it is not whole.
    """
    import transformers  # noqa: F401  first: an absent package is told before a wrong folder

    folder, pin = directory_of(argument, "transformers")
    return HuggingFace(folder, checked(folder, pin, wanted=("config.json", "model.safetensors")))
