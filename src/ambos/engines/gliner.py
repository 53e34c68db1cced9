"""A GLiNER model as a plug-in: asked for the common kinds by their English names. Needs the extra `[gliner]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final  # gliner has no types of ours

from ambos.engines.model_folder import checked
from ambos.engines.plugins import directory_of
from ambos.errors import IntegrityError
from ambos.ports import Spotted

ASKED: Final[Mapping[str, str | None]] = {
    "person": "PERSON",
    "street address": "ADDRESS",
    "city": "LOCATION",
    "postcode": "LOCATION",
    "date of birth": "DATE",
    "date": "DATE",
    "age": "AGE",
    "phone number": "PHONE",
    "email": "EMAIL",
    "username": "USERNAME",
    "national id number": "GOV_ID",
    "passport number": "GOV_ID",
    "tax id": "TAX_ID",
    "medical record number": "HEALTH_ID",
    "bank account number": "BANK_ACCOUNT",
    "credit card number": "CARD",
    "password": "SECRET",
    "organization": "ORG",
    "profession": "PROFESSION",
    "license plate": "VEHICLE",
}
# Words of any splitter of GLiNER, or pieces of such; what is over its limit of words or tokens it drops without a word.
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_SHARED: Final = 30  # words that two readings share
_MARKS: Final = 8  # tokens at the ends and between prompt and text
_MOST_TOKENS: Final = 1024  # where the tokeniser names no limit
_FLOOR: Final = 0.1


class Gliner:
    """See `ports.Plugin`."""

    name = "gliner"
    labels = ASKED

    def __init__(self, folder: Path, version: str) -> None:
        from gliner import GLiNER

        self.version = version
        try:
            self._model: Any = GLiNER.from_pretrained(str(folder), local_files_only=True)
            self._tokenizer: Any = self._model.data_processor.transformer_tokenizer
            self._words = int(self._model.config.max_len)
            prompt = sum(len(self._tokenizer.tokenize(label)) + 1 for label in ASKED) + _MARKS
            self._tokens = min(int(self._tokenizer.model_max_length), _MOST_TOKENS) - prompt
            if min(self._words, self._tokens) <= 2 * _SHARED:
                raise ValueError("no room for text beside the labels")
        except Exception as error:
            raise IntegrityError(
                "the model cannot be read: it is cut short or damaged", place=folder.name[:80]
            ) from error

    def find(self, text: str) -> Iterator[Spotted]:
        """What it finds in each piece that it reads whole."""
        for start, end in self._pieces(text):
            for one in self._model.predict_entities(text[start:end], list(ASKED), threshold=_FLOOR):
                yield Spotted(start + one["start"], start + one["end"], one["label"], one["score"])

    def _pieces(self, text: str) -> Iterator[tuple[int, int]]:
        words = [(*found.span(), len(self._tokenizer.tokenize(found.group()))) for found in _WORD.finditer(text)]
        first = 0
        while first < len(words):
            past, tokens = first, 0
            while past < len(words) and past - first < self._words and tokens + words[past][2] <= self._tokens:
                tokens += words[past][2]
                past += 1
            past = max(past, first + 1)
            yield words[first][0], words[past - 1][1]
            if past == len(words):
                return
            first = max(first + 1, past - _SHARED)


def load(argument: str) -> Gliner:
    """From `DIRECTORY` or `DIRECTORY@HASH`.

    Raises:
        ImportError: the extra is not installed.
        ConfigError, IntegrityError: there is no such model, or it is not whole.
    """
    import gliner  # noqa: F401  first: an absent package is told before a wrong folder

    folder, pin = directory_of(argument, "gliner")
    return Gliner(folder, checked(folder, pin, wanted=("gliner_config.json",)))
