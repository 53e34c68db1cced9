"""A GLiNER model as a plug-in: asked for the common kinds by their English names. Needs the extra `[gliner]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final  # gliner has no types of ours

from ambos.engines.model_folder import checked
from ambos.engines.plugins import directory_of
from ambos.errors import IntegrityError
from ambos.ports import Spotted
from ambos.privacy.recogniser import windows

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
_WINDOW: Final = 1200  # characters: GLiNER reads 384 words at most
_OVERLAP: Final = 200
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
        except Exception as error:
            raise IntegrityError(
                "the model cannot be read: it is cut short or damaged", place=folder.name[:80]
            ) from error

    def find(self, text: str) -> Iterator[Spotted]:
        """What it finds in each window."""
        for start, end in windows(text, _WINDOW, _OVERLAP):
            for one in self._model.predict_entities(text[start:end], list(ASKED), threshold=_FLOOR):
                yield Spotted(start + one["start"], start + one["end"], one["label"], one["score"])


def load(argument: str) -> Gliner:
    """From `DIRECTORY` or `DIRECTORY@HASH`.

    Raises:
        ImportError: the extra is not installed.
        ConfigError, IntegrityError: there is no such model, or it is not whole.
    """
    import gliner  # noqa: F401  first: an absent package is told before a wrong folder

    folder, pin = directory_of(argument, "gliner")
    return Gliner(folder, checked(folder, pin, wanted=("gliner_config.json",)))
